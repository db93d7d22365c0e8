"""A runner with one planted defect: `defective_runner.py DEFECT COMMAND…` runs it, and spoils what it leaves."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from godwitidl.core.v1.errors_pb2 import RETRY_ALLOWED, ExecutionError
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals

DEFECT, *COMMAND = sys.argv[1:]
OUTPUTS = Path(COMMAND[COMMAND.index("--outputs") + 1]) if "--outputs" in COMMAND else Path()


def change(name, message, edit):
    path = OUTPUTS / name
    if path.exists():
        message.ParseFromString(path.read_bytes())
        edit(message)
        path.write_bytes(message.SerializeToString())


def reverse(outputs):
    values = list(outputs.values)[::-1]
    del outputs.values[:]
    outputs.values.extend(values)


def inline(outputs):
    for value in outputs.values:
        if value.value.HasField("reference"):
            value.value.CopyFrom(Literal(string_value="ab" * 50_000))


def forget_stack(error):
    for exception in error.exceptions:
        del exception.frames[:]


def allow_retry(error):
    error.retry = RETRY_ALLOWED


def main():
    environment = dict(os.environ)
    if DEFECT == "rank_ignored":
        environment.pop("GODWIT_WORKER_RANK", None)
    if DEFECT == "checkpoint_ignored" and "--checkpoint" in COMMAND:
        index = COMMAND.index("--checkpoint")
        COMMAND[index + 1] += f"-{COMMAND[COMMAND.index('--attempt') + 1]}"
        Path(COMMAND[index + 1]).mkdir()
    child = subprocess.Popen(COMMAND, env=environment)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    status = child.wait()
    if DEFECT == "status_0_on_error":
        status = 0 if (OUTPUTS / "error.pb").exists() else status
    elif DEFECT == "status_1_on_termination" and status == 143:
        (OUTPUTS / "error.pb").write_bytes(ExecutionError(code="X", message="x", blame=1, retry=1).SerializeToString())
        status = 1
    elif DEFECT == "outputs_of_a_crash" and "--outputs" in COMMAND and not any(OUTPUTS.glob("*.pb")):
        OUTPUTS.mkdir(parents=True, exist_ok=True)
        (OUTPUTS / "outputs.pb").write_bytes(b"")
        status = 0
    elif DEFECT == "outputs_reversed":
        change("outputs.pb", NamedLiterals(), reverse)
    elif DEFECT == "large_inline":
        change("outputs.pb", NamedLiterals(), inline)
    elif DEFECT == "stack_lost":
        change("error.pb", ExecutionError(), forget_stack)
    elif DEFECT == "always_retried":
        change("error.pb", ExecutionError(), allow_retry)
    elif DEFECT == "partial_file_left" and OUTPUTS.is_dir():
        (OUTPUTS / ".outputs.pb.1").write_bytes(b"")
    sys.exit(status)


if __name__ == "__main__":
    main()
