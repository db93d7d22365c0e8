"""Clusters for tests, started as people start theirs."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

START = "from ray.scripts.scripts import main; main()"


class Head:
    """A cluster of one node with a token, started as people start theirs.

    *version*: what it is to say of itself in place of its own; *host*: its address.
    """

    def __init__(self, folder, cpus=2, *options, version="", host="127.0.0.1"):
        self.token = secrets.token_hex(16)
        port, dashboard, client = free_ports(3)
        self.address = f"{host}:{port}"
        self.client = f"ray://{host}:{client}"
        self.dashboard = f"http://127.0.0.1:{dashboard}"
        self.log = folder / "head.log"
        # Jobs are started as `python`, whichever the cluster finds.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        environment = {**os.environ, "PATH": path, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": self.token}
        environment["RAY_raylet_start_wait_time_s"] = "85"  # on a busy machine half a minute may be too short
        program = f"import ray; ray.__version__ = {version!r}; {START}" if version else START
        command = [sys.executable, "-c", program, "start", "--head", "--block", "--disable-usage-stats"]
        command += [f"--port={port}", f"--node-ip-address={host}", f"--num-cpus={cpus}", *options]
        command += [f"--ray-client-server-port={client}"]
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


def free_ports(count):
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
