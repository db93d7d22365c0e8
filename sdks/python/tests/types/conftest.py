from functools import partial

import pytest
from godwit.types.registry import TypeRegistry
from godwit.types.stored_data import StoredData
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind


@pytest.fixture(scope="session")
def plugins():
    return load_plugins()


@pytest.fixture(scope="session")
def types(plugins):
    return TypeRegistry(lambda: plugins)


@pytest.fixture
def data(tmp_path, plugins):
    """The data access of one attempt, below `tmp_path/out`."""
    return StoredData((tmp_path / "out").as_uri(), partial(plugins.create, Kind.PERSISTENCE))
