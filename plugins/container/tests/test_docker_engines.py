"""Docker engines of other kinds: one that is stopped and started again while containers run, one behind TCP."""

import json
import socket
import subprocess
import sys
import time

import pytest
from docker import APIClient

pytestmark = pytest.mark.slow
SOURCE = """
import godwit as gw
from godwit_container import container_task

slow = container_task(
    "slow",
    "godwit-test-tools:1",
    command=["sh", "-ec", "echo begun; sleep {inputs.wait}; echo done; echo {inputs.wait} > {outputs.waited}"],
    inputs={"wait": float},
    outputs={"waited": float},
)
"""


def started(folder, wait):
    """Start an engine of ours with a container, and return it once that runs."""
    folder.mkdir(exist_ok=True)
    (folder / "tasks.py").write_text(SOURCE)
    command = [sys.executable, "-m", "godwit_core", "--home", folder / "home", "run", "--json", folder / "tasks.py"]
    command += ["slow", "--wait", wait]
    running = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not any(path.read_text() for path in folder.glob("home/logs/jobs/*.log")):
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return running


def ended(running):
    written, complaints = running.communicate(timeout=120)
    assert running.returncode == 0, (written, complaints)
    return json.loads(written)


def left(engine):
    client = APIClient(base_url=engine.address, version="auto")
    try:
        return client.containers(all=True, filters={"label": "dev.godwit.attempt"})
    finally:
        client.close()


@pytest.mark.parametrize(
    ("options", "attempts"),
    [((), 2), (("--live-restore",), 1)],
    ids=["containers end with it", "containers go on"],
)
def test_a_restart_loses_nothing(tmp_path, own_dockerd, monkeypatch, options, attempts):
    dockerd = own_dockerd(*options)
    monkeypatch.setenv("DOCKER_HOST", dockerd.address)
    running = started(tmp_path, 5)
    dockerd.stop()
    dockerd.start()
    done = ended(running)
    assert done["outputs"] == {"waited": 5.0}
    assert done["nodes"][0]["attempts"] == attempts
    logs = sorted(tmp_path.glob("home/logs/jobs/*.log"), key=lambda path: path.stat().st_mtime_ns)
    assert len(logs) == attempts
    assert logs[-1].read_text() == "begun\ndone\n"
    assert left(dockerd) == []


def test_an_engine_behind_tcp_is_given_copies(tmp_path, own_dockerd, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    dockerd = own_dockerd("--host", f"tcp://127.0.0.1:{port}", "--tls=false")
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{port}")
    done = ended(started(tmp_path, 0.5))
    assert done["outputs"] == {"waited": 0.5}
    assert left(dockerd) == []
