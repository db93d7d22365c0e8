"""What the local backend says of attempts that ended without a word of their own: encoded `ExecutionError`s."""

import os
import signal

from godwitidl.core.v1.errors_pb2 import (
    BLAME_INFRASTRUCTURE,
    BLAME_USER,
    RETRY_ALLOWED,
    RETRY_FORBIDDEN,
    RETRY_WITH_MORE_MEMORY,
    ExecutionError,
)


def cancelled() -> bytes:
    """Return the error of an attempt whose end was asked for."""
    error = ExecutionError()
    error.code, error.message = "CANCELLED", "The attempt was cancelled."
    error.blame, error.retry = BLAME_USER, RETRY_FORBIDDEN
    return error.SerializeToString()


def engine_lost() -> bytes:
    """Return the error of an attempt whose runner went with an engine before this one."""
    error = ExecutionError()
    error.code = "ENGINE_LOST"
    error.message = "The engine ended while the attempt ran, and its runner with it."
    error.blame, error.retry = BLAME_INFRASTRUCTURE, RETRY_ALLOWED
    return error.SerializeToString()


def cannot_start(message: str) -> bytes:
    """Return the error of an attempt whose runner cannot be started on this host."""
    error = ExecutionError()
    error.code, error.message = "RUNNER_NOT_STARTED", message
    error.blame, error.retry = BLAME_INFRASTRUCTURE, RETRY_FORBIDDEN
    return error.SerializeToString()


def neighbour_killed() -> bytes:
    """Return the error of an attempt whose process was killed because another attempt in it would not end."""
    error = ExecutionError()
    error.code, error.blame, error.retry = "NEIGHBOUR_KILLED", BLAME_INFRASTRUCTURE, RETRY_ALLOWED
    error.message = (
        "The process that the attempt shared with others was killed: another attempt in it was cancelled, and did not"
        " end. This attempt is tried again at no cost."
    )
    return error.SerializeToString()


def runner_lost(status: int, words: str = "") -> bytes:
    """Return the error of an attempt whose process ended with the wait status *status*, without a result.

    *words* is the end of what it wrote.
    """
    error = ExecutionError()
    error.code, error.blame, error.retry = "RUNNER_LOST", BLAME_INFRASTRUCTURE, RETRY_ALLOWED
    if os.WIFSIGNALED(status):
        error.signal = os.WTERMSIG(status)
        name = signal.Signals(error.signal).name
        error.message = f"The process that ran the task was ended by signal {error.signal} ({name})."
    else:
        error.exit_code = os.waitstatus_to_exitcode(status)
        error.message = f"The process that ran the task ended with exit code {error.exit_code}, without a result."
    if words:
        error.message += f" It last wrote:\n{words}"
    return error.SerializeToString()


def out_of_memory(used: int, limit: int) -> bytes:
    """Return the error of an attempt that was killed because it took *used* bytes and may take *limit*."""
    error = ExecutionError()
    error.code, error.blame, error.retry = "OUT_OF_MEMORY", BLAME_USER, RETRY_WITH_MORE_MEMORY
    error.signal = signal.SIGKILL
    error.message = (
        f"The attempt was killed because its processes took {_size_text(used)} of memory or more, and its task declares"
        f" {_size_text(limit)}. Declare more, or let it grow (on_oom)."
    )
    return error.SerializeToString()


def _size_text(size: int) -> str:
    return f"{size / 2**30:.2f} GiB" if size >= 2**30 else f"{size / 2**20:.1f} MiB"
