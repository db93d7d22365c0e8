"""A program of the file contract, without an SDK: it behaves as the task's arguments say."""

import os
import sys
import time
from argparse import ArgumentParser
from pathlib import Path

from godwitidl.core.v1.errors_pb2 import BLAME_USER, RETRY_ALLOWED, ExecutionError
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal, NamedLiteral, NamedLiterals


def main() -> int:
    parser = ArgumentParser()
    parser.add_argument("--inputs", type=Path)
    parser.add_argument("--outputs", type=Path)
    options, _ = parser.parse_known_args()
    behaviour = TaskSpec.FromString((options.inputs / "task.pb").read_bytes()).program.arguments[0]
    rank = os.environ.get("GODWIT_WORKER_RANK", "")
    sys.stdout.write(f"behaves: {behaviour}\n")
    sys.stdout.flush()
    if behaviour == "sleep":
        (options.outputs.parent / f"asleep-{rank}").touch()
        time.sleep(600)
    if behaviour == "crash" and rank != "0":
        os.abort()
    if behaviour == "fail" and rank != "0":
        error = ExecutionError(code="NO_FISH", message="no fish here", blame=BLAME_USER, retry=RETRY_ALLOWED)
        error.time.FromNanoseconds(time.time_ns())
        (options.outputs / f"error-{rank}.pb").write_bytes(error.SerializeToString())
        return 1
    if behaviour in {"crash", "fail"}:
        time.sleep(600)  # waits for its peer
    if rank == "0":
        outputs = NamedLiterals(values=[NamedLiteral(name="result", value=Literal(int_value=7))])
        (options.outputs / "outputs.pb").write_bytes(outputs.SerializeToString())
    return 0


if __name__ == "__main__":
    sys.exit(main())
