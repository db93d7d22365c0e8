"""What happens to an execution, and what the engine asks the shell to do about it. Plain values.

*item* is the index of an item, where *node* is a map node and one of its items is meant; -1 otherwise. Effects name
items by their own `Node`.
"""

from collections.abc import Sequence
from enum import IntEnum, StrEnum
from typing import NamedTuple

from godwit_core.engine.state import Node, Values


class TimerKind(StrEnum):
    """What a timer is for."""

    RETRY = "retry"
    ATTEMPT = "attempt"
    QUEUE = "queue"
    DEADLINE = "deadline"
    WAIT = "wait"


class Answer(IntEnum):
    """What somebody answers a gate; numbers as in `godwitidl.core.v1.Answer`."""

    APPROVED = 1
    REJECTED = 2
    VALUE = 3


class Outcome(StrEnum):
    """How an attempt ended, as its backend says."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    LOST = "lost"


class Began(NamedTuple):
    """The execution is taken up for the first time."""

    now_us: int


class Resumed(NamedTuple):
    """An engine takes the execution, restored from its rows, up again."""

    now_us: int


class CacheAnswered(NamedTuple):
    """The cache was asked for *node*. *outputs*: None when it has nothing; *is_claimed*: another one computes it."""

    now_us: int
    node: int
    outputs: Values | None
    item: int = -1
    is_claimed: bool = False


class EarlierAnswered(NamedTuple):
    """The earlier execution was asked for a result for *node*. *outputs*: None when it has none that fits."""

    now_us: int
    node: int
    outputs: Values | None


class EarlierItems(NamedTuple):
    """Items of map node *node* that the earlier execution has, with their outputs. *more*: others are to follow."""

    now_us: int
    node: int
    found: Sequence[tuple[int, Values]]
    more: bool


class Submitted(NamedTuple):
    """A backend is about to hold the next attempt of *node*, without starting it yet."""

    now_us: int
    node: int
    item: int = -1


class Started(NamedTuple):
    """The next attempt of *node* begins. *worker* says where, as far as known."""

    now_us: int
    node: int
    worker: str = ""
    item: int = -1


class LogStarted(NamedTuple):
    """Attempt *attempt* of *node*, which is under way, writes *log*, an encoded `LogSlice` without an end."""

    now_us: int
    node: int
    attempt: int
    log: bytes
    item: int = -1


class Linked(NamedTuple):
    """The work of attempt *attempt* of *node*, which is under way, can be looked at at a place."""

    now_us: int
    node: int
    attempt: int
    name: str
    url: str
    item: int = -1


class CancelAwaited(NamedTuple):
    """Attempt *attempt* of *node* is being cancelled, and its backend waits on something before it has ended."""

    now_us: int
    node: int
    attempt: int
    waiting_on: str
    backend: str
    item: int = -1


class Ended(NamedTuple):
    """Attempt *attempt* of *node* ended.

    Attributes:
        outputs: on success.
        error: encoded, otherwise.
        draw: a random number in [0, 1), for jitter.
        report: uri of a page for people; empty: there is none.
    """

    now_us: int
    node: int
    attempt: int
    outcome: Outcome
    outputs: Values | None = None
    error: bytes = b""
    usage: bytes = b""
    log: bytes = b""
    draw: float = 0.0
    item: int = -1
    report: str = ""


class Examined(NamedTuple):
    """The inputs of attempt *attempt* of *node* were looked at. *damaged*: names of those that are not as stored.

    *error* and *draw* are those of the attempt's end.
    """

    now_us: int
    node: int
    attempt: int
    damaged: tuple[str, ...]
    error: bytes
    draw: float
    item: int = -1


class TimerFired(NamedTuple):
    """A timer of *node* is due. *attempt*: the attempt that it was set for."""

    now_us: int
    node: int
    kind: TimerKind
    attempt: int
    item: int = -1


class Gathered(NamedTuple):
    """The outputs of a map node have been put together, or could not be. *error*: encoded."""

    now_us: int
    node: int
    outputs: Values | None
    error: bytes = b""


class Answered(NamedTuple):
    """Somebody answered gate *node*. *outputs*: what it gives, checked; empty of an approval or rejection."""

    now_us: int
    node: int
    answer: Answer
    outputs: Values
    reason: str = ""


class AbortRequested(NamedTuple):
    """Somebody asked to abort the execution. *at_once*: its failure handlers are not waited for, but ended, too."""

    now_us: int
    reason: str
    at_once: bool = False


Event = (
    Began
    | Resumed
    | CacheAnswered
    | EarlierAnswered
    | EarlierItems
    | Submitted
    | Started
    | LogStarted
    | Linked
    | CancelAwaited
    | Ended
    | Examined
    | TimerFired
    | Answered
    | AbortRequested
    | Gathered
)


class LookUp(NamedTuple):
    """Ask the cache for the node's key, and answer with `CacheAnswered`."""

    node: Node


class Recover(NamedTuple):
    """Ask the earlier execution for a result under the node's reuse key; answer with `EarlierAnswered`."""

    node: Node


class RecoverItems(NamedTuple):
    """Ask the earlier execution for items of a map node, the next ones each time; answer with `EarlierItems`."""

    node: Node


class Examine(NamedTuple):
    """Look whether the inputs of the node are as they were stored; answer with `Examined`."""

    node: Node
    error: bytes
    draw: float


class Remember(NamedTuple):
    """Put the node's outputs into the cache, in the transaction that stores its success."""

    node: Node
    inputs: bytes
    outputs: Values


class Release(NamedTuple):
    """Let others compute what the node had claimed, in the transaction that stores its end."""

    node: Node


class Evict(NamedTuple):
    """Remove what the cache has under the node's key: a reader found it damaged."""

    node: Node


class Enqueue(NamedTuple):
    """Start an attempt of the node as soon as its backend has room."""

    node: Node


class Withdraw(NamedTuple):
    """Do not start the node's attempt: take it out of the queue; of a backend that holds it, cancel it."""

    node: Node


class CancelAttempt(NamedTuple):
    """Cancel the attempt under way; its end is confirmed by `Ended`."""

    node: Node


class WakeAt(NamedTuple):
    """Send `TimerFired` at *due_us*. `step` ignores a timer that is no longer wanted, so none is ever taken back."""

    node: Node
    due_us: int
    kind: TimerKind


class Gather(NamedTuple):
    """Put the outputs of a map node together from its stored items, and answer with `Gathered`."""

    node: Node


class Conclude(NamedTuple):
    """The execution has ended."""


Effect = (
    LookUp
    | Recover
    | RecoverItems
    | Examine
    | Remember
    | Release
    | Evict
    | Enqueue
    | Withdraw
    | CancelAttempt
    | WakeAt
    | Conclude
    | Gather
)
