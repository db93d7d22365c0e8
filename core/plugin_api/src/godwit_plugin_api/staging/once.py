"""A program around one that keeps the file contract, and reads and writes local files alone: it copies its data.

    python -P -m godwit_plugin_api.staging.once CHECKPOINT_URI PROGRAM… --once --inputs=… --outputs=… --output-prefix=…

CHECKPOINT_URI is empty where none is to be kept, or where the program's own arguments name a folder. It ends as the
program does. What cannot be copied is the attempt's error.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.values_pb2 import NamedLiterals

from godwit_plugin_api.errors import GodwitError
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.staging.copies import LocalCopies, Stores, error_of

_RANKS = ("GODWIT_WORKER_RANK", "RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK")


def main(checkpoint: str, command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run *command*, its data copied before and after; return its exit status, minus the signal that ended it."""
    options = dict(part.partition("=")[::2] for part in command if part.startswith("--") and "=" in part)
    outputs = Path(options["--outputs"])
    rank = next((environment[name] for name in _RANKS if name in environment), "")
    folder = outputs.parent / f"staged{rank and '-'}{rank}"
    copies = LocalCopies(folder, options["--output-prefix"], checkpoint)
    try:
        stores = Stores(load_plugins())
        given = _bring(copies, stores, folder, options)
    except (GodwitError, OSError) as error:
        copies.remove()
        return _fail(outputs, rank, "What the attempt reads could not be copied here", error)
    status = _run([_replaced(part, given) for part in command] + _added(given, options))
    try:
        _keep(copies, stores, outputs)
    except (GodwitError, OSError) as error:
        if status:
            sys.stderr.write(f"The checkpoint could not be kept: {error}\n")
            return status
        (outputs / "outputs.pb").unlink(missing_ok=True)
        return _fail(outputs, rank, "What the attempt has written could not be stored", error)
    finally:
        copies.remove()
    return status


def _bring(copies: LocalCopies, stores: Stores, folder: Path, options: Mapping[str, str]) -> dict[str, str]:
    """Copy what is read here, and return the arguments that say so."""
    came = Path(options["--inputs"])
    first = options.get("--attempt", "1") == "1"
    brought = copies.bring((came / "inputs.pb").read_bytes(), stores, first=first)
    inputs = folder / "contract"
    inputs.mkdir(exist_ok=True)
    shutil.copyfile(came / "task.pb", inputs / "task.pb")
    (inputs / "inputs.pb").write_bytes(brought)
    given = {"--inputs": str(inputs), "--output-prefix": copies.output_prefix}
    if copies.checkpoint_prefix:
        given["--checkpoint"] = copies.checkpoint_folder
    return given


def _replaced(part: str, given: Mapping[str, str]) -> str:
    name = part.partition("=")[0]
    return f"{name}={given[name]}" if name in given and "=" in part else part


def _added(given: Mapping[str, str], options: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in given.items() if name not in options]


def _run(command: Sequence[str]) -> int:
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: child.send_signal(number))
    return child.wait()


def _keep(copies: LocalCopies, stores: Stores, outputs: Path) -> None:
    path = outputs / "outputs.pb"
    if not path.is_file():  # it failed, or is a worker that leaves nothing
        copies.keep_checkpoint(stores)
        return
    written = NamedLiterals.FromString(path.read_bytes())
    copies.keep([one.value for one in written.values], stores)
    _write(path, written.SerializeToString())


def _fail(outputs: Path, rank: str, what: str, error: Exception) -> int:
    failure = ExecutionError.FromString(error_of(what, error, rank))
    outputs.mkdir(parents=True, exist_ok=True)
    _write(outputs / (f"error-{rank}.pb" if rank else "error.pb"), failure.SerializeToString())
    return 1


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(path)


if __name__ == "__main__":
    ended = main(sys.argv[1], sys.argv[2:], os.environ)
    if ended < 0:
        # Whoever waits is to see what ended the program.
        with suppress(OSError):  # of SIGKILL nothing can be said
            signal.signal(-ended, signal.SIG_DFL)
        os.kill(os.getpid(), -ended)
    sys.exit(ended)
