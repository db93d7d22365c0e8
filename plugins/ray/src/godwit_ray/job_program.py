"""What a submitted job runs on its cluster: the task's own runner, once; then what it left is put where it is fetched.

    python -m godwit_ray.job_program OUTPUT_PREFIX

It is started in the folder of its package, see `submission`, in which the source lies, too.
"""

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind

OUTCOME: Final = "ray-job"
"""Name, below the prefix of the outputs, of the folder of what the job left."""


class Folders(NamedTuple):
    """Names in the package of a job."""

    inputs: str
    command: str


FOLDERS: Final = Folders("godwit-inputs", "godwit-command.json")


def main(arguments: Sequence[str]) -> int:
    """Run the task, and return the exit status of its runner."""
    prefix = arguments[0]
    package = Path.cwd()
    command = [sys.executable, *json.loads((package / FOLDERS.command).read_text(encoding="utf-8"))]
    with tempfile.TemporaryDirectory(prefix="godwit-ray-") as scratch:
        outputs = Path(scratch, "outputs")
        outputs.mkdir()
        command += [f"--inputs={package / FOLDERS.inputs}", f"--outputs={outputs}"]
        command.append(f"--source-root={package}")
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        signal.signal(signal.SIGTERM, partial(_pass_on, child))
        status = child.wait()
        uri = f"{prefix}/{OUTCOME}"
        persistence = load_plugins().create(Kind.PERSISTENCE, urlsplit(uri).scheme)
        # The last of them says that all is there.
        for name in ("report.html", "error.pb", "outputs.pb"):
            if (outputs / name).exists():
                persistence.put_file(outputs / name, f"{uri}/{name}")
    return 0 if status in {0, 1} else abs(status)


def _pass_on(child: "subprocess.Popen[bytes]", number: int, _frame: FrameType | None) -> None:
    child.send_signal(number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
