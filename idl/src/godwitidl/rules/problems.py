"""One thing that is wrong with a type or a value, and where."""

from typing import Final, NamedTuple

MAX_DEPTH: Final = 30


class Problem(NamedTuple):
    """What was expected at a place, and what came.

    Attributes:
        path: Place: `layers[2].rate`, `scores["a"]`; empty for the whole.
        expected: What was expected.
        came: What came.
    """

    path: str
    expected: str
    came: str

    @property
    def message(self) -> str:
        """The problem in one sentence."""
        place = f"{self.path}: " if self.path else ""
        return f"{place}expected {self.expected}, but {self.came} came"


def field_path(path: str, name: str) -> str:
    """Return the path of the field *name* of what is at *path*."""
    return f"{path}.{name}" if path else name


def index_path(path: str, index: int | str) -> str:
    """Return the path of the item or key *index* of what is at *path*."""
    return f"{path}[{index}]"
