"""The gateway: the process that is Ray's driver for the tasks of an engine.

    python -m godwit_ray.gateway FOLDER SOCKET LISTENER

It speaks `GatewayCommand` and `GatewayReport` with the engine's backend, over the socket of the first descriptor, and
those of engines that come later, which connect to the second. When its engine is gone it goes on until what is under
way has ended, and leaves the ends in its folder.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from godwit_plugin_api.errors import GodwitError
from godwitidl.core.v1.errors_pb2 import BLAME_SYSTEM, RETRY_FORBIDDEN
from godwitidl.plugins.ray.v1.ray_pb2 import GatewayCommand, GatewayReport
from godwitidl.rules.framing import FrameReader, frame
from godwitidl.runner.v1.runner_pb2 import Attempt, Prepare

from godwit_ray.clusters import address_of, connect
from godwit_ray.crew import Crew
from godwit_ray.journal import GatewayFolder, end_id
from godwit_ray.members import CrewSettings, Shape, Task, Work
from godwit_ray.sharing import Sharing

_RECEIVED_BYTES: Final = 1 << 18


class Connection:
    """A backend that is connected. *tasks*: what it means by its numbers of tasks."""

    def __init__(self, gateway: "Gateway", writer: asyncio.StreamWriter) -> None:
        self.gateway = gateway
        self.writer = writer
        self.tasks: dict[int, Task] = {}

    def send(self, reports: Sequence[bytes]) -> None:
        """Send encoded reports."""
        if not self.writer.is_closing():
            self.writer.write(b"".join(frame(report) for report in reports))


class Gateway:
    """Takes attempts from backends, and tells them what becomes of those.

    Args:
        folder: its folder.
        settings: what stands in the folder's settings.
    """

    def __init__(self, folder: GatewayFolder, settings: dict[str, Any]) -> None:
        self._folder = folder
        self._settings = settings
        self._crew: Crew | None = None
        self._parts: tuple[Crew | Sharing, ...] = ()
        self._early: list[tuple[Connection, GatewayCommand]] = []
        self._tasks: dict[tuple[bytes, str], Task] = {}
        self._listeners: dict[str, Connection] = {}
        self._connections: set[Connection] = set()
        self._outbox: list[GatewayReport] = []
        self._was_left = False
        self._is_stopped = False
        self._ready = b""
        self._ended = asyncio.Event()

    async def run(self, descriptor: int, listener: int) -> None:
        """Serve until there is nothing more to do."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ended.set)
        listening = socket.socket(fileno=listener)
        path = listening.getsockname()
        place = str(Path(path).parent)
        server = await asyncio.start_unix_server(partial(self._serve, is_own=False), sock=listening)
        self._folder.marker.write_text(place, encoding="utf-8")
        self._folder.announce(os.getpid(), path)
        reader, writer = await asyncio.open_unix_connection(sock=socket.socket(fileno=descriptor))
        own = asyncio.ensure_future(self._serve(reader, writer, is_own=True))
        opened = asyncio.ensure_future(self._open_cluster(place))
        try:
            await self._ended.wait()
        finally:
            opened.cancel()
            own.cancel()
            server.close()
            shutil.rmtree(place, ignore_errors=True)
            self._flush()
            if not self._was_left:
                self._folder.remove()

    async def _open_cluster(self, place: str) -> None:
        settings = self._settings
        options: dict[str, str] = settings["options"]
        address = address_of(options, os.environ)
        runtime_env = json.loads(options.get("runtime_env", "") or "{}")
        try:
            context = await asyncio.get_running_loop().run_in_executor(
                None,
                partial(
                    connect,
                    address,
                    runtime_env=runtime_env,
                    version=options.get("version", ""),
                    local={"num_cpus": settings["workers"], "include_dashboard": options.get("dashboard") == "yes"},
                ),
            )
        except GodwitError as error:
            await self._give_up(error)
            return
        crew_settings = CrewSettings(
            settings["log_folder"],
            self._folder.path.name,
            settings["disabled"],
            settings["durable"],
            settings["grace_s"],
            (str(self._folder.marker), place),
            options.get("autoscaling") == "yes",
        )
        crew = Crew(crew_settings, self._tell)
        crew.begin()
        self._crew = crew
        self._parts = (crew, Sharing(crew_settings, self._tell))
        report = GatewayReport()
        report.ready.places = crew.places
        report.ready.dashboard = _dashboard(context)
        report.ready.version = sys.modules["ray"].__version__
        self._ready = report.SerializeToString()
        for connection in self._connections:
            connection.send([self._ready])
        early, self._early = self._early, []
        for connection, command in early:
            self._take(connection, command)

    async def _give_up(self, error: GodwitError) -> None:
        report = GatewayReport()
        report.unavailable.code, report.unavailable.message = error.code, f"{error.message} {error.hint}".strip()
        report.unavailable.blame, report.unavailable.retry = BLAME_SYSTEM, RETRY_FORBIDDEN
        for connection in self._connections:
            connection.send([report.SerializeToString()])
            await connection.writer.drain()
        self._ended.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_own: bool) -> None:
        connection = Connection(self, writer)
        self._connections.add(connection)
        if self._crew is not None:
            connection.send([self._ready])
        frames = FrameReader()
        try:
            while received := await reader.read(_RECEIVED_BYTES):
                for payload in frames.feed(received):
                    self._take(connection, GatewayCommand.FromString(payload))
        except ConnectionError:
            pass  # its engine is gone
        finally:
            self._leave(connection, is_own=is_own)

    def _leave(self, connection: Connection, *, is_own: bool) -> None:
        self._connections.discard(connection)
        self._was_left = self._was_left or (is_own and not self._is_stopped)
        self._listeners = {key: one for key, one in self._listeners.items() if one is not connection}
        self._end_if_done()

    def _end_if_done(self) -> None:
        if not self._connections and not self._early and all(part.is_idle() for part in self._parts):
            self._ended.set()

    # Commands.

    def _take(self, connection: Connection, command: GatewayCommand) -> None:
        kind = command.WhichOneof("kind")
        if kind == "stop":
            self._is_stopped = True
            self._ended.set()
        elif self._crew is None:
            self._early.append((connection, command))
        elif kind == "prepare":
            connection.tasks[command.prepare.task] = self._task(command.prepare)
        elif kind == "run":
            self._run(self._parts[0], connection, command.run.attempts)
        elif kind == "run_together":
            self._run(self._parts[1], connection, command.run_together.attempts)
        elif kind == "cancel":
            for identifier in command.cancel.ids:
                for part in self._parts:
                    part.cancel(identifier)
        elif kind == "attach":
            self._was_left = True
            self._attach(connection, command.attach.ids)

    def _task(self, prepare: Prepare) -> Task:
        key = (prepare.spec.SerializeToString(deterministic=True), prepare.source_root)
        task = self._tasks.get(key)
        if task is None:
            prepare.task = len(self._tasks) + 1
            shape = Shape.of(prepare.spec)
            task = self._tasks[key] = Task(prepare.task, prepare, prepare.SerializeToString(), shape)
        return task

    def _run(self, part: Crew | Sharing, connection: Connection, attempts: Sequence[Attempt]) -> None:
        new = []
        for attempt in attempts:
            self._listeners[attempt.id] = connection
            if not self._tell_state(attempt.id):
                new.append(Work(attempt, connection.tasks[attempt.task]))
        part.submit(new)

    def _attach(self, connection: Connection, ids: Sequence[str]) -> None:
        for identifier in ids:
            if any(part.is_known(identifier) for part in self._parts):
                self._listeners[identifier] = connection
                self._tell_state(identifier)
            else:
                report = GatewayReport()
                report.unknown.id = identifier
                connection.send([report.SerializeToString()])

    def _tell_state(self, identifier: str) -> bool:
        """Tell of an attempt that is known already that it began; return whether it is known."""
        part = next((one for one in self._parts if one.is_known(identifier)), None)
        if part is not None and part.began(identifier):
            report = GatewayReport()
            report.began.id = identifier
            self._tell(report)
        return part is not None

    # Reports.

    def _tell(self, report: GatewayReport) -> None:
        if not self._outbox:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outbox.append(report)

    def _flush(self) -> None:
        """Write ends down, then tell."""
        outbox, self._outbox = self._outbox, []
        encoded = [(report, report.SerializeToString()) for report in outbox]
        if ends := [data for report, data in encoded if end_id(report)]:
            self._folder.append(ends)
        letters: dict[Connection, list[bytes]] = {}
        for report, data in encoded:
            connection = self._listeners.get(_about(report))
            if connection is not None:
                letters.setdefault(connection, []).append(data)
            if ended := end_id(report):
                self._listeners.pop(ended, None)
        for connection, reports in letters.items():
            connection.send(reports)
        if ends:
            self._end_if_done()


def _about(report: GatewayReport) -> str:
    identifier: str = getattr(report, report.WhichOneof("kind") or "result").id
    return identifier


def _dashboard(context: Any) -> str:
    url = getattr(context, "dashboard_url", "") or ""
    return f"http://{url}" if url and "://" not in url else url


def main(arguments: Sequence[str]) -> int:
    """Run the gateway of a folder; return its exit status."""
    folder = GatewayFolder(Path(arguments[0]))
    settings = json.loads(folder.settings.read_text(encoding="utf-8"))
    asyncio.run(Gateway(folder, settings).run(int(arguments[1]), int(arguments[2])))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
