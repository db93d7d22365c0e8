"""A resident whose attempts are interleaved: those of `async` tasks, by the loop that local runners have for them.

A class as Ray is given it. Its `serve` goes on for the actor's life, so that the loop has the thread that Python gives
signals to; commands and reports pass between the loop's socket and the exchange on threads beside.
"""

import importlib
import os
import select
import socket
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from godwit.runner.interleaving import serve
from godwit.runner.session import Session
from godwit.runner.stream import Channel
from godwit_plugin_api.loading import load_plugins
from godwitidl.plugins.ray.v1.ray_pb2 import GatewayReport
from godwitidl.rules.framing import FrameReader, frame
from godwitidl.runner.v1.runner_pb2 import Command, Report

from godwit_ray.actor import Mailbox, Place
from godwit_ray.resident import Told
from godwit_ray.sources import unpacked

_TICK_S: Final = 0.25
"""So often what was printed is told."""
_RECEIVED_BYTES: Final = 1 << 18


class Exchange(Mailbox):
    """A mailbox that also keeps what residents are told until they fetch it."""

    def __init__(self) -> None:
        super().__init__()
        self._orders: dict[int, list[tuple[list[bytes], Mapping[str, Any]]]] = {}
        self._come: dict[int, Any] = {}

    async def order(self, source: int, commands: list[bytes], archives: Mapping[str, Any]) -> None:
        """Keep encoded commands for the resident *source*; *archives*: references to packed sources, by folder."""
        self._orders.setdefault(source, []).append((commands, archives))
        self._arrival(source).set()

    async def fetch(self, source: int) -> list[tuple[list[bytes], Mapping[str, Any]]]:
        """Wait until there are commands for the resident *source*, and return them."""
        await self._arrival(source).wait()
        self._arrival(source).clear()
        return self._orders.pop(source, [])

    def _arrival(self, source: int) -> Any:
        if source not in self._come:
            self._come[source] = importlib.import_module("asyncio").Event()
        return self._come[source]


class SharedResidentActor:
    """A resident as an actor.

    Args:
        source: its number, by which the exchange knows it.
        exchange: handle of the exchange.
        log_name: name under which the backend knows the log.
        disabled: names of plugins to go on without.
        durable: whether files are to survive the loss of power.
        marker: path of a file, and what stands in it, by which it sees whether the files here are those of its maker.
    """

    def __init__(
        self, source: int, exchange: Any, log_name: str, disabled: Sequence[str], durable: bool, marker: tuple[str, str]
    ) -> None:
        self._ray = importlib.import_module("ray")
        self._source = source
        self._exchange = exchange
        self._log_name = log_name
        self._session = Session(partial(load_plugins, disabled=disabled), durable=durable)
        self._marker = marker

    def place(self) -> Place:
        """Return where this is."""
        path, content = self._marker
        try:
            shares = Path(path).read_text(encoding="utf-8") == content
        except OSError:
            shares = False
        host = os.uname().nodename
        return Place(f"{host}:{os.getpid()}", host, os.getpid(), shares)

    def serve(self) -> None:
        """Run what comes, until the process ends."""
        ours, theirs = socket.socketpair()
        with tempfile.TemporaryDirectory(prefix="godwit-ray-") as folder:
            log = Path(folder, "shared.log")
            log.touch()
            threading.Thread(target=self._pass_on, args=(ours,), name="godwit-ray-commands", daemon=True).start()
            threading.Thread(target=self._tell, args=(ours, log), name="godwit-ray-telling", daemon=True).start()
            began = Command()
            began.interleave.path, began.interleave.log_name = str(log), self._log_name
            serve(Channel(theirs.fileno()), self._session, [began])

    def _pass_on(self, channel: socket.socket) -> None:
        """Fetch commands, and give them to the loop."""
        while True:
            for commands, archives in self._ray.get(self._exchange.fetch.remote(self._source)):
                roots = {root: unpacked(self._ray.get(one)) for root, one in archives.items()}
                channel.sendall(b"".join(_localized(commands, roots)))

    def _tell(self, channel: socket.socket, log: Path) -> None:
        """Tell what the loop reports, and what attempts have printed, every now and then."""
        frames = FrameReader()
        written = log.open("rb", buffering=0)
        begin = 0
        while True:
            ready, _, _ = select.select([channel], [], [], _TICK_S)
            payloads = frames.feed(channel.recv(_RECEIVED_BYTES)) if ready else []
            reports = [told for payload in payloads if (told := _told(Report.FromString(payload)))]
            # What a report refers to was written before it.
            text = written.read()
            if reports or text:
                self._ray.get(self._exchange.post.remote(self._source, Told(reports, begin, text), ""))
            begin += len(text)


def _localized(commands: Iterable[bytes], roots: Mapping[str, str]) -> Iterable[bytes]:
    """Yield frames of commands, in which folders of sources are those of this machine."""
    for encoded in commands:
        command = Command.FromString(encoded)
        if command.WhichOneof("kind") == "prepare":
            root = command.prepare.source_root
            command.prepare.source_root = roots.get(root, root)
        yield frame(command.SerializeToString())


def _told(report: Report) -> bytes:
    """Return what the gateway is told by a report; empty: nothing."""
    told = GatewayReport()
    kind = report.WhichOneof("kind")
    if kind not in {"result", "writing", "linked"}:
        return b""
    getattr(told, kind).CopyFrom(getattr(report, kind))
    return told.SerializeToString()
