"""The core's own records go through the door of plugins."""

import importlib.util

import pytest
from godwit_core.manifest import godwit_manifest
from godwit_plugin_api.loading import load_plugins

RECORDS = godwit_manifest().records


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: f"{record.kind.value}-{record.key}")
def test_each_record_is_found_and_leads_somewhere(record):
    registry = load_plugins()
    assert registry.find(record.kind, record.key) == record
    assert registry.owner(record.kind, record.key).distribution == "godwit-core"
    assert importlib.util.find_spec(record.target.partition(":")[0]) is not None
    assert callable(registry.load(record.kind, record.key))
