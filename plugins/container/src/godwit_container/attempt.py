"""One attempt's container, from its creation to its end, on a thread of its own."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from docker import APIClient
from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import BackendEvent, Finished, LogStarted, Lost, Progress, Started
from godwit_plugin_api.errors import GodwitError
from godwit_plugin_api.service_jobs import JobRejected
from godwit_plugin_api.supervision import supervisor
from godwit_plugin_api.supervision.outcomes import links_of
from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE

from godwit_container import copying
from godwit_container.attempt_files import AttemptFiles, ContainerEnd, end_of_state, has_ended, was_started
from godwit_container.container_logs import LogCopy
from godwit_container.docker_engine import EngineAway, EngineRefused, connect, translated
from godwit_container.images import ImageError, have_image
from godwit_container.outcomes import outcome, refusal
from godwit_container.preparation import Preparation

_NOT_FOUND = 404
_CONFLICT = 409
_FIRST_LOOK_S = 0.01
_LAST_LOOK_S = 0.5


class _LetGo(Exception):  # noqa: N818 - no error: the engine closes, and the container goes on
    """Nobody wants to know any more."""


class Attempt:
    """Follows one container. `run` is the thread's; the rest may be called from any.

    Attributes:
        cancelled: whether its end was asked for.
    """

    def __init__(
        self, preparation: Preparation, tell: Callable[[list[BackendEvent]], None], *, grace_s: float, patience_s: float
    ) -> None:
        """Follow the container of *preparation*, and *tell* what happens.

        *grace_s*: between the polite and the hard end. *patience_s*: how long a Docker engine that does not answer is
        waited for.
        """
        self.cancelled = False
        self._preparation = preparation
        self._files = AttemptFiles(preparation.job)
        self._tell = tell
        self._grace_s = grace_s
        self._patience_s = patience_s
        self._changed = threading.Event()
        self._closing = False
        self._log = LogCopy(preparation.job.log)
        self._told_start = False

    # ----- From any thread -----

    def cancel(self) -> None:
        """Ask for the end. Idempotent."""
        if not self.cancelled:
            self.cancelled = True
            self._changed.set()
            threading.Thread(target=self._stop, name=f"stop {self._preparation.name}", daemon=True).start()

    def let_go(self) -> None:
        """Have the thread end, and the container go on."""
        self._closing = True
        self._changed.set()
        self._log.stop()

    # ----- On the attempt's thread -----

    def run(self) -> None:
        """Bring the container to its end, and tell it. Where it was brought to its end before, tell it again."""
        with suppress(_LetGo):
            try:
                event = self._follow()
            except _LetGo:
                raise
            except OSError as error:  # also what happened cannot be written down
                what = "The files of the attempt could not be written"
                event = self._given_up(_trouble(what, error, "CONTAINER_NOT_TAKEN"))
            except Exception as error:  # noqa: BLE001 - a defect is the attempt's error, not the end of the engine
                message = f"The backend failed with {type(error).__name__}: {error}"
                event = self._given_up(attempt_errors.encoded_error("BACKEND_DEFECT", message))
            links = links_of(self._preparation.job) if self._told_start else ()
            self._tell([*([Progress(self.id, links=links)] if links else []), event])

    @property
    def id(self) -> str:
        """The attempt's id."""
        return self._preparation.request.id

    def _follow(self) -> Finished | Lost:
        end = self._files.end()
        if end is None:
            try:
                end = self._patiently(self._to_the_end)
            except EngineAway as error:
                return Lost(self.id, attempt_errors.lost(f"{error}", code="DOCKER_UNAVAILABLE"))
            if end is None:
                message = f"The container {self._preparation.name} is gone: somebody has removed it."
                return self._gone(message)
        with suppress(EngineAway, EngineRefused):
            self._remove()
        self._preparation.clean()
        preparation = self._preparation
        return outcome(self.id, preparation.job, end, memory_bytes=preparation.memory_bytes, is_raw=preparation.is_raw)

    def _given_up(self, error: bytes) -> Finished:
        """Leave nothing behind of an attempt whose end cannot be told otherwise."""
        with suppress(EngineAway, EngineRefused):
            self._remove()
        self._preparation.clean()
        return Finished(self.id, error=error)

    def _gone(self, message: str) -> Finished | Lost:
        self._preparation.clean()
        log = self._preparation.job.log_slice()
        if self.cancelled:
            return Finished(self.id, error=attempt_errors.cancelled(), log=log)
        return Lost(self.id, attempt_errors.lost(message, code="JOB_LOST"), log)

    def _to_the_end(self, client: APIClient) -> ContainerEnd | None:
        """Return how the container ended, once it has; None when it is gone."""
        state = self._state(client)
        if state is None and self._files.is_creating():
            return None
        try:
            if state is None or not was_started(state):
                state = self._start(client, exists=state is not None)
            return None if state is None else self._observe(client, state)
        except EngineRefused as error:
            end = ContainerEnd(failure=refusal(error.message).hex(), cancelled=self.cancelled)
        except JobRejected as error:
            end = ContainerEnd(failure=error.error.hex(), cancelled=self.cancelled)
        except (GodwitError, OSError) as error:
            begun = self._told_start
            what = (
                "What the program left could not be taken" if begun else "What the attempt needs could not be brought"
            )
            code = "CONTAINER_NOT_TAKEN" if begun else "CONTAINER_NOT_PREPARED"
            end = ContainerEnd(failure=_trouble(what, error, code).hex(), cancelled=self.cancelled)
        self._files.note_end(end)
        return end

    def _start(self, client: APIClient, *, exists: bool) -> dict[str, Any] | None:
        """Create and start the container, and return its state."""
        preparation = self._preparation
        if not exists:
            self._have_image(client)
        with self._lock():
            if self._closing:
                raise _LetGo
            if self.cancelled:
                raise JobRejected(attempt_errors.cancelled())
            body, seen = preparation.make()
            if not exists:
                self._files.begin_creating(preparation.name)
                self._create(client, body)
            # Who holds the lock looks again: a container that has run is never started another time.
            state = self._state(client)
            if state is None or was_started(state):
                return state
            copying.copy_in(client, preparation.name, [share for share in seen if share.copied], preparation.home)
            try:
                with translated():
                    client.start(preparation.name)
            except EngineRefused as error:
                self._remove(client)
                raise JobRejected(refusal(error.message)) from error
        return self._state(client)

    def _have_image(self, client: APIClient) -> None:
        preparation = self._preparation
        try:
            have_image(client, preparation.spec.container.image, preparation.payload.pull, self._is_wanted)
        except ImageError as error:
            raise JobRejected(error.error) from error

    def _is_wanted(self) -> bool:
        return not (self.cancelled or self._closing)

    def _create(self, client: APIClient, body: dict[str, Any]) -> None:
        try:
            with translated():
                client.create_container_from_config(body, self._preparation.name)
        except EngineRefused as error:
            if error.status != _CONFLICT:
                raise JobRejected(refusal(error.message)) from error

    def _observe(self, client: APIClient, state: dict[str, Any]) -> ContainerEnd | None:
        """Copy the log of a container that was started, until its end."""
        self._tell_start(client)
        if self.cancelled:
            threading.Thread(target=self._stop, daemon=True).start()
        pause_s = _FIRST_LOOK_S
        with suppress(EngineRefused):  # removed meanwhile, or its log cannot be read: its state says the rest
            self._log.run(client, self._preparation.name, follow=True)
        while not has_ended(state):
            if self._closing:
                raise _LetGo
            self._changed.wait(pause_s)
            pause_s = min(_LAST_LOOK_S, pause_s * 2)
            found = self._state(client)
            if found is None:
                return None
            state = found
        with suppress(EngineRefused):
            self._log.run(client, self._preparation.name, follow=False)
        end = end_of_state(state, cancelled=self.cancelled)
        self._take(client, end)
        self._files.note_end(end)
        return end

    def _take(self, client: APIClient, end: ContainerEnd) -> None:
        preparation = self._preparation
        if end.cancelled:
            return
        copying.copy_out(client, preparation.name, preparation.shares_out())
        if not preparation.is_raw or end.exit_code == 0:
            preparation.take()

    def _tell_start(self, client: APIClient) -> None:
        if self._told_start:
            return
        self._told_start = True
        with suppress(EngineAway, EngineRefused), translated():
            where = client.info().get("Name", "")
            self._tell([Started(self.id, f"{where}:{self._preparation.name}")])
        self._tell([LogStarted(self.id, self._preparation.job.open_log())])

    # ----- Parts of these -----

    def _patiently(self, work: Callable[[APIClient], ContainerEnd | None]) -> ContainerEnd | None:
        """Do *work*, again from its beginning when the engine was away meanwhile.

        Raises:
            EngineAway: it does not come back.
        """
        waited_s, pause_s = 0.0, 0.2
        while True:
            began = time.monotonic()
            try:
                client = connect()
                try:
                    return work(client)
                finally:
                    client.close()
            except EngineAway:
                if self._closing:
                    raise _LetGo from None
                if time.monotonic() - began > self._patience_s:
                    waited_s, pause_s = 0.0, 0.2  # it was there meanwhile, and for long
                if waited_s >= self._patience_s:
                    raise
                if self.cancelled and not self._files.is_creating():
                    return ContainerEnd(cancelled=True)
                self._changed.wait(pause_s)
                self._changed.clear()
                waited_s, pause_s = waited_s + pause_s, min(5.0, pause_s * 2)

    def _state(self, client: APIClient) -> dict[str, Any] | None:
        try:
            with translated():
                state: dict[str, Any] = client.inspect_container(self._preparation.name)["State"]
        except EngineRefused as error:
            if error.status == _NOT_FOUND:
                return None
            raise
        return state

    def _lock(self) -> Any:
        while True:
            lock = supervisor.acquire(self._preparation.job.path)
            if lock is not None:
                return lock
            if self._closing:
                raise _LetGo
            self._changed.wait(0.05)

    def _remove(self, client: APIClient | None = None) -> None:
        """Remove the container with what it has written, whatever it does."""
        own = connect() if client is None else client
        try:
            with translated():
                own.remove_container(self._preparation.name, v=True, force=True)
        except EngineRefused as error:
            if error.status != _NOT_FOUND:
                raise
        finally:
            if client is None:
                own.close()

    def _stop(self) -> None:
        """End the container: SIGTERM, grace, SIGKILL."""
        with suppress(EngineAway, EngineRefused):
            client = connect()
            try:
                with translated():
                    client.stop(self._preparation.name, timeout=max(1, round(self._grace_s)))
            finally:
                client.close()


def _trouble(what: str, error: Exception, code: str) -> bytes:
    code = error.code if isinstance(error, GodwitError) else code
    return attempt_errors.encoded_error(code, f"{what}: {error}", blame=BLAME_INFRASTRUCTURE)
