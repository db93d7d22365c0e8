"""A backend whose attempts another process runs: the engine's half, an ordinary `Backend`.

1. `open` shakes hands with the server: one that is not there, or does not fit, is an error before anything is created.
2. The verbs answer at once. One thread, here, tells the server; another, `watching`, hears what happens.
3. When the connection is lost, or the server is another one, both go on by themselves: attempts whose `Submit` was not
   answered are submitted again, the others attached. Every verb is idempotent, so nothing is started twice.
4. While the server is away its attempts wait. That is said, in the engine's log and in those of the attempts; when it
   lasts for longer than `give_up_s` they are `Lost`. Those that the server has after all are cancelled when it is back.
5. Logs are copied to the engine's folder of logs while they are written.
"""

import threading
import time
from collections.abc import Iterator, Sequence

import grpc
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.plugin.v1 import backend_pb2 as messages

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import (
    AttemptRequest,
    BackendHost,
    Cancelling,
    Capacity,
    Finished,
    Handle,
    Refusal,
    TaskReference,
)
from godwit_plugin_api.errors import PluginError
from godwit_plugin_api.handles import unreadable
from godwit_plugin_api.remote import connection, telling
from godwit_plugin_api.remote.attempts import Attempt, LogCopy, Stage, scope_of
from godwit_plugin_api.remote.messages import task_message
from godwit_plugin_api.remote.service import Stub
from godwit_plugin_api.remote.watching import Remote, Watcher

CHECK_S = 2.0
"""Longest wait for what a server says of a task before anything is created."""
_OPEN_S = 2.0
"""How long `open` tries to reach a server that may be starting."""
_CLOSE_S = 3.0
"""How long `close` waits until the server has been told everything."""
_MARK = b"remote/1"
"""Handle of every attempt: servers find work by its id."""
_CHUNK = 65_536


class RemoteBackend:
    """A `Backend` that a server somewhere is. See the module's text."""

    def __init__(self) -> None:
        self._remote: Remote | None = None
        self._threads: list[threading.Thread] = []
        self._watcher: Watcher | None = None
        self._teller: telling.Teller | None = None

    @property
    def remote(self) -> Remote:
        """What is known of the server and its attempts.

        Raises:
            RuntimeError: the backend is not open.
        """
        if self._remote is None:
            raise RuntimeError("the backend is not open")
        return self._remote

    def open(self, host: BackendHost) -> None:
        """Shake hands with the server, and start to listen.

        Raises:
            InvalidInput: the configuration is not understood.
            PluginError: the server is not there, or does not fit.
        """
        settings = connection.read_settings(host.settings.options)
        scope = scope_of(host.settings.home)
        channel = connection.open_channel(settings)
        stub = Stub(channel, settings.token)
        try:
            told = _first_handshake(stub, settings, scope)
        except PluginError:
            channel.close()
            raise
        self._remote = Remote(host, settings, scope, channel, stub, told)
        self._watcher = Watcher(self._remote)
        self._teller = telling.Teller(self._remote)
        for name, run in (("watching", self._watcher.run), ("telling", self._teller.run)):
            thread = threading.Thread(target=run, name=f"{settings.name} {name}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def check(self, task: TaskReference) -> Sequence[str]:
        """Return what the server finds wrong with *task*; nothing, if it takes longer than two seconds to say so."""
        remote = self.remote
        payload = TaskSpec.FromString(task.spec).payload.type_url.rpartition("/")[2]
        known = remote.told.payloads
        if payload and known and payload not in known:
            return [f"The backend {remote.settings.name!r} takes payloads {', '.join(known)}, not {payload}."]
        request = messages.CheckRequest(scope=remote.scope, task=task_message(task))
        try:
            return list(remote.stub.call("Check", request, timeout=CHECK_S).problems)
        except grpc.RpcError:
            return []  # submitting it will tell

    def capacity(self) -> Capacity:
        """Return the server's places that are free, as far as this engine knows."""
        remote = self.remote
        told, held = remote.capacity, len(remote.attempts)
        immediate = max(0, told.places - held)
        return Capacity(
            immediate,
            max(0, told.places + told.ahead - held - immediate),
            told.cpu_millis if told.HasField("cpu_millis") else None,
            told.memory_bytes if told.HasField("memory_bytes") else None,
        )

    def submit(self, requests: Sequence[AttemptRequest]) -> Sequence[Handle | Refusal]:
        """Take attempts; the server is told on a thread."""
        for request in requests:
            self._take(request, Stage.NEW)
        mark = _MARK if self.remote.told.outlives_engine else b""
        return [Handle(request.id, mark) for request in requests]

    def attach(self, known: Sequence[tuple[AttemptRequest, Handle]]) -> None:
        """Have the server find attempts of an engine before this one."""
        for request, handle in known:
            if handle.data in {b"", _MARK}:
                self._take(request, Stage.KNOWN)
            else:
                self.remote.host.push([unreadable(handle)])

    def cancel(self, ids: Sequence[str]) -> None:
        """Have the server end attempts; of those that it never had there is nothing to end."""
        remote = self.remote
        with remote.changed:
            for attempt_id in ids:
                attempt = remote.attempts.get(attempt_id)
                if attempt is None or attempt.cancelled:
                    continue
                attempt.cancelled = attempt.cancel_due = True
                if attempt.stage is Stage.NEW and not attempt.tried:
                    remote.end(attempt, Finished(attempt_id, error=attempt_errors.cancelled()))
                elif not remote.is_connected:
                    waits_for = f"the server at {remote.settings.server}, which does not answer"
                    remote.host.push([Cancelling(attempt_id, waits_for)])
            remote.changed.notify_all()

    def logs(self, handle: Handle) -> Iterator[bytes]:
        """Yield what was copied so far."""
        path = LogCopy(self.remote.host.settings.home, handle.id).path
        if not path.is_file():
            return
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk

    def close(self) -> None:
        """Tell the server what it was not told yet, and leave attempts to it; end them where the home is to vanish."""
        remote = self._remote
        if remote is None or not self._threads:
            return
        if remote.host.settings.options.get("temporary_home"):
            self.cancel(list(remote.attempts))
        with remote.changed:
            remote.is_leaving = True
            remote.changed.notify_all()
            remote.changed.wait_for(lambda: remote.is_told or remote.away_since is not None, _CLOSE_S)
            remote.is_closed = True
            remote.changed.notify_all()
            if remote.stream is not None:
                remote.stream.cancel()
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        remote.channel.close()

    def _take(self, request: AttemptRequest, stage: Stage) -> None:
        remote = self.remote
        with remote.changed:
            if request.id not in remote.attempts:
                copy = LogCopy(remote.host.settings.home, request.id)
                remote.orphans.discard(request.id)  # given up before it began, it comes again
                remote.attempts[request.id] = Attempt(request, stage, time.monotonic(), copy)
                remote.changed.notify_all()


def _first_handshake(stub: Stub, settings: connection.RemoteSettings, scope: str) -> messages.HandshakeResponse:
    """Shake hands; try again for a moment with a server that is not there yet."""
    until = time.monotonic() + _OPEN_S
    while True:
        try:
            return connection.shake_hands(stub, settings, scope)
        except PluginError as error:
            if error.code != "BACKEND_UNREACHABLE" or time.monotonic() > until:
                raise
        time.sleep(0.1)
