"""Scale: a map of many items, many sleeps at once, many held timers, and the restart of an engine that holds them."""

import argparse
import sys

from comparison import measure_peers
from engines import DURABILITIES
from measurement import Measure, Result, options, parsed
from scale_cases import EXECUTIONS, HELD_EACH, HOLDERS, SLEEPS_EACH, in_child

ITEMS = 100_000
MAP_BUDGET_S = {"process": 5.0, "disk": 8.0}
SLEEPS_BUDGET_S = {"process": 20.0, "disk": 40.0}
PEERS_TIMERS = 1_000
"""What others are asked to hold."""


def measure(arguments: argparse.Namespace, result: Result) -> None:
    """Measure every case at both levels of durability."""
    for durability in DURABILITIES:
        suffix, first = f", {durability}", durability == "process"
        found = [in_child("map", durability, arguments.items) for _ in range(arguments.runs)]
        whole = arguments.items == ITEMS
        what = f"map of {arguments.items:,} items"
        add(result, what + suffix, "s", found, "map_s", MAP_BUDGET_S[durability] if whole else None)
        add(result, f"engine's memory, {what}{suffix}", "MB", found, "memory_mb", 120.0 if whole else None)
        add(result, f"database, {what}{suffix}", "MB", found, "database_mb", 30.0 if whole else None)
        slept = [in_child("sleeps", durability, arguments.executions)]
        whole = arguments.executions == EXECUTIONS
        what = f"{arguments.executions * SLEEPS_EACH:,} sleeps of 1 s in {arguments.executions} executions"
        add(result, what + suffix, "s", slept, "call_s", SLEEPS_BUDGET_S[durability] if whole else None)
        add(result, f"engine's memory, {what}{suffix}", "MB", slept, "memory_mb", 300.0 if whole else None)
        held = [in_child("holders", durability, arguments.holders) for _ in range(arguments.runs)]
        whole = arguments.holders == HOLDERS
        live = arguments.holders * HELD_EACH
        restart_budget_s = 1.0 if whole and first else None
        add(result, f"restart with {live:,} live nodes{suffix}", "s", held, "restart_s", restart_budget_s)
        add(result, f"{live:,} held timers{suffix}", "MB", held, "timers_mb", 60.0 if whole and first else None)


def add(result: Result, name: str, unit: str, found: list[dict[str, float]], key: str, budget: float | None) -> None:
    """Add one measure of what the cases found."""
    result.measures.append(Measure(name, unit, [one[key] for one in found], budget))


def main() -> int:
    """Measure the row and print it."""
    parser = options(__doc__, runs=3)
    parser.add_argument("--items", type=int, default=ITEMS, help="of the map")
    parser.add_argument("--executions", type=int, default=EXECUTIONS, help=f"of {SLEEPS_EACH:,} sleeps")
    parser.add_argument("--holders", type=int, default=HOLDERS, help=f"executions of {HELD_EACH:,} timers")
    arguments = parsed(parser, items=1_000, executions=2, holders=1)
    sleeps = arguments.executions * SLEEPS_EACH
    timers = arguments.holders * HELD_EACH
    result = Result("scale", {"items": arguments.items, "sleeps": sleeps, "timers": timers})
    measure(arguments, result)
    if arguments.peers:
        result.peers += measure_peers("map", arguments.items, arguments.runs)
        result.peers += measure_peers("sleeps", sleeps, 1)
        result.peers += measure_peers("timers", 100 if arguments.quick else PEERS_TIMERS, 1)
    result.deliver(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
