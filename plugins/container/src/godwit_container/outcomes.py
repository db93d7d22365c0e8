"""What became of an attempt, by the end of its container and by what its program left."""

import re

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import Finished, Lost
from godwit_plugin_api.supervision import outcomes
from godwit_plugin_api.supervision.jobs import JobEnd, JobFolder
from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE, BLAME_USER, RETRY_FORBIDDEN, RETRY_WITH_MORE_MEMORY
from godwitidl.core.v1.event_pb2 import Usage

from godwit_container.attempt_files import ContainerEnd

_NO_GODWIT = re.compile(r"No module named '?godwit\b")
_NOT_BEGUN = re.compile(r"^(?:exec /sbin/docker-init: |standard_init_linux|\[FATAL tini).*", re.MULTILINE)
_TOO_LONG = "The command is longer than the kernel takes; have the program read the file of the input instead"
_REFUSALS = (
    (
        "COMMAND_NOT_FOUND",
        "The image does not have the program that is to run",
        ("executable file not found", "no such file or directory: unknown", "no command specified"),
    ),
    ("COMMAND_TOO_LONG", _TOO_LONG, ("argument list too long",)),
    ("USER_NOT_FOUND", "The image does not have the user", ("unable to find user", "unable to find group")),
    (
        "GPU_NOT_AVAILABLE",
        "The Docker engine cannot give GPUs to containers; their driver and container toolkit belong to its host",
        ("could not select device driver", "nvidia-container-cli", "cdi device injection failed"),
    ),
    (
        "RESOURCES_NOT_AVAILABLE",
        "The Docker engine cannot give what the task asks for",
        ("range of cpus", "minimum memory limit", "requested cpus are not available"),
    ),
)
_SIGNALLED = 128
_LAST_SIGNAL = 64


def outcome(attempt_id: str, job: JobFolder, end: ContainerEnd, *, memory_bytes: int, is_raw: bool) -> Finished | Lost:
    """Return what became of an attempt.

    *memory_bytes*: what its container may take; 0: as much as there is. *is_raw*: its program knows nothing of Godwit.
    """
    log, usage = job.log_slice(), Usage(wall_micros=max(0, end.wall_us)).SerializeToString()
    if end.failure:
        return Finished(attempt_id, error=bytes.fromhex(end.failure), log=log)
    if end.out_of_memory and end.exit_code and not end.cancelled and not outcomes.read_errors(job.outputs):
        return Finished(attempt_id, error=_out_of_memory(end, memory_bytes), usage=usage, log=log)
    unfit = _unfit(job, end)
    if unfit:
        return Finished(attempt_id, error=unfit, usage=usage, log=log)
    signal = end.exit_code - _SIGNALLED if _SIGNALLED < end.exit_code <= _SIGNALLED + _LAST_SIGNAL else None
    exit_code = None if signal is not None else end.exit_code
    if is_raw and exit_code and not end.cancelled:
        words = job.last_words()
        last = f" It last wrote:\n{words}" if words else " It wrote nothing."
        message = f"The program ended with exit code {exit_code}.{last}"
        error = attempt_errors.failed("CONTAINER_FAILED", message, exit_code=exit_code)
        return Finished(attempt_id, error=error, usage=usage, log=log)
    return outcomes.outcome(attempt_id, job, JobEnd(exit_code, signal, end.cancelled, usage=usage))


def refusal(said: str) -> bytes:
    """Return the error of an attempt whose container the Docker engine refused to create or start, as it *said*."""
    words = said.lower()
    for code, message, signs in _REFUSALS:
        if any(sign in words for sign in signs):
            return user_error(code, f"{message}: {said}")
    if "network" in words and "not found" in words:
        return user_error("NETWORK_NOT_FOUND", f"The Docker engine does not have the network: {said}")
    if "no space left on device" in words:
        message = f"The Docker engine has no room for the container: {said}"
        return attempt_errors.encoded_error("DOCKER_NO_ROOM", message, blame=BLAME_INFRASTRUCTURE)
    return attempt_errors.encoded_error("CONTAINER_REFUSED", f"The Docker engine refused to run the container: {said}")


def user_error(code: str, message: str, *, exit_code: int | None = None, again: bool = False) -> bytes:
    """Return the error of an attempt that its author is to mend; with *again* a further attempt may help."""
    if again:
        return attempt_errors.failed(code, message, exit_code=exit_code)
    return attempt_errors.encoded_error(code, message, blame=BLAME_USER, retry=RETRY_FORBIDDEN, exit_code=exit_code)


def _unfit(job: JobFolder, end: ContainerEnd) -> bytes:
    """Return the error of an image that has not what is to run; empty when it has."""
    if end.cancelled or end.exit_code not in {1, 126, 127}:
        return b""
    words = job.last_words()
    # The first process of a container is Docker's own: it says so when it cannot start the program.
    if found := _NOT_BEGUN.search(words):
        return _not_begun(found[0], end.exit_code)
    if _NO_GODWIT.search(words):
        message = "The image has no Godwit in its Python: `pip install godwit godwit-container` belongs into it."
        return user_error("IMAGE_WITHOUT_GODWIT", message, exit_code=end.exit_code)
    return b""


def _not_begun(said: str, exit_code: int) -> bytes:
    if "argument list too long" in said.lower():
        code, message = "COMMAND_TOO_LONG", _TOO_LONG
    elif "exec format error" in said.lower():
        code, message = "IMAGE_PLATFORM", "The image is not made for the platform of the Docker engine"
    else:
        code, message = "COMMAND_NOT_FOUND", "The image does not have the program that is to run"
    return user_error(code, f"{message}: {said}", exit_code=exit_code)


def _out_of_memory(end: ContainerEnd, memory_bytes: int) -> bytes:
    limit = f"the {memory_bytes} bytes that it may take" if memory_bytes else "what the Docker engine's host has"
    return attempt_errors.encoded_error(
        "OUT_OF_MEMORY",
        f"The container was ended for want of memory: it needs more than {limit}.",
        blame=BLAME_USER,
        retry=RETRY_WITH_MORE_MEMORY,
        exit_code=end.exit_code,
    )
