"""Scaling: how time, memory and database grow with the number of items of a map, and of plain nodes."""

import sys

from measurement import Measure, Result, options, parsed
from scale_cases import in_child

ITEMS = (1_000, 10_000, 100_000)
NODES = (1_000, 10_000)
GROWTH_BUDGET = 1.5
"""Times the time per item of the smallest map, for the largest."""


def main() -> int:
    """Measure the row and print it."""
    arguments = parsed(options(__doc__, runs=3))
    items = ITEMS[:2] if arguments.quick else ITEMS
    nodes = NODES[:1] if arguments.quick else NODES
    result = Result("scaling", {"items": list(items), "nodes": list(nodes), "durability": "process"})
    each_us: dict[int, list[float]] = {}
    for size in items:
        found = [in_child("map", "process", size) for _ in range(arguments.runs)]
        each_us[size] = add(result, f"map of {size:,} items", found, "map_s", size)
    for size in nodes:
        found = [in_child("nodes", "process", size) for _ in range(arguments.runs)]
        add(result, f"workflow of {size:,} nodes", found, "call_s", size)
    smallest, largest = items[0], items[-1]
    growth = [many / few for few, many in zip(each_us[smallest], each_us[largest], strict=True)]
    name = f"time per item, map of {largest:,} over map of {smallest:,}"
    result.measures.append(Measure(name, "times", growth, GROWTH_BUDGET))
    result.deliver(arguments.out)
    return 0


def add(result: Result, what: str, found: list[dict[str, float]], key: str, size: int) -> list[float]:
    """Add the measures of one size; return the time per item, in µs."""
    each_us = [one[key] / size * 1e6 for one in found]
    result.measures += [
        Measure(f"{what}: time", "s", [one[key] for one in found]),
        Measure(f"{what}: time per item", "µs", each_us),
        Measure(f"{what}: engine's memory", "MB", [one["memory_mb"] for one in found]),
        Measure(f"{what}: database", "MB", [one["database_mb"] for one in found]),
    ]
    return each_us


if __name__ == "__main__":
    sys.exit(main())
