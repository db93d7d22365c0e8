"""The runner's program: `python -m godwit.runner`.

Started by a backend with `--fd N`, it speaks `runner/v1` over the socket of that descriptor. Started with `--once`, it
keeps the file contract: inputs from a folder, outputs or the error into another, the exit status to match.
"""

import gc
import importlib
import sys
from collections.abc import Sequence

from godwitidl.deferral import PURE_PYTHON_MESSAGES, defer_import


def main(arguments: Sequence[str]) -> int:
    """Run the program and return its exit status: 0; 143 when told to end; with `--once`, 1 for the task's error."""
    # Nothing that importing makes is garbage, and looking for some takes a fifth of a start.
    gc.disable()
    defer_import(PURE_PYTHON_MESSAGES)
    program = importlib.import_module("godwit.runner.program")
    settings = program.read_stream_settings(arguments)
    if settings is None:
        # A parser of arguments takes longer to import than what backends ask for takes to read.
        status: int = importlib.import_module("godwit.runner.arguments").run(arguments)
    else:
        status = program.run_stream(settings)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
