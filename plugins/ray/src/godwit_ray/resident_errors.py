"""What is said of attempts that residents did not end by themselves: encoded `ExecutionError`s."""

import re

from godwit_plugin_api import attempt_errors
from godwitidl.core.v1.errors_pb2 import BLAME_USER, RETRY_FORBIDDEN, RETRY_WITH_MORE_MEMORY


def lost(error: BaseException, worker: str, words: str) -> bytes:
    """Return the error of an attempt whose resident is gone.

    Args:
        error: what Ray raised.
        worker: the resident's host and process.
        words: the end of what it wrote.
    """
    text = str(error)
    said = f" It last wrote:\n{words}" if words else ""
    if type(error).__name__ == "OutOfMemoryError" or "running low on memory" in text:
        message = f"Ray killed the attempt because its machine ran out of memory.{said}"
        return attempt_errors.encoded_error("OUT_OF_MEMORY", message, blame=BLAME_USER, retry=RETRY_WITH_MORE_MEMORY)
    reason = " ".join(text.split())[:600]
    message = f"The Ray process of {worker} that ran the task is gone: {reason}{said}"
    return attempt_errors.lost(message, code="RUNNER_LOST")


def is_of_node(error: BaseException) -> bool:
    """Return whether a resident could not be started because its node was lost, which says nothing of the others."""
    return re.search(r"(?i)node (?:has )?died|node was terminated", str(error)) is not None


def start_refused(error: BaseException) -> bytes:
    """Return the error of an attempt for which no resident could be started; *error*: what Ray raised."""
    text = f"No process could be started on the Ray cluster: {error}"
    if "ModuleNotFoundError" in text or "No module named" in text:
        text += "\nInstall godwit-ray and the task's own packages on the cluster, or name them in runtime_env."
    return refused("RAY_NO_RESIDENT", text)


def refused(code: str, message: str) -> bytes:
    """Return the error of an attempt that cannot run on the cluster."""
    return attempt_errors.encoded_error(code, message, blame=BLAME_USER, retry=RETRY_FORBIDDEN)
