"""A program of the file contract, without an SDK: it behaves as the task's arguments say."""

import os
import signal
import sys
import time
from argparse import ArgumentParser
from pathlib import Path

from godwitidl.core.v1.errors_pb2 import BLAME_USER, RETRY_ALLOWED, ExecutionError
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal, NamedLiteral, NamedLiterals


def leave_error(outputs, rank, code):
    error = ExecutionError(code=code, message="no fish here", blame=BLAME_USER, retry=RETRY_ALLOWED)
    error.time.FromNanoseconds(time.time_ns())
    (outputs / f"error-{rank}.pb").write_bytes(error.SerializeToString())


def wait_for_the_tide():
    time.sleep(600)


def misbehave(behaviour, outputs, rank):  # noqa: C901 - a list of cases
    first = rank == "0"
    if behaviour == "sleep":
        (outputs.parent / f"asleep-{rank}").touch()
        time.sleep(600)
    elif behaviour == "secondary" and first:
        # The peer of a process that dies is told at once by a broken connection.
        leave_error(outputs, rank, "CONNECTION_RESET")
        sys.exit(1)
    elif behaviour.startswith("first"):
        if first:
            os._exit(int(behaviour.removeprefix("first")))
        time.sleep(600)
    elif first:
        if behaviour != "hang":
            time.sleep(600)  # waits for its peer
    elif behaviour == "hang":
        wait_for_the_tide()
    elif behaviour == "crash":
        os.abort()
    elif behaviour == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif behaviour == "fail":
        leave_error(outputs, rank, "NO_FISH")
        sys.exit(1)
    else:
        os._exit(9 if behaviour == "secondary" else int(behaviour.removeprefix("exit")))


def main() -> int:
    parser = ArgumentParser()
    parser.add_argument("--inputs", type=Path)
    parser.add_argument("--outputs", type=Path)
    options, _ = parser.parse_known_args()
    behaviour = TaskSpec.FromString((options.inputs / "task.pb").read_bytes()).program.arguments[0]
    rank = os.environ.get("GODWIT_WORKER_RANK", "")
    sys.stdout.write(f"behaves: {behaviour}\n")
    sys.stdout.flush()
    if behaviour not in {"succeed", "gpus"}:
        misbehave(behaviour, options.outputs, rank)
    if behaviour == "gpus":
        sys.stdout.write(f"sees {os.environ.get('CUDA_VISIBLE_DEVICES')}\n")
    if rank == "0":
        outputs = NamedLiterals(values=[NamedLiteral(name="result", value=Literal(int_value=7))])
        (options.outputs / "outputs.pb").write_bytes(outputs.SerializeToString())
    return 0


if __name__ == "__main__":
    sys.exit(main())
