"""The first steps of the program: a runner is started before anything is imported that takes time."""

import gc
import os
import sys
from collections.abc import Sequence

from godwitidl.deferral import PURE_PYTHON_MESSAGES, defer_import

from godwit_core.backends.prestart import PrestartedRunner

_ALLOCATIONS = 50_000
"""Net allocations between two collections of garbage. The interpreter's 700 cost a fifth of a start."""

_APPLICATION = "godwit_core.cli.application"
OPTIONS_WITH_VALUES = frozenset(
    {
        "--home",
        "--project",
        "--domain",
        "--workers",
        "--durability",
        "--execution-name",
        "--execution-spec",
        "--max-parallelism",
        "--priority",
        "--queue",
        "--storage",
        "--with",
        "--source-root",
        "-i",
        "--input",
    }
)
"""Options of `godwit run` that take a value."""
FLAGS = frozenset({"--json", "--debug", "--overwrite-cache", "--run-what-can-run", "--fail-fast"})
"""Those that take none."""
_UNSURE = frozenset({"-h", "--help", "--inline", "--backend", "--version", "--disable-plugin", "--detach"})


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program with the process's arguments, or with *arguments*, and end the process with its exit status."""
    gc.set_threshold(_ALLOCATIONS, 20, 50)
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = runner_options(given)
    runner = None if options is None else _prestart(options)
    defer_import(PURE_PYTHON_MESSAGES)
    try:
        # By name: while it is imported, the runner starts.
        __import__(_APPLICATION)
        status = sys.modules[_APPLICATION].run_program(given, runner)
    finally:
        if runner is not None:
            runner.discard()
    # What is left is freed with the process: looking through it for garbage would take longer than all else here.
    gc.freeze()
    sys.exit(status)


def runner_options(arguments: Sequence[str]) -> list[str] | None:
    """Return the options of the runner that *arguments* are sure to need: they run an entity of a Python file.

    None where they may be wrong, or ask for help, or set runners up in a rare way: then one is started when it is
    needed.
    """
    positional: list[str] = []
    values: dict[str, str | None] = {}
    waiting = iter(arguments)
    for argument in waiting:
        name, equals, value = argument.partition("=")
        if not argument.startswith("-"):
            positional.append(argument)
        elif name in OPTIONS_WITH_VALUES:
            values[name] = value if equals else next(waiting, None)
        elif argument in _UNSURE or name in _UNSURE or (len(positional) < 3 and argument not in FLAGS):
            return None
    if None in values.values() or len(positional) < 3 or positional[0] != "run" or not _is_python(positional[1]):
        return None
    return ["--durable"] if values.get("--durability") == "disk" else []


def _is_python(path: str) -> bool:
    return path.endswith(".py") and os.path.isfile(path)  # noqa: PTH113 - pathlib's import costs 3 ms


def _prestart(options: Sequence[str]) -> PrestartedRunner | None:
    try:
        return PrestartedRunner(options)
    except OSError:
        return None  # who needs one says why there is none
