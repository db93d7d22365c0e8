"""Loading: every fault of a manifest names its distribution, and what works is found by kind and key."""

import itertools
import sys
import types

import pytest
from godwit_plugin_api import API_VERSION, Kind, Manifest, Record, hookimpl
from godwit_plugin_api.entry_points import EntryPoint, installed_entry_points, parse_group
from godwit_plugin_api.errors import PluginError
from godwit_plugin_api.loading import load_plugins

GOOD = """
from godwit_plugin_api import Kind, Manifest, Record, hookimpl

@hookimpl
def godwit_manifest():
    return Manifest("NAME", 1, (Record(Kind.BACKEND, "NAME", "NAME_backend:Backend", "A backend"),))
"""


class Site:
    """A folder of installed distributions, made of text."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder
        self.monkeypatch = monkeypatch
        monkeypatch.syspath_prepend(str(folder))

    def install(self, name, code=GOOD, version="1.2"):
        module = name.replace("-", "_") + "_manifest"
        (self.folder / f"{module}.py").write_text(code.replace("NAME", name))
        info = self.folder / f"{name.replace('-', '_')}_dist-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-dist\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[console_scripts]\nx = y:z\n\n[godwit.plugins]\n{name} = {module}\n")
        self.monkeypatch.delitem(sys.modules, module, raising=False)
        sys.modules.pop(module, None)

    def load(self, **options):
        return load_plugins(path=[str(self.folder)], **options)

    def failure(self, **options):
        with pytest.raises(PluginError) as caught:
            self.load(**options)
        return caught.value


@pytest.fixture
def site(tmp_path, monkeypatch):
    before = set(sys.modules)
    yield Site(tmp_path, monkeypatch)
    for name in set(sys.modules) - before:
        if name.endswith("_manifest"):
            del sys.modules[name]


def manifest(*records, name="handed"):
    return Manifest(name, API_VERSION, records)


def test_what_is_installed_is_found_by_kind_and_key(site):
    site.install("alpha")
    site.install("beta")
    registry = site.load()
    assert [plugin.label for plugin in registry.plugins] == [
        "alpha-dist 1.2 (plugin alpha)",
        "beta-dist 1.2 (plugin beta)",
    ]
    assert [record.key for record in registry.records(Kind.BACKEND)] == ["alpha", "beta"]
    assert registry.records(Kind.PERSISTENCE) == ()
    assert registry.find(Kind.BACKEND, "beta").target == "beta_backend:Backend"
    assert registry.find(Kind.PERSISTENCE, "beta") is None
    assert registry.problems == ()


def test_each_call_returns_a_registry_of_its_own(site):
    site.install("alpha")
    first, second = site.load(), site.load(disabled=["alpha"])
    assert first.find(Kind.BACKEND, "alpha")
    assert not second.find(Kind.BACKEND, "alpha")


FAULTS = {
    "unknown kind": (GOOD.replace("Kind.BACKEND", "'teleporter'"), "PLUGIN_INVALID_MANIFEST", "teleporter"),
    "no record": (GOOD.replace("Record(Kind", "tuple((Kind").replace('A backend"', 'A backend")'), None, "no Record"),
    "empty key": (GOOD.replace('Kind.BACKEND, "NAME"', 'Kind.BACKEND, ""'), "PLUGIN_INVALID_MANIFEST", "key"),
    "key without dot": (GOOD.replace("BACKEND", "ENTITY_LOADER"), "PLUGIN_INVALID_MANIFEST", "dot"),
    "bad target": (GOOD.replace("_backend:Backend", "_backend"), "PLUGIN_INVALID_MANIFEST", "module:attribute"),
    "other API version": (GOOD.replace(", 1, (", ", 2, ("), "PLUGIN_API_VERSION", "plugin API 2, this Godwit speaks 1"),
    "exception": ("raise RuntimeError('no wings')", "PLUGIN_LOAD_FAILED", "RuntimeError: no wings"),
    "syntax": ("def", "PLUGIN_LOAD_FAILED", "SyntaxError"),
    "exit": ("raise SystemExit(3)", "PLUGIN_LOAD_FAILED", "SystemExit: 3"),
    "no hook": ("", "PLUGIN_LOAD_FAILED", "has no godwit_manifest"),
    "unmarked": (GOOD.replace("@hookimpl", ""), "PLUGIN_LOAD_FAILED", "marked with hookimpl"),
    "unknown hook": (GOOD + "\n@hookimpl\ndef godwit_manifets(): ...", "PLUGIN_LOAD_FAILED", "godwit_manifets"),
    "no manifest": (GOOD.replace("return ", "return None and "), "PLUGIN_LOAD_FAILED", "which is no Manifest"),
    "other name": (GOOD.replace('Manifest("NAME"', 'Manifest("other"'), "PLUGIN_INVALID_MANIFEST", "'other'"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_names_distribution_version_and_the_way_out(site, fault):
    code, expected, clue = FAULTS[fault]
    site.install("good")
    site.install("bad", code, version="3.4")
    error = site.failure()
    assert expected in (None, error.code)
    assert "bad-dist 3.4" in str(error)
    assert clue in str(error)
    assert "--disable-plugin bad" in str(error)
    assert [plugin.manifest.name for plugin in site.load(disabled=["bad"]).plugins] == ["good"]


def test_every_fault_is_told_at_once(site):
    site.install("bad", "raise RuntimeError('first')")
    site.install("worse", "raise RuntimeError('second')")
    message = str(site.failure())
    assert "first" in message
    assert "second" in message


def test_a_key_offered_twice_names_both_distributions(site):
    site.install("alpha")
    site.install("beta", GOOD.replace('Kind.BACKEND, "NAME"', 'Kind.BACKEND, "alpha"'))
    error = site.failure()
    assert error.code == "PLUGIN_DUPLICATE_KEY"
    assert "backend 'alpha'" in str(error)
    assert "alpha-dist 1.2" in str(error)
    assert "beta-dist 1.2" in str(error)


def test_a_key_offered_twice_by_one_manifest_is_an_error():
    record = Record(Kind.BACKEND, "a", "b:c")
    with pytest.raises(PluginError, match="itself, twice"):
        load_plugins(entry_points=False, extra=[manifest(record, record)])


def test_duplicates_that_are_not_neighbours_are_found():
    plugins = [manifest(Record(Kind.BACKEND, key, "b:c"), name=name) for key, name in zip("aba", "xyz", strict=True)]
    with pytest.raises(PluginError, match="backend 'a'"):
        load_plugins(entry_points=False, extra=plugins)


def test_two_plugins_of_one_name_are_an_error():
    with pytest.raises(PluginError, match="same name") as caught:
        load_plugins(entry_points=False, extra=[manifest(), manifest()])
    assert caught.value.code == "PLUGIN_DUPLICATE_NAME"


def test_a_plugin_that_prints_is_named_and_its_text_held_back(site, capsys):
    site.install("loud", "import sys\nprint('hello')\nprint('there', file=sys.stderr)\n" + GOOD)
    registry = site.load()
    assert registry.find(Kind.BACKEND, "loud")
    (problem,) = registry.problems
    assert problem.plugin == "loud"
    assert "loud-dist 1.2" in problem.message
    assert "hello" in problem.message
    assert capsys.readouterr() == ("", "")


def test_a_slow_plugin_is_named(site):
    site.install("slow")
    ticks = itertools.count(step=3.0)
    registry = site.load(slow_import_s=2.0, clock=lambda: next(ticks))
    (problem,) = registry.problems
    assert "slow-dist 1.2" in problem.message
    assert "3.00 s" in problem.message
    assert "--disable-plugin slow" in problem.hint
    assert registry.plugins[0].import_s == 3.0


def test_a_disabled_plugin_is_not_imported_and_may_be_named_by_distribution(site):
    site.install("bad", "raise RuntimeError")
    assert site.load(disabled=["bad"]).plugins == ()
    assert site.load(disabled=["bad-dist"]).plugins == ()
    assert "bad_manifest" not in sys.modules


def test_disabling_what_is_not_there_is_a_problem():
    (problem,) = load_plugins(entry_points=False, disabled=["typo"]).problems
    assert "typo" in problem.message


def test_modules_may_be_handed_in():
    module = types.ModuleType("handed")

    @hookimpl
    def godwit_manifest():
        return manifest(Record(Kind.PERSISTENCE, "mem", "a:b"), name="handed")

    module.godwit_manifest = godwit_manifest
    registry = load_plugins(entry_points=False, extra=[module])
    assert registry.find(Kind.PERSISTENCE, "mem")
    assert not load_plugins(entry_points=False, extra=[module], disabled=["handed"]).plugins


def test_the_standard_library_finds_the_same_entry_points(monkeypatch):
    by_folders = installed_entry_points()
    assert "godwit-core" in [point.name for point in by_folders]
    monkeypatch.setattr("godwit_plugin_api.entry_points._needs_metadata", lambda _: True)
    assert installed_entry_points() == by_folders


def test_the_first_place_of_a_distribution_counts(tmp_path):
    for folder, version in (("a", "1"), ("b", "2")):
        info = tmp_path / folder / f"My.Dist-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "entry_points.txt").write_text("[godwit.plugins]\nmine = mine.manifest\n")
    found = installed_entry_points([str(tmp_path / "missing"), str(tmp_path / "a"), str(tmp_path / "b")])
    assert found == [EntryPoint("mine", "mine.manifest", "my-dist", "1")]


def test_entry_points_are_parsed_leniently():
    text = "# comment\n[ other ]\na=b\n[godwit.plugins]\n; note\n x = y.z [extra]\n\nw=v:attr\n[last]\nq = r"
    assert parse_group(text) == [("x", "y.z"), ("w", "v")]
