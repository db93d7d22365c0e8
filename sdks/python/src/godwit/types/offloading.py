"""Values above the inline limit: where they are written, and how they are read again.

A list is stored item by item with a footer of offsets, so that one item is read without the others; any other literal
as its encoded bytes. The digest is that of the value, the same inline and offloaded.
"""

import sys
from array import array
from typing import BinaryIO, Final

from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import DataIndex, DataRef, Literal, Type
from godwitidl.rules.digest import encode_literal
from godwitidl.rules.offloading import OFFSET_BYTES, OffloadingError, decode_offloaded, decode_offsets
from google.protobuf.message import DecodeError

from godwit.types.errors import DataCorrupt

INLINE_LIMIT_BYTES: Final = 65_536
"""Largest literal that travels inline."""

MESSAGE_LIMIT_BYTES: Final = 1_048_576
"""Largest message of literals. As in `godwitidl.rules.validation`, which takes a runner too long to import."""

_NEVER_OFFLOADED_BYTES: Final = 64


def offload(literal: Literal, type_: Type, digest: bytes, data: DataAccess, *, name: str = "value") -> Literal:
    """Store *literal*, of *type_* and with *digest*, and return the reference to it.

    A value whose encoding is at most 64 bytes is returned as it is: in a digest it stands for itself.

    Raises:
        DataError: it cannot be stored.
    """
    if not literal.hash and literal.ByteSize() <= INLINE_LIMIT_BYTES and _is_short(literal):
        return literal
    path = data.create(f"{name}.pb")
    reference = DataRef(digest=digest, type=type_)
    with path.open("wb") as sink:
        items = _items(literal)
        if items is None:
            sink.write(literal.SerializeToString())
        else:
            reference.item_count = len(items)
            reference.index.CopyFrom(_write_items(items, sink))
    reference.uri, reference.size_bytes, _ = data.publish(path)
    return Literal(reference=reference, hash=literal.hash)


def load_reference(reference: DataRef, data: DataAccess) -> Literal:
    """Return the literal that *reference* stands for.

    Raises:
        DataCorrupt: what is stored has another size, form or digest than the reference says.
        DataError: it cannot be read.
    """
    with data.open(reference.uri) as stream:
        stored = stream.read()
    try:
        return decode_offloaded(reference, stored)
    except OffloadingError as error:
        raise _corrupt(reference, str(error)) from None


def load_item(reference: DataRef, index: int, data: DataAccess) -> Literal:
    """Return one item of the list that *reference* stands for, reading that item alone.

    Items have no digest of their own; a damaged one is noticed where it cannot be decoded.

    Raises:
        IndexError: there is no such item.
        DataCorrupt: what is stored is no such list.
        DataError: it cannot be read.
    """
    if not 0 <= index < reference.item_count:
        raise IndexError(index)
    with data.open(reference.uri) as stream:
        stream.seek(reference.index.footer_offset + index * OFFSET_BYTES)
        try:
            begin, end = decode_offsets(stream.read(2 * OFFSET_BYTES), 2)
        except OffloadingError as error:
            raise _corrupt(reference, str(error)) from None
        stream.seek(begin)
        try:
            return Literal.FromString(stream.read(max(end - begin, 0)))
        except DecodeError:
            raise _corrupt(reference, f"holds no literal as item {index}") from None


def _is_short(literal: Literal) -> bool:
    # Encodings are never shorter than a quarter of the message, so large messages need no look.
    return literal.ByteSize() <= 4 * _NEVER_OFFLOADED_BYTES and len(encode_literal(literal)) <= _NEVER_OFFLOADED_BYTES


def _items(literal: Literal) -> list[bytes] | None:
    if literal.hash:
        # Items alone have no place for the list's hash, which its digest is of.
        return None
    kind = literal.WhichOneof("kind")
    if kind == "list":
        return [item.SerializeToString() for item in literal.list.items]
    if kind == "ints":
        return [Literal(int_value=item).SerializeToString() for item in literal.ints.items]
    if kind == "floats":
        return [Literal(float_value=item).SerializeToString() for item in literal.floats.items]
    return None


def _write_items(items: list[bytes], sink: BinaryIO) -> DataIndex:
    position = 0
    offsets = array("Q", [0])
    for item in items:
        position += len(item)
        offsets.append(position)
    sink.write(b"".join(items))
    if sys.byteorder == "little":
        offsets.byteswap()
    sink.write(offsets.tobytes())
    return DataIndex(footer_offset=position)


def _corrupt(reference: DataRef, what: str) -> DataCorrupt:
    return DataCorrupt(f"{reference.uri} {what}", hint="Run the task that produced it again.")
