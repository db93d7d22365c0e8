"""What two literals, or two types, have in common beyond their bytes: they are brought to one form, then compared.

A literal's form: references are loaded, packed lists are lists, sets and maps are sorted, NaNs are one. What is no part
of a value, but what writers must keep all the same (the order of a record's fields), stays.
"""

import json
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from godwitidl.core.v1.values_pb2 import DataRef, Literal, Type
from godwitidl.rules.digest import DigestError, encode_literal, literal_token
from godwitidl.rules.offloading import OffloadingError, decode_offloaded
from google.protobuf.message import Message

from godwit_conformance.cases import CaseFailedError


class Difference(NamedTuple):
    """One thing in which two messages differ.

    Attributes:
        path: where: `record.fields[age].value.int_value`.
        expected: what was expected there.
        came: what came.
    """

    path: str
    expected: str
    came: str

    def __str__(self) -> str:
        return f"{self.path or 'the whole'}: expected {self.expected}, came {self.came}"


def load(reference: DataRef) -> Literal:
    """Return the literal that *reference*, to a file of this machine, stands for.

    Raises:
        CaseFailedError: it is no file, or not what the reference says.
    """
    parts = urlsplit(reference.uri)
    if parts.scheme != "file":
        raise CaseFailedError(f"a reference to a file was expected, not to {reference.uri}")
    try:
        stored = Path(unquote(parts.path)).read_bytes()
    except OSError as error:
        raise CaseFailedError(
            f"{reference.uri}, which the answer refers to, cannot be read: {error.strerror}"
        ) from None
    try:
        return decode_offloaded(reference, stored)
    except (OffloadingError, DigestError) as error:
        raise CaseFailedError(f"{reference.uri}, which the answer refers to, {error}") from None


def plain(literal: Literal) -> Literal:  # noqa: C901 - one case for each kind of literal
    """Return *literal* in the form that is compared.

    Raises:
        CaseFailedError: a reference in it cannot be loaded.
    """
    made = Literal()
    kind = literal.WhichOneof("kind")
    if kind == "reference":
        made = plain(load(literal.reference))
    elif kind in {"ints", "floats"}:
        _unpack(literal, made)
    elif kind in {"list", "set"}:
        target = getattr(made, kind)
        target.SetInParent()
        items = [plain(item) for item in getattr(literal, kind).items]
        target.items.extend(sorted(items, key=_order) if kind == "set" else items)
    elif kind == "map":
        made.map.SetInParent()
        for entry in sorted(literal.map.entries, key=lambda entry: _order(entry.key)):
            made.map.entries.add(key=plain(entry.key), value=plain(entry.value))
    elif kind == "record":
        made.record.SetInParent()
        for field in literal.record.fields:
            made.record.fields.add(name=field.name, value=plain(field.value))
    elif kind == "union":
        made.union.tag = literal.union.tag
        made.union.value.CopyFrom(plain(literal.union.value))
    elif kind == "float_value":
        made.float_value = _one_nan(literal.float_value)
    elif kind == "json":
        made.json = _sorted_json(literal.json)
    elif kind == "decimal":
        # Of a zero the sign is no part of the value.
        made.decimal = encode_literal(literal)[9:].decode() if _is_zero(literal.decimal) else literal.decimal
    else:
        made.CopyFrom(literal)
    made.hash = literal.hash
    return made


def in_order_of(literal: Literal, of: Type) -> Literal:
    """Return *literal*, a valid one of type *of*, with the fields of all records in the order of their types."""
    made = Literal()
    made.CopyFrom(literal)
    _reorder(made, of)
    return made


def literal_differences(expected: Literal, came: Literal) -> list[Difference]:
    """Return in what two literals, both in the form of `plain`, differ.

    An author's hash that was expected may be absent: values of languages have no place for it.
    """
    left, right = Literal(), Literal()
    left.CopyFrom(expected)
    right.CopyFrom(came)
    _drop_lost_hashes(left, right)
    return list(message_differences(left, right))


def message_differences(expected: Message, came: Message, path: str = "") -> Iterator[Difference]:
    """Yield in what two messages of one kind differ, field by field."""
    for field in expected.DESCRIPTOR.fields:
        left, right = getattr(expected, field.name), getattr(came, field.name)
        place = f"{path}.{field.name}" if path else field.name
        if _is_repeated(left):
            yield from _list_differences(list(left), list(right), place, field)
        elif field.has_presence and expected.HasField(field.name) != came.HasField(field.name):
            there, absent = shown(left), "nothing"
            yield Difference(place, *((there, absent) if expected.HasField(field.name) else (absent, shown(right))))
        elif field.message_type is not None:
            if expected.HasField(field.name):  # and the other has it, too
                yield from message_differences(left, right, place)
        elif isinstance(left, float):
            if _bits(left) != _bits(right):
                yield Difference(place, shown(left), shown(right))
        elif left != right:
            yield Difference(place, _scalar_text(field, left), _scalar_text(field, right))


def shown(value: object, limit: int = 120) -> str:
    """Return *value*, a message or a scalar, in one line, shortened."""
    if isinstance(value, Message):
        text = " ".join(str(value).split())
        text = f"{{{text}}}"
    else:
        text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _list_differences(left: Sequence[Any], right: Sequence[Any], path: str, field: Any) -> Iterator[Difference]:
    names = [_label(item) for item in left], [_label(item) for item in right]
    if names[0] != names[1] and all(names[0]) and all(names[1]):
        yield Difference(path, _joined(names[0]), _joined(names[1]))
        return
    for index, (one, other) in enumerate(zip(left, right, strict=False)):
        place = f"{path}[{_label(one) or index}]"
        if field.message_type is not None:
            yield from message_differences(one, other, place)
        elif (_bits(one) != _bits(other)) if isinstance(one, float) else (one != other):
            yield Difference(place, _scalar_text(field, one), _scalar_text(field, other))
    if len(left) != len(right):
        yield Difference(path, f"{len(left)} items", f"{len(right)}")


def _is_repeated(value: object) -> bool:
    return not isinstance(value, Message | str | bytes | int | float)


def _joined(names: list[str]) -> str:
    return ", ".join(names) or "none"


def _label(item: object) -> str:
    """Return the name that a message of a list has among the others; empty where it has none."""
    if not isinstance(item, Message):
        return ""
    for name in ("name", "tag", "key", "id"):
        value = getattr(item, name, None)
        if isinstance(value, str):
            return value
        if name == "id" and isinstance(value, Message):
            label = getattr(value, "name", "")
            return label if isinstance(label, str) else ""
    return ""


def _scalar_text(field: Any, value: Any) -> str:
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known is not None else str(value)
    return shown(value)


def _unpack(literal: Literal, made: Literal) -> None:
    made.list.SetInParent()
    for number in literal.ints.items:
        made.list.items.add(int_value=number)
    for value in literal.floats.items:
        made.list.items.add(float_value=_one_nan(value))


def _sorted_json(text: str) -> str:
    """Return JSON text in one form; numbers with a point stay apart from those without."""
    try:
        return json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False)
    except ValueError:
        return text


def _is_zero(text: str) -> bool:
    return text.startswith("-") and not any(digit in "123456789" for digit in text.partition("E")[0])


def _one_nan(number: float) -> float:
    return float("nan") if number != number else number  # noqa: PLR0124 - NaN is unequal to itself


def _bits(number: float) -> bytes:
    return struct.pack(">d", number)


def _order(literal: Literal) -> bytes:
    try:
        return literal_token(literal)
    except DigestError:
        return literal.SerializeToString(deterministic=True)


def _reorder(literal: Literal, of: Type) -> None:
    for item in (*literal.list.items, *literal.set.items):
        parts = of.tuple.items
        item_type = of.set.item if of.HasField("set") else of.list.item
        if of.HasField("tuple"):
            item_type = parts[list(literal.list.items).index(item)]
        _reorder(item, item_type)
    for entry in literal.map.entries:
        _reorder(entry.value, of.map.value)
    if literal.HasField("union"):
        members = {member.tag: member.type for member in of.union.members}
        _reorder(literal.union.value, members.get(literal.union.tag, Type()))
    if literal.HasField("record"):
        fields = {field.name: field.value for field in literal.record.fields}
        ordered = Literal(hash=literal.hash)
        ordered.record.SetInParent()
        for declared in of.record.fields:
            if declared.name in fields:
                _reorder(fields[declared.name], declared.type)
                ordered.record.fields.add(name=declared.name, value=fields[declared.name])
        literal.CopyFrom(ordered)


def _drop_lost_hashes(expected: Message, came: Message) -> None:
    """Remove hashes of *expected* that *came* lacks, at the same places."""
    if isinstance(expected, Literal) and isinstance(came, Literal) and not came.hash:
        expected.hash = ""
    for field, value in expected.ListFields():
        if field.message_type is None:
            continue
        others = getattr(came, field.name)
        if _is_repeated(value):
            for one, other in zip(value, others, strict=False):
                _drop_lost_hashes(one, other)
        elif came.HasField(field.name):
            _drop_lost_hashes(value, others)
