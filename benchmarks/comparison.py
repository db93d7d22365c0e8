"""Peers: other orchestrators, each in an environment of its own, measured by a script of ours that prints JSON.

`peers/<name>.py` is called with a row, a size and a number of runs, and prints one object as its last line:
`{"version", "durable", "measures": [...]}` or `{"version", "missing": why}` for a row that it has nothing like.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environments import Environment, InstallationFailedError, of_peer
from limits import work_folder
from measurement import FOLDER, ROOT

PEERS_FOLDER = FOLDER / "peers"
LONGEST_S = 240
"""For one peer and row. The scripts themselves stop repeating what takes long well before."""


@dataclass(frozen=True, slots=True)
class Peer:
    """One of them.

    Attributes:
        distribution: to install; also its import name.
        extras: what its script needs besides.
        help_command: arguments after the folder of its programs.
        hello_command: likewise; empty: the script is run by Python.
        install: the requirement that is installed and whose packages are counted, if it is not the distribution.
    """

    distribution: str
    extras: tuple[str, ...]
    help_command: tuple[str, ...]
    hello_command: tuple[str, ...] = ()
    install: str = ""

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
        return of_peer(self.distribution, self.install or self.distribution, self.extras)


PEERS = (
    Peer("flytekit", ("pandas", "pyarrow"), ("pyflyte", "--help"), ("pyflyte", "run")),
    Peer("flyte", ("pandas", "pyarrow"), ("flyte", "--help"), ("flyte", "run", "--local")),
    # DBOS needs SQLite 3.42; pysqlite3 brings one where Python's own is older.
    Peer("dbos", ("pandas", "pyarrow", "pysqlite3-binary; sys_platform == 'linux'"), ("dbos", "--help")),
    # With FastAPI 0.165, the newest that its requirements allow, no flow of Prefect 3.8.8 runs.
    Peer("prefect", ("pandas", "pyarrow", "fastapi<0.150"), ("prefect", "--help")),
    Peer("dask", ("pandas", "pyarrow"), ("dask", "--help"), install="dask[distributed]"),
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
        return {"error": without_places(str(error))}
    with work_folder("peer") as home:
        command = [str(environment.python), str(peer.script), row, str(size), str(runs)]
        return answer_of(command, home)


def without_places(text: str) -> str:
    """Return an error without what is of this machine only: folders and hosts."""
    return re.sub(r"(https?://)[^/\s]+", r"\1…", text.replace(str(ROOT), "…").replace(str(Path.home()), "~"))


def answer_of(command: Sequence[str], home: Path) -> dict[str, Any]:
    """Return the object in the last line that a script prints, or why there is none."""
    # Into files, as what a script leaves behind would hold pipes open.
    printed, complaints = home / "answer.txt", home / "complaints.txt"
    with printed.open("w", encoding="utf-8") as out, complaints.open("w", encoding="utf-8") as errors:
        variables = own_environment(home)
        process = subprocess.Popen(command, stdout=out, stderr=errors, cwd=home, env=variables, start_new_session=True)
    try:
        process.wait(LONGEST_S)
    except subprocess.TimeoutExpired:
        return {"error": f"It took more than {LONGEST_S} s."}
    finally:
        _end_group(process)
    lines = printed.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    try:
        answer: dict[str, Any] = json.loads(lines[-1])
    except (IndexError, ValueError):
        said = complaints.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
        return {"error": without_places("\n".join(said)) or f"exit status {process.returncode}"}
    return answer


def _end_group(leader: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a script and of the servers and workers that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()
