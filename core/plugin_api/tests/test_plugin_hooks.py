"""Hooks: our markers are pluggy's, specifications are told in full, listeners cannot harm."""

import inspect
import subprocess
import sys

import pluggy
import pytest
from godwit_plugin_api import API_VERSION, Kind, Manifest, Record, hookspecs, marking
from godwit_plugin_api.errors import PluginError
from godwit_plugin_api.listeners import MAX_FAILURES, Listeners, ListenerSettings, StoredEvent
from godwit_plugin_api.loading import load_plugins

EVENTS = (StoredEvent("p/d/e", b"x"),)


class Recorder:
    """A listener that keeps what it hears, in a list of the test's."""

    def __init__(self, heard):
        self.heard = heard

    @marking.hookimpl
    def godwit_listener_opened(self, settings):
        self.heard.append(("opened", settings))

    @marking.hookimpl
    def godwit_execution_events(self, events):
        self.heard.append(("events", events))

    @marking.hookimpl
    def godwit_listener_closed(self):
        self.heard.append(("closed",))


class Raiser:
    @marking.hookimpl
    def godwit_execution_events(self):
        raise ValueError("deaf")


class UnknownHook:
    @marking.hookimpl
    def godwit_execution_evnts(self, events): ...


class UnknownArgument:
    @marking.hookimpl
    def godwit_execution_events(self, evnts): ...


class FailingOpen:
    @marking.hookimpl
    def godwit_listener_opened(self):
        raise OSError("no ears")


@pytest.fixture
def listeners(monkeypatch):
    def make(**targets):
        for name, target in targets.items():
            monkeypatch.setattr(sys.modules[__name__], f"target_{name}", target, raising=False)
        monkeypatch.setitem(sys.modules, "hooks_under_test", sys.modules[__name__])
        records = [Record(Kind.EVENT_LISTENER, name, f"hooks_under_test:target_{name}") for name in targets]
        return Listeners(load_plugins(entry_points=False, extra=[Manifest("ears", API_VERSION, tuple(records))]))

    return make


def test_the_markers_set_what_pluggys_own_set():
    def function(): ...

    theirs = pluggy.HookimplMarker("godwit")(lambda: None).godwit_impl
    assert marking.hookimpl(function).godwit_impl == theirs
    theirs = pluggy.HookspecMarker("godwit")(lambda: None).godwit_spec
    assert marking.hookspec(function).godwit_spec == theirs


SPECS = [value for value in vars(hookspecs).values() if hasattr(value, "godwit_spec")]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.__name__)
def test_each_hook_tells_when_how_often_where_blocking_and_raising(spec):
    text = inspect.getdoc(spec)
    for heading in ("When:", "How often:", "Where:", "May it block:", "If it raises:"):
        assert heading in text, heading


def test_a_listener_hears_from_opened_to_closed(listeners):
    heard = []
    open_listeners = listeners(one=Recorder(heard))
    settings = ListenerSettings("home")
    open_listeners.open(settings)
    open_listeners.notify(EVENTS)
    open_listeners.close()
    open_listeners.close()
    assert heard == [("opened", settings), ("events", EVENTS), ("closed",)]


def test_nobody_listening_is_false(listeners):
    assert not listeners()
    assert listeners(one=Recorder([]))


def test_one_that_raises_is_logged_and_the_others_hear(listeners, caplog):
    heard = []
    open_listeners = listeners(a=Raiser, b=Recorder(heard))
    open_listeners.notify(EVENTS)
    assert heard == [("events", EVENTS)]
    assert "plugin ears: event listener 'a'" in caplog.text
    assert "deaf" in caplog.text


def test_one_that_keeps_raising_is_closed(listeners, caplog):
    open_listeners = listeners(a=Raiser)
    for _ in range(MAX_FAILURES):
        assert open_listeners
        open_listeners.notify(EVENTS)
    assert not open_listeners
    assert "hears no more" in caplog.text


@pytest.mark.parametrize("target", [UnknownHook, UnknownArgument])
def test_a_hook_or_argument_that_does_not_exist_is_an_error(listeners, target):
    with pytest.raises(PluginError, match="--disable-plugin ears") as caught:
        listeners(a=target)
    assert caught.value.code == "PLUGIN_UNKNOWN_HOOK"


def test_one_that_cannot_be_opened_stops_the_start_and_closes_the_others(listeners):
    heard = []
    open_listeners = listeners(a=Recorder(heard), b=FailingOpen)
    with pytest.raises(PluginError, match="no ears"):
        open_listeners.open(ListenerSettings())
    assert heard[-1] == ("closed",)


def test_reading_manifests_imports_nothing_heavy():
    probe = (
        "import sys; from godwit_plugin_api.loading import load_plugins; import godwit_plugin_api.listeners;"
        "load_plugins(entry_points=False);"
        "print([m for m in ('pluggy', 'google.protobuf', 'importlib.metadata', 'godwitidl') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
