"""Virtual environments of the benchmarks' own: one with our wheels alone, one for each peer. They lie in `.venvs/`."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from measurement import FOLDER, ROOT

VENVS = FOLDER / ".venvs"
WHEELS = FOLDER / ".work" / "wheels"
OURS = "godwit"

_COUNT = """
import importlib.metadata, json, re
found = {re.sub('[-_.]+', '-', one.metadata['Name']).lower(): one.version for one in importlib.metadata.distributions()}
print(json.dumps(found))
"""
_NOT_COUNTED = ("pip", "setuptools", "wheel", "uv")


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment.

    Attributes:
        python: its interpreter.
        version: of the distribution that it was made for.
        third_party: names of the distributions that came with it and are not its own.
    """

    python: Path
    version: str
    third_party: tuple[str, ...]


class InstallationFailedError(Exception):
    """A distribution cannot be installed. The text is what pip or uv said."""


def of_wheels() -> Environment:
    """Build our wheels, and install them alone into a new environment.

    Raises:
        InstallationFailedError: they cannot be built or installed.
    """
    shutil.rmtree(WHEELS, ignore_errors=True)
    _run([_uv_or_none() or "uv", "build", "--quiet", "--all-packages", "--wheel", "--out-dir", str(WHEELS)])
    wheels = [str(wheel) for wheel in sorted(WHEELS.glob("*.whl"))]
    return _create(OURS, OURS, wheels, [])


def of_peer(distribution: str, requirement: str, extras: Sequence[str]) -> Environment:
    """Return the environment of a peer; make it when there is none. *extras* are what its scripts need besides.

    Raises:
        InstallationFailedError: it cannot be installed.
    """
    facts = VENVS / distribution / "facts.json"
    if facts.exists():
        stored = json.loads(facts.read_text(encoding="utf-8"))
        return Environment(Path(stored["python"]), stored["version"], tuple(stored["third_party"]))
    return _create(distribution, distribution, [requirement], extras)


def _create(name: str, distribution: str, required: Sequence[str], extras: Sequence[str]) -> Environment:
    folder = VENVS / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    python = folder / "bin" / "python"
    uv = _uv_or_none()
    if uv is None:
        _run([sys.executable, "-m", "venv", str(folder)])
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    else:
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python)]
    _run([*install, *required])
    found: dict[str, str] = json.loads(_run([str(python), "-I", "-c", _COUNT]))
    others = [one for one in sorted(found) if not _is_own(one, distribution) and one not in _NOT_COUNTED]
    environment = Environment(python, found[distribution], tuple(others))
    if extras:
        _run([*install, *extras])
    facts = asdict(environment) | {"python": str(python)}
    (folder / "facts.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return environment


def _is_own(name: str, distribution: str) -> bool:
    return name == distribution or name.startswith(f"{distribution}-")


def _uv_or_none() -> str | None:
    """Return the program uv: as the environment says, from PATH, or from `.uv/`."""
    named = os.environ.get("UV") or shutil.which("uv")
    own = ROOT / ".uv" / "bin" / "uv"
    return named or (str(own) if own.exists() else None)


def _run(command: Sequence[str]) -> str:
    """Return what a command prints.

    Raises:
        InstallationFailedError: it fails, or is not there.
    """
    try:
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise InstallationFailedError(f"{command[0]} is not there: put uv on PATH.") from error
    if done.returncode:
        raise InstallationFailedError(done.stderr.strip() or done.stdout.strip())
    return done.stdout
