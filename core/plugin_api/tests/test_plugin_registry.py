"""The registry: targets are loaded by key, and whatever goes wrong names the distribution and the remedy."""

import sys

import pytest
from godwit_plugin_api import API_VERSION, Kind, Manifest, Record
from godwit_plugin_api.errors import PluginError
from godwit_plugin_api.first_party import (
    BACKENDS,
    CONTEXT_ATTRIBUTES,
    PAYLOADS,
    distribution_of_module,
    distribution_of_payload,
)
from godwit_plugin_api.registry import Plugin, PluginRegistry


def registry(*records, disabled=()):
    plugin = Plugin(Manifest("birds", API_VERSION, records), "godwit-birds", "0.3.1")
    return PluginRegistry([plugin], disabled=disabled)


def record(target, key="knot", kind=Kind.BACKEND, **options):
    return Record(kind, key, target, **options)


@pytest.fixture
def module(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "birds_code", raising=False)

    def write(text):
        (tmp_path / "birds_code.py").write_text(text)

    yield write
    sys.modules.pop("birds_code", None)


def test_a_target_is_imported_when_it_is_loaded(module):
    module("class Outer:\n    class Inner:\n        pass\n")
    found = registry(record("birds_code:Outer.Inner"))
    assert "birds_code" not in sys.modules
    inner = found.load(Kind.BACKEND, "knot")
    assert inner.__qualname__ == "Outer.Inner"
    assert type(found.create(Kind.BACKEND, "knot")) is inner


def test_an_unknown_key_names_what_is_close_and_what_is_there():
    with pytest.raises(PluginError) as caught:
        registry(record("a:b"), record("a:b", key="dunlin"), disabled=["ruff"]).load(Kind.BACKEND, "knott")
    error = caught.value
    assert error.code == "PLUGIN_UNKNOWN_KEY"
    assert "backend 'knott'" in error.message
    assert "dunlin, knot" in error.message
    assert "Did you mean knot?" in error.hint
    assert "Disabled are: ruff" in error.hint


def test_an_unknown_key_of_a_kind_that_nobody_offers():
    with pytest.raises(PluginError, match=r"secret provider 'vault'. None is installed"):
        registry().load(Kind.SECRET_PROVIDER, "vault")


def test_a_missing_module_of_others_names_the_extra(module):
    module("import no_such_module_of_others.inner")
    with pytest.raises(PluginError) as caught:
        registry(record("birds_code:x", extra="waders")).load(Kind.BACKEND, "knot")
    assert caught.value.code == "PLUGIN_DEPENDENCY_MISSING"
    assert "no_such_module_of_others" in caught.value.message
    assert "pip install 'godwit-birds[waders]'" in caught.value.hint


def test_a_missing_module_without_an_extra_names_the_module(module):
    module("import no_such_module_of_others")
    with pytest.raises(PluginError, match="pip install 'no_such_module_of_others'"):
        registry(record("birds_code:x")).load(Kind.BACKEND, "knot")


@pytest.mark.parametrize(
    ("text", "target", "clue"),
    [
        ("", "birds_code:missing", "AttributeError"),
        ("raise ValueError('bad weather')", "birds_code:x", "ValueError: bad weather"),
        ("import birds_code.inner", "birds_code:x", "ModuleNotFoundError"),
        ("", "birds_code.inner:x", "ModuleNotFoundError"),
    ],
)
def test_a_broken_target_names_its_distribution(module, text, target, clue):
    module(text)
    with pytest.raises(PluginError) as caught:
        registry(record(target)).load(Kind.BACKEND, "knot")
    assert caught.value.code == "PLUGIN_TARGET_FAILED"
    assert "godwit-birds 0.3.1 (plugin birds)" in caught.value.message
    assert clue in caught.value.message


def test_a_target_that_cannot_be_called_names_its_distribution(module):
    module("def make():\n    raise OSError('no nest')\n")
    with pytest.raises(PluginError, match=r"godwit-birds 0.3.1 .*no nest"):
        registry(record("birds_code:make")).create(Kind.BACKEND, "knot")


@pytest.mark.parametrize("key", sorted(BACKENDS))
def test_a_missing_backend_of_ours_says_what_to_install(key):
    with pytest.raises(PluginError) as caught:
        PluginRegistry(()).load(Kind.BACKEND, key)
    assert f"Run: pip install {BACKENDS[key]};" in caught.value.hint


def test_a_missing_backend_of_others_does_not():
    with pytest.raises(PluginError) as caught:
        PluginRegistry(()).load(Kind.BACKEND, "sparc")
    assert "pip install" not in caught.value.hint
    with pytest.raises(PluginError) as caught:
        PluginRegistry(()).load(Kind.PERSISTENCE, "spark")
    assert "pip install" not in caught.value.hint


def test_one_table_names_our_plugins():
    assert set(PAYLOADS.values()) == set(BACKENDS.values())
    assert {distribution_of_module(name) for name in CONTEXT_ATTRIBUTES.values()} <= set(BACKENDS.values())
    assert distribution_of_module("godwit_spark.job") == distribution_of_payload("godwitidl.plugins.spark.v1.SparkJob")
    assert distribution_of_module("godwit_waders") == distribution_of_payload("acme.v1.Job") == ""
