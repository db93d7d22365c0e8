"""Fixtures of the SDK's authoring tests."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from godwit.loader import PythonLoader, PythonSource
from godwit.types.registry import TypeRegistry
from godwit_plugin_api.registry import PluginRegistry


@pytest.fixture
def types() -> TypeRegistry:
    return TypeRegistry(lambda: PluginRegistry(()))


@pytest.fixture
def write_source(tmp_path: Path) -> Callable[..., Path]:
    """Write a source file of a project; `import godwit as gw` stands at its top."""

    def write(text: str, name: str = "flow.py") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("import godwit as gw\n" + textwrap.dedent(text), encoding="utf-8")
        return path

    return write


@pytest.fixture
def load_source(write_source: Callable[..., Path], types: TypeRegistry) -> Callable[..., PythonSource]:
    """Load the text of a source file."""

    def load(text: str, name: str = "flow.py") -> PythonSource:
        return PythonLoader(types).load(write_source(text, name), project=None, domain=None)

    return load
