"""What became of a job that keeps the file contract: its outputs, or the first cause of its end."""

from collections.abc import Sequence
from pathlib import Path

from godwitidl.core.v1.errors_pb2 import ExecutionError, WorkerError
from godwitidl.core.v1.event_pb2 import Links
from godwitidl.core.v1.values_pb2 import NamedLiterals
from godwitidl.rules.digest import literal_digest
from google.protobuf.message import DecodeError

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import Finished, Link, Lost, OutputValue
from godwit_plugin_api.supervision.jobs import JobEnd, JobFolder, signal_name

_MAX_WORKERS = 64
"""Most workers whose errors are told: beyond that they say the same."""


def outcome(attempt_id: str, job: JobFolder, end: JobEnd | None) -> Finished | Lost:
    """Return what the folder of an attempt says.

    Outputs count where the program says that all is well. Of several workers' errors the earliest is the attempt's, and
    the others stand in its `workers`. *end*: how the program ended; None: nobody saw it.
    """
    found = _outcome(attempt_id, job, end)
    return found._replace(report=report_of(job)) if isinstance(found, Finished) else found


def report_of(job: JobFolder) -> str:
    """Return the uri of the page for people that a job left; empty when it left none."""
    path = job.outputs / "report.html"
    return path.as_uri() if path.is_file() else ""


def links_of(job: JobFolder) -> tuple[Link, ...]:
    """Return where the work of a job can be looked at, as far as it has told."""
    try:
        told = Links.FromString((job.outputs / "links.pb").read_bytes())
    except (OSError, DecodeError):
        return ()
    return tuple(Link(link.name, link.url) for link in told.links)


def _outcome(attempt_id: str, job: JobFolder, end: JobEnd | None) -> Finished | Lost:
    log, usage = job.log_slice(), end.usage if end is not None else b""
    if end is not None and end.cancelled:
        return Finished(attempt_id, error=attempt_errors.cancelled(), usage=usage, log=log)
    errors = read_errors(job.outputs)
    if errors:
        error = first_cause(errors)
        if end is not None and end.exit_code is not None and not error.HasField("exit_code"):
            error.exit_code = end.exit_code
        return Finished(attempt_id, error=error.SerializeToString(), usage=usage, log=log)
    if end is None:
        message = "The job and its supervisor are gone, and left no outcome."
        return Lost(attempt_id, attempt_errors.lost(message, code="JOB_LOST"), log, usage)
    if end.failure:
        message = f"The job could not be started: {end.failure}."
        return Finished(attempt_id, error=attempt_errors.failed("JOB_NOT_STARTED", message), usage=usage, log=log)
    outputs = job.outputs / "outputs.pb"
    if end.exit_code == 0 and outputs.is_file():
        try:
            return Finished(attempt_id, outputs=read_outputs(outputs), usage=usage, log=log)
        except DecodeError:
            message = "The job wrote an outputs.pb that is no NamedLiterals."
            unreadable = attempt_errors.failed("OUTPUTS_UNREADABLE", message)
            return Finished(attempt_id, error=unreadable, usage=usage, log=log)
    return _without_outcome(attempt_id, job, end)


def _without_outcome(attempt_id: str, job: JobFolder, end: JobEnd) -> Finished | Lost:
    words = job.last_words()
    last = f" It last wrote:\n{words}" if words else " It wrote nothing."
    log = job.log_slice()
    if end.signal is not None:
        message = f"The job was ended by signal {end.signal} ({signal_name(end.signal)}).{last}"
        return Lost(attempt_id, attempt_errors.lost(message, signal=end.signal, code="JOB_LOST"), log, end.usage)
    message = f"The job ended with exit code {end.exit_code}, and left neither outputs nor an error.{last}"
    error = attempt_errors.failed("JOB_FAILED", message, exit_code=end.exit_code)
    return Finished(attempt_id, error=error, usage=end.usage, log=log)


def read_outputs(path: Path) -> tuple[OutputValue, ...]:
    """Return the outputs that *path*, an encoded `NamedLiterals`, holds.

    Raises:
        DecodeError: it is none.
    """
    named = NamedLiterals.FromString(path.read_bytes())
    return tuple(OutputValue(v.name, v.value.SerializeToString(), literal_digest(v.value)) for v in named.values)


def read_errors(folder: Path) -> list[ExecutionError]:
    """Return the errors that a job's workers left, in the order of their files' names."""
    errors = []
    for path in sorted(folder.glob("error*.pb")):
        try:
            errors.append(ExecutionError.FromString(path.read_bytes()))
        except DecodeError:
            continue
    return errors


def first_cause(errors: Sequence[ExecutionError]) -> ExecutionError:
    """Return the earliest of *errors*, with those of all workers in its `workers`, the first cause first."""
    ordered = sorted(errors, key=lambda error: error.time.ToNanoseconds() if error.HasField("time") else 2**63)
    first = ExecutionError()
    first.CopyFrom(ordered[0])
    if len(ordered) > 1:
        del first.workers[:]
        first.workers.extend(_worker_error(error) for error in ordered[:_MAX_WORKERS])
    return first


def _worker_error(error: ExecutionError) -> WorkerError:
    told = WorkerError(worker=error.worker or "?", code=error.code, message=error.message[:500])
    if error.HasField("time"):
        told.time.CopyFrom(error.time)
    if error.HasField("exit_code"):
        told.exit_code = error.exit_code
    return told
