"""The page on plugins is true: the plugin that it writes loads, passes its tests, and is what the tables say."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import godwit_plugin_api
import pytest
from godwit_plugin_api import Kind
from godwit_plugin_api.listeners import Listeners, ListenerSettings, StoredEvent
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.polling import PollingBackend
from godwitidl.core.v1.event_pb2 import AbortRequested, Event

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^\*\*([\w./]+)\*\*\n\n```\w+\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """The page's plugin, written into a folder and put on the path as if it were installed."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    source = tmp_path / "src"
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    info = source / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    ((group, points),) = project["entry-points"].items()
    lines = "".join(f"{name} = {module}\n" for name, module in points.items())
    (info / "entry_points.txt").write_text(f"[{group}]\n{lines}")
    (source / "godwit_waders" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(source))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("godwit_waders")]:
        del sys.modules[name]


def test_the_plugin_loads_and_each_target_is_there(plugin):
    registry = load_plugins(path=[str(plugin / "src")])
    (loaded,) = registry.plugins
    assert loaded.label == "godwit-waders 0.1.0 (plugin waders)"
    assert registry.problems == ()
    for record in loaded.manifest.records:
        assert registry.create(record.kind, record.key)


def test_the_listener_counts(plugin, capsys):
    listeners = Listeners(load_plugins(path=[str(plugin / "src")]))
    listeners.open(ListenerSettings())
    event = Event(sequence=1, abort_requested=AbortRequested()).SerializeToString()
    listeners.notify([StoredEvent("p/d/e", event)] * 2)
    listeners.close()
    assert capsys.readouterr().out == "[('abort_requested', 2)]\n"


def test_the_plugins_own_tests_pass(plugin):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(plugin / "tests")]
    environment = {**os.environ, "PYTHONPATH": str(plugin / "src")}
    done = subprocess.run(command, cwd=plugin, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_kind_stands_in_the_table():
    assert {kind.name for kind in Kind} == set(re.findall(r"^\| `((?!PLUGIN_)[A-Z_]+)` \|", PAGE, re.MULTILINE))


def test_every_error_code_stands_in_the_table():
    sources = Path(godwit_plugin_api.__file__).parent.glob("*.py")
    raised = {code for path in sources for code in re.findall(r'"(PLUGIN_[A-Z_]+)"', path.read_text(encoding="utf-8"))}
    assert raised == set(re.findall(r"^\| `(PLUGIN_\w+)` \|", PAGE, re.MULTILINE))


def test_what_the_page_names_exists():
    for name in ("create", "find", "poll", "delete"):
        assert name in PollingBackend.__abstractmethods__
    suites = dict(re.findall(r"^\| `(\w+)\.(\w+)` \|", PAGE, re.MULTILINE))
    for module, suite in suites.items():
        assert hasattr(__import__(f"godwit_plugin_api.testing.{module}", fromlist=[suite]), suite)
    assert len(suites) == 6
