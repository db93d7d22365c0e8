"""Classes that a plugin knows: found along the MRO, translated by the plugin's transformer."""

from collections.abc import Callable
from typing import Any

from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.registry import PluginRegistry
from godwit_plugin_api.transformer import DataAccess, TypeTransformer
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules.castability import CastError
from godwitidl.rules.rendering import render_type

from godwit.types.codec import EXACT, INSTANCE, NO_MATCH, Codec
from godwit.types.errors import ValueMismatch

_BUILT_IN_MODULES = {"builtins", "typing", "abc", "enum", "collections", "collections.abc"}


def find_transformer(cls: type, plugins: Callable[[], PluginRegistry]) -> TypeTransformer | None:
    """Return the transformer of *cls*, by the nearest class of its MRO that a plugin names; None where none does.

    Raises:
        PluginError: the transformer cannot be loaded.
    """
    for base in cls.__mro__:
        if base.__module__ in _BUILT_IN_MODULES:
            continue
        registry = plugins()
        for key in class_keys(base):
            if registry.find(Kind.TRANSFORMER, key) is not None:
                transformer: TypeTransformer = registry.create(Kind.TRANSFORMER, key)
                return transformer
    return None


def class_keys(cls: type) -> tuple[str, ...]:
    """Return the names by which a plugin may key *cls*: where it is defined, and the package that exports it."""
    own = f"{cls.__module__}.{cls.__qualname__}"
    public = f"{cls.__module__.partition('.')[0]}.{cls.__qualname__}"
    return (own,) if own == public else (own, public)


class TransformerCodec(Codec):
    """Translates by a plugin's transformer."""

    __slots__ = ("_annotation", "_class", "_transformer")

    def __init__(
        self, transformer: TypeTransformer, cls: type, annotation: Any, describe: Callable[[Any], Type]
    ) -> None:
        super().__init__(transformer.type_of(annotation, describe), "")
        self._transformer = transformer
        self._class = cls
        self._annotation = annotation

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102 - see Codec
        if not isinstance(value, self._class) and not hasattr(self._transformer, "accepts"):
            raise self.unfit(value)
        literal.CopyFrom(self._transformer.to_literal(value, self._annotation, self.type, data))

    def decode(self, literal: Literal, data: DataAccess) -> Any:  # noqa: D102 - see Codec
        if literal.HasField("reference"):
            literal = self.resolve(literal, data)
        try:
            return self._transformer.from_literal(literal, self._annotation, data)
        except CastError as error:
            raise ValueMismatch(render_type(self.type), str(error)) from None

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        if type(value) is self._class:
            return EXACT
        return INSTANCE if isinstance(value, self._class) else NO_MATCH
