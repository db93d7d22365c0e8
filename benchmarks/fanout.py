"""Fan-out: a workflow of many no-op nodes that wait for nothing, and one that reduces their results."""

import sys

import flows
import limits
from comparison import measure_peers
from engines import DURABILITIES, command_s, warm_engine
from measurement import Measure, Result, options, parsed, seconds

BUDGET_S = {"process": 0.15, "disk": 0.35}
COMMAND_RUNS = 5


def main() -> int:
    """Measure the row and print it."""
    parser = options(__doc__, runs=15)
    parser.add_argument("--nodes", type=int, default=1_000, choices=flows.FANS)
    arguments = parsed(parser, nodes=100)
    nodes = arguments.nodes
    result = Result("fanout", {"nodes": nodes})
    workflow = f"fan_{nodes}"
    for durability in DURABILITIES:
        with warm_engine(durability) as engine:
            engine.prepare(workflow, times=3)
            found = [engine.call(workflow) for _ in range(arguments.runs)]
        budget = BUDGET_S[durability] if nodes == 1_000 else None
        result.measures.append(Measure(f"call, {durability}", "s", found, budget))
        bare = [limits.fan_out_s(durability, nodes) for _ in range(arguments.runs)]
        result.limits.append(Measure(f"messages sent ahead, a commit per arrival, {durability}", "s", bare))
    with limits.work_folder("home") as home:
        command_s(home, workflow)
        found = [command_s(home, workflow) for _ in range(min(arguments.runs, COMMAND_RUNS))]
    result.measures.append(Measure("whole command, process", "s", found))
    fan = vars(flows)[workflow]
    fan()
    found = [seconds(fan) for _ in range(arguments.runs)]
    result.measures.append(Measure("called in Python (in memory)", "s", found))
    if arguments.peers:
        result.peers = measure_peers("fanout", nodes, arguments.runs)
    result.deliver(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
