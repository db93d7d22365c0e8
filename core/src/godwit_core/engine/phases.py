"""Where executions and nodes stand, and every transition between the phases of a node.

Rule 1: a node's phase changes only by `next_phase`, so every transition there is stands in `TRANSITIONS`.
Rule 2: which trigger an event amounts to (is there a retry left? has the scope failed?) is decided in `step`.
"""

from enum import IntEnum, StrEnum


class ExecutionPhase(IntEnum):
    """Where an execution stands; numbers as in `godwitidl.core.v1.ExecutionPhase`."""

    QUEUED = 1
    RUNNING = 2
    SUCCEEDED = 3
    FAILED = 4
    ABORTED = 5

    @property
    def final(self) -> bool:
        """Whether no other phase follows."""
        return self >= ExecutionPhase.SUCCEEDED


class NodePhase(IntEnum):
    """Where a node stands; numbers as in `godwitidl.core.v1.NodePhase`."""

    PENDING = 1
    QUEUED = 2
    WAITING = 3
    RUNNING = 4
    SUCCEEDED = 5
    FAILED = 6
    ABORTED = 7
    SKIPPED = 8
    RECOVERED = 9

    @property
    def final(self) -> bool:
        """Whether the node has ended; it goes back only when what it gave is found damaged."""
        return self >= NodePhase.SUCCEEDED

    @property
    def succeeded(self) -> bool:
        """Whether the outputs are there, computed or taken from an earlier execution."""
        return self in {NodePhase.SUCCEEDED, NodePhase.RECOVERED}


class CacheStatus(IntEnum):
    """What the cache did for a node; numbers as in `godwitidl.core.v1.CacheStatus`."""

    UNSPECIFIED = 0
    DISABLED = 1
    HIT = 2
    MISS = 3
    OVERWRITTEN = 4


class Trigger(StrEnum):
    """What happens to a node."""

    READY = "ready"
    SCOPE_OPENED = "scope opened"
    DONE_AT_ONCE = "done at once"
    WAITS = "waits"
    CACHE_HIT = "cache hit"
    RECOVERED = "recovered"
    NOT_REACHED = "not reached"
    BINDING_FAILED = "binding failed"
    NO_CASE = "no case"
    STARTED = "started"
    FINISHED = "finished"
    RETRY_NOW = "retry now"
    RETRY_LATER = "retry later"
    DUE = "due"
    ELAPSED = "elapsed"
    ANSWERED = "answered"
    REJECTED = "rejected"
    REQUEUED = "requeued"
    EXHAUSTED = "exhausted"
    CANCELLED = "cancelled"
    SCOPE_SUCCEEDED = "scope succeeded"
    SCOPE_RECOVERED = "scope recovered"
    SCOPE_FAILED = "scope failed"
    INPUT_DAMAGED = "input damaged"
    OUTPUTS_DAMAGED = "outputs damaged"
    OUTPUTS_DAMAGED_WITHIN = "outputs damaged within"


_P = NodePhase
_T = Trigger

TRANSITIONS: dict[tuple[NodePhase, Trigger], NodePhase] = {
    (_P.PENDING, _T.READY): _P.QUEUED,
    (_P.PENDING, _T.SCOPE_OPENED): _P.RUNNING,
    (_P.PENDING, _T.WAITS): _P.WAITING,
    (_P.PENDING, _T.CACHE_HIT): _P.SUCCEEDED,
    (_P.PENDING, _T.RECOVERED): _P.RECOVERED,
    (_P.PENDING, _T.DONE_AT_ONCE): _P.SUCCEEDED,
    (_P.PENDING, _T.NOT_REACHED): _P.SKIPPED,
    (_P.PENDING, _T.BINDING_FAILED): _P.FAILED,
    (_P.PENDING, _T.NO_CASE): _P.FAILED,
    (_P.QUEUED, _T.STARTED): _P.RUNNING,
    (_P.QUEUED, _T.EXHAUSTED): _P.FAILED,
    (_P.QUEUED, _T.CANCELLED): _P.ABORTED,
    (_P.WAITING, _T.DUE): _P.QUEUED,
    (_P.WAITING, _T.ELAPSED): _P.SUCCEEDED,
    (_P.WAITING, _T.CACHE_HIT): _P.SUCCEEDED,
    (_P.WAITING, _T.ANSWERED): _P.SUCCEEDED,
    (_P.WAITING, _T.REJECTED): _P.FAILED,
    (_P.WAITING, _T.EXHAUSTED): _P.FAILED,
    (_P.WAITING, _T.CANCELLED): _P.ABORTED,
    (_P.RUNNING, _T.FINISHED): _P.SUCCEEDED,
    (_P.RUNNING, _T.RETRY_NOW): _P.QUEUED,
    (_P.RUNNING, _T.RETRY_LATER): _P.WAITING,
    (_P.RUNNING, _T.REQUEUED): _P.QUEUED,
    (_P.RUNNING, _T.EXHAUSTED): _P.FAILED,
    (_P.RUNNING, _T.CANCELLED): _P.ABORTED,
    (_P.RUNNING, _T.SCOPE_SUCCEEDED): _P.SUCCEEDED,
    (_P.RUNNING, _T.SCOPE_RECOVERED): _P.RECOVERED,
    (_P.RUNNING, _T.SCOPE_FAILED): _P.FAILED,
    (_P.RUNNING, _T.INPUT_DAMAGED): _P.PENDING,
    (_P.SUCCEEDED, _T.OUTPUTS_DAMAGED): _P.PENDING,
    (_P.SUCCEEDED, _T.OUTPUTS_DAMAGED_WITHIN): _P.RUNNING,
    (_P.RECOVERED, _T.OUTPUTS_DAMAGED): _P.PENDING,
    (_P.RECOVERED, _T.OUTPUTS_DAMAGED_WITHIN): _P.RUNNING,
}
"""Every transition of a node. A final phase is left only when what the node gave is found damaged."""


class IllegalTransition(Exception):  # noqa: N818 - the term of the field
    """A trigger came in a phase that has no place for it: a defect of the engine, never of its input."""


def next_phase(phase: NodePhase, trigger: Trigger) -> NodePhase:
    """Return the phase after *trigger* in *phase*.

    Raises:
        IllegalTransition: the table has no such transition.
    """
    try:
        return TRANSITIONS[phase, trigger]
    except KeyError:
        raise IllegalTransition(f"{trigger} in phase {phase.name}") from None


def diagram() -> str:
    """Return the table as a Mermaid state diagram, as it stands in `docs/engine.md`."""
    lines = ["stateDiagram-v2", "    [*] --> PENDING"]
    grouped: dict[tuple[NodePhase, NodePhase], list[str]] = {}
    for (phase, trigger), after in TRANSITIONS.items():
        grouped.setdefault((phase, after), []).append(trigger.value)
    lines += [f"    {before.name} --> {after.name}: {', '.join(names)}" for (before, after), names in grouped.items()]
    finals = sorted({after for _, after in grouped if after.final})
    lines += [f"    {phase.name} --> [*]" for phase in finals]
    return "\n".join(lines)
