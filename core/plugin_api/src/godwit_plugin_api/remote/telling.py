"""Telling the server of a backend what the engine wants, and copying logs: one thread."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

import grpc
from godwitidl.plugin.v1 import backend_pb2 as messages

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import Finished, LogStarted, Lost
from godwit_plugin_api.remote.attempts import Attempt, Stage
from godwit_plugin_api.remote.messages import Batch, end_of, log_bytes_of, refusal_of, unreadable
from godwit_plugin_api.remote.service import MESSAGE_BYTES, SILENCE_S
from godwit_plugin_api.remote.watching import LOG, Remote

CALL_S = 10.0
_LOG_S = 0.5
"""How often the log of an attempt under way is read."""
_NOTICE_S = 1.0
"""How long a server is away before people are told."""
_MOST_READS = 20
"""Pieces of logs that are read in one turn; the others are read in later ones."""
_MOST_ATTEMPTS = 500
_PIECE = 1 << 18
_TRANSIENT = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.UNAUTHENTICATED,
    grpc.StatusCode.ABORTED,
)


class Teller:
    """Tells one server what is due."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def run(self) -> None:
        """Tell until the backend is closed."""
        remote = self._remote
        while True:
            with remote.changed:
                remote.changed.wait_for(lambda: remote.is_closed or self._is_due(), _LOG_S)
                if remote.is_closed:
                    return
            if remote.is_connected:
                try:
                    self._tell()
                except (grpc.RpcError, OSError) as error:
                    if isinstance(error, OSError):
                        LOG.warning("The backend %s: logs cannot be copied: %s", remote.settings.name, error)
                    with remote.changed:
                        remote.disconnect()
            self._look_at_the_clock()

    def _is_due(self) -> bool:
        """Return whether the server is to be told something now. Under `changed`."""
        remote = self._remote
        if not remote.is_connected:
            return False
        due = bool(remote.orphans) or any(
            one.stage is not Stage.HELD or one.cancel_due or one.end is not None for one in remote.attempts.values()
        )
        if not due and remote.is_leaving and not remote.is_told:
            remote.is_told = True
            remote.changed.notify_all()
        return due

    def _tell(self) -> None:
        remote = self._remote
        with remote.changed:
            attempts = list(remote.attempts.values())
            orphans = list(remote.orphans)
        self._submit([one for one in attempts if one.stage is Stage.NEW])
        self._attach([one for one in attempts if one.stage is Stage.KNOWN])
        self._cancel([one for one in attempts if one.cancel_due and one.stage is Stage.HELD], orphans)
        self._copy_logs(attempts)

    def _submit(self, attempts: Sequence[Attempt]) -> None:
        remote = self._remote
        for batch, members in _batches(attempts):
            with remote.changed:
                epoch = remote.epoch
                for one in members:
                    one.tried = True
            request = messages.SubmitRequest(scope=remote.scope, tasks=batch.tasks, attempts=batch.attempts)
            response = self._call("Submit", request, members)
            answers = {answer.id: answer for answer in response.answers} if response is not None else {}
            with remote.changed:
                for one in members:
                    self._answered(one, answers.get(one.request.id), epoch)

    def _answered(self, attempt: Attempt, answer: messages.Answer | None, epoch: int) -> None:
        if attempt.request.id not in self._remote.attempts:
            return
        if answer is None:
            message = "The backend's server gave no answer for the attempt."
            error = attempt_errors.encoded_error("BACKEND_DEFECT", message)
            self._remote.end(attempt, Finished(attempt.request.id, error=error))
        elif answer.HasField("refusal"):
            self._remote.end(attempt, Finished(attempt.request.id, error=refusal_of(answer)))
        else:
            attempt.stage, attempt.handle = self._reached(epoch), answer.handle

    def _reached(self, epoch: int) -> Stage:
        """Return the stage of what a server was told in *epoch*: another one has come since, maybe."""
        return Stage.HELD if epoch == self._remote.epoch else Stage.KNOWN

    def _attach(self, attempts: Sequence[Attempt]) -> None:
        remote = self._remote
        for batch, members in _batches(attempts):
            known = [
                messages.KnownAttempt(attempt=message, handle=one.handle)
                for message, one in zip(batch.attempts, members, strict=True)
            ]
            with remote.changed:
                epoch = remote.epoch
                for one in members:
                    one.tried = True
            request = messages.AttachRequest(scope=remote.scope, tasks=batch.tasks, attempts=known)
            self._call("Attach", request, members)
            with remote.changed:
                for one in members:
                    one.stage = self._reached(epoch)

    def _cancel(self, attempts: Sequence[Attempt], orphans: Sequence[str]) -> None:
        remote = self._remote
        ids = [one.request.id for one in attempts] + list(orphans)
        if not ids:
            return
        remote.stub.call("Cancel", messages.CancelRequest(scope=remote.scope, ids=ids), timeout=CALL_S)
        with remote.changed:
            remote.orphans.difference_update(orphans)
            for one in attempts:
                one.cancel_due = False

    def _call(self, name: str, request: Any, members: Iterable[Attempt]) -> Any:
        """Call the server; where it fails for good, so do the attempts, and None is returned.

        Raises:
            grpc.RpcError: it may work later.
        """
        try:
            return self._remote.stub.call(name, request, timeout=CALL_S)
        except grpc.RpcError as error:
            if error.code() in _TRANSIENT:
                raise
            message = f"The backend's server failed in {name}: {error.code().name}: {error.details()}"
            with self._remote.changed:
                for one in members:
                    self._remote.orphans.add(one.request.id)
                    event = Lost(one.request.id, attempt_errors.lost(message, code="BACKEND_DEFECT"))
                    self._remote.end(one, event)
            return None

    # ----- Logs -----

    def _copy_logs(self, attempts: Sequence[Attempt]) -> None:
        now = time.monotonic()
        reads = 0
        for one in sorted(attempts, key=lambda one: one.read_at):
            if one.end is not None:
                self._finish(one)
            elif one.has_log and now - one.read_at >= _LOG_S and reads < _MOST_READS:
                reads += 1
                self._read(one)

    def _read(self, attempt: Attempt) -> int:
        """Copy the next piece of a log; return how many bytes there were."""
        remote = self._remote
        request = messages.ReadLogRequest(
            scope=remote.scope, id=attempt.request.id, offset=attempt.log.offset, limit=_PIECE
        )
        data = remote.stub.call("ReadLog", request, timeout=CALL_S).data
        attempt.read_at = time.monotonic()
        if data:
            attempt.log.add(data)
            self._tell_of_log(attempt)
        return len(data)

    def _tell_of_log(self, attempt: Attempt) -> None:
        remote = self._remote
        with remote.changed:
            if not attempt.log_told and attempt.request.id in remote.attempts:
                attempt.log_told = True
                remote.host.push([LogStarted(attempt.request.id, attempt.log.open_slice())])

    def _finish(self, attempt: Attempt) -> None:
        """Copy the rest of a log, and tell the end."""
        event = attempt.end
        assert event is not None, "it has ended"
        try:
            while attempt.log.offset < log_bytes_of(event) and self._read(attempt):
                pass
        except grpc.RpcError as error:
            if error.code() in _TRANSIENT:
                raise
        self._tell_end(attempt, event)

    def _tell_end(self, attempt: Attempt, event: messages.Event) -> None:
        try:
            end = end_of(event, attempt.log.slice())
        except Exception as error:  # noqa: BLE001 - a defect of the server is the attempt's error
            end = unreadable(event.id, error)
        with self._remote.changed:
            self._remote.end(attempt, end)

    # ----- A server that is away -----

    def _look_at_the_clock(self) -> None:
        remote = self._remote
        now = time.monotonic()
        with remote.changed:
            if remote.is_connected and now - remote.heard_at > SILENCE_S:
                remote.disconnect()
            since, attempts = remote.away_since, list(remote.attempts.values())
            if since is not None and now - since > _NOTICE_S and not remote.is_missed:
                remote.is_missed = True
                LOG.warning(
                    "The backend %s is away. %s Its attempts, %d of them, wait; they are lost in %.0f s.",
                    remote.settings.name, remote.why_away, len(attempts), remote.settings.give_up_s,
                )  # fmt: skip
        if since is None:
            return
        for one in attempts:
            waited_s = now - max(since, one.taken_at)
            if waited_s > remote.settings.give_up_s:
                self._give_up(one, waited_s)
            elif waited_s > _NOTICE_S and not one.log_told:
                left_s = remote.settings.give_up_s - waited_s
                one.log.note(f"{remote.why_away} If it stays so, the attempt is lost in {left_s:.0f} s.")
                self._tell_of_log(one)

    def _give_up(self, attempt: Attempt, waited_s: float) -> None:
        remote = self._remote
        if attempt.end is not None:
            self._tell_end(attempt, attempt.end)
            return
        message = f"The server of the backend has not been there for {waited_s:.0f} s: {remote.why_away}"
        error = attempt_errors.lost(message, code="BACKEND_UNAVAILABLE")
        log = attempt.log.slice()
        with remote.changed:
            if attempt.tried:
                remote.orphans.add(attempt.request.id)
            remote.end(attempt, Lost(attempt.request.id, error, log.SerializeToString() if log else b""))


def _batches(attempts: Sequence[Attempt]) -> Iterable[tuple[Batch, list[Attempt]]]:
    """Yield the attempts in messages of some size."""
    batch, members = Batch(), []
    for one in attempts:
        batch.add(one.request)
        members.append(one)
        if batch.size > MESSAGE_BYTES or len(members) >= _MOST_ATTEMPTS:
            yield batch, members
            batch, members = Batch(), []
    if members:
        yield batch, members
