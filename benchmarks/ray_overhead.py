"""What Godwit costs beyond Ray alone: a fan-out of 1,000 over `--backend ray`, and a task with a `RayJob`; by turns.

    plugins/ray/.venv/bin/python benchmarks/ray_overhead.py --rounds 5

Bare: `ray.get` on as many tasks that do nothing, on the same cluster of two processors, warm. Ours: the time of a map's
node after one that has warmed residents up, as the engine tells it, committed and all. Then the wall clock of a task
whose cluster is joined, from outside, against a script of the same lines; and of one that is submitted to it through
the Jobs API, against `ray job submit` of that script.
"""

import argparse
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BARE = """
import json, sys, time
import ray
ray.init(log_to_driver=False, configure_logging=False)
@ray.remote
def one(i):
    return i + 1
ray.get([one.remote(i) for i in range(20)])
began = time.perf_counter()
ray.get([one.remote(i) for i in range(int(sys.argv[1]))])
print(time.perf_counter() - began)
"""
JOB = """
import ray
ray.init(log_to_driver=False, configure_logging=False)
print(ray.get(ray.remote(lambda: 7).remote()))
"""
TASKS = """
import godwit as gw
from godwit_ray import RayJob

@gw.task
def one(i: int) -> int:
    return i + 1

@gw.task
def listed(warm: list[int], count: int) -> list[int]:
    return list(range(count))

@gw.workflow
def fan(count: int) -> list[int]:
    warm = gw.map_task(one)(i=list(range(20)))
    return gw.map_task(one)(i=listed(warm=warm, count=count))

@gw.task(task_config=RayJob(address="ADDRESS"))
def seven() -> int:
    import ray
    return ray.get(ray.remote(lambda: 7).remote())

@gw.task(task_config=RayJob(address="DASHBOARD"))
def submitted() -> int:
    import ray
    return ray.get(ray.remote(lambda: 7).remote())
"""


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def printed(command: list[str], folder: Path, variables: dict[str, str]) -> tuple[float, str]:
    """Return how long a command took, in seconds, and what it printed."""
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    took_s = time.monotonic() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stdout.decode()[-2000:]}")
    return took_s, done.stdout.decode()


def figures(values: list[float]) -> dict[str, float]:
    """Return median, least and most, in seconds."""
    return {"median": round(statistics.median(values), 2), "min": round(min(values), 2), "max": round(max(values), 2)}


def measure(
    folder: Path, address: str, dashboard: str, variables: dict[str, str], rounds: int, count: int
) -> dict[str, object]:
    """Return the figures of all rounds."""
    (folder / "bare.py").write_text(BARE)
    (folder / "job.py").write_text(JOB)
    (folder / "tasks.py").write_text(TASKS.replace("ADDRESS", address).replace("DASHBOARD", dashboard))
    engine = [sys.executable, "-P", "-m", "godwit_core", "--json", "--home", "home", "run", "tasks.py"]
    (folder / "package").mkdir()
    (folder / "package" / "job.py").write_text(JOB)
    submit = [sys.executable, "-m", "ray.scripts.scripts", "job", "submit", f"--address={dashboard}"]
    submit += ["--working-dir=package", "--", "python", "job.py"]
    bare, ours, alone, jobs, bare_submitted, submitted = [], [], [], [], [], []
    for _ in range(rounds):
        bare.append(float(printed([sys.executable, "bare.py", str(count)], folder, variables)[1]))
        told = json.loads(printed([*engine, "fan", "--count", str(count), "--backend", "ray"], folder, variables)[1])
        ours.append(told["nodes"][-1]["duration_s"])
        alone.append(printed([sys.executable, "job.py"], folder, variables)[0])
        jobs.append(printed([*engine, "seven"], folder, variables)[0])
        bare_submitted.append(printed(submit, folder, variables)[0])
        submitted.append(printed([*engine, "submitted"], folder, variables)[0])
    return {
        "tasks": count,
        "ray_get_s": figures(bare),
        "map_s": figures(ours),
        "script_s": figures(alone),
        "ray_job_s": figures(jobs),
        "ray_job_submit_s": figures(bare_submitted),
        "submitted_s": figures(submitted),
    }


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=1000)
    options = parser.parse_args()
    port, board, token = free_port(), free_port(), secrets.token_hex(16)
    # Jobs are started as `python`, whichever the cluster finds.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    variables = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token, "PATH": path}
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", "--disable-usage-stats"]
    command += [f"--port={port}", "--node-ip-address=127.0.0.1", "--num-cpus=2"]
    command += [f"--dashboard-port={board}", "--dashboard-host=127.0.0.1"]
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as log:
        head = subprocess.Popen(command, env={**os.environ, **variables}, stdout=log, stderr=log)
        try:
            variables["RAY_ADDRESS"] = address = f"127.0.0.1:{port}"
            for _ in range(600):
                log.seek(0)
                if b"Ray runtime started" in log.read():
                    break
                time.sleep(0.1)
            told = measure(Path(name), address, f"http://127.0.0.1:{board}", variables, options.rounds, options.count)
            print(json.dumps(told, indent=2))
        finally:
            head.terminate()
            head.wait()


if __name__ == "__main__":
    main()
