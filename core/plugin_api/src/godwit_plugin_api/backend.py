"""What a backend is: it starts runners and foreign jobs, by verbs that are batched and idempotent by attempt id.

The life of one attempt, as calls:

1. The engine opens the backend once: `backend.open(host)`.
2. It asks `capacity()`, commits what it is about to start, and calls `submit([request, …])`. The backend answers each
   request with a `Handle`, or a `Refusal` that becomes the attempt's error.
3. The backend tells what happens by `host.push([…])`: `Started`, any number of `Progress`, `LogStarted` where others
   can read its log meanwhile, and exactly one of `Finished` and `Lost`. An attempt that starts at once may skip
   `Started`.
4. `cancel([attempt id, …])` asks for the end: the backend may tell what it waits for by `Cancelling`, and pushes
   `Finished` with an error of code `CANCELLED` when the work is proven gone, not before. Of an attempt that has ended
   already it pushes nothing.
5. After a restart of the engine, `attach([(request, handle), …])` finds the work again, or reports it `Lost`.
6. `close()` ends what cannot outlive the engine.

`open`, `capacity`, `submit`, `attach`, `cancel` and `close` are called on the engine's thread and must not block for
longer than starting a process takes; a backend that talks to a network does so on threads of its own (see
`PollingBackend`). `host.push` and `host.wake` may be called from any thread.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol


class TaskReference(NamedTuple):
    """A task as backends see it.

    Attributes:
        key: identity within the engine; equal keys mean equal `spec`.
        name: the task's name.
        spec: an encoded `godwitidl.core.v1.TaskSpec`, overrides applied.
        source_root: folder under which the source lies, or the archive that it is in; empty when the program needs
            none.
        command: the runner's command, a template (`programs.Programs` fills it); empty when the payload says it all.
        socket_on_standard_input: whether a runner that streams wants its socket as descriptor 0.
        local_files_only: whether the program reads and writes local files alone: a backend whose attempts are kept, or
            refer to what is kept, elsewhere copies data before and after (`staging` does).
    """

    key: int
    name: str
    spec: bytes
    source_root: str
    command: tuple[str, ...]
    socket_on_standard_input: bool = False
    local_files_only: bool = False


class AttemptRequest(NamedTuple):
    """One attempt to start.

    Attributes:
        id: unique to the attempt for ever, at most 200 ASCII characters; the idempotency key.
        task: what to run.
        inputs: an encoded `godwitidl.core.v1.NamedLiterals`.
        output_prefix: uri under which outputs above the inline limit are written.
        checkpoint_prefix: uri under which the task's checkpoint is kept.
        number: number of the try, from 1.
        execution: text form of the execution's id.
        node_path: text form of the node's path.
        timeout_s: longest run in seconds; the engine cancels when it is over. None: no limit.
        memory_bytes: main memory for this attempt, in bytes; it may be more than its task declares, when an attempt
            before it ran out of memory. 0: nothing is said.
        interruptible: whether it may run in a place that can be taken away; a task that says so is still sent to a safe
            one when the infrastructure budget pays for nothing more after it.
        shares_process: whether it may share a process with others, and counts among `Capacity.sharing`.
    """

    id: str
    task: TaskReference
    inputs: bytes
    output_prefix: str
    checkpoint_prefix: str
    number: int
    execution: str
    node_path: str
    timeout_s: float | None = None
    memory_bytes: int = 0
    interruptible: bool = False
    shares_process: bool = False


class Handle(NamedTuple):
    """How to find an attempt's work again.

    Attributes:
        id: the attempt.
        data: at most 4 KiB that only the backend reads; valid across restarts and upgrades.
    """

    id: str
    data: bytes = b""


class Refusal(NamedTuple):
    """Why an attempt was not taken: becomes its error.

    Attributes:
        id: the attempt.
        error: an encoded `godwitidl.core.v1.ExecutionError`.
    """

    id: str
    error: bytes


class Link(NamedTuple):
    """A place for people to look at: the page of a job, a dashboard, a console of logs.

    Attributes:
        name: what it is: `Spark UI`. Of one attempt, a link told later by the same name replaces the one before.
        url: where it is.
    """

    name: str
    url: str


class Started(NamedTuple):
    """An attempt began to run. *links*: where its work can be looked at, as far as known."""

    id: str
    worker: str = ""
    links: tuple[Link, ...] = ()


class Progress(NamedTuple):
    """An attempt lives; *fraction* of its work, 0 to 1, is done, as far as it says. *links*: as of `Started`.

    What was told already may be told again.
    """

    id: str
    fraction: float | None = None
    links: tuple[Link, ...] = ()


class LogStarted(NamedTuple):
    """An attempt under way has begun to write a log that other processes can read. Optional, once at most.

    Attributes:
        id: the attempt.
        log: an encoded `godwitidl.core.v1.LogSlice` without an end.
    """

    id: str
    log: bytes


class OutputValue(NamedTuple):
    """One output: an encoded `godwitidl.core.v1.Literal`, and its digest of 32 bytes."""

    name: str
    value: bytes
    digest: bytes


class Finished(NamedTuple):
    """An attempt ended. Pushed exactly once.

    Attributes:
        id: the attempt.
        outputs: in the order of the interface; empty on failure.
        error: an encoded `godwitidl.core.v1.ExecutionError`; empty on success.
        usage: an encoded `godwitidl.core.v1.Usage`; empty when unknown.
        log: an encoded `godwitidl.core.v1.LogSlice`; empty when there is none.
        report: where the attempt's report, a page of HTML for people, is kept: a uri; empty when there is none.
    """

    id: str
    outputs: tuple[OutputValue, ...] = ()
    error: bytes = b""
    usage: bytes = b""
    log: bytes = b""
    report: str = ""


class Lost(NamedTuple):
    """An attempt's place is gone: process killed, machine lost, job unknown. Paid by the infrastructure budget.

    Attributes:
        id: the attempt.
        error: an encoded `godwitidl.core.v1.ExecutionError`.
        log: an encoded `godwitidl.core.v1.LogSlice`; empty when there is none.
        usage: an encoded `godwitidl.core.v1.Usage`; empty when unknown.
    """

    id: str
    error: bytes
    log: bytes = b""
    usage: bytes = b""


class Cancelling(NamedTuple):
    """The end of an attempt was asked for, and is not there yet. *waiting_on*: `process 4711 on host a`, a job."""

    id: str
    waiting_on: str


BackendEvent = Started | Progress | LogStarted | Cancelling | Finished | Lost


class Capacity(NamedTuple):
    """What a backend takes now.

    Attributes:
        immediate: how many attempts would start at once.
        prefetch: how many more it would take and hold, to start them without a round trip. They count as attempts
            only once it has pushed `Started` for them.
        cpu_millis, memory_bytes: how much of the processors (in thousandths) and of main memory the attempts that it
            holds may declare together; None: no limit. Always the same; a task that declares more fails `check`.
        sharing: how many attempts that may share a process it has under way at a time, beside the others. Always the
            same. 0: it treats them as any others.
    """

    immediate: int
    prefetch: int = 0
    cpu_millis: int | None = None
    memory_bytes: int | None = None
    sharing: int = 0


class BackendSettings(NamedTuple):
    """What a backend is opened with.

    Attributes:
        home: folder of the engine's state.
        log_folder: folder below which logs are written.
        workers: how many attempts may run at a time on this host.
        grace_s: seconds between the polite and the hard end of a process.
        options: settings of this backend from the configuration, as text.
    """

    home: str
    log_folder: str
    workers: int
    grace_s: float = 5.0
    options: Mapping[str, str] = MappingProxyType({})


class BackendHost(Protocol):
    """What the engine offers to an open backend."""

    @property
    def settings(self) -> BackendSettings:
        """The settings."""

    def push(self, events: Sequence[BackendEvent]) -> None:
        """Tell the engine what happened, in order. From any thread."""

    def watch(self, descriptor: int, ready: Callable[[], None]) -> None:
        """Call *ready* on the engine's thread whenever *descriptor* is readable. Engine's thread only."""

    def unwatch(self, descriptor: int) -> None:
        """Stop watching *descriptor*. Engine's thread only."""

    def call_later(self, delay_s: float, call: Callable[[], None]) -> None:
        """Call *call* once on the engine's thread, in *delay_s* seconds at the earliest. Engine's thread only."""

    def wake(self) -> None:
        """Have the engine ask for `capacity` again. From any thread."""


class Backend(Protocol):
    """A place where attempts run. See the module's text for the life of one attempt."""

    def open(self, host: BackendHost) -> None:
        """Get ready. Called once, before any other verb. An exception stops the engine's start and names the plugin."""

    def check(self, task: TaskReference) -> Sequence[str]:
        """Return what is wrong with *task* for this backend, each a sentence; empty when it can run.

        Called when work is submitted, before anything is created. Must not touch the network.
        """

    def capacity(self) -> Capacity:
        """Return what could be taken now. Called once per turn of the engine's loop; must be cheap."""

    def submit(self, requests: Sequence[AttemptRequest]) -> Sequence[Handle | Refusal]:
        """Take attempts, answering each in order. Idempotent: an id that is known already gets its handle again."""

    def attach(self, known: Sequence[tuple[AttemptRequest, Handle]]) -> None:
        """Find attempts of an engine before this one; push what became of them, `Lost` for those not found."""

    def cancel(self, ids: Sequence[str]) -> None:
        """Ask for the end of attempts. Idempotent; unknown ids are ignored."""

    def logs(self, handle: Handle) -> Iterator[bytes]:
        """Yield what an attempt wrote so far, in order; nothing when the engine's log slices say it all."""

    def close(self) -> None:
        """End what cannot outlive the engine, and free everything. Idempotent."""
