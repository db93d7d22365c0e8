"""The error that a failure handler is given."""

from typing import Any

from godwit.immutable import Immutable


class ExceptionSummary(Immutable):
    """An exception of a failed task.

    Attributes:
        type: class, with its module unless it is built in: `ValueError`.
        message: its message; may be empty.
        stack: its stack as text, outermost call first; may be empty.
    """

    type: str
    message: str = ""
    stack: str = ""


class ErrorInfo(Immutable):
    """Why a workflow failed: what a parameter of that annotation is given in a task for `on_failure`.

    Attributes:
        code: stable code: `USER_EXCEPTION`, `TIMEOUT_ATTEMPT`, `ABORTED`.
        message: what happened.
        node: path of the node that failed first: `n0/n2`; empty where there is none.
        exceptions: the exception that was raised, then its cause, and so on; empty when none was.
        encoded: the whole as the contract's `ExecutionError`, encoded.
    """

    HIDDEN = ("encoded",)

    code: str
    message: str
    node: str = ""
    exceptions: tuple[ExceptionSummary, ...] = ()
    encoded: bytes = b""


def is_error_info(annotation: Any) -> bool:
    """Return whether a parameter of *annotation* is given the error."""
    return annotation is ErrorInfo
