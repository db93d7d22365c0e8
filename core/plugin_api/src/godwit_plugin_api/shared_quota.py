"""Places that engines share: so many, and no more, whoever takes them."""

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

STALE_S = 600.0
"""Seconds after which a place that nobody says is used counts as free: whoever took it is gone."""

_LOCK = ".lock"


class SharedQuota:
    """Places in a folder, one file for each that is taken, named after who took it.

    All processes that can write to the folder share them. A place outlives the process that took it, as the work does
    that it was taken for; one that `keep` is not called for in `STALE_S` seconds is free again.
    """

    def __init__(self, folder: Path, limit: int, *, clock: Callable[[], float] = time.time) -> None:
        """Have *limit* places in *folder*, which is made when it is needed. *clock*: seconds as times of files are.

        Raises:
            ValueError: *limit* is not positive.
        """
        if limit < 1:
            raise ValueError(f"the number of places must be positive, not {limit}")
        self._folder = folder
        self._limit = limit
        self._clock = clock

    def take(self, name: str) -> bool:
        """Take a place for *name*, a file name; return whether there was one. Who has one already has it."""
        with self._locked():
            path = self._folder / name
            if not path.exists() and len(self._taken()) >= self._limit:
                return False
            self._touch(path)
            return True

    def keep(self, name: str, *, over: bool = False) -> None:
        """Say that the place of *name* is used. One that was lost meanwhile is taken again if *over*."""
        path = self._folder / name
        if over:
            with self._locked():
                self._touch(path)
        elif path.exists():
            self._touch(path)

    def give(self, name: str) -> None:
        """Give the place of *name* back. Idempotent."""
        (self._folder / name).unlink(missing_ok=True)

    def _touch(self, path: Path) -> None:
        # Not `touch`, whose time is that of the file system and not of the clock.
        path.write_text(repr(self._clock()), encoding="ascii")

    def _taken(self) -> list[Path]:
        taken = []
        for path in self._folder.iterdir():
            if path.name == _LOCK:
                continue
            try:
                since = float(path.read_text(encoding="ascii") or "inf")
            except (OSError, ValueError):
                continue  # given back meanwhile, or none of ours
            if self._clock() - since > STALE_S:
                path.unlink(missing_ok=True)
            else:
                taken.append(path)
        return taken

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _LOCK).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
