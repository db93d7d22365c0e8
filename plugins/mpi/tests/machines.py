"""Machines for tests: network namespaces of this one, each with a name and an ssh server of its own."""

import getpass
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

PROGRAMS = ("ip", "ssh", "ssh-keygen", "unshare")
SERVER = "/usr/sbin/sshd"
PACKAGES = ["openssh-server", "openssh-client", "iproute2", "util-linux"]


def missing():
    """Return why there can be no machines here; empty when there can be. On CI, what lacks is installed first."""
    if os.geteuid() != 0:
        return "needs root, to make network namespaces"
    if lacking() and os.environ.get("CI") == "true" and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-q"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
            done = subprocess.run(["apt-get", *words], env=quiet, capture_output=True, text=True, check=False)
            if done.returncode and words[0] == "install":
                return f"apt-get {words[0]} failed: {done.stderr[-500:]}"
    return f"no {', '.join(lacking())}: apt-get install {' '.join(PACKAGES)}" if lacking() else ""


def lacking():
    return [name for name in PROGRAMS if not shutil.which(name)] + [SERVER] * (not Path(SERVER).exists())


class Machines:
    """Two machines on a network of their own, and this one on it.

    Attributes:
        names: their addresses, which are their names for ssh.
        ssh_command: how they are reached.
        interface: by which each of them, and this one, is on that network.
    """

    def __init__(self, folder, count=2, tag=""):
        self._folder = folder
        self._tag = f"gw{os.getpid() % 10_000}{tag}"
        self._net = f"10.{os.getpid() // 250 % 100 + (120 if tag else 20)}.{os.getpid() % 250}"
        self.interface = f"{self._tag}br"
        self._switch = f"{self._tag}sw"
        self.names = [f"{self._net}.{number + 2}" for number in range(count)]
        self.ssh_command = ["ssh", "-F", str(folder / "config")]
        self._servers = {}

    def __enter__(self):
        Path("/run/sshd").mkdir(exist_ok=True)
        key = self._folder / "key"
        for path in (key, self._folder / "host_key"):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path))
        known = self._folder / "known"
        (self._folder / "config").write_text(
            f"Host *\n  IdentityFile {key}\n  IdentitiesOnly yes\n  UserKnownHostsFile {known}\n  LogLevel ERROR\n"
            f"  StrictHostKeyChecking no\n  User {getpass.getuser()}\n"
        )
        # The switch has a namespace of its own, where no firewall of this machine says what may pass.
        run("ip", "netns", "add", self._switch)
        run("ip", "-n", self._switch, "link", "add", "switch", "type", "bridge")
        run("ip", "-n", self._switch, "link", "set", "switch", "up")
        self._plug_in("", "own", f"{self._net}.1")
        for number, name in enumerate(self.names):
            self._start(number, name)
        for name in self.names:
            self._await(name)
        return self

    def _start(self, number, name):
        space = f"{self._tag}n{number}"
        run("ip", "netns", "add", space)
        self._plug_in(space, f"port{number}", name)
        # What is here lies over /etc in the namespace: its machine's name leads somewhere.
        etc = Path("/etc/netns") / space
        etc.mkdir(parents=True, exist_ok=True)
        known = [f"{address} {self.host_name(index)}\n" for index, address in enumerate(self.names)]
        (etc / "hosts").write_text("127.0.0.1 localhost\n" + "".join(known))
        run("ip", "-n", space, "link", "set", "lo", "up")
        config = self._folder / f"sshd{number}"
        config.write_text(
            f"ListenAddress {name}\nHostKey {self._folder / 'host_key'}\n"
            f"AuthorizedKeysFile {self._folder / 'key.pub'}\n"
            "StrictModes no\nUsePAM no\nPidFile none\nPermitRootLogin yes\nMaxStartups 100\n"
        )
        inside = f"hostname {self.host_name(number)} && exec {SERVER} -D -e -f {config}"
        command = ["ip", "netns", "exec", space, "unshare", "--uts", "sh", "-c", inside]
        log = (self._folder / f"sshd{number}.log").open("wb")
        self._servers[number] = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        log.close()

    def _plug_in(self, space, port, address):
        """Connect a namespace, or this machine, to the switch."""
        inside = ["ip", "-n", space] if space else ["ip"]
        run("ip", "-n", self._switch, "link", "add", port, "type", "veth", "peer", "name", f"{port}x")
        run("ip", "-n", self._switch, "link", "set", port, "master", "switch", "up")
        moved = ["netns", space] if space else ["netns", str(os.getpid())]
        run("ip", "-n", self._switch, "link", "set", f"{port}x", "name", self.interface, *moved)
        run(*inside, "addr", "add", f"{address}/24", "dev", self.interface)
        run(*inside, "link", "set", self.interface, "up")

    def host_name(self, number):
        """Return what a machine calls itself."""
        return f"{self._tag}-{number}"

    def processes(self, number):
        """Return the processes of a machine."""
        found = subprocess.run(
            ["ip", "netns", "pids", f"{self._tag}n{number}"], capture_output=True, text=True, check=False
        )
        return [int(word) for word in found.stdout.split()]

    def are_quiet(self):
        """Return whether nothing but the ssh servers runs on them."""
        return all(self.processes(number) == [server.pid] for number, server in self._servers.items())

    def take_down(self, number):
        """Have a machine lose everything that runs on it, and its network."""
        for process in self.processes(number):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        subprocess.run(["ip", "-n", f"{self._tag}n{number}", "link", "set", self.interface, "down"], check=False)

    def _await(self, name):
        deadline = time.monotonic() + 20
        while subprocess.run([*self.ssh_command, name, "true"], capture_output=True, check=False).returncode:
            assert time.monotonic() < deadline, f"no ssh server on {name}"
            time.sleep(0.1)

    def __exit__(self, *_):
        for number, server in self._servers.items():
            self.take_down(number)
            server.wait()
            run("ip", "netns", "del", f"{self._tag}n{number}")
            shutil.rmtree(Path("/etc/netns") / f"{self._tag}n{number}")
        run("ip", "link", "del", self.interface)
        run("ip", "netns", "del", self._switch)


def run(*command):
    subprocess.run(command, check=True, capture_output=True)
