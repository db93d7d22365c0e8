"""What became of an attempt, by the end of its container and by what its program left."""

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import Finished, Lost
from godwit_plugin_api.supervision import outcomes
from godwit_plugin_api.supervision.jobs import JobEnd, JobFolder
from godwitidl.core.v1.errors_pb2 import BLAME_USER, RETRY_FORBIDDEN, RETRY_WITH_MORE_MEMORY
from godwitidl.core.v1.event_pb2 import Usage

from godwit_container.attempt_files import ContainerEnd

_SIGNALLED = 128
_LAST_SIGNAL = 64


def outcome(attempt_id: str, job: JobFolder, end: ContainerEnd, memory_bytes: int) -> Finished | Lost:
    """Return what became of an attempt whose container may take *memory_bytes*; 0: as much as there is."""
    log, usage = job.log_slice(), Usage(wall_micros=max(0, end.wall_us)).SerializeToString()
    if end.failure:
        return Finished(attempt_id, error=bytes.fromhex(end.failure), log=log)
    if end.out_of_memory and end.exit_code and not end.cancelled and not outcomes.read_errors(job.outputs):
        return Finished(attempt_id, error=_out_of_memory(end, memory_bytes), usage=usage, log=log)
    signal = end.exit_code - _SIGNALLED if _SIGNALLED < end.exit_code <= _SIGNALLED + _LAST_SIGNAL else None
    exit_code = None if signal is not None else end.exit_code
    return outcomes.outcome(attempt_id, job, JobEnd(exit_code, signal, end.cancelled, usage=usage))


def user_error(code: str, message: str, *, exit_code: int | None = None, again: bool = False) -> bytes:
    """Return the error of an attempt that its author is to mend; with *again* a further attempt may help."""
    if again:
        return attempt_errors.failed(code, message, exit_code=exit_code)
    return attempt_errors.encoded_error(code, message, blame=BLAME_USER, retry=RETRY_FORBIDDEN, exit_code=exit_code)


def _out_of_memory(end: ContainerEnd, memory_bytes: int) -> bytes:
    limit = f"the {memory_bytes} bytes that it may take" if memory_bytes else "what the Docker engine's host has"
    return attempt_errors.encoded_error(
        "OUT_OF_MEMORY",
        f"The container was ended for want of memory: it needs more than {limit}.",
        blame=BLAME_USER,
        retry=RETRY_WITH_MORE_MEMORY,
        exit_code=end.exit_code,
    )
