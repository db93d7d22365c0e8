"""What Godwit costs beyond `docker run` alone: a container that does nothing, and Python in an image; by turns.

    plugins/container/.venv/bin/python benchmarks/container_overhead.py --shell debian:12 --python godwit-example:1

Bare: the wall clock of `docker run --rm` of the same program in the same image, from outside. Ours: the wall clock of
`godwit run` of one task, from outside, with the start of the engine; and the time of the task's node as the engine
tells it, committed and all. *--shell* names an image with a shell, *--python* one with Python and Godwit; the Docker
engine is that of DOCKER_HOST.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

TASKS = """
import godwit as gw
from godwit_container import Container, container_task

shell = container_task("shell", "SHELL", command=["sh", "-c", "echo 7 > {outputs.seven}"], outputs={"seven": int})


@gw.task(task_config=Container(image="PYTHON"))
def python() -> int:
    return 7


@gw.task
def local() -> int:
    return 7
"""


def wall(command: Sequence[str], folder: Path) -> tuple[float, str]:
    """Return how long a command took, in seconds, and what it printed."""
    began = time.monotonic()
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return time.monotonic() - began, done.stdout


def figures(values: list[float]) -> dict[str, float]:
    """Return median, least and most, in seconds."""
    return {"median": round(statistics.median(values), 2), "min": round(min(values), 2), "max": round(max(values), 2)}


def measure(folder: Path, shell: str, python: str, rounds: int) -> dict[str, dict[str, float]]:
    """Return the figures of all rounds."""
    (folder / "tasks.py").write_text(TASKS.replace("SHELL", shell).replace("PYTHON", python))
    engine = [sys.executable, "-P", "-m", "godwit_core", "--json", "--home", "home", "run", "tasks.py"]
    docker = ["docker", "run", "--rm", "--init"]
    bare = {
        "shell": [*docker, "--entrypoint", "sh", shell, "-c", "echo 7 > /tmp/seven"],
        "python": [*docker, "--entrypoint", "python3", python, "-c", "import godwit; print(7)"],
    }
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, command in bare.items():
            found.setdefault(f"docker_run_{name}_s", []).append(wall(command, folder)[0])
        for name in ("shell", "python", "local"):
            seconds, printed = wall([*engine, name], folder)
            found.setdefault(f"godwit_run_{name}_s", []).append(seconds)
            found.setdefault(f"node_{name}_s", []).append(json.loads(printed)["nodes"][-1]["duration_s"])
    return {name: figures(values) for name, values in sorted(found.items())}


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shell", default="debian:12", metavar="IMAGE", help="image with a shell")
    parser.add_argument("--python", default="godwit-example:1", metavar="IMAGE", help="image with Python and Godwit")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(measure(Path(name), options.shell, options.python, options.rounds), indent=2))


if __name__ == "__main__":
    main()
