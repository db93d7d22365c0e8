"""A program that keeps the file contract without any SDK. What it does is the first argument in its task's spec."""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from godwitidl.core.v1.errors_pb2 import BLAME_USER, RETRY_ALLOWED, ExecutionError
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal, NamedLiteral, NamedLiterals


def main() -> int:
    """Do as the spec says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--once", action="store_true", required=True)
    parser.add_argument("--inputs", type=Path, required=True)
    parser.add_argument("--outputs", type=Path, required=True)
    options, _ = parser.parse_known_args()
    spec = TaskSpec.FromString((options.inputs / "task.pb").read_bytes())
    options.outputs.mkdir(parents=True, exist_ok=True)
    behaviour = spec.program.arguments[0]
    print("behaves:", behaviour, flush=True)  # noqa: T201 - what it is for
    if behaviour == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    if behaviour == "sleep":
        time.sleep(120)
    if behaviour == "fail":
        error = ExecutionError(code="NO_WIND", message="No wind today.", blame=BLAME_USER, retry=RETRY_ALLOWED)
        write(options.outputs / "error.pb", error.SerializeToString())
        return 1
    outputs = NamedLiterals(values=[NamedLiteral(name="result", value=Literal(int_value=7))])
    write(options.outputs / "outputs.pb", outputs.SerializeToString())
    return 0


def write(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all."""
    partial = path.with_suffix(".unfinished")
    partial.write_bytes(content)
    partial.replace(path)


if __name__ == "__main__":
    sys.exit(main())
