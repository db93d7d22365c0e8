"""Which classes are records, and what their fields are: dataclasses, NamedTuples, TypedDicts, pydantic models."""

import typing
from collections.abc import Callable, Mapping
from typing import Any

from godwit_plugin_api.errors import GodwitError
from godwitidl.core.v1.values_pb2 import Literal

from godwit.types.absent_data import ABSENT_DATA
from godwit.types.codec import Codec
from godwit.types.errors import UnsupportedType, ValueMismatch
from godwit.types.records import Field, RecordCodec, rank_of_class, rank_of_mapping

Compile = Callable[[Any], Codec]
_MISSING: Any = object()


def codec_of(cls: type, annotation: Any, compile_: Compile) -> Codec | None:
    """Return the codec of *cls*, a record class, or None when it is none.

    Raises:
        UnsupportedType: it is a record class with a field that has no type in the contract; names the field.
    """
    if hasattr(cls, "__pydantic_fields__") and hasattr(cls, "model_validate"):
        return _pydantic(cls, compile_)
    if hasattr(cls, "__dataclass_fields__"):
        return _dataclass(cls, annotation, compile_)
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return _named_tuple(cls, compile_)
    if typing.is_typeddict(cls):
        return _typed_dict(cls, compile_)
    return None


def _dataclass(cls: Any, annotation: Any, compile_: Compile) -> Codec:
    import dataclasses  # noqa: PLC0415 - 6 ms, and whoever made it one has imported it

    hints = _hints(cls)
    parameters = dict(zip(getattr(cls, "__parameters__", ()), typing.get_args(annotation), strict=False))
    fields = []
    for field in dataclasses.fields(cls):
        if not field.init:
            continue
        codec = _field_codec(cls, field.name, _substituted(hints[field.name], parameters), compile_)
        defaults = field.default, field.default_factory
        fields.append(
            Field(
                field.name,
                codec,
                _default(codec, *(_MISSING if one is dataclasses.MISSING else one for one in defaults)),
                _description(field.metadata.get("description")),
            )
        )
    if inits := [name for name, hint in hints.items() if isinstance(hint, dataclasses.InitVar)]:
        raise UnsupportedType(
            f"{cls.__qualname__} has InitVar {', '.join(inits)}, whose value is not kept.", hint="Make it a field."
        )
    names = frozenset(field.name for field in fields)
    return RecordCodec(
        cls.__name__,
        fields,
        matches=rank_of_class(cls),
        get=getattr,
        make=lambda values: cls(**values),
        description=_summary(cls),
        strict=lambda value: _lost_fields(value, cls, names),
    )


def _lost_fields(value: Any, cls: type, names: frozenset[str]) -> str | None:
    """A subclass with fields of its own would lose them."""
    if type(value) is cls:
        return None
    from dataclasses import fields  # noqa: PLC0415 - as in _dataclass

    extra = sorted({field.name for field in fields(value) if field.init} - names)
    return f"{type(value).__qualname__}, which also has {', '.join(extra)}" if extra else None


def _named_tuple(cls: Any, compile_: Compile) -> Codec:
    hints = _hints(cls)
    if missing := [name for name in cls._fields if name not in hints]:
        raise UnsupportedType(
            f"{cls.__qualname__} does not say of what type {', '.join(missing)} is.",
            hint="Write a class that inherits typing.NamedTuple.",
        )
    fields = []
    for name in cls._fields:
        codec = _field_codec(cls, name, hints[name], compile_)
        fields.append(Field(name, codec, _default(codec, cls._field_defaults.get(name, _MISSING))))
    return RecordCodec(
        cls.__name__,
        fields,
        matches=rank_of_class(cls),
        get=getattr,
        make=lambda values: cls(**values),
        description=_summary(cls),
    )


def _typed_dict(cls: Any, compile_: Compile) -> Codec:
    if optional := sorted(cls.__optional_keys__):
        raise UnsupportedType(
            f"{cls.__qualname__} may lack {', '.join(optional)}; a record has all of its fields.",
            hint="Make them `T | None`, always present.",
        )
    fields = [Field(name, _field_codec(cls, name, hint, compile_)) for name, hint in _hints(cls).items()]
    return RecordCodec(
        cls.__name__,
        fields,
        matches=rank_of_mapping([field.name for field in fields]),
        get=_item,
        make=dict,
        description=_summary(cls),
    )


def _pydantic(cls: Any, compile_: Compile) -> Codec:
    fields = []
    keys = {}
    for name, info in cls.__pydantic_fields__.items():
        codec = _field_codec(cls, name, info.annotation, compile_)
        factory = info.default_factory if info.default_factory is not None else _MISSING
        undefined = type(info.default).__name__ == "PydanticUndefinedType"
        default = _default(codec, _MISSING if undefined else info.default, factory)
        fields.append(Field(name, codec, default, _description(info.description)))
        alias = info.validation_alias
        keys[name] = alias if isinstance(alias, str) else name
    return RecordCodec(
        cls.__name__,
        fields,
        matches=rank_of_class(cls),
        get=getattr,
        make=lambda values: cls.model_validate({keys[name]: value for name, value in values.items()}),
        description=_summary(cls),
        strict=_extra_of_model,
    )


def _extra_of_model(value: Any) -> str | None:
    extra = value.__pydantic_extra__
    return f"a model with extra fields {', '.join(sorted(extra))}" if extra else None


def _field_codec(cls: type, name: str, annotation: Any, compile_: Compile) -> Codec:
    try:
        return compile_(annotation)
    except UnsupportedType as error:
        raise UnsupportedType(f"{cls.__qualname__}.{name}: {error.message}", hint=error.hint) from None


def _default(codec: Codec, default: Any, factory: Any = _MISSING) -> Literal | None:
    """Return the default as a literal; None where there is none, or where it is another one at each call."""
    if factory is not _MISSING:
        try:
            first, second = _encoded(codec, factory()), _encoded(codec, factory())
        except Exception:  # noqa: BLE001 - a user's factory may do anything; without its value the field is required
            return None
        return first if first is not None and first == second else None
    return None if default is _MISSING else _encoded(codec, default)


def _encoded(codec: Codec, value: Any) -> Literal | None:
    literal = Literal()
    try:
        codec.fill(literal, value, ABSENT_DATA)
    except ValueMismatch as mismatch:
        raise UnsupportedType(f"its default does not fit: {mismatch.message}", hint=mismatch.hint) from None
    except GodwitError:
        # A default that needs storage, a file for one, is the program's alone.
        return None
    return literal


def _hints(cls: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except NameError as error:
        raise UnsupportedType(
            f"{cls.__qualname__} has an annotation with the unknown name {error.name!r}.",
            hint="Define or import the name at the top of the module, not inside a function or under TYPE_CHECKING.",
        ) from None


def _substituted(annotation: Any, parameters: Mapping[Any, Any]) -> Any:
    if not parameters:
        return annotation
    if annotation in parameters:
        return parameters[annotation]
    needed = getattr(annotation, "__parameters__", ())
    if needed and not isinstance(annotation, type):
        return annotation[tuple(parameters.get(item, item) for item in needed)]
    return annotation


def _summary(cls: type) -> str:
    text = cls.__dict__.get("__doc__") or ""
    # dataclass writes the signature where the author wrote nothing.
    if text.startswith(f"{cls.__name__}("):
        return ""
    return text.strip().partition("\n")[0].strip()


def _description(text: Any) -> str:
    return text if isinstance(text, str) else ""


def _item(value: Mapping[str, Any], name: str) -> Any:
    return value[name]
