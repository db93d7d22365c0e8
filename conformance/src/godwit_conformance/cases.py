"""What a case is, and what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from pathlib import Path
from typing import Protocol

from godwitidl.conformance.v1.conformance_pb2 import Request, Response, SdkInfo


class Level(StrEnum):
    """A part of the contract that an SDK can keep without the others; the first part of the names of its cases."""

    WIRE = "wire"
    SPEC = "spec"
    DIGEST = "digest"
    CASTABILITY = "castability"
    RUNTIME = "runtime"
    ENGINE = "engine"


class CaseFailedError(Exception):
    """The SDK does not keep what the case is about; the message says what was expected and what came."""


class CaseUnsupportedError(Exception):
    """The SDK says that it does not do this."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a process of the SDK ended.

    Attributes:
        status: exit status; of a process that a signal ended, minus its number.
        output: what it wrote to standard output and error.
    """

    status: int
    output: str


class RunningProcess(Protocol):
    """A process of the SDK that was started for a case."""

    def wait_for(self, text: str) -> None:
        """Wait until *text* stands in its output.

        Raises:
            CaseFailedError: it ended, or the time was over, before.
        """

    def terminate(self) -> None:
        """Send it SIGTERM."""

    def finish(self) -> Finished:
        """Wait for its end.

        Raises:
            CaseFailedError: the time was over; it has been killed.
        """


class Bench(Protocol):
    """What a case works with."""

    @property
    def sdk(self) -> SdkInfo:
        """Who answers."""

    @property
    def folder(self) -> Path:
        """A folder of the case's own, empty when it begins; the executor and its processes see it by the same path."""

    @property
    def godwit(self) -> tuple[str, ...]:
        """Command of the engine's command line; empty where there is none."""

    @property
    def image(self) -> str:
        """Image that the tasks run in; empty: the SDK is on this machine."""

    def fetch(self, path: str) -> str:
        """Return where *path*, a file or folder where the SDK is, lies for the engine; brought there if need be."""

    @property
    def examples(self) -> int:
        """How many subjects a case draws that draws any."""

    @property
    def seed(self) -> int:
        """What they are drawn from: the same seed gives the same subjects."""

    def ask(self, request: Request) -> Response:
        """Ask the executor, and return its answer, which is none of Unsupported.

        Raises:
            CaseUnsupportedError: the SDK does not do what is asked.
            ExecutorError: it gave no answer.
        """

    def restart(self) -> None:
        """End the executor, and start another, in another working directory."""

    def start(self, command: list[str], environment: dict[str, str]) -> RunningProcess:
        """Start a process where the executor runs, with the executor's environment and these variables."""

    def start_engine(self, command: list[str]) -> RunningProcess:
        """Start a process where the engine runs."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that the contract says.

    Attributes:
        name: path of it: `wire/literal/int/smallest`. Stable.
        level: the level that it belongs to.
        purpose: what it shows, in one line.
        check: asks the SDK; raises CaseFailedError where the answer is not what the contract says.
    """

    name: str
    level: Level
    purpose: str
    check: Callable[[Bench], None]


class Outcome(Enum):
    """What became of a case."""

    PASSED = "passed"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a case, and why.

    Attributes:
        case: the case.
        outcome: what became of it.
        message: why it did not pass; empty where it did.
        seconds: how long it took.
    """

    case: Case
    outcome: Outcome
    message: str
    seconds: float
