"""What every benchmark shares: facts on the machine, measures with their spread, and one JSON object as the answer.

Standard library only: the scripts of the peers import it from environments that have nothing of ours.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import resource
import shlex
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
WORK = FOLDER / ".work"
"""Where homes and files of a run lie: on the disk of the checkout, as temporary folders may be in memory."""

REPORTED = ("godwit", "protobuf", "click", "pandas", "pyarrow", "numpy")
"""Distributions whose versions stand in every result."""

FEWEST = 3
"""Runs of what takes long."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Repeated measurements of one quantity.

    Attributes:
        name: what was measured.
        unit: of the values.
        values: in the order in which they were taken; at least one.
        budget: the largest median that is within the budget; None: there is none.
    """

    name: str
    unit: str
    values: Sequence[float]
    budget: float | None = None

    @property
    def median(self) -> float:
        """The median of the values."""
        return statistics.median(self.values)

    def as_json(self) -> dict[str, Any]:
        """Return it as it stands in a result."""
        shown: dict[str, Any] = {
            "name": self.name,
            "unit": self.unit,
            "median": rounded(self.median),
            "min": rounded(min(self.values)),
            "max": rounded(max(self.values)),
            "runs": len(self.values),
        }
        if self.budget is not None:
            shown |= {"budget": self.budget, "within": self.median <= self.budget}
        return shown


class Busy:
    """How busy the machine was with other programs since this was made."""

    def __init__(self) -> None:
        self._all_s = _busy_s()
        self._own_s = _own_s()
        self._begun = time.perf_counter()

    def cores_of_others(self) -> float | None:
        """Return how many cores others kept busy on average; None where the system does not tell."""
        all_s = _busy_s()
        if all_s is None or self._all_s is None:
            return None
        others_s = all_s - self._all_s - (_own_s() - self._own_s)
        return rounded(max(0.0, others_s) / (time.perf_counter() - self._begun))


def _own_s() -> float:
    """Return the processor time of this process and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _busy_s() -> float | None:
    """Return the processor time of everything on this machine since it was started."""
    try:
        counted = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
    except OSError:
        return None
    user, nice, system, _idle, _waiting, interrupts, soft_interrupts, _stolen = map(int, counted)
    return (user + nice + system + interrupts + soft_interrupts) / os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Result:
    """What one script found out.

    Attributes:
        row: name of the script.
        conditions: sizes and settings of this run.
        measures: of Godwit.
        limits: what the machine itself takes for the least work that cannot be left out.
        peers: what others take, each as its script printed it.
        load_before: average number of programs that ran or wanted to: over one, five and fifteen minutes.
        busy: how much else the machine did meanwhile.
    """

    row: str
    conditions: dict[str, Any]
    measures: list[Measure] = field(default_factory=list)
    limits: list[Measure] = field(default_factory=list)
    peers: list[dict[str, Any]] = field(default_factory=list)
    load_before: tuple[float, float, float] = field(default_factory=os.getloadavg)
    busy: Busy = field(default_factory=Busy)

    def as_json(self) -> dict[str, Any]:
        """Return the one object that the script prints."""
        return {
            "row": self.row,
            "command": command_line(),
            "taken": time.strftime("%Y-%m-%d", time.gmtime()),
            "machine": machine(),
            "load_average": {"before": list(self.load_before), "after": list(os.getloadavg())},
            "cores_busy_with_others": self.busy.cores_of_others(),
            "conditions": self.conditions,
            "measures": [one.as_json() for one in self.measures],
            "limits": [one.as_json() for one in self.limits],
            "peers": self.peers,
        }

    def deliver(self, folder: Path | None) -> None:
        """Print the object, and write it into *folder* when there is one."""
        text = json.dumps(self.as_json(), indent=2) + "\n"
        sys.stdout.write(text)
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{self.row}.json").write_text(text, encoding="utf-8")


def rounded(value: float) -> float:
    """Return *value* with four significant digits."""
    return float(f"{value:.4g}")


def seconds(call: Callable[[], object]) -> float:
    """Return the wall-clock time of one call, in seconds."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def repeated(call: Callable[[], float], runs: int, longest_s: float | None = None) -> list[float]:
    """Return what *runs* calls return; once they have taken *longest_s* seconds, three are enough."""
    found: list[float] = []
    begun = time.perf_counter()
    while len(found) < runs:
        found.append(call())
        if longest_s is not None and len(found) >= min(runs, FEWEST) and time.perf_counter() - begun > longest_s:
            break
    return found


def slopes(
    short: Callable[[], float], long: Callable[[], float], steps: int, runs: int, longest_s: float | None = None
) -> list[float]:
    """Return the time per step, in ms, from calls that differ by *steps* steps, taken alternately.

    Args:
        short: returns its own duration in seconds; has *steps* steps fewer than *long*.
        long: likewise.
        steps: the difference.
        runs: how many pairs.
        longest_s: after so many seconds three pairs are enough.
    """

    def slope_ms() -> float:
        first = short()
        return (long() - first) / steps * 1e3

    return repeated(slope_ms, runs, longest_s)


def peak_memory_mb() -> float:
    """Return the most memory that this process had in use at a time, since it was started.

    The kernel's own high-water mark of this program, where it tells it: that of `getrusage` may be of the program from
    which this process was forked.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return highest / (1e6 if sys.platform == "darwin" else 1e3)
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


def machine() -> dict[str, Any]:
    """Return what of the machine bears on the figures; nothing that says whose it is."""
    return {
        "cpu": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "kernel": f"{platform.system()} {platform.release().split('-')[0]}",
        "file_system": _file_system(WORK),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: version for name in REPORTED if (version := installed(name))},
    }


def installed(distribution: str) -> str:
    """Return the version of an installed distribution, or nothing."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def command_line() -> str:
    """Return the command that gives this result, from the root of the checkout; where it is written does not count."""
    script = Path(sys.argv[0]).resolve()
    shown = script.relative_to(ROOT) if script.is_relative_to(ROOT) else Path(script.name)
    kept: list[str] = []
    words = iter(sys.argv[1:])
    for word in words:
        if word == "--out":
            next(words, None)
        elif not word.startswith("--out="):
            kept.append(word)
    return shlex.join(["python", str(shown), *kept])


def options(description: str | None, runs: int) -> argparse.ArgumentParser:
    """Return a parser of the options that every script has."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0], allow_abbrev=False)
    parser.add_argument("--runs", type=int, default=runs, help="how many times each quantity is measured")
    parser.add_argument("--peers", action="store_true", help="measure other orchestrators beside")
    parser.add_argument("--out", type=Path, metavar="DIR", help="also write the result into this folder")
    parser.add_argument("--quick", action="store_true", help="once, with small sizes: to see that everything works")
    return parser


def parsed(parser: argparse.ArgumentParser, **quick: object) -> argparse.Namespace:
    """Return the arguments of the command line; with `--quick`, one run, and of *quick* what is not asked for."""
    arguments = parser.parse_args()
    if arguments.quick:
        for name, value in {"runs": 1, **quick}.items():
            if getattr(arguments, name) == parser.get_default(name):
                setattr(arguments, name, value)
    return arguments


def _processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        return platform.processor()
    return platform.processor() or platform.machine()


def _file_system(path: Path) -> str:
    """Return the kind of the file system that *path* is on, where the system tells it."""
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return "unknown"
    mounts = sorted((line.split()[1:3] for line in lines), key=lambda one: len(one[0]))
    kinds = [kind for folder, kind in mounts if path.is_relative_to(folder)]
    return kinds[-1] if kinds else "unknown"
