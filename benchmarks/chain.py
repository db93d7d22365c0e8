"""Chain: what one more no-op task costs, when each waits for the one before it."""

import sys

import flows
import limits
from comparison import measure_peers
from engines import DURABILITIES, command_s, warm_engine
from measurement import Measure, Result, options, parsed, seconds, slopes

BUDGET_MS = {"process": 0.4, "disk": 1.0}
COMMAND_RUNS = 5


def main() -> int:
    """Measure the row and print it."""
    parser = options(__doc__, runs=15)
    parser.add_argument("--steps", type=int, default=200, choices=flows.CHAINS[:-1], help="of the shorter chain")
    arguments = parsed(parser, steps=50)
    steps = arguments.steps
    result = Result("chain", {"steps": [steps, 2 * steps]})
    short, long = f"chain_{steps}", f"chain_{2 * steps}"
    for durability in DURABILITIES:
        with warm_engine(durability) as engine:
            engine.prepare(short, times=3)
            engine.prepare(long, times=1)
            found = slopes(lambda: engine.call(short), lambda: engine.call(long), steps, arguments.runs)
        result.measures.append(Measure(f"step, {durability}", "ms", found, BUDGET_MS[durability]))
        bare = [limits.chain_step_ms(durability, steps) for _ in range(arguments.runs)]
        result.limits.append(Measure(f"pipe round trip and commit, {durability}", "ms", bare))
    with limits.work_folder("home") as home:
        command_s(home, short)
        runs = min(arguments.runs, COMMAND_RUNS)
        found = slopes(lambda: command_s(home, short), lambda: command_s(home, long), steps, runs)
    result.measures.append(Measure("step, whole command, process", "ms", found))
    chains = vars(flows)
    chains[short]()
    found = slopes(lambda: seconds(chains[short]), lambda: seconds(chains[long]), steps, arguments.runs)
    result.measures.append(Measure("step, called in Python (in memory)", "ms", found))
    if arguments.peers:
        result.peers = measure_peers("chain", steps, arguments.runs)
    result.deliver(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
