"""Start-up: import, help and hello world, in an environment that has our wheels and nothing else, byte-compiled."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from comparison import PEERS, Peer, own_environment, without_places
from environments import OURS, Environment, InstallationFailedError, of_wheels
from limits import work_folder
from measurement import ROOT, Measure, Result, options, parsed, repeated, seconds

IMPORT_BUDGET_MS = 80
HELP_BUDGET_MS = 150
HELLO_BUDGET_MS = 250
LONGEST_S = 12
"""After so long, a command is not repeated further: some take seconds."""
HELLO = ROOT / "examples" / "hello" / "hello.py"


def main() -> int:
    """Measure the row and print it."""
    arguments = parsed(options(__doc__, runs=21))
    runs = arguments.runs
    result = Result("startup", {})
    environment = of_wheels()
    python = str(environment.python)
    godwit = str(environment.python.with_name("godwit"))
    with work_folder("startup") as folder:
        timed = partial(_timed, folder=folder)
        bare, above = _import_ms(python, OURS, runs, timed)
        result.limits.append(Measure("python -c pass", "ms", bare))
        result.measures.append(Measure("import godwit, above python -c pass", "ms", above, IMPORT_BUDGET_MS))
        _, above = _import_ms(python, "godwit; godwit.task, godwit.workflow", runs, timed)
        result.measures.append(Measure("the same, with task and workflow loaded", "ms", above, IMPORT_BUDGET_MS))
        taken = _repeated(timed, [godwit, "--help"], runs)
        result.measures.append(Measure("godwit --help", "ms", taken, HELP_BUDGET_MS))
        hello = ["run", str(HELLO), "hello", "--name", "Ada"]
        taken = _repeated(timed, [godwit, "--home", str(folder / "home"), *hello], runs)
        result.measures.append(Measure("hello world", "ms", taken, HELLO_BUDGET_MS))
        synced = [godwit, "--home", str(folder / "synced"), *hello, "--durability", "disk"]
        result.measures.append(Measure("hello world, disk", "ms", _repeated(timed, synced, runs)))
        fresh = [timed([godwit, "--home", str(folder / f"home-{run}"), *hello]) for run in range(runs)]
        result.measures.append(Measure("hello world, first run in a new home", "ms", fresh, HELLO_BUDGET_MS))
    if arguments.peers:
        result.peers = [{"peer": peer.distribution, **_measured(peer, runs)} for peer in PEERS]
    result.deliver(arguments.out)
    return 0


def _measured(peer: Peer, runs: int) -> dict[str, Any]:
    """Return the same of a peer, or why it cannot be had."""
    try:
        return _measure_peer(peer, peer.environment(), runs)
    except InstallationFailedError as error:
        return {"error": without_places(str(error))}
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()[-3:]
        return {"error": without_places("\n".join(said)) or f"exit status {error.returncode}"}


def _measure_peer(peer: Peer, environment: Environment, runs: int) -> dict[str, Any]:
    """Return the same of a peer.

    Raises:
        CalledProcessError: one of its commands fails.
    """
    with work_folder("startup") as folder:
        timed = partial(_timed, folder=folder)
        python = str(environment.python)
        _, above = _import_ms(python, peer.distribution, runs, timed)
        help_ms = _repeated(timed, _program(environment, peer.help_command), runs)
        shutil.copy(peer.hello, folder)  # one of them runs only what lies in the folder where it stands
        hello_ms = _repeated(timed, _hello_command(peer, environment), runs)
    measures = (
        Measure(f"import {peer.distribution}, above python -c pass", "ms", above),
        Measure(" ".join(peer.help_command), "ms", help_ms),
        Measure("hello world", "ms", hello_ms),
    )
    return {"version": environment.version, "measures": [one.as_json() for one in measures]}


def _hello_command(peer: Peer, environment: Environment) -> list[str]:
    if not peer.hello_command:
        return [str(environment.python), peer.hello.name]
    return [*_program(environment, peer.hello_command), peer.hello.name, "hello", "--name", "Ada"]


def _program(environment: Environment, command: Sequence[str]) -> list[str]:
    """Return *command* with the path of its program in an environment."""
    return [str(environment.python.with_name(command[0])), *command[1:]]


def _import_ms(
    python: str, module: str, runs: int, timed: Callable[[list[str]], float]
) -> tuple[list[float], list[float]]:
    """Return the ms of the bare interpreter, and those that an import adds to it, taken alternately."""
    bare_command, command = [python, "-c", "pass"], [python, "-c", f"import {module}"]
    timed(bare_command)
    timed(command)
    pairs: list[tuple[float, float]] = []

    def pair() -> float:
        pairs.append((timed(bare_command), timed(command)))
        return pairs[-1][1]

    repeated(pair, runs, LONGEST_S)
    return [bare for bare, _ in pairs], [whole - bare for bare, whole in pairs]


def _repeated(timed: Callable[[list[str]], float], command: list[str], runs: int) -> list[float]:
    """Return the ms of each run of a command, after one that is not counted."""
    timed(command)
    return repeated(partial(timed, command), runs, LONGEST_S)


def _timed(command: list[str], folder: Path) -> float:
    """Return the ms from the start of a command to its end."""
    variables = own_environment(folder)
    del variables["PYTHONPATH"]
    call = partial(subprocess.run, command, check=True, capture_output=True, cwd=folder, env=variables)
    return seconds(call) * 1e3


if __name__ == "__main__":
    sys.exit(main())
