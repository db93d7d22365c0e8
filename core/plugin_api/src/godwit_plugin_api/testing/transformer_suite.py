"""The contract of transformers, as tests to inherit."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from godwitidl.core.v1.values_pb2 import SIMPLE_TYPE_JSON, Type
from godwitidl.rules.digest import literal_digest
from godwitidl.rules.validation import check_literal, check_type

from godwit_plugin_api.errors import InvalidInput
from godwit_plugin_api.testing.folder_data import FolderData
from godwit_plugin_api.transformer import TypeTransformer


class TransformerSuite(ABC):
    """Inherit, and write `make_transformer` and `cases`.

    Attributes:
        digests_are_stable: whether equal values give literals of equal digest.
    """

    digests_are_stable: bool = True

    @abstractmethod
    def make_transformer(self) -> TypeTransformer:
        """Return a new transformer."""

    @abstractmethod
    def cases(self) -> Sequence[tuple[Any, Any]]:
        """Return annotations with a value of each; edge values among them."""

    def describe(self, annotation: Any) -> Type:  # noqa: ARG002 - for subclasses
        """Return the type of a part of a generic annotation, as a registry would."""
        return Type(simple=SIMPLE_TYPE_JSON)

    def equal(self, one: Any, other: Any) -> bool:
        """Return whether two values are the same to their users."""
        return bool(one == other)

    def test_types_are_valid_and_repeatable(self) -> None:
        """One annotation is one type, without `nullable`."""
        for annotation, _ in self.cases():
            of = self.make_transformer().type_of(annotation, self.describe)
            assert check_type(of) == [], annotation
            assert not of.nullable, annotation
            again = self.make_transformer().type_of(annotation, self.describe)
            assert of.SerializeToString(deterministic=True) == again.SerializeToString(deterministic=True), annotation

    def test_values_come_back(self, tmp_path: Path) -> None:
        """A literal is valid, and another instance in another place reads the same value from it."""
        for index, (annotation, value) in enumerate(self.cases()):
            writer, reader = self.make_transformer(), self.make_transformer()
            of = writer.type_of(annotation, self.describe)
            literal = writer.to_literal(value, annotation, of, _data(tmp_path, f"writer{index}"))
            assert check_literal(literal, of) == [], value
            came = reader.from_literal(literal, annotation, _data(tmp_path, f"reader{index}"))
            assert self.equal(came, value), (came, value)

    def test_equal_values_have_equal_digests(self, tmp_path: Path) -> None:
        """So that a result computed twice is one key of the cache."""
        if not self.digests_are_stable:
            pytest.skip("the format has no stable bytes")
        for index, (annotation, value) in enumerate(self.cases()):
            transformer = self.make_transformer()
            of = transformer.type_of(annotation, self.describe)
            digests = {
                literal_digest(transformer.to_literal(value, annotation, of, _data(tmp_path, f"{index}-{turn}")))
                for turn in range(2)
            }
            assert len(digests) == 1, value

    def test_a_value_of_another_class_is_refused(self, tmp_path: Path) -> None:
        """With InvalidInput, and nothing is published."""
        transformer = self.make_transformer()
        data = _data(tmp_path, "refused")
        for annotation, _ in self.cases():
            of = transformer.type_of(annotation, self.describe)
            with pytest.raises(InvalidInput):
                transformer.to_literal(_Stranger(), annotation, of, data)
        assert data.published == []


class _Stranger:
    """A value of a class that no transformer knows."""


def _data(folder: Path, name: str) -> FolderData:
    own = folder / name
    own.mkdir()
    return FolderData(own)
