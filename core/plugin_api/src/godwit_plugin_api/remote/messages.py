"""What the plugin API and the service call the same things: records on one side, messages on the other."""

from collections.abc import Iterable, Sequence

from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE, BLAME_USER, RETRY_ALLOWED, ExecutionError
from godwitidl.core.v1.event_pb2 import Link as LinkMessage
from godwitidl.core.v1.event_pb2 import LogSlice, Usage
from godwitidl.core.v1.values_pb2 import NamedLiteral, NamedLiterals
from godwitidl.plugin.v1 import backend_pb2 as messages
from godwitidl.rules.digest import literal_digest

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import (
    AttemptRequest,
    BackendEvent,
    Cancelling,
    Finished,
    Link,
    LogStarted,
    Lost,
    OutputValue,
    Progress,
    Started,
    TaskReference,
)


def task_message(task: TaskReference) -> messages.Task:
    """Return a task as it travels."""
    return messages.Task(
        name=task.name,
        spec=task.spec,
        source_root=task.source_root,
        command=task.command,
        socket_on_standard_input=task.socket_on_standard_input,
        local_files_only=task.local_files_only,
    )


def task_reference(task: messages.Task, key: int) -> TaskReference:
    """Return a task as backends see it."""
    return TaskReference(
        key,
        task.name,
        task.spec,
        task.source_root,
        tuple(task.command),
        task.socket_on_standard_input,
        task.local_files_only,
    )


def attempt_message(request: AttemptRequest, task: int) -> messages.Attempt:
    """Return an attempt as it travels; *task* is its task's place in the message."""
    attempt = messages.Attempt(
        id=request.id,
        task=task,
        inputs=request.inputs,
        output_prefix=request.output_prefix,
        checkpoint_prefix=request.checkpoint_prefix,
        number=request.number,
        execution=request.execution,
        node_path=request.node_path,
        memory_bytes=request.memory_bytes,
        interruptible=request.interruptible,
    )
    if request.timeout_s is not None:
        attempt.timeout.FromNanoseconds(round(request.timeout_s * 1e9))
    return attempt


def attempt_request(attempt: messages.Attempt, task: TaskReference) -> AttemptRequest:
    """Return an attempt as backends see it."""
    return AttemptRequest(
        attempt.id,
        task,
        attempt.inputs,
        attempt.output_prefix,
        attempt.checkpoint_prefix,
        attempt.number,
        attempt.execution,
        attempt.node_path,
        attempt.timeout.ToNanoseconds() / 1e9 if attempt.HasField("timeout") else None,
        attempt.memory_bytes,
        attempt.interruptible,
    )


class Batch:
    """Attempts of one message, with their tasks, each of which is sent once."""

    def __init__(self) -> None:
        self.tasks: list[messages.Task] = []
        self.attempts: list[messages.Attempt] = []
        self.size = 0
        """Bytes, about."""
        self._places: dict[int, int] = {}

    def add(self, request: AttemptRequest) -> messages.Attempt:
        """Add an attempt, and return its message."""
        place = self._places.get(request.task.key)
        if place is None:
            place = self._places[request.task.key] = len(self.tasks)
            self.tasks.append(task_message(request.task))
            self.size += len(request.task.spec)
        attempt = attempt_message(request, place)
        self.attempts.append(attempt)
        self.size += len(request.inputs) + 500
        return attempt


# ----- Events, from records to messages: what a server tells -----


def event_message(event: BackendEvent, log_bytes: int = 0) -> messages.Event:
    """Return an event as it travels. *log_bytes*: of an end, how much log there is."""
    message = messages.Event(id=event.id)
    if isinstance(event, Started):
        message.started.worker = event.worker
        message.started.links.extend(_link_messages(event.links))
    elif isinstance(event, Progress):
        message.progress.links.extend(_link_messages(event.links))
        if event.fraction is not None:
            message.progress.fraction = event.fraction
        message.progress.SetInParent()
    elif isinstance(event, LogStarted):
        message.log_started.SetInParent()
    elif isinstance(event, Cancelling):
        message.cancelling.waiting_on = event.waiting_on
    elif isinstance(event, Finished):
        message.finished.CopyFrom(_finished_message(event, log_bytes))
    else:
        message.lost.error.ParseFromString(event.error)
        message.lost.log_bytes = log_bytes
        if event.usage:
            message.lost.usage.ParseFromString(event.usage)
    return message


def _finished_message(event: Finished, log_bytes: int) -> messages.Finished:
    finished = messages.Finished(report=event.report, log_bytes=log_bytes)
    if event.error:
        finished.error.ParseFromString(event.error)
    elif event.outputs:
        named = NamedLiterals()
        for output in event.outputs:
            value = NamedLiteral(name=output.name)
            value.value.ParseFromString(output.value)
            named.values.append(value)
        finished.outputs = named.SerializeToString()
    if event.usage:
        finished.usage.ParseFromString(event.usage)
    return finished


def _link_messages(links: Iterable[Link]) -> list[LinkMessage]:
    return [LinkMessage(name=link.name, url=link.url) for link in links]


# ----- Events, from messages to records: what an engine hears -----


def log_bytes_of(event: messages.Event) -> int:
    """Return how much log an end says there is."""
    return event.finished.log_bytes if event.HasField("finished") else event.lost.log_bytes


def end_of(event: messages.Event, log: LogSlice | None) -> Finished | Lost:
    """Return the end that *event* tells of; *log* is where its log has been copied to.

    Raises:
        Exception: of any kind, where its outputs make no sense.
    """
    written = b"" if log is None else log.SerializeToString()
    if event.HasField("lost"):
        return Lost(event.id, _whole(event.lost.error, lost=True), written, _usage(event.lost))
    told = event.finished
    error = _whole(told.error) if told.HasField("error") else b""
    outputs = () if error else outputs_of(told.outputs)
    return Finished(event.id, outputs, error, _usage(told), written, told.report)


def outputs_of(encoded: bytes) -> tuple[OutputValue, ...]:
    """Return the values of encoded `NamedLiterals`, with their digests.

    Raises:
        Exception: of any kind, where they are no such thing.
    """
    named = NamedLiterals.FromString(encoded)
    return tuple(
        OutputValue(one.name, one.value.SerializeToString(), literal_digest(one.value)) for one in named.values
    )


def unreadable(attempt_id: str, error: Exception) -> Finished:
    """Return the end of an attempt of which its server told something that makes no sense."""
    message = f"The backend's server told something that makes no sense: {type(error).__name__}: {error}"
    return Finished(attempt_id, error=attempt_errors.encoded_error("BACKEND_DEFECT", message))


def refusal_of(answer: messages.Answer) -> bytes:
    """Return the encoded error of an attempt that was not taken."""
    return _whole(answer.refusal)


def links_of(links: Sequence[LinkMessage]) -> tuple[Link, ...]:
    """Return links as backends tell them."""
    return tuple(Link(link.name, link.url) for link in links)


def _whole(error: ExecutionError, *, lost: bool = False) -> bytes:
    """Return an encoded error that says all that engines need to know: what is left unsaid is the usual."""
    error.code = error.code or ("JOB_LOST" if lost else "BACKEND_DEFECT")
    error.message = error.message or "The backend did not say what happened."
    error.blame = error.blame or (BLAME_INFRASTRUCTURE if lost else BLAME_USER)
    error.retry = error.retry or RETRY_ALLOWED
    return error.SerializeToString()


def _usage(end: messages.Finished | messages.Lost) -> bytes:
    usage: Usage = end.usage
    return usage.SerializeToString() if end.HasField("usage") else b""
