"""What is written down of an attempt, beside the files of its job: how far its container has come, how it ended."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from godwit_plugin_api.supervision import supervisor
from godwit_plugin_api.supervision.jobs import JobFolder

_TAKEN = "taken.json"
_CREATING = "creating.json"
_END = "exit.json"


@dataclass(frozen=True)
class ContainerEnd:
    """How a container ended.

    Attributes:
        exit_code: of its first process.
        out_of_memory: whether the kernel ended a process of it for want of memory.
        cancelled: whether its end was asked for.
        wall_us: how long it ran, in microseconds.
        failure: why it was never started, or why what it left could not be taken: an encoded `ExecutionError`, as
            hexadecimal digits; empty when all went well.
    """

    exit_code: int = 0
    out_of_memory: bool = False
    cancelled: bool = False
    wall_us: int = 0
    failure: str = ""


class AttemptFiles:
    """The marks in the folder of an attempt's job, each there as a whole or not at all.

    | file | what it says |
    |---|---|
    | `taken.json` | the attempt was submitted |
    | `creating.json` | its container is being created; from now on, one that is not there is gone |
    | `exit.json` | how it ended |
    """

    def __init__(self, job: JobFolder) -> None:
        self.job = job

    def is_taken(self) -> bool:
        """Return whether the attempt was submitted."""
        return (self.job.path / _TAKEN).is_file()

    def take(self, attempt_id: str) -> None:
        """Note that the attempt was submitted."""
        supervisor.write(self.job.path / _TAKEN, {"attempt": attempt_id})

    def is_creating(self) -> bool:
        """Return whether somebody has set out to create its container."""
        return (self.job.path / _CREATING).is_file()

    def begin_creating(self, container: str) -> None:
        """Note that its container is about to be created."""
        supervisor.write(self.job.path / _CREATING, {"container": container})

    def end(self) -> ContainerEnd | None:
        """Return how it ended; None while that is not known."""
        try:
            told = json.loads((self.job.path / _END).read_text())
        except FileNotFoundError:
            return None
        return ContainerEnd(**{name: told[name] for name in ContainerEnd.__dataclass_fields__ if name in told})

    def note_end(self, end: ContainerEnd) -> None:
        """Note how it ended."""
        supervisor.write(self.job.path / _END, asdict(end))


def end_of_state(state: dict[str, Any], *, cancelled: bool) -> ContainerEnd:
    """Return what the engine says of a container that has ended."""
    return ContainerEnd(
        exit_code=state["ExitCode"],
        out_of_memory=bool(state.get("OOMKilled")),
        cancelled=cancelled,
        wall_us=round((_seconds(state["FinishedAt"]) - _seconds(state["StartedAt"])) * 1e6),
    )


def was_started(state: dict[str, Any]) -> bool:
    """Return whether a container has ever run."""
    return state["Status"] != "created" and not state["StartedAt"].startswith("0001-")


def has_ended(state: dict[str, Any]) -> bool:
    """Return whether a container that was started runs no more."""
    return state["Status"] in {"exited", "dead"}


def _seconds(text: str) -> float:
    """Return the seconds since 1970 of a time as the engine writes it, with nanoseconds."""
    whole, _, rest = text.partition(".")
    digits = rest.rstrip("Z")
    fraction = digits.partition("+")[0].partition("-")[0]
    base = datetime.fromisoformat(whole.rstrip("Z")).replace(tzinfo=UTC).timestamp()
    return base + (float(f"0.{fraction}") if fraction.isdigit() else 0.0)
