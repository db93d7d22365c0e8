"""Cached chain: a chain of tasks of which every one has its result in the cache."""

import sys

import flows
import limits
from comparison import measure_peers
from engines import DURABILITIES, warm_engine
from measurement import Measure, Result, options, parsed

BUDGET_MS = {"process": 40, "disk": 150}


def main() -> int:
    """Measure the row and print it."""
    parser = options(__doc__, runs=15)
    parser.add_argument("--steps", type=int, default=200, choices=flows.CHAINS)
    arguments = parsed(parser, steps=50)
    steps = arguments.steps
    result = Result("cached_chain", {"steps": steps})
    workflow = f"cached_chain_{steps}"
    for durability in DURABILITIES:
        with warm_engine(durability) as engine:
            engine.prepare(workflow, times=3)
            found = [engine.call(workflow) * 1e3 for _ in range(arguments.runs)]
        budget = BUDGET_MS[durability] if steps == 200 else None
        result.measures.append(Measure(f"call, {durability}", "ms", found, budget))
        bare = [limits.cached_chain_ms(durability, steps) for _ in range(arguments.runs)]
        result.limits.append(Measure(f"look-ups by key and one commit, {durability}", "ms", bare))
    if arguments.peers:
        result.peers = measure_peers("cached_chain", steps, arguments.runs)
    result.deliver(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
