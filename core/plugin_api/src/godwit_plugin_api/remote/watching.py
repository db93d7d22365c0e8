"""Hearing what happens at the server of a backend: one thread, which connects again for as long as it takes."""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

import grpc
from godwitidl.plugin.v1 import backend_pb2 as messages

from godwit_plugin_api.backend import BackendEvent, BackendHost, Cancelling, Finished, Lost, Progress, Started
from godwit_plugin_api.errors import PluginError
from godwit_plugin_api.remote.attempts import Attempt, Stage
from godwit_plugin_api.remote.connection import RemoteSettings, shake_hands, unanswered
from godwit_plugin_api.remote.messages import end_of, links_of, log_bytes_of, unreadable
from godwit_plugin_api.remote.service import Stub

_BACKOFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)
LOG = logging.getLogger(__name__)


class Remote:
    """What an engine knows of a server, shared by its threads. What changes does so under `changed`.

    Attributes:
        told: what the server said of itself.
        capacity: what it takes.
        attempts: those that have not ended, by id.
        orphans: ids of attempts that were given up, and are to be cancelled when the server is back.
        is_connected: whether events are heard.
        epoch: grows when the server is found to be another, or to have missed something.
        away_since: when that ended, on the monotonic clock; None: it has not.
        why_away: what was seen then, a sentence.
        is_missed: whether people were told that it is away.
        heard_at: when the server said something last.
        stream: the call by which events come; None: there is none.
        is_leaving: whether this engine goes, as soon as the server is told everything.
        is_told: whether it is.
        is_closed: whether the threads are to end.
    """

    def __init__(
        self,
        host: BackendHost,
        settings: RemoteSettings,
        scope: str,
        channel: Any,
        stub: Stub,
        told: messages.HandshakeResponse,
    ) -> None:
        self.host = host
        self.settings = settings
        self.scope = scope
        self.channel = channel
        self.stub = stub
        self.told = told
        self.capacity = told.capacity
        self.changed = threading.Condition()
        self.attempts: dict[str, Attempt] = {}
        self.orphans: set[str] = set()
        self.is_connected = False
        self.epoch = 0
        self.away_since: float | None = None
        self.why_away = ""
        self.is_missed = False
        self.heard_at = time.monotonic()
        self.stream: Any = None
        self.is_leaving = False
        self.is_told = False
        self.is_closed = False

    def end(self, attempt: Attempt, event: Finished | Lost) -> None:
        """Tell the engine how an attempt ended, and forget it. Under `changed`."""
        if self.attempts.pop(event.id, None) is attempt:
            self.host.push([event])
            self.host.wake()

    def disconnect(self) -> None:
        """Have the watcher connect anew. Under `changed`."""
        self.is_connected = False
        if self.stream is not None:
            self.stream.cancel()


class Watcher:
    """Listens to one server."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._instance = ""
        self._position = 0
        self._hear: Mapping[str, Any] = {
            "started": self._started,
            "progress": self._progress,
            "log_started": self._log_started,
            "cancelling": self._cancelling,
            "finished": self._ended,
            "lost": self._ended,
        }

    def run(self) -> None:
        """Listen until the backend is closed."""
        remote = self._remote
        failures = 0
        told: messages.HandshakeResponse | None = remote.told
        while True:
            why = f"The server at {remote.settings.server} has ended the conversation."
            try:
                told = told or shake_hands(remote.stub, remote.settings, remote.scope)
                self._listen(told)
                failures = 0
            except PluginError as error:
                why = error.message
            except grpc.RpcError as error:
                why = unanswered(remote.settings, error).message
            told = None
            with remote.changed:
                remote.stream = None
                remote.is_connected = False
                if remote.is_closed:
                    return
                remote.why_away = why
                if remote.away_since is None:
                    remote.away_since = time.monotonic()
                remote.changed.notify_all()
                remote.changed.wait_for(lambda: remote.is_closed, _BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
            failures += 1

    def _listen(self, told: messages.HandshakeResponse) -> None:
        """Hear responses until there are no more.

        Raises:
            grpc.RpcError: there was none.
        """
        remote = self._remote
        request = messages.WatchEventsRequest(scope=remote.scope, instance=self._instance, position=self._position)
        stream = remote.stub.call("WatchEvents", request)
        with remote.changed:
            if remote.is_closed:
                stream.cancel()
            remote.stream = stream
            remote.heard_at = time.monotonic()
        is_first = True
        try:
            for response in stream:
                with remote.changed:
                    if is_first:
                        self._begin(told, response)
                    self._take(response)
                is_first = False
        except grpc.RpcError:
            if is_first:
                raise

    def _begin(self, told: messages.HandshakeResponse, response: messages.WatchEventsResponse) -> None:
        """Take note that the server is there, and of what it must be told again."""
        remote = self._remote
        remote.told = told
        if remote.is_missed and remote.away_since is not None:
            LOG.warning(
                "The backend %s is back after %.0f s.", remote.settings.name, remote.heard_at - remote.away_since
            )
        remote.is_missed = False
        self._instance = told.instance
        remote.away_since = None
        remote.is_connected = True
        remote.epoch += not response.resumed
        for attempt in remote.attempts.values():
            if attempt.stage is Stage.HELD and not response.resumed:
                attempt.stage = Stage.KNOWN
            attempt.cancel_due = attempt.cancelled

    def _take(self, response: messages.WatchEventsResponse) -> None:
        remote = self._remote
        remote.heard_at = time.monotonic()
        self._position = response.position
        if response.HasField("capacity"):
            remote.capacity = response.capacity
            remote.host.wake()
        for event in response.events:
            attempt = remote.attempts.get(event.id)
            kind = event.WhichOneof("kind")
            if attempt is not None and attempt.end is None and kind is not None:
                try:
                    self._hear[kind](attempt, event)
                except Exception as error:  # noqa: BLE001 - a defect of the server is the attempt's error
                    remote.end(attempt, unreadable(event.id, error))
        remote.changed.notify_all()

    # ----- Events. Under `changed`. -----

    def _started(self, attempt: Attempt, event: messages.Event) -> None:
        links = links_of(event.started.links)
        if not attempt.started:
            attempt.started = True
            self._push(Started(event.id, event.started.worker, links))
        elif links:
            self._push(Progress(event.id, links=links))

    def _progress(self, attempt: Attempt, event: messages.Event) -> None:
        del attempt
        told = event.progress
        fraction = told.fraction if told.HasField("fraction") else None
        self._push(Progress(event.id, fraction, links_of(told.links)))

    @staticmethod
    def _log_started(attempt: Attempt, event: messages.Event) -> None:
        del event
        attempt.has_log = True

    def _cancelling(self, attempt: Attempt, event: messages.Event) -> None:
        del attempt
        self._push(Cancelling(event.id, event.cancelling.waiting_on))

    def _ended(self, attempt: Attempt, event: messages.Event) -> None:
        if attempt.has_log or attempt.log_told or log_bytes_of(event):
            attempt.end = event  # once its log is here
            return
        self._remote.end(attempt, end_of(event, None))

    def _push(self, event: BackendEvent) -> None:
        self._remote.host.push([event])
