"""What goes wrong between Python values and literals.

UnsupportedType   an annotation has no type in the contract
ValueMismatch     a value or literal is not of its type; says where in it
DataCorrupt       stored data is not what its reference says
"""

from typing import Any, Self

from godwit_plugin_api.errors import DataError, InvalidInput

_SHOWN_CHARACTERS = 80


class UnsupportedType(InvalidInput):
    """An annotation has no type in the contract."""

    code = "UNSUPPORTED_TYPE"


class ValueMismatch(InvalidInput):
    """A value is not of the type that was declared, or a literal not of the type that is read.

    Attributes:
        expected: the type, for people.
        came: what came, for people.
        path: where in the whole value, as Python would say it: `[2].name`. Empty: the value itself.
    """

    code = "VALUE_MISMATCH"

    def __init__(self, expected: str, came: str, *, path: str = "", hint: str = "") -> None:
        where = f"at {path}: " if path else ""
        super().__init__(f"{where}expected {expected}, got {came}", hint=hint)
        self.expected = expected
        self.came = came
        self.path = path

    def within(self, segment: str) -> Self:
        """Return the same error, seen from the value that holds this one at *segment*."""
        return type(self)(self.expected, self.came, path=segment + self.path, hint=self.hint)


class DataCorrupt(DataError):  # noqa: N818 - names the fault, as its siblings do
    """Stored data is not what its reference says: another digest, size or form."""

    code = "DATA_CORRUPT"


def show_value(value: Any) -> str:
    """Return *value* with its class for a message, cut where it is long. Never raises."""
    name = type(value).__qualname__
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a broken __repr__ of a user's class must not hide the error that it is part of
        return name
    if value is None:
        return "None"
    if len(text) > _SHOWN_CHARACTERS:
        text = f"{text[: _SHOWN_CHARACTERS // 2]}…{text[-_SHOWN_CHARACTERS // 4 :]}"
    return f"{name} {text}"


def show_annotation(annotation: Any) -> str:
    """Return *annotation* as its author wrote it, nearly."""
    if isinstance(annotation, type) and not hasattr(annotation, "__args__"):
        module = annotation.__module__
        return annotation.__qualname__ if module == "builtins" else f"{module}.{annotation.__qualname__}"
    return str(annotation).replace("typing.", "")
