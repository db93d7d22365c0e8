"""Codecs of records: classes with named, typed fields."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import Literal, RecordField, RecordType, Type
from godwitidl.rules.rendering import render_type

from godwit.types.codec import EXACT, INSTANCE, NO_MATCH, Codec
from godwit.types.errors import ValueMismatch


class Field(NamedTuple):
    """A field of a record.

    Attributes:
        name: name.
        codec: its translation.
        default: its default value as a literal; None where it is required.
        description: what it is for; may be empty.
    """

    name: str
    codec: Codec
    default: Literal | None = None
    description: str = ""


class RecordCodec(Codec):
    """A class with named fields.

    Args:
        name: short name of the class.
        fields: in order.
        matches: how well a value fits the class, as `Codec.rank`; its fields are looked at besides.
        get: returns the field of a value.
        make: makes a value of its fields by name.
        description: what the record is for; may be empty.
        strict: returns what else a value holds that would be lost, None for nothing.
    """

    __slots__ = ("_fields", "_get", "_make", "_matches", "_strict")

    def __init__(
        self,
        name: str,
        fields: Sequence[Field],
        *,
        matches: Callable[[Any], int],
        get: Callable[[Any, str], Any],
        make: Callable[[dict[str, Any]], Any],
        description: str = "",
        strict: Callable[[Any], str | None] | None = None,
    ) -> None:
        record = RecordType(name=name, description=description)
        for field in fields:
            record.fields.append(
                RecordField(
                    name=field.name,
                    type=field.codec.type,
                    default_value=field.default,
                    description=field.description,
                )
            )
        super().__init__(Type(record=record), "record")
        self._fields = tuple((field.name, field.codec) for field in fields)
        self._get = get
        self._make = make
        self._matches = matches
        self._strict = strict

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102 - see Codec
        if self._matches(value) == NO_MATCH:
            raise self.unfit(value)
        if self._strict is not None and (what := self._strict(value)) is not None:
            raise ValueMismatch(render_type(self.type), what)
        target = literal.record
        target.SetInParent()
        add, get = target.fields.add, self._get
        name = ""
        try:
            for name, codec in self._fields:
                entry = add()
                entry.name = name
                codec.fill(entry.value, get(value, name), data)
        except ValueMismatch as mismatch:
            raise mismatch.within(f".{name}") from None

    def read(self, literal: Literal, data: DataAccess) -> Any:  # noqa: D102 - see Codec
        stored = {field.name: field.value for field in literal.record.fields}
        values = {}
        name = ""
        for name, codec in self._fields:
            if name not in stored:
                raise ValueMismatch(render_type(codec.type), "nothing", path=f".{name}")
        try:
            for name, codec in self._fields:
                values[name] = codec.decode(stored[name], data)
        except ValueMismatch as mismatch:
            raise mismatch.within(f".{name}") from None
        if len(stored) != len(values):
            unknown = ", ".join(sorted(set(stored) - set(values))) or "a field twice"
            raise ValueMismatch(render_type(self.type), f"a record that also has {unknown}")
        return self._made(values)

    def _made(self, values: dict[str, Any]) -> Any:
        try:
            return self._make(values)
        except (TypeError, ValueError) as error:
            # A class may check its own values; what it says belongs to the user.
            raise ValueMismatch(render_type(self.type), f"fields that it refuses: {error}") from error

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        own = self._matches(value)
        if own == NO_MATCH:
            return NO_MATCH
        # The class decides; a field that merely converts does not make it another class.
        fits = all(codec.rank(self._get(value, name)) for name, codec in self._fields)
        return own if fits else NO_MATCH


def rank_of_class(of: type) -> Callable[[Any], int]:
    """Return the match of a record that is a class."""

    def matches(value: Any) -> int:
        if type(value) is of:
            return EXACT
        return INSTANCE if isinstance(value, of) else NO_MATCH

    return matches


def rank_of_mapping(names: Sequence[str]) -> Callable[[Any], int]:
    """Return the match of a record that is a dict with just these keys."""
    keys = frozenset(names)

    def matches(value: Any) -> int:
        return INSTANCE if isinstance(value, Mapping) and value.keys() == keys else NO_MATCH

    return matches
