"""A second machine for tests: a network namespace of its own, a name of its own, and a /tmp of its own."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

PROGRAMS = ("ip", "mount", "unshare", "hostname")


def missing():
    """Return why there can be no other machine here; empty when there can be one."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs root on Linux, to make network namespaces"
    lacking = [name for name in PROGRAMS if not shutil.which(name)]
    return f"no {', '.join(lacking)}: apt-get install iproute2 mount util-linux hostname" if lacking else ""


class OtherMachine:
    """A machine that is connected to this one.

    Attributes:
        here: address of this machine on the network between them.
        there: that of the other.
        name: what the other calls itself.
    """

    def __init__(self, folder):
        number = os.getpid() % 250
        self.here, self.there = f"10.77.{number}.1", f"10.77.{number}.2"
        self.name = f"gwray{os.getpid()}"
        self._log = folder / "other.log"
        self._process = None

    def __enter__(self):
        run("ip", "netns", "add", self.name)
        try:
            run("ip", "link", "add", "godwit0", "type", "veth", "peer", "name", "far0")
            run("ip", "link", "set", "far0", "netns", self.name)
            run("ip", "addr", "add", f"{self.here}/24", "dev", "godwit0")
            run("ip", "link", "set", "godwit0", "up")
            inside = ("ip", "-n", self.name)
            run(*inside, "addr", "add", f"{self.there}/24", "dev", "far0")
            run(*inside, "link", "set", "far0", "up")
            run(*inside, "link", "set", "lo", "up")
        except BaseException:
            run("ip", "netns", "del", self.name)
            raise
        return self

    def start_node(self, head, cpus=1):
        """Have it join a cluster as a node, and wait until it has."""
        words = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats"]
        words += [f"--address={head.address}", f"--node-ip-address={self.there}", f"--num-cpus={cpus}"]
        joined = " ".join(words)
        inside = f"hostname {self.name} && mount -t tmpfs none /tmp && exec {joined}"
        command = ["ip", "netns", "exec", self.name, "unshare", "--mount", "--uts", "sh", "-c", inside]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, **head.variables()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while b"Ray runtime started" not in self._log.read_bytes():
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.1)

    def switch_off(self):
        """Kill all that runs there, at once."""
        found = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True, check=False)
        for word in found.stdout.split():
            with suppress(ProcessLookupError):
                os.kill(int(word), signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def __exit__(self, *_):
        self.switch_off()
        run("ip", "link", "del", "godwit0")
        run("ip", "netns", "del", self.name)


def run(*command):
    subprocess.run(command, check=True, capture_output=True)
