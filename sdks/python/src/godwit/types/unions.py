"""Codecs of `T | None`, and of unions of several types."""

from collections.abc import Sequence
from typing import Any

from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import Literal, Type, UnionMember, UnionType
from godwitidl.rules.rendering import render_type

from godwit.types.codec import EXACT, NO_MATCH, Codec
from godwit.types.errors import ValueMismatch


class NullableCodec(Codec):
    """`T | None`.

    Attributes:
        inner: the codec of T.
    """

    __slots__ = ("inner",)

    def __init__(self, inner: Codec) -> None:
        type_ = Type()
        type_.CopyFrom(inner.type)
        type_.nullable = True
        super().__init__(type_, inner.kind)
        self.inner = inner

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102 - see Codec
        if value is None:
            literal.none.SetInParent()
            return
        try:
            self.inner.fill(literal, value, data)
        except ValueMismatch as mismatch:
            if mismatch.path:
                raise
            raise self.unfit(value, hint=mismatch.hint) from None

    def decode(self, literal: Literal, data: DataAccess) -> Any:  # noqa: D102 - see Codec
        if literal.HasField("none"):
            return None
        if literal.HasField("reference"):
            return self.decode(self.resolve(literal, data), data)
        return self.inner.decode(literal, data)

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        return EXACT if value is None else self.inner.rank(value)


class UnionCodec(Codec):
    """`A | B`: a value goes to the member that fits it best; of equal fits, to the first."""

    __slots__ = ("_by_tag", "_members")

    def __init__(self, members: Sequence[tuple[str, Codec]]) -> None:
        union = UnionType(members=[UnionMember(tag=tag, type=codec.type) for tag, codec in members])
        super().__init__(Type(union=union), "union")
        self._members = tuple(members)
        self._by_tag = dict(members)

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102 - see Codec
        best, chosen = NO_MATCH, self._members[0]
        for member in self._members:
            rank = member[1].rank(value)
            if rank > best:
                best, chosen = rank, member
        if best == NO_MATCH:
            raise self.unfit(value)
        tag, codec = chosen
        literal.union.tag = tag
        codec.fill(literal.union.value, value, data)

    def read(self, literal: Literal, data: DataAccess) -> Any:  # noqa: D102 - see Codec
        tag = literal.union.tag
        codec = self._by_tag.get(tag)
        if codec is None:
            raise ValueMismatch(render_type(self.type), f"a value tagged {tag!r}")
        return codec.decode(literal.union.value, data)

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        return max(codec.rank(value) for _, codec in self._members)
