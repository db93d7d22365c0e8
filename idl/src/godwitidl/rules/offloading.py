"""Reading what a `DataRef` stands for; see `docs/contract/values.md`."""

import sys
from array import array
from itertools import pairwise
from typing import Final

from google.protobuf.message import DecodeError

from godwitidl.core.v1.values_pb2 import DataRef, ListLiteral, Literal
from godwitidl.rules.digest import literal_digest

OFFSET_BYTES: Final = 8
"""Size of one offset in the footer of a list that is stored item by item."""


class OffloadingError(ValueError):
    """What is stored is not what its reference says: another size, form or digest."""


def decode_offloaded(reference: DataRef, stored: bytes) -> Literal:
    """Return the literal that *reference* stands for, from the bytes at its uri.

    Raises:
        OffloadingError: they are not what the reference says.
    """
    if len(stored) != reference.size_bytes:
        raise OffloadingError(f"has {len(stored)} bytes, not {reference.size_bytes}")
    try:
        literal = _parse(stored, reference)
    except DecodeError:
        raise OffloadingError("holds no literal") from None
    if literal_digest(literal) != reference.digest:
        raise OffloadingError("holds another value")
    return literal


def decode_offsets(footer: bytes, count: int) -> "array[int]":
    """Return the *count* offsets that *footer* holds.

    Raises:
        OffloadingError: it is of another length.
    """
    if len(footer) != count * OFFSET_BYTES:
        raise OffloadingError("has no footer of offsets where the reference says")
    offsets = array("Q", footer)
    if sys.byteorder == "little":
        offsets.byteswap()
    return offsets


def _parse(stored: bytes, reference: DataRef) -> Literal:
    if not reference.HasField("index"):
        return Literal.FromString(stored)
    offsets = decode_offsets(stored[reference.index.footer_offset :], reference.item_count + 1)
    literal = Literal(list=ListLiteral())
    add = literal.list.items.add
    view = memoryview(stored)
    for begin, end in pairwise(offsets):
        add().MergeFromString(bytes(view[begin:end]))
    return literal
