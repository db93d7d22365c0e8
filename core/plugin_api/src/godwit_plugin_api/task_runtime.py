"""What a plugin does in the process in which task code runs: it prepares what the function finds, and clears it away.

A task whose payload is a message with a runtime is run inside of that runtime's context, in every process that runs
attempts: a warm runner, one of the file contract, each rank of a distributed job, the engine's own process for tasks
that run inline. The life of one attempt there, as calls:

1. The runtime is made at the first attempt that needs it, once per process: its record's target, without arguments.
2. `around(attempt)` is called, with the task's environment variables set, and the context it returns is entered.
3. Inputs are read, the function is called, outputs are written, all inside of the context. What the context yields are
   attributes of `current_context()`: `{"spark": session}` is `current_context().spark`. None is of `RESERVED_NAMES`.
4. The context is left, with the exception if there is one.
5. `close()` is called when the process ends in order.

What raises in `around`, or on entering and leaving, is the attempt's error, as if the task had raised it.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from godwitidl.core.v1.task_pb2 import TaskSpec
from google.protobuf.any_pb2 import Any as AnyMessage

RESERVED_NAMES: Final = frozenset(
    {
        "HIDDEN",
        "attempt",
        "attempt_id",
        "check",
        "checkpoint",
        "create",
        "execution",
        "given",
        "link",
        "node_path",
        "open_checkpoint",
        "open_report",
        "payload",
        "report",
        "secrets",
    }
)
"""Names that every context has."""


class RuntimeAttempt(NamedTuple):
    """One attempt, as seen in the process that runs it.

    Attributes:
        id: the attempt, unique for ever.
        execution: text form of the execution's id.
        node_path: text form of the node's path.
        number: number of the try, from 1.
        task: the task, overrides applied.
        payload: the task's payload.
        source_root: folder under which the task's source lies; empty: it is installed.
        output_prefix: uri under which the attempt keeps files.
        report: path of a page for people, which is not there yet; what is there in the end is kept with the attempt.
        rank: which of several workers this is, from 0; None where there is one alone.
        link: tells a place to look at the work, by name and url, while the attempt runs; where nobody listens, nothing.
        secret: returns the value of a secret, by its name and group (None: it has none), from the first provider that
            has it; None: none has. For secrets that the payload names.
    """

    id: str
    execution: str
    node_path: str
    number: int
    task: TaskSpec
    payload: AnyMessage
    source_root: str
    output_prefix: str
    report: Path
    rank: int | None = None
    link: Callable[[str, str], None] = lambda _name, _url: None
    secret: Callable[[str, str | None], str | None] = lambda _name, _group: None


class TaskRuntime(Protocol):
    """What is around the functions of tasks with one kind of payload. See the module's text."""

    def around(self, attempt: RuntimeAttempt) -> AbstractContextManager[Mapping[str, object]]:
        """Return the context of one attempt. It yields what the task's context has besides its own, by name.

        Attempts come one after the other, but for those of `async` tasks, which may be open at the same time. What is
        dear to make, such as a connection, may be kept from one to the next.
        """

    def close(self) -> None:
        """Free what was kept. Called at most once, and not when the process is killed."""
