"""The actors of the tasks of an engine: residents, which run attempts, and a mailbox for what cannot wait.

Classes as Ray is given them; they import it in the process in which they live.
"""

import asyncio
import importlib
import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from godwit_ray.resident import Resident, Told


class Place(NamedTuple):
    """Where a resident lives. *shares_files*: whether it sees the files of the machine that made it."""

    worker: str
    host: str
    process: int
    shares_files: bool


class Mailbox:
    """Takes what residents tell while an attempt runs, and tells them which attempts are to end."""

    def __init__(self) -> None:
        self._told: list[tuple[int, Told]] = []
        self._ending: dict[int, set[str]] = {}
        self._is_there: asyncio.Event | None = None

    async def post(self, source: int, told: Told, current: str) -> bool:
        """Take what the resident *source* tells; return whether its attempt *current* is to end."""
        self._told.append((source, told))
        self._event().set()
        return current in self._ending.get(source, ())

    async def take(self) -> list[tuple[int, Told]]:
        """Wait until something is told, and return it."""
        await self._event().wait()
        self._event().clear()
        taken, self._told = self._told, []
        return taken

    async def end(self, source: int, identifier: str) -> None:
        """Have an attempt of the resident *source* ended."""
        self._ending.setdefault(source, set()).add(identifier)

    async def forget(self, source: int) -> None:
        """Forget a resident that is gone."""
        self._ending.pop(source, None)

    def _event(self) -> asyncio.Event:
        if self._is_there is None:
            self._is_there = asyncio.Event()
        return self._is_there


class RayObjects:
    """Ray's memory as one resident uses it. See `ObjectStore`."""

    def __init__(self) -> None:
        self._ray = importlib.import_module("ray")
        self._near: Mapping[str, Any] = {}
        self.kept: dict[str, Any] = {}

    def begin(self, near: Mapping[str, Any]) -> None:
        """Take note of what others keep that the next attempts read."""
        self._near = near
        self.kept = {}

    def keep(self, uri: str, content: bytes) -> None:
        """Keep what was stored at *uri*."""
        self.kept[uri] = self._ray.put(content)

    def find(self, uri: str) -> bytes | None:
        """Return what is kept of *uri*; None where its keeper is gone."""
        reference = self.kept.get(uri) or self._near.get(uri)
        if reference is None:
            return None
        try:
            content: bytes = self._ray.get(reference, timeout=60)
        except self._ray.exceptions.RayError:
            return None
        return content


class ResidentActor:
    """A resident as an actor.

    Args:
        source: its number, by which the mailbox knows it.
        mailbox: handle of the mailbox.
        log_name: as `Resident` takes it.
        disabled: likewise.
        durable: likewise.
        marker: path of a file, and what stands in it, by which it sees whether the files here are those of its maker.
    """

    def __init__(
        self, source: int, mailbox: Any, log_name: str, disabled: Sequence[str], durable: bool, marker: tuple[str, str]
    ) -> None:
        self._ray = importlib.import_module("ray")
        self._mailbox = mailbox
        self._source = source
        self._marker = marker
        self._objects = RayObjects()
        self._resident = Resident(
            partial(_post, self._ray, mailbox, source), log_name, disabled, durable=durable, objects=self._objects
        )

    def place(self) -> Place:
        """Return where this is."""
        path, content = self._marker
        try:
            shares = Path(path).read_text(encoding="utf-8") == content
        except OSError:
            shares = False
        return Place(self._resident.worker, os.uname().nodename, os.getpid(), shares)

    def run(
        self, prepares: Sequence[bytes], run: bytes, archives: Mapping[str, Any], near: Mapping[str, Any]
    ) -> tuple[Told, Mapping[str, Any]]:
        """Run attempts; return what has not been told, and what is kept in Ray's memory by uri.

        Args:
            prepares: as `Resident.run` takes it.
            run: likewise.
            archives: references to packed sources, by folder.
            near: references to contents that others keep, by uri.
        """
        self._objects.begin(near)
        told = self._resident.run(prepares, run, {root: self._ray.get(one) for root, one in archives.items()})
        return told, self._objects.kept


def _post(ray: Any, mailbox: Any, source: int, told: Told, current: str) -> bool:
    is_to_end: bool = ray.get(mailbox.post.remote(source, told, current))
    return is_to_end
