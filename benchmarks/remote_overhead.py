"""What a server between engine and runners costs: a chain, and a fan-out, in runners of the engine and of a server.

python benchmarks/remote_overhead.py [--runs 5]

Prints JSON: medians of what executions took, in seconds, after one that warms up; and what one attempt costs more.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = """
import godwit as gw


@gw.task
def add(x: int) -> int:
    return x + 1


@gw.workflow
def chain(x: int = 0) -> int:
    for _ in range(100):
        x = add(x=x)
    return x


@gw.workflow
def fan_out(xs: list[int]) -> list[int]:
    return gw.map_task(add)(x=xs)
"""
ITEMS = 1000


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    godwit = str(Path(sys.executable).parent / "godwit")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "flows.py").write_text(SOURCE)
        (folder / "home").mkdir()
        address = f"unix:{folder}/s"
        (folder / "home" / "config.toml").write_text(f'[backends.far]\nserver = "{address}"\nbackend = "local"\n')
        command = [godwit, "--home", str(folder / "server"), "--json", "backend", "serve", "local", "--listen", address]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
            assert server.stdout is not None
            server.stdout.readline()
            measured = {
                row: {
                    backend: measure([godwit, "--home", str(folder / "home"), "--json", "run", str(folder / "flows.py"),
                                      *words, "--backend", backend], runs)
                    for backend in ("local", "far")
                }
                for row, words in {
                    "chain of 100": ("chain",),
                    f"map of {ITEMS}": ("fan_out", "--xs", json.dumps(list(range(ITEMS)))),
                }.items()
            }  # fmt: skip
            server.terminate()
    for row, count in (("chain of 100", 100), (f"map of {ITEMS}", ITEMS)):
        measured[row]["more_ms_per_attempt"] = round((measured[row]["far"] - measured[row]["local"]) / count * 1e3, 2)
    print(json.dumps({"runs": runs, "seconds": measured}, indent=2))


def measure(command: list[str], runs: int) -> float:
    """Return the median time of an execution, as it tells it itself: the start of the program is the same for all."""
    times = []
    for _ in range(runs + 1):
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        print(f"{command[-1]}: {time.perf_counter() - began:.2f} s from outside", file=sys.stderr)
        times.append(json.loads(done.stdout)["duration_s"])
    return round(statistics.median(times[1:]), 3)


if __name__ == "__main__":
    main()
