"""The backend `container`: each attempt is a container of a Docker engine.

The Docker engine is the supervisor. A container is named after its attempt's id and carries it as a label, so that the
next engine finds it, and a second one cannot be made. What the attempt was given, its log, and how it ended lie in a
folder, `jobs/<digits>` of the engine's home; once the end is written there, the container is removed. `attempt` tells
the life of one.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from functools import partial

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import (
    AttemptRequest,
    BackendEvent,
    BackendHost,
    Cancelling,
    Capacity,
    Finished,
    Handle,
    Lost,
    Progress,
    Refusal,
    TaskReference,
)
from godwit_plugin_api.handles import unreadable
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.polling import job_name
from godwit_plugin_api.registry import PluginRegistry
from godwit_plugin_api.supervision.jobs import JobFolder
from godwit_plugin_api.supervision.outcomes import links_of
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.plugins.container.v1.container_pb2 import ContainerJob

from godwit_container.attempt import Attempt
from godwit_container.attempt_files import AttemptFiles
from godwit_container.docker_engine import is_local, missing_engine
from godwit_container.preparation import Preparation

HANDLE = b"container 1"
"""What handles say: how an attempt's folder and container are to be found, for those who come later."""
_PATIENCE_S = 60.0
_CHUNK = 65_536
_LETTING_GO_S = 5.0
_LINKS_S = 0.5


class ContainerBackend:
    """Runs attempts in containers. See the module's text, and `Backend` for the verbs."""

    def __init__(
        self,
        *,
        registry: PluginRegistry | None = None,
        mounting: bool | None = None,
        owning: bool | None = None,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        """Find stores and secrets in *registry*; None: what is installed.

        *mounting*: whether the Docker engine sees the folders of this host; None: if it is on this host, and
        `GODWIT_CONTAINER_COPY` is not set. *owning*: whether this user may remove what containers write into its
        folders; None: if it is root. *patience_s*: how long an engine that does not answer is waited for.
        """
        self._registry = registry
        self._mounting = mounting
        self._owning = os.geteuid() == 0 if owning is None else owning
        self._patience_s = patience_s
        self._engine: BackendHost | None = None
        self._live: dict[str, tuple[Attempt, threading.Thread]] = {}
        self._closed = False
        self._lock = threading.Lock()

    @property
    def host(self) -> BackendHost:
        """The engine.

        Raises:
            RuntimeError: the backend is not open.
        """
        if self._engine is None:
            raise RuntimeError("the backend is not open")
        return self._engine

    def open(self, host: BackendHost) -> None:
        """Keep the engine."""
        self._engine = host
        if self._registry is None:
            self._registry = load_plugins(disabled=host.settings.options.get("disabled_plugins", "").split())
        if self._mounting is None:
            self._mounting = is_local() and not os.environ.get("GODWIT_CONTAINER_COPY")

    def check(self, task: TaskReference) -> Sequence[str]:
        """Return what is wrong with *task*."""
        spec = TaskSpec.FromString(task.spec)
        payload = ContainerJob()
        problems = []
        if spec.HasField("payload") and not spec.payload.Unpack(payload):
            problems.append(f"Its payload is a {spec.payload.TypeName()}, which this backend does not know.")
        if not spec.container.image:
            problems.append("It names no image: give it task_config=Container(image=…).")
        if not payload.HasField("raw") and not task.command and not spec.container.command:
            problems.append("It has no program that a container could run.")
        missing = missing_engine()
        return [*problems, missing] if missing else problems

    def capacity(self) -> Capacity:
        """Return how many more containers may run: as many as the engine has workers."""
        return Capacity(max(0, self.host.settings.workers - len(self._live)))

    def submit(self, requests: Sequence[AttemptRequest]) -> Sequence[Handle | Refusal]:
        """Take attempts; their containers are created on threads of their own."""
        return [self._submit(request) for request in requests]

    def attach(self, known: Sequence[tuple[AttemptRequest, Handle]]) -> None:
        """Find the containers of an engine before this one."""
        for request, handle in known:
            if handle.data not in {b"", HANDLE}:
                self.host.push([unreadable(handle)])
            elif AttemptFiles(self.folder(request.id)).is_taken():
                self._follow(request)
            else:
                message = "The attempt was never given to its backend."
                self.host.push([Lost(request.id, attempt_errors.lost(message, code="JOB_LOST"))])

    def cancel(self, ids: Sequence[str]) -> None:
        """End containers; told when they are gone."""
        for identifier in ids:
            with self._lock:
                attempt, _ = self._live.get(identifier, (None, None))
                if attempt is None or attempt.cancelled:
                    continue
                self.host.push([Cancelling(identifier, f"container {job_name(identifier)}")])
            attempt.cancel()

    def logs(self, handle: Handle) -> Iterator[bytes]:
        """Yield what the container wrote so far."""
        path = self.folder(handle.id).log
        if not path.is_file():
            return
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk

    def close(self) -> None:
        """Let go of the containers, which go on; end them where the engine's home is about to vanish."""
        if self._engine is None:
            return
        with self._lock:
            live, self._live = list(self._live.values()), {}
            self._closed = True
        vanishing = bool(self._engine.settings.options.get("temporary_home"))
        for attempt, _ in live:
            if vanishing:
                attempt.cancel()
            else:
                attempt.let_go()
        for _, thread in live:
            thread.join(None if vanishing else _LETTING_GO_S)

    # ----- Parts of these -----

    def folder(self, attempt_id: str) -> JobFolder:
        """Return the folder of an attempt."""
        return JobFolder(self.host.settings.home, attempt_id)

    def _submit(self, request: AttemptRequest) -> Handle | Refusal:
        folder = self.folder(request.id)
        files = AttemptFiles(folder)
        if not files.is_taken():
            try:
                folder.prepare(request)
                files.take(request.id)
            except OSError as error:
                message = f"The attempt's folder could not be made: {error}"
                return Refusal(request.id, attempt_errors.encoded_error("CONTAINER_NOT_PREPARED", message))
        self._follow(request)
        return Handle(request.id, HANDLE)

    def _follow(self, request: AttemptRequest) -> None:
        if request.id in self._live or self._registry is None:
            return
        folder, name = self.folder(request.id), job_name(request.id)
        preparation = Preparation(request, folder, name, bool(self._mounting), self._owning, self._registry)
        settings = self.host.settings
        attempt = Attempt(preparation, self._tell, grace_s=settings.grace_s, patience_s=self._patience_s)
        thread = threading.Thread(target=attempt.run, name=name, daemon=True)
        self._live[request.id] = attempt, thread
        thread.start()
        self.host.call_later(_LINKS_S, partial(self._look_for_links, attempt, folder))

    def _look_for_links(self, attempt: Attempt, folder: JobFolder) -> None:
        """Tell where the work of a live attempt can be looked at, as far as its program has told; again and again."""
        identifier = attempt.id
        with self._lock:
            if self._closed or self._live.get(identifier, (None, None))[0] is not attempt:
                return
            if links := links_of(folder):
                self.host.push([Progress(identifier, links=links)])
        self.host.call_later(_LINKS_S, partial(self._look_for_links, attempt, folder))

    def _tell(self, events: list[BackendEvent]) -> None:
        """Push events. From any thread."""
        ended = [event.id for event in events if isinstance(event, Finished | Lost)]
        with self._lock:
            if self._closed:
                return  # what there is to say is written down for the next engine
            for identifier in ended:
                self._live.pop(identifier, None)
            # Under the lock: nothing is said of an attempt after its end.
            self.host.push(events)
            if ended:
                self.host.wake()
