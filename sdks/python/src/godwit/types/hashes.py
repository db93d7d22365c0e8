"""Codecs of values that carry their author's own hash."""

from collections.abc import Callable
from typing import Any

from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import Literal

from godwit.types.codec import Codec
from godwit.types.errors import ValueMismatch, show_value


class HashedCodec(Codec):
    """`Annotated[T, Hash(of)]`: as `T`, with a hash beside it."""

    __slots__ = ("_inner", "_of")

    def __init__(self, inner: Codec, of: Callable[[Any], str]) -> None:
        super().__init__(inner.type, inner.kind)
        self._inner = inner
        self._of = of

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102 - see Codec
        self._inner.fill(literal, value, data)
        text = self._of(value)
        if not isinstance(text, str) or not text:
            raise ValueMismatch("a hash: a text that is not empty", show_value(text))
        literal.hash = text

    def decode(self, literal: Literal, data: DataAccess) -> Any:  # noqa: D102 - see Codec
        return self._inner.decode(literal, data)

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        return self._inner.rank(value)
