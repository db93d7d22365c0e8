"""Literals as bytes: with fields of newer writers, and what no reader can decode."""

from collections.abc import Iterator

from godwitidl.core.v1.values_pb2 import Literal, Type

from godwit_conformance.levels.wire_literals import Sample
from godwit_conformance.samples import INT, STRING, list_of, literal, map_of, record, record_value

_UNKNOWN_NUMBER = b"\xc0\x3e\x01"
"""Field 1000, a varint."""
_UNKNOWN_TEXT = b"\xca\x3e\x03new"
"""Field 1001, length-delimited."""


def unknown_fields() -> Iterator[Sample]:
    """Yield literals with fields that no reader of today knows, in several places."""
    number = literal(5)
    yield Sample.of("beside a number", INT, Literal.FromString(number.SerializeToString() + _UNKNOWN_NUMBER), number)
    yield Sample.of("before a number", INT, Literal.FromString(_UNKNOWN_TEXT + number.SerializeToString()), number)
    items = literal([1, 2])
    mixed = Literal()
    for item in items.list.items:
        mixed.list.items.add().ParseFromString(item.SerializeToString() + _UNKNOWN_TEXT)
    yield Sample.of("in the items of a list", list_of(INT), mixed, items)
    point = record("Point", x=INT, y=INT)
    value = record_value(x=literal(1), y=literal(2))
    fields = Literal()
    for field in value.record.fields:
        fields.record.fields.add().ParseFromString(field.SerializeToString() + _UNKNOWN_NUMBER)
    yield Sample.of("in the fields of a record", point, fields, value)
    entry = Literal()
    entry.map.entries.add(key=literal("a"), value=literal(1))
    newer = Literal()
    newer.map.entries.add().ParseFromString(entry.map.entries[0].SerializeToString() + _UNKNOWN_TEXT)
    yield Sample.of("in an entry of a map", map_of(STRING, INT), newer, entry)


def malformed() -> Iterator[tuple[str, Type, bytes]]:
    """Yield bytes that are no literal, with the type that is asked for."""
    yield "nothing", INT, b""
    yield "kind of a newer writer", INT, b"\xf2\x01\x00"
    yield "kind of a newer writer with a hash", INT, b"\xf2\x01\x00\x82\x02\x01a"
    yield "kind of a newer writer in a list", list_of(INT), b"\x72\x05\x0a\x03\xf2\x01\x00"
    text = literal("text").SerializeToString()
    yield "truncated text", STRING, text[:-1]
    yield "truncated length", STRING, text[:1]
    yield "random bytes", STRING, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    yield "text that is no utf-8", STRING, b"\x32\x02\xc3\x28"
    yield "lone surrogate", STRING, b"\x32\x03\xed\xa0\x80"
    yield "varint without an end", INT, b"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    yield "field number 0", INT, b"\x00\x01"
    nested = literal([[1]]).SerializeToString()
    yield "truncated item", list_of(list_of(INT)), nested[:-1]
    deep = b"\x18\x01"
    for _ in range(200):
        inner = b"\x0a" + _length(deep) + deep
        deep = b"\x72" + _length(inner) + inner
    yield "nested 200 deep", list_of(INT), deep


def _length(data: bytes) -> bytes:
    size, prefix = len(data), bytearray()
    while size > 0x7F:
        prefix.append(size & 0x7F | 0x80)
        size >>= 7
    prefix.append(size)
    return bytes(prefix)
