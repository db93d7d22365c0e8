"""More memory for an attempt that ran out of it."""

from godwit.amounts import bytes_of, invalid
from godwit.immutable import Immutable

_LEAST_GROWTH = 1.1


class Growth(Immutable):
    """How an attempt that ran out of memory comes back with more, at the cost of no retry. Made by `grow`.

    Attributes:
        factor: by how much more, from 1.1.
        max: memory beyond which it does not grow: bytes, or `"16Gi"`.
    """

    factor: float
    max: int | str

    def check(self) -> None:  # noqa: D102 - see Immutable
        if isinstance(self.factor, bool) or not isinstance(self.factor, int | float):
            raise invalid("grow", "a factor from 1.1", self.factor)
        if not _LEAST_GROWTH <= self.factor < float("inf"):
            raise invalid("grow", "a factor from 1.1", self.factor)
        if not self.max_bytes:
            raise invalid("grow(max=…)", "above zero", self.max)

    @property
    def max_bytes(self) -> int:
        """The most memory in bytes."""
        return bytes_of("grow(max=…)", self.max)


def grow(factor: float = 2, *, max: int | str) -> Growth:  # noqa: A002 - what it is called in plain words
    """Return what `on_oom=` takes: an attempt that ran out of memory comes back with *factor* times as much.

    Args:
        factor: from 1.1.
        max: memory beyond which it does not grow: bytes, or `"16Gi"`.

    Raises:
        DeclarationError: a value is not as expected.
    """
    return Growth(factor, max)
