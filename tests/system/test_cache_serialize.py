"""Processes that need one result at the same time: one computes it; when it is killed, another does."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

GODWIT = Path(sys.executable).with_name("godwit")
SOURCE = """
import time
from pathlib import Path

import godwit as gw


@gw.task(cache=gw.Cache(version="1", serialize=True))
def compute(n: int, folder: str) -> int:
    with Path(folder, "begun").open("a") as log:
        log.write("x")
    while not Path(folder, "go").exists():
        time.sleep(0.01)
    return n + 1
"""
DEADLINE_S = 60


@pytest.fixture
def start(tmp_path):
    (tmp_path / "flow.py").write_text(SOURCE)
    started = []

    def begin():
        command = [GODWIT, "--home", tmp_path / "home", "run", tmp_path / "flow.py", "compute", "--n", "1"]
        process = subprocess.Popen(
            [*command, "--folder", tmp_path, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def begun(folder):
    file = folder / "begun"
    return len(file.read_text()) if file.exists() else 0


def wait_until(condition):
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def waiting(folder):
    """How many executions there are whose node waits."""
    command = [GODWIT, "--home", folder / "home", "executions", "list", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    count = 0
    for execution in json.loads(done.stdout)["executions"]:
        show = [GODWIT, "--home", folder / "home", "executions", "show", execution["execution"], "--json"]
        told = json.loads(subprocess.run(show, capture_output=True, text=True, check=True).stdout)
        count += sum(node["phase"] == "WAITING" for node in told["nodes"])
    return count


def caches(process):
    out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0, err
    return [node["cache"] for node in json.loads(out)["nodes"]]


def test_two_processes_compute_once(tmp_path, start):
    first = start()
    wait_until(lambda: begun(tmp_path) == 1)
    second = start()
    wait_until(lambda: waiting(tmp_path) == 1)
    (tmp_path / "go").touch()
    assert (caches(first), caches(second)) == (["MISS"], ["HIT"])
    assert begun(tmp_path) == 1


def test_the_killed_owners_claim_is_free(tmp_path, start):
    first = start()
    wait_until(lambda: begun(tmp_path) == 1)
    second = start()
    wait_until(lambda: waiting(tmp_path) == 1)
    os.kill(first.pid, signal.SIGKILL)
    wait_until(lambda: begun(tmp_path) == 2)
    (tmp_path / "go").touch()
    assert caches(second) == ["MISS"]
