"""Errors that the engine itself finds, and what an error means for the next attempt."""

from enum import StrEnum

from godwitidl.core.v1.errors_pb2 import (
    BLAME_INFRASTRUCTURE,
    BLAME_SYSTEM,
    BLAME_USER,
    RETRY_ALLOWED,
    RETRY_FORBIDDEN,
    Blame,
    ExecutionError,
    Retry,
)

from godwit_core.compiler.plan import RetrySettings

MAX_ENGINE_LOSSES = 10
"""A node under way at so many deaths of the engine is held to be their cause."""


class Budget(StrEnum):
    """Who pays for the next attempt. `NOBODY`: it costs nothing; `NONE`: there is none."""

    USER = "user"
    INFRASTRUCTURE = "infrastructure"
    ENGINE = "engine"
    MEMORY = "memory"
    NOBODY = "nobody"
    NONE = "none"


def make_error(
    code: str, message: str, *, blame: Blame.ValueType = BLAME_USER, retry: Retry.ValueType = RETRY_FORBIDDEN
) -> bytes:
    """Return an encoded error without exceptions."""
    error = ExecutionError()
    error.code, error.message, error.blame, error.retry = code, message, blame, retry
    return error.SerializeToString()


def timeout_error(code: str, what: str, limit_s: float) -> bytes:
    """Return the error of a limit that was passed."""
    retry = RETRY_ALLOWED if code == "TIMEOUT_ATTEMPT" else RETRY_FORBIDDEN
    return make_error(code, f"{what} took longer than {limit_s:g} s.", retry=retry)


def engine_left() -> bytes:
    """Return the error of an attempt that was ended because its engine gave the execution back."""
    message = "The engine was told to go, and gave the execution back; another attempt follows in the next engine."
    return make_error("ENGINE_LEFT", message, blame=BLAME_INFRASTRUCTURE, retry=RETRY_ALLOWED)


def payer(error: ExecutionError, retries: RetrySettings) -> Budget:
    """Return which budget would pay for another attempt after *error*; `NONE` when there must not be one."""
    if error.code == "ENGINE_LOST":
        return Budget.ENGINE
    if error.code in {"ENGINE_LEFT", "NEIGHBOUR_KILLED"}:
        return Budget.NOBODY
    if error.retry == RETRY_FORBIDDEN:
        return Budget.NONE
    if error.blame in {BLAME_INFRASTRUCTURE, BLAME_SYSTEM}:
        return Budget.INFRASTRUCTURE
    if error.blame != BLAME_USER:
        return Budget.NONE
    if retries.retry_on and not matches(error, retries.retry_on):
        return Budget.NONE
    return Budget.USER


def matches(error: ExecutionError, retry_on: tuple[str, ...]) -> bool:
    """Return whether *error* is among *retry_on*: by code, or by class of its first exception, module or not."""
    names = {error.code}
    if error.exceptions:
        qualified = error.exceptions[0].type
        names |= {qualified, qualified.rpartition(".")[2]}
    return not names.isdisjoint(retry_on)


def backoff_s(retries: RetrySettings, failures: int, draw: float) -> float:
    """Return the wait in seconds before the attempt that follows failure number *failures*, from 1.

    Exponential with a cap; *draw* in [0, 1) takes off a share of it, up to the jitter.
    """
    if retries.backoff_base_s <= 0:
        return 0.0
    try:
        wait = retries.backoff_base_s * retries.backoff_factor ** (failures - 1)
    except OverflowError:
        wait = retries.backoff_cap_s
    return min(wait, retries.backoff_cap_s) * (1 - retries.jitter * draw)
