"""One resident of a gateway: its actor, what it was sent, and what it printed."""

import os
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from godwitidl.core.v1.event_pb2 import LogSlice
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.runner.v1.runner_pb2 import Attempt, Prepare

_LAST_WORDS_BYTES: Final = 2_000


class Shape(NamedTuple):
    """What an attempt needs of its node: logical processors, GPUs, bytes of memory."""

    cpu: float
    gpu: float
    memory_bytes: int

    @classmethod
    def of(cls, spec: TaskSpec) -> "Shape":
        """Return what *spec* declares; one processor where it says nothing."""
        needs = spec.resources
        return cls((needs.cpu_millis or 1000) / 1000, float(needs.gpu_count), needs.memory_bytes)

    def options(self) -> Mapping[str, Any]:
        """Return this as options of an actor."""
        told = {"num_cpus": self.cpu, "num_gpus": self.gpu, "memory": self.memory_bytes}
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A task as gateways know it. *encoded*: its `Prepare`."""

    number: int
    prepare: Prepare
    encoded: bytes
    shape: Shape


@dataclass(slots=True, eq=False)
class Work:
    """An attempt. *has_begun*: whether that was told. *tries*: how often a resident was lost before it began."""

    attempt: Attempt
    task: Task
    has_begun: bool = False
    is_cancelled: bool = False
    tries: int = 0


class Log:
    """What a resident printed, in a file of its own.

    Args:
        folder: where the file is.
        name: of the file, without its ending.
    """

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.segment = f"{folder.name}/{name}.log"
        self._path = folder / f"{name}.log"
        self._descriptor = -1
        self._told = 0

    def write(self, begin: int, text: bytes) -> None:
        """Take a part, in whatever order parts come."""
        if not text:
            return
        if self._descriptor < 0:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o644)
        os.pwrite(self._descriptor, text, begin)

    def end_of_attempt(self, end: int) -> None:
        """Take note that an attempt ended that printed up to *end*."""
        self._told = max(self._told, end)

    def last_words(self) -> tuple[LogSlice | None, str]:
        """Return what was printed since the last attempt ended, and the end of that."""
        if self._descriptor < 0:
            return None, ""
        size = os.fstat(self._descriptor).st_size
        if size <= self._told:
            return None, ""
        begin = max(self._told, size - _LAST_WORDS_BYTES)
        with self._path.open("rb") as file:
            file.seek(begin)
            words = file.read().decode(errors="replace").strip()
        return LogSlice(segment=self.segment, begin=self._told, end=size), words

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


@dataclass(slots=True, eq=False)
class Member:
    """A resident. *sent*: what it was sent and has not told the end of, in order; *is_here*: it is on this machine."""

    number: int
    shape: Shape
    actor: Any
    log: Log
    is_ready: bool = False
    is_ending: bool = False
    worker: str = ""
    process: int = 0
    shares_files: bool = False
    is_here: bool = False
    prepared: set[int] = field(default_factory=set)
    sent: deque[Work] = field(default_factory=deque)
    batches: int = 0
    idle_since_s: float = field(default_factory=time.monotonic)


def storage_problem(attempt: Attempt, worker: str) -> str:
    """Return why the values of *attempt* would be lost on a node that does not see the engine's files; empty: no."""
    if not attempt.output_prefix.startswith("file:"):
        return ""
    return (
        f"The Ray node of {worker} does not see the files of the engine, where the values of this execution are kept."
        " Keep them where both see them: godwit run --storage s3://…"
    )


class CrewSettings(NamedTuple):
    """How residents are set up.

    Attributes:
        log_folder: where their logs are written.
        name: of the gateway, which begins the names of the logs.
        disabled: names of plugins to go on without.
        durable: whether files are to survive the loss of power.
        grace_s: seconds between the polite and the hard end of an attempt.
        marker: path and content of a file of this machine.
        may_grow: whether nodes may come that are larger than those that are there.
    """

    log_folder: str
    name: str
    disabled: Sequence[str]
    durable: bool
    grace_s: float
    marker: tuple[str, str]
    may_grow: bool
