"""Where things lie: below an engine's home folder, and, where one is set, in a storage elsewhere."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from godwit_plugin_api.errors import InvalidInput


class Locations:
    """The folders of a home. They are made when something is put there.

    *storage* is the uri under which values are kept instead of in the home; empty: in the home. Each home has a part of
    its own there, named after host and folder, so that homes may share a storage.
    """

    def __init__(self, home: Path, storage: str = "") -> None:
        self.home = home
        self.database = home / "godwit.db"
        self.blobs = home / "blobs"
        self.logs = home / "logs"
        self.jobs = home / "jobs"
        self.blobs_uri = f"{storage.rstrip('/')}/{_name_of(home)}" if storage else self.blobs.as_uri()

    def outputs(self, execution: str, attempt: str) -> str:
        """Return the uri below which an attempt writes what is above the inline limit."""
        return f"{self.blobs_uri}/{execution}/{attempt}"

    def checkpoint(self, execution: str, node: str) -> str:
        """Return the uri below which a node's checkpoint is kept."""
        return f"{self.blobs_uri}/{execution}/{node}-checkpoint"

    def engine_logs(self, engine: int) -> Path:
        """Return the folder of the logs of the processes that an engine starts."""
        return self.logs / f"e{engine}"


def _name_of(home: Path) -> str:
    return hashlib.sha256(f"{os.uname().nodename}:{home.absolute()}".encode()).hexdigest()[:16]


def make_home(home: Path) -> None:
    """Make the folder of an engine's state.

    Raises:
        GodwitError: it cannot be made, or not be written to.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(
            f"The home folder {home} cannot be made: {error.strerror}.",
            hint="Give a --home that this user may write to.",
            code="HOME_UNUSABLE",
        ) from error


@contextmanager
def temporary_home() -> Iterator[Path]:
    """Make the folder of an engine that keeps nothing, for as long as the context is open."""
    import tempfile  # noqa: PLC0415 - 3 ms that only engines without a home need

    with tempfile.TemporaryDirectory(prefix="godwit-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
