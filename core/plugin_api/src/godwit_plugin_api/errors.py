"""Errors that reach people.

GodwitError                what was expected, what came, what to do; with a stable code
├── InvalidInput           the request does not fit: exit status 2 on the command line, nothing is created
├── PluginError            a plugin is missing, broken, or of another API version
└── DataError              stored data is missing or damaged
"""

from typing import ClassVar


class GodwitError(Exception):
    """An error with a stable code and a remedy.

    Attributes:
        code: UPPER_SNAKE_CASE, stable across releases, listed in the documentation.
        message: what was expected and what came, in one or a few sentences.
        hint: what to do about it; may be empty.
    """

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str, *, hint: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code  # type: ignore[misc]  # an instance may be more precise than its class

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip() if self.hint else self.message


class InvalidInput(GodwitError):  # noqa: N818 - names the fault, as its siblings do
    """The request does not fit the interface, or names what is not there. Nothing was created."""

    code = "INVALID_INPUT"


class PluginError(GodwitError):
    """A plugin is missing, broken, or speaks another version of the API. Names its distribution."""

    code = "PLUGIN"


class DataError(GodwitError):
    """Stored data is missing or damaged."""

    code = "DATA"
