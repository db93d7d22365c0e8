"""What a distributed task costs beyond its tool alone: the same sum over two ranks, by turns, medians and spread.

    plugins/mpi/.venv/bin/python benchmarks/mpi_overhead.py --rounds 5
    … --tool torchrun      where PyTorch is installed
    … --tool horovodrun    where Horovod is, too

What is measured is the wall clock of both commands from outside: `mpirun -np 2 python script.py`, and `godwit run` of a
task that does the same, with the start of the engine.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BODIES = {
    "mpirun": "from mpi4py import MPI\n{indent}total = MPI.COMM_WORLD.allreduce(1)",
    "torchrun": "import torch, torch.distributed as d\n{indent}ranks = torch.ones(1)\n"
    "{indent}d.is_initialized() or d.init_process_group('gloo')\n"
    "{indent}d.all_reduce(ranks)\n{indent}total = int(ranks)\n{indent}d.barrier()\n{indent}d.destroy_process_group()",
    "horovodrun": "import torch, horovod.torch as hvd\n{indent}hvd.init()\n"
    "{indent}total = int(hvd.allreduce(torch.ones(1), op=hvd.Sum))",
}
CONFIGS = {
    "mpirun": "MPIJob(num_workers=2)",
    "horovodrun": "HorovodJob(num_workers=2)",
    "torchrun": "TorchElastic(nproc_per_node=2)",
}
TASKS = """
import godwit as gw
from godwit_mpi import HorovodJob, MPIJob, TorchElastic

@gw.task(task_config={config})
def total() -> int:
    {body}
    return total
"""


def taken(command: list[str], folder: Path) -> float:
    """Return how long a command took, in seconds."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    began = time.monotonic()
    subprocess.run(
        command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.monotonic() - began


def figures(values: list[float]) -> dict[str, float]:
    """Return median, least and most, in seconds."""
    return {"median": round(statistics.median(values), 2), "min": round(min(values), 2), "max": round(max(values), 2)}


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tool", choices=sorted(BODIES), default="mpirun")
    options = parser.parse_args()
    root = ["--allow-run-as-root"] if os.getuid() == 0 else []
    horovod = ["-np", "2", "--gloo", "-H", "localhost:2", "--network-interfaces", "lo"]
    tools = {
        "horovodrun": [sys.executable, "-m", "horovod.runner.launch", *horovod, sys.executable, "script.py"],
        "mpirun": ["mpirun", *root, "--oversubscribe", "--bind-to", "none", "-np", "2", sys.executable, "script.py"],
        "torchrun": [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "script.py"],
    }
    engine = [sys.executable, "-P", "-m", "godwit_core", "--home", "home", "run", "tasks.py", "total"]
    alone, tasks = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        body = BODIES[options.tool]
        (folder / "script.py").write_text(body.format(indent="") + "\nprint(total)\n")
        (folder / "tasks.py").write_text(TASKS.format(config=CONFIGS[options.tool], body=body.format(indent="    ")))
        for _ in range(options.rounds):
            alone.append(taken(tools[options.tool], folder))
            tasks.append(taken(engine, folder))
    overhead = round(statistics.median(tasks) - statistics.median(alone), 2)
    print(
        json.dumps(
            {
                "tool": options.tool,
                "rounds": options.rounds,
                "alone": figures(alone),
                "task": figures(tasks),
                "overhead": overhead,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
