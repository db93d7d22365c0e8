"""The tests run in a network namespace of their own: Ray's control service listens on every interface.

Where namespaces cannot be made (macOS, or not allowed), they run without: a cluster lets nobody in without its token.
"""

import ctypes
import fcntl
import os
import secrets
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

NEW_USER, NEW_NET = 0x10000000, 0x40000000
GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 0x1


def enter_own_network():
    """Put this process, and what it starts, into a network that has a loopback interface and nothing else."""
    if sys.platform != "linux":
        return
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    user, group = os.getuid(), os.getgid()
    if unshare(NEW_NET) != 0:
        if unshare(NEW_NET | NEW_USER) != 0:
            return
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        request = struct.pack("16sh", b"lo", 0)
        flags = struct.unpack("16sh", fcntl.ioctl(channel, GET_FLAGS, request)[:18])[1]
        fcntl.ioctl(channel, SET_FLAGS, struct.pack("16sh", b"lo", flags | UP))


def pytest_configure():
    enter_own_network()
    # The tests say themselves where clusters are.
    for name in ("RAY_ADDRESS", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH", "GODWIT_HOME"):
        os.environ.pop(name, None)


@pytest.fixture
def run_home(tmp_path):
    """A home that is gone with the test."""
    return tmp_path / "home"


class Head:
    """A cluster of one node with a token, started as people start theirs."""

    def __init__(self, folder, cpus=2, *options):
        self.token = secrets.token_hex(16)
        with socket.socket() as probe, socket.socket() as other:
            probe.bind(("127.0.0.1", 0))
            other.bind(("127.0.0.1", 0))
            port, dashboard = probe.getsockname()[1], other.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        self.dashboard = f"http://127.0.0.1:{dashboard}"
        self.log = folder / "head.log"
        # Jobs are started as `python`, whichever the cluster finds.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        environment = {**os.environ, "PATH": path, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": self.token}
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", "--disable-usage-stats"]
        command += [f"--port={port}", "--node-ip-address=127.0.0.1", f"--num-cpus={cpus}", *options]
        command += [f"--dashboard-port={dashboard}", "--dashboard-host=127.0.0.1"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._await_up()

    def variables(self):
        return {"RAY_ADDRESS": self.address, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": self.token}

    def _await_up(self):
        deadline = time.monotonic() + 90
        while b"Ray runtime started" not in self.log.read_bytes():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture(scope="session")
def head(tmp_path_factory):
    """A cluster for all tests that only need one."""
    pytest.importorskip("ray", reason="install godwit-ray[ray]: make test-plugin PLUGIN=ray")
    head = Head(tmp_path_factory.mktemp("head"))
    yield head
    head.close()


@pytest.fixture
def joined(head, monkeypatch):
    """That cluster, where the variables of this process say."""
    for name, value in head.variables().items():
        monkeypatch.setenv(name, value)
    return head
