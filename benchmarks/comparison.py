"""Peers: other orchestrators, each in an environment of its own, measured by a script of ours that prints JSON.

`peers/<name>.py` is called with a row, a size and a number of runs, and prints one object as its last line:
`{"version", "durable", "measures": [...]}` or `{"version", "missing": why}` for a row that it has nothing like.
"""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environments import Environment, InstallationFailedError, of_peer
from limits import work_folder
from measurement import FOLDER

PEERS_FOLDER = FOLDER / "peers"
LONGEST_S = 1_800


@dataclass(frozen=True, slots=True)
class Peer:
    """One of them.

    Attributes:
        distribution: to install; also its import name.
        extras: what its script needs besides.
        help_command: arguments after the folder of its programs.
        hello_command: likewise; empty: the script is run by Python.
    """

    distribution: str
    extras: tuple[str, ...]
    help_command: tuple[str, ...]
    hello_command: tuple[str, ...] = ()

    @property
    def script(self) -> Path:
        """The script of ours that measures it."""
        return PEERS_FOLDER / f"measure_{self.distribution}.py"

    @property
    def hello(self) -> Path:
        """Its hello world."""
        return PEERS_FOLDER / f"hello_{self.distribution}.py"

    def environment(self) -> Environment:
        """Return its environment; the first time it is installed.

        Raises:
            InstallationFailedError: it does not install.
        """
        return of_peer(self.distribution, self.extras)


PEERS = (
    Peer("flytekit", ("pandas", "pyarrow"), ("pyflyte", "--help"), ("pyflyte", "run")),
    Peer("flyte", ("pandas", "pyarrow"), ("flyte", "--help"), ("flyte", "run", "--local")),
    # DBOS needs SQLite 3.42; pysqlite3 brings one where Python's own is older.
    Peer("dbos", ("pandas", "pyarrow", "pysqlite3-binary; sys_platform == 'linux'"), ("dbos", "--help")),
)


def measure_peers(row: str, size: int, runs: int) -> list[dict[str, Any]]:
    """Return what each peer takes for a row, or the error that kept it from being measured."""
    return [{"peer": peer.distribution, **_measured(peer, row, size, runs)} for peer in PEERS]


def own_environment(home: Path) -> dict[str, str]:
    """Return variables with which a program keeps its state in *home*, and finds `measurement`."""
    return {**os.environ, "HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": str(FOLDER), "PYTHONSAFEPATH": "1"}


def _measured(peer: Peer, row: str, size: int, runs: int) -> dict[str, Any]:
    try:
        environment = peer.environment()
    except InstallationFailedError as error:
        return {"error": str(error)}
    with work_folder("peer") as home:
        command = [str(environment.python), str(peer.script), row, str(size), str(runs)]
        return _answer(command, home)


def _answer(command: Sequence[str], home: Path) -> dict[str, Any]:
    """Return the object in the last line that a script prints, or why there is none."""
    variables = own_environment(home)
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=home, env=variables, timeout=LONGEST_S
        )
    except subprocess.TimeoutExpired:
        return {"error": f"It took more than {LONGEST_S} s."}
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return {"error": "\n".join(done.stderr.strip().splitlines()[-3:]) or f"exit status {done.returncode}"}
    answer: dict[str, Any] = json.loads(lines[-1])
    return answer
