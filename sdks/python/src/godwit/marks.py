"""What may be said of a value beside its class, in `Annotated`: a table's columns, a model file's classes, a hash."""

from collections.abc import Callable
from typing import Any

from godwit.immutable import Immutable


class Columns:
    """Columns that a table has at least: `Annotated[pandas.DataFrame, Columns(name=str, age=int)]`.

    Args:
        columns: annotation of the cells of each column, by its name.
        **named: the same, for names that are identifiers.
    """

    __slots__ = ("columns",)

    def __init__(self, columns: dict[str, Any] | None = None, /, **named: Any) -> None:
        self.columns = tuple({**(columns or {}), **named}.items())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Columns) and self.columns == other.columns

    def __hash__(self) -> int:
        return hash(self.columns)

    def __repr__(self) -> str:
        return f"Columns({dict(self.columns)!r})"


class OfType(Immutable):
    """Says the contract's type of a value whose class is declared in another language.

    Attributes:
        encoded: an encoded `godwitidl.core.v1.Type`.
    """

    encoded: bytes


class Trusted:
    """Classes that may be made when a model is read: `Annotated[Pipeline, Trusted("acme.features.Scaler")]`.

    Reading a model makes objects of the classes that its file names. Those of scikit-learn, numpy and scipy are trusted
    already; any other is refused until its author names it here.

    Args:
        *names: classes and functions, each as `module.QualName`.
    """

    __slots__ = ("names",)

    def __init__(self, *names: str) -> None:
        self.names = names

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Trusted) and self.names == other.names

    def __hash__(self) -> int:
        return hash(self.names)

    def __repr__(self) -> str:
        return f"Trusted{self.names!r}"


class Hash(Immutable):
    """An author's own hash: `Annotated[pandas.DataFrame, Hash(fingerprint)]`.

    It takes the value's place where values are compared, in cache keys for one: values of one hash count as equal.

    Attributes:
        of: returns the hash of a value, a text that is not empty.
    """

    of: Callable[[Any], str]


def find_marks(annotation: Any, of: type) -> list[Any]:
    """Return the marks of class *of* that *annotation* carries."""
    return [item for item in getattr(annotation, "__metadata__", ()) if isinstance(item, of)]
