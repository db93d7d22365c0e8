"""The one door between Python values and literals: it finds or compiles the codec of an annotation."""

import datetime as dt
import types
import typing
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from enum import Enum, Flag
from typing import Any, Final

from godwit_plugin_api.registry import PluginRegistry
from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules.digest import literal_digest
from godwitidl.rules.rendering import render_type

from godwit.error_info import ErrorInfo
from godwit.files import Directory, File
from godwit.marks import Hash, OfType, find_marks
from godwit.types import record_classes
from godwit.types.blobs import blob_codec
from godwit.types.codec import Codec
from godwit.types.containers import ListCodec, MapCodec, NumbersCodec, SetCodec, TupleCodec
from godwit.types.contract_codecs import codec_of_type
from godwit.types.error_values import ErrorCodec
from godwit.types.errors import UnsupportedType, show_annotation
from godwit.types.foreign import TransformerCodec, find_transformer
from godwit.types.hashes import HashedCodec
from godwit.types.marked import marked_codec
from godwit.types.offloading import INLINE_LIMIT_BYTES, offload
from godwit.types.scalars import BoolCodec, BytesCodec, DecimalCodec, FloatCodec, IntCodec, StringCodec, UuidCodec
from godwit.types.symbols import EnumCodec, SymbolCodec
from godwit.types.times import DateCodec, DatetimeCodec, DurationCodec
from godwit.types.unions import NullableCodec, UnionCodec

MAX_DEPTH: Final = 30

_SCALARS: Final[dict[Any, Callable[[], Codec]]] = {
    bool: BoolCodec,
    int: IntCodec,
    float: FloatCodec,
    str: StringCodec,
    bytes: BytesCodec,
    Decimal: DecimalCodec,
    dt.datetime: DatetimeCodec,
    dt.date: DateCodec,
    dt.timedelta: DurationCodec,
    ErrorInfo: ErrorCodec,
}
_NAMED_SCALARS: Final[dict[str, Callable[[], Codec]]] = {"uuid.UUID": UuidCodec}
"""Those whose modules take 2 ms to import."""

_BARE: Final = "godwit.Json holds any JSON value; or say what is inside, such as list[int] or dict[str, float]."
_LISTS: Final = {list, Sequence, MutableSequence}
_MAPS: Final = {dict, Mapping, MutableMapping}
_SETS: Final = {set, frozenset, AbstractSet}


class TypeRegistry:
    """Compiles annotations to codecs, and keeps them.

    Args:
        plugins: gives the loaded plugins; called when a class is met for the first time that only a plugin may know.
    """

    def __init__(self, plugins: Callable[[], PluginRegistry]) -> None:
        self._plugins = plugins
        self._codecs: dict[Any, Codec] = {}

    def codec(self, annotation: Any) -> Codec:
        """Return the codec of *annotation*.

        Raises:
            UnsupportedType: it has no type in the contract; says what is to be written instead.
            PluginError: the plugin that knows it cannot be loaded.
        """
        try:
            found = self._codecs.get(annotation)
        except TypeError:  # metadata of Annotated need not be hashable
            return self._compile(annotation)
        if found is None:
            found = self._codecs[annotation] = self._compile(annotation)
        return found

    def type_of(self, annotation: Any) -> Type:
        """Return the contract's type of *annotation*; raises as `codec`. The caller must not change it."""
        return self.codec(annotation).type

    def to_literal(self, value: Any, annotation: Any, data: DataAccess) -> Literal:
        """Return *value* as a literal of *annotation*'s type, offloaded where it is above the inline limit.

        Raises:
            UnsupportedType: as `codec`.
            ValueMismatch: the value is not of the annotation.
            DataError: data cannot be stored.
        """
        codec = self.codec(annotation)
        literal = Literal()
        codec.fill(literal, value, data)
        if literal.ByteSize() <= INLINE_LIMIT_BYTES:
            return literal
        return offload(literal, codec.type, literal_digest(literal), data)

    def from_literal(self, literal: Literal, annotation: Any, data: DataAccess) -> Any:
        """Return the value of *literal* as *annotation* says.

        Raises:
            UnsupportedType: as `codec`.
            ValueMismatch: the literal is of another type.
            DataError: data is missing or corrupt.
        """
        return self.codec(annotation).decode(literal, data)

    def literal_of_type(self, value: Any, type_: Type, data: DataAccess) -> Literal:
        """Return *value* as a literal of *type_*, where no annotation is at hand: a constant in a workflow.

        Raises:
            ValueMismatch: the value is not of the type.
            DataError: data cannot be stored.
        """
        literal = Literal()
        codec_of_type(type_, self.codec).fill(literal, value, data)
        return literal

    def value_of_type(self, literal: Literal, type_: Type, data: DataAccess) -> Any:
        """Return the value of *literal* where no annotation is at hand: records as dicts, enums as their symbols.

        Raises:
            ValueMismatch: the literal is of another type.
            DataError: data is missing or corrupt.
        """
        return codec_of_type(type_, self.codec).decode(literal, data)

    def _compile(self, annotation: Any) -> Codec:
        return _Compiler(self._plugins).compile(annotation)


class _Compiler:
    """Compiles one annotation; knows what it is inside of, to refuse what contains itself."""

    def __init__(self, plugins: Callable[[], PluginRegistry]) -> None:
        self._plugins = plugins
        self._within: list[Any] = []
        self._depth = 0

    def compile(self, annotation: Any) -> Codec:
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                raise UnsupportedType(
                    f"{show_annotation(annotation)} is nested deeper than {MAX_DEPTH} levels.",
                    hint="Annotate godwit.Json for what has no fixed shape.",
                )
            codec = self._compile(annotation)
            hashes = find_marks(annotation, Hash)
            return HashedCodec(codec, hashes[0].of) if hashes else codec
        finally:
            self._depth -= 1

    def _compile(self, whole: Any) -> Codec:
        marked = marked_codec(whole) or self._specified(whole)
        if marked is not None:
            return marked
        annotation = _unwrapped(whole)
        scalar = None
        if isinstance(annotation, type):
            scalar = _SCALARS.get(annotation) or _NAMED_SCALARS.get(
                f"{annotation.__module__}.{annotation.__qualname__}"
            )
        if scalar is not None:
            return scalar()
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin in {typing.Union, types.UnionType}:
            return self._union(arguments, annotation)
        if origin is typing.Literal:
            return _symbols(arguments, annotation)
        container = self._container(annotation, origin, arguments)
        if container is not None:
            return container
        if annotation is None or annotation is type(None):
            raise UnsupportedType(
                "None alone is no type of a value.", hint="Write `T | None`, or return None for no output."
            )
        if annotation is Any:
            raise UnsupportedType("Any says nothing about the value.", hint=_BARE)
        cls = origin or annotation
        if not isinstance(cls, type):
            raise _unsupported(annotation)
        return self._class(cls, annotation, whole)

    def _specified(self, annotation: Any) -> Codec | None:
        """Return the codec of an annotation that says a type of the contract; None where it says none."""
        said = find_marks(annotation, OfType)
        return codec_of_type(Type.FromString(said[0].encoded), self.compile) if said else None

    def _container(self, annotation: Any, origin: Any, arguments: tuple[Any, ...]) -> Codec | None:
        kind = origin or annotation
        if kind in _LISTS or kind in _MAPS or kind in _SETS or kind is tuple:
            if not arguments and annotation != tuple[()]:
                raise UnsupportedType(f"{show_annotation(annotation)} does not say what is inside.", hint=_BARE)
        else:
            return None
        if kind in _LISTS:
            return self._list(arguments[0], (list,) if kind is list else (list, tuple), list)
        if kind in _MAPS:
            return MapCodec(self._hashable(arguments[0], annotation), self.compile(arguments[1]))
        if kind in _SETS:
            make = frozenset if kind is frozenset else set
            return SetCodec(self._hashable(arguments[0], annotation), make)
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return self._list(arguments[0], (tuple,), tuple)
        return TupleCodec(tuple(self.compile(argument) for argument in arguments))

    def _list(self, item: Any, accepted: tuple[type, ...], make: Callable[[Any], Any]) -> Codec:
        codec = self.compile(item)
        of = NumbersCodec if isinstance(codec, IntCodec | FloatCodec) else ListCodec
        return of(codec, accepted, make)

    def _hashable(self, annotation: Any, whole: Any) -> Codec:
        codec = self.compile(annotation)
        if not _may_be_key(codec.type):
            raise UnsupportedType(
                f"{show_annotation(whole)}: keys of maps and elements of sets cannot be {render_type(codec.type)}.",
                hint="They are bool, int, str, bytes, Decimal, UUID, dates and times, enums, or tuples of these.",
            )
        return codec

    def _union(self, arguments: tuple[Any, ...], annotation: Any) -> Codec:
        members = [self.compile(argument) for argument in arguments if argument is not type(None)]
        if not members:
            raise _unsupported(annotation)
        nullable = len(members) < len(arguments)
        flat: dict[str, Codec] = {}
        for member in members:
            if isinstance(member, UnionCodec | NullableCodec):
                raise UnsupportedType(
                    f"{show_annotation(annotation)} has a union inside of the union, by an alias.",
                    hint="List all members in one union.",
                )
            tag = render_type(member.type)
            if tag in flat:
                raise UnsupportedType(
                    f"{show_annotation(annotation)}: two members are {tag} in the contract and cannot be told apart.",
                    hint="Wrap one in a dataclass, or name the classes differently.",
                )
            flat[tag] = member
        codec = members[0] if len(members) == 1 else UnionCodec(tuple(flat.items()))
        if not nullable:
            return codec
        if len(members) == 1 and render_type(codec.type) == "json":
            raise UnsupportedType(
                f"{show_annotation(annotation)} has two ways to be nothing.", hint="Take Json: it holds None itself."
            )
        return NullableCodec(codec)

    def _class(self, cls: type, annotation: Any, whole: Any) -> Codec:
        if cls is object:
            raise UnsupportedType("object says nothing about the value.", hint=_BARE)
        if issubclass(cls, Enum):
            return _enum(cls)
        if issubclass(cls, File | Directory):
            return blob_codec(cls, whole)
        transformer = find_transformer(cls, self._plugins)
        if transformer is not None:
            return TransformerCodec(transformer, cls, whole, self._describe)
        if annotation in self._within:
            chain = " → ".join(getattr(item, "__qualname__", str(item)) for item in [*self._within, annotation])
            raise UnsupportedType(
                f"{cls.__qualname__} contains itself ({chain}); a record's type is finite.",
                hint="Annotate godwit.Json, or refer to the parts by their ids.",
            )
        self._within.append(annotation)
        try:
            codec = record_classes.codec_of(cls, annotation, self.compile)
        finally:
            self._within.pop()
        if codec is None:
            raise _unsupported(annotation)
        return codec

    def _describe(self, annotation: Any) -> Type:
        return self.compile(annotation).type


def _unwrapped(annotation: Any) -> Any:
    while True:
        if typing.get_origin(annotation) is typing.Annotated:
            annotation = annotation.__origin__
        elif isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":
            annotation = annotation.__value__
        else:
            return annotation


def _may_be_key(type_: Type) -> bool:
    if type_.nullable:
        return False
    kind = type_.WhichOneof("kind")
    if kind == "tuple":
        return all(_may_be_key(item) for item in type_.tuple.items)
    return kind == "enum" or (kind == "simple" and render_type(type_) not in {"float", "json", "error"})


def _symbols(arguments: tuple[Any, ...], annotation: Any) -> Codec:
    symbols = tuple(argument for argument in arguments if argument is not None)
    if not symbols or not all(type(symbol) is str for symbol in symbols):
        raise UnsupportedType(
            f"{show_annotation(annotation)}: only strings may stand in a Literal.", hint="Write an enum.Enum."
        )
    codec = SymbolCodec(symbols)
    return NullableCodec(codec) if len(symbols) < len(arguments) else codec


def _enum(cls: type[Enum]) -> Codec:
    if issubclass(cls, Flag):
        raise UnsupportedType(
            f"{cls.__qualname__} is a Flag, whose values are combinations.", hint="Annotate set[…] of an Enum, or int."
        )
    if not len(cls):
        raise UnsupportedType(f"{cls.__qualname__} is an Enum without members.")
    return EnumCodec(cls)


def _unsupported(annotation: Any) -> UnsupportedType:
    shown = show_annotation(annotation)
    if getattr(annotation, "__module__", "") == "numpy" and hasattr(annotation, "dtype"):
        return UnsupportedType(
            f"{shown} has no type in the contract.",
            hint="Annotate bool, int, float or str: numpy's numbers are taken for them; arrays are numpy.ndarray.",
        )
    hint = (
        f"Make it a dataclass, install the plugin that knows it, or opt in to pickle: godwit.Pickled[{shown}]; "
        "`godwit plugins` lists what is installed."
    )
    return UnsupportedType(f"{shown} has no type in the contract.", hint=hint)
