"""Engines as people run them, and what tests wait for."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

COMMAND = (sys.executable, "-m", "godwit_core")


class Engine:
    """The command line over one home. *prefix*: of its command, such as one that enters a network."""

    def __init__(self, home, variables, prefix=()):
        self.home = home
        self.variables = variables
        self.prefix = prefix
        home.mkdir(parents=True)

    def start(self, *arguments):
        return subprocess.Popen(
            [*self.prefix, *COMMAND, "--home", str(self.home), *map(str, arguments)],
            env={**os.environ, **self.variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments, timeout_s=120):
        process = self.start(*arguments)
        out, error = process.communicate(timeout=timeout_s)
        return subprocess.CompletedProcess(arguments, process.returncode, out, error)

    def json(self, *arguments, timeout_s=120):
        done = self("--json", *arguments, timeout_s=timeout_s)
        assert done.stdout, done.stderr
        return json.loads(done.stdout)


def await_file(path, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not path.exists() or not path.read_text():
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.05)
    return path.read_text()


def is_there(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def await_gone(process, timeout_s=20):
    deadline = time.monotonic() + timeout_s
    while is_there(process):
        assert time.monotonic() < deadline, f"process {process} is still there"
        time.sleep(0.05)
