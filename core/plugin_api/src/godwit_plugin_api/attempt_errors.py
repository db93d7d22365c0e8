"""Errors of attempts as backends report them: encoded `ExecutionError` messages with the codes that engines know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from godwitidl.core.v1.errors_pb2 import (
    BLAME_INFRASTRUCTURE,
    BLAME_SYSTEM,
    BLAME_USER,
    RETRY_ALLOWED,
    RETRY_FORBIDDEN,
    ExecutionError,
)

if TYPE_CHECKING:
    from godwitidl.core.v1.errors_pb2 import Blame, Retry

_LIMIT = 16_000


def encoded_error(
    code: str,
    message: str,
    *,
    blame: Blame.ValueType = BLAME_SYSTEM,
    retry: Retry.ValueType = RETRY_ALLOWED,
    worker: str = "",
    exit_code: int | None = None,
    signal: int | None = None,
) -> bytes:
    """Return an encoded error. Too long a *message* is cut in the middle; an empty one becomes the code."""
    if len(message) > _LIMIT:
        message = f"{message[: _LIMIT // 2]} … {message[-_LIMIT // 2 :]}"
    error = ExecutionError(code=code, message=message or code, blame=blame, retry=retry, worker=worker)
    if exit_code is not None:
        error.exit_code = exit_code
    if signal is not None:
        error.signal = signal
    return error.SerializeToString()


def cancelled(message: str = "The attempt was cancelled.") -> bytes:
    """Return the error of an attempt that was cancelled and is proven gone."""
    return encoded_error("CANCELLED", message, retry=RETRY_FORBIDDEN)


def lost(message: str, *, code: str = "RUNNER_LOST", exit_code: int | None = None, signal: int | None = None) -> bytes:
    """Return the error of an attempt whose place is gone; the infrastructure budget pays for the next."""
    return encoded_error(code, message, blame=BLAME_INFRASTRUCTURE, exit_code=exit_code, signal=signal)


def failed(code: str, message: str, *, exit_code: int | None = None) -> bytes:
    """Return the error of an attempt whose own work failed; its author's retries pay for the next."""
    return encoded_error(code, message, blame=BLAME_USER, exit_code=exit_code)
