"""The program around the launcher of a job whose checkpoint is kept in an object store.

    python -P -m godwit_mpi.checkpoints FOLDER URI COMMAND…

All processes share one folder. It is brought there before the job begins, and kept again after one that has left no
outputs, so that the attempt that follows finds it as it was left.
"""

import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from godwit_plugin_api.errors import GodwitError
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.persistence import Persistence


def checkpoint_folder(uri: str, job: Path) -> Path | None:
    """Return the folder that processes of the job in *job* share as the checkpoint at *uri*; None: none is kept."""
    if not uri:
        return None
    return Path(unquote(uri.removeprefix("file://"))) if uri.startswith("file://") else job / "checkpoint"


def keeper_command(python: str, job: Path, uri: str, command: Sequence[str]) -> list[str]:
    """Return *command*, with what brings and keeps the checkpoint at *uri* around it where that is no folder."""
    if not uri or uri.startswith("file://"):
        return list(command)
    return [python, "-P", "-m", "godwit_mpi.checkpoints", str(job), uri, *command]


def main(job: Path, uri: str, command: Sequence[str]) -> int:
    """Run *command* with the checkpoint in its place, and return its exit status."""
    folder = job / "checkpoint"
    try:
        store: Persistence = load_plugins().create(Kind.PERSISTENCE, urlsplit(uri).scheme)
        _bring(store, uri, folder)
    except GodwitError as error:
        sys.stderr.write(f"The checkpoint cannot be brought here: {error}\n")
        return 1
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: child.send_signal(number))
    status = child.wait()
    if not (job / "outputs" / "outputs.pb").exists() and any(folder.iterdir()):
        try:
            store.put_directory(folder, uri)
        except GodwitError as error:
            sys.stderr.write(f"The checkpoint cannot be kept: {error}\n")
    return status if status >= 0 else 128 - status


def _bring(store: Persistence, uri: str, folder: Path) -> None:
    if store.exists(uri):
        found = store.get(uri, folder)
        if found != folder:
            shutil.copytree(found, folder)
    folder.mkdir(exist_ok=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:]))
