"""Errors of authoring.

GodwitError
├── ConditionFailed            `fail` was reached outside of a workflow
├── ExecutionFailed            a workflow that was called in Python did not succeed
├── OutputMismatch             a function returned something else than its annotation says
└── InvalidInput
    ├── DeclarationError       a task or workflow is declared in a way that cannot work
    │   └── WorkflowBodyError  a workflow's body does with promises what only values can do
    └── PromiseError           an operation on a promise that needs its value
        └── PromiseAttributeError

NonRecoverableError is for tasks to raise: whatever the retry settings say, there is no further attempt.
"""

from typing import Any

from godwit_plugin_api.errors import GodwitError, InvalidInput


class DeclarationError(InvalidInput):
    """A task or workflow is declared in a way that cannot work. The message names it and its place in the source."""

    code = "INVALID_DECLARATION"


class WorkflowBodyError(DeclarationError):
    """A workflow's body uses a Python operator on a promise. The message has one line for each place."""

    code = "OPERATOR_ON_PROMISE"


class PromiseError(InvalidInput, TypeError):
    """An operation needs a value, and was given the promise of one."""

    code = "OPERATOR_ON_PROMISE"


class PromiseAttributeError(PromiseError, AttributeError):
    """A promise was asked for an attribute that its type has no field for."""

    code = "UNKNOWN_FIELD"


class ConditionFailed(GodwitError):  # noqa: N818 - names the fault, as its siblings do
    """`fail` was reached outside of a workflow. Inside of one, the node fails with the same code."""

    code = "NO_CASE"


class OutputMismatch(GodwitError):  # noqa: N818 - names the fault, as its siblings do
    """A function returned something else than its annotation says."""

    code = "OUTPUT_TYPE_MISMATCH"


class NonRecoverableError(Exception):
    """Raised by a task to say that trying again is useless: retries are not used."""


class ExecutionFailed(GodwitError):  # noqa: N818 - names the fault, as its siblings do
    """A workflow that was called in Python did not succeed. The message has the node and the user's own stack.

    Attributes:
        error: the first error, a `godwitidl.core.v1.ExecutionError`; None when the execution was aborted.
    """

    code = "EXECUTION_FAILED"

    def __init__(self, message: str, *, error: Any = None, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.error = error
