"""What a polled service says of its jobs, and what it bears."""

from dataclasses import dataclass
from enum import Enum, auto

from godwit_plugin_api.backend import Link, OutputValue


class JobPhase(Enum):
    """Where a job stands, as its service sees it."""

    PENDING = auto()
    RUNNING = auto()
    SUCCEEDED = auto()
    FAILED = auto()
    GONE = auto()
    """The service does not know it (any more)."""


@dataclass(frozen=True, slots=True)
class JobStatus:
    """What a service says of a job.

    Attributes:
        phase: where it stands.
        worker: where it runs; may be empty.
        fraction: how much of it is done, 0 to 1; None: unknown.
        outputs: of a SUCCEEDED job.
        error: of a FAILED job: an encoded `godwitidl.core.v1.ExecutionError`.
        links: where people can look at it.
        log: an encoded `godwitidl.core.v1.LogSlice` of what it wrote, in a file below the engine's folder of logs; of a
            RUNNING job without an end. Empty: none.
    """

    phase: JobPhase
    worker: str = ""
    fraction: float | None = None
    outputs: tuple[OutputValue, ...] = ()
    error: bytes = b""
    links: tuple[Link, ...] = ()
    log: bytes = b""


@dataclass(frozen=True, slots=True)
class PollingLimits:
    """What a service bears.

    Attributes:
        reads_per_s: calls of `find` and `poll`.
        writes_per_s: calls of `create` and `delete`.
        burst: calls at once after a pause, of each sort.
        poll_interval_s: most seconds between two polls of one job.
        batch_size: jobs in one `poll`.
        max_jobs: jobs at a time; more wait inside the engine.
        shared_jobs: jobs at a time of all engines that share a home, at one site; None: no such limit.
        create_tries: tries to create a job before it is given up as lost.
        backoff_s: seconds before the second try of anything; doubled for each one after.
        max_backoff_s: most seconds between two tries.
    """

    reads_per_s: float = 5.0
    writes_per_s: float = 2.0
    burst: int = 5
    poll_interval_s: float = 5.0
    batch_size: int = 100
    max_jobs: int = 100
    shared_jobs: int | None = None
    create_tries: int = 6
    backoff_s: float = 1.0
    max_backoff_s: float = 60.0


class RetryLater(Exception):  # noqa: N818 - names what to do, not a fault
    """The service could not answer: too many requests, a timeout, a lost connection. Raised by a plugin's methods."""

    def __init__(self, message: str, *, retry_after_s: float | None = None, untouched: bool = False) -> None:
        """Try again in *retry_after_s* seconds, as the service asked; None: it did not say.

        *untouched*: the service has certainly done nothing, as when it answers that there are too many requests.
        """
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.untouched = untouched


class JobUncertain(Exception):  # noqa: N818 - names what is known of the job
    """Raised by `find`: nobody can say whether the job was created. The attempt is lost."""


class JobRejected(Exception):  # noqa: N818 - names what the service did
    """Raised by `create` when the service will never take the job; *error* becomes the attempt's."""

    def __init__(self, error: bytes) -> None:
        """Take *error*, an encoded `godwitidl.core.v1.ExecutionError`."""
        super().__init__("the service rejected the job")
        self.error = error
