"""The backend `inline`: tasks run in the engine's own process and thread, one after the other.

For debugging and for workflows that are called as functions: a debugger stops in task code, and what is printed goes
to the terminal. There is no isolation: a task that ends the process ends the engine, and a running one cannot be
cancelled.
"""

from collections.abc import Iterator, Sequence

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import (
    AttemptRequest,
    BackendHost,
    Capacity,
    Finished,
    Handle,
    Link,
    Lost,
    OutputValue,
    Progress,
    Refusal,
    Started,
    TaskReference,
)
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.runner.v1.runner_pb2 import Attempt, Result

from godwit.runner.attempts import run_attempt
from godwit.runner.runtimes import Surroundings, check_link
from godwit.runner.session import Session
from godwit.runner.usage import Meter


class InlineBackend:
    """Runs each attempt in a turn of the engine's loop of its own. See `Backend`."""

    def __init__(self) -> None:
        self._session = Session()
        self._meter = Meter()
        self._prepared: set[int] = set()
        self._waiting: dict[str, AttemptRequest] = {}
        self._taken: set[str] = set()

    def open(self, host: BackendHost) -> None:  # noqa: D102 - see Backend
        self._host = host

    def check(self, task: TaskReference) -> Sequence[str]:  # noqa: D102 - see Backend
        if len(TaskSpec.FromString(task.spec).program.arguments) != 3:
            return [f"{task.name} is no Python task; the inline backend runs only these."]
        return []

    def capacity(self) -> Capacity:  # noqa: D102 - see Backend
        return Capacity(immediate=0 if self._waiting else 1)

    def submit(self, requests: Sequence[AttemptRequest]) -> Sequence[Handle | Refusal]:  # noqa: D102 - see Backend
        for request in requests:
            if request.id not in self._taken:
                self._taken.add(request.id)
                self._waiting[request.id] = request
                self._host.call_later(0, self._run_next)
        return [Handle(request.id) for request in requests]

    def attach(self, known: Sequence[tuple[AttemptRequest, Handle]]) -> None:  # noqa: D102 - see Backend
        error = attempt_errors.lost("The engine's process ended while the task ran in it.")
        self._host.push([Lost(handle.id, error) for _, handle in known])

    def cancel(self, ids: Sequence[str]) -> None:  # noqa: D102 - see Backend
        error = attempt_errors.cancelled("Cancelled before it started.")
        dropped = [id_ for id_ in ids if self._waiting.pop(id_, None) is not None]
        if dropped:
            self._host.push([Finished(id_, error=error) for id_ in dropped])

    def logs(self, handle: Handle) -> Iterator[bytes]:  # noqa: D102, ARG002 - see Backend
        return iter(())

    def close(self) -> None:  # noqa: D102 - see Backend
        self._waiting.clear()
        self._session.close()

    def _run_next(self) -> None:
        if not self._waiting:
            return
        request = self._waiting.pop(next(iter(self._waiting)))
        self._host.push([Started(request.id, "inline")])
        result = Result(id=request.id)
        self._prepare(request.task)
        self._meter.start()
        # Ctrl-C is meant for the engine, in whose process this is.
        surroundings = Surroundings(link=self._link)
        run_attempt(
            self._session, _attempt_of(request), result, passed_on=(KeyboardInterrupt,), surroundings=surroundings
        )
        self._meter.read(result.usage)
        self._session.flush()
        self._taken.discard(request.id)
        self._host.push([_finished(result)])

    def _link(self, identifier: str, name: str, url: str) -> None:
        check_link(name, url)
        self._host.push([Progress(identifier, links=(Link(name, url),))])

    def _prepare(self, task: TaskReference) -> None:
        if task.key not in self._prepared:
            self._prepared.add(task.key)
            self._session.prepare(task.key, TaskSpec.FromString(task.spec), task.source_root)


def _attempt_of(request: AttemptRequest) -> Attempt:
    return Attempt(
        id=request.id,
        task=request.task.key,
        inputs=request.inputs,
        output_prefix=request.output_prefix,
        attempt=request.number,
        execution=request.execution,
        node_path=request.node_path,
        checkpoint_prefix=request.checkpoint_prefix,
    )


def _finished(result: Result) -> Finished:
    error = result.error.SerializeToString() if result.HasField("error") else b""
    outputs = tuple(OutputValue(item.name, item.value, item.digest) for item in result.outputs)
    return Finished(result.id, outputs, error, result.usage.SerializeToString(), report=result.report)
