"""The backend of tasks that name none stays with the execution, whichever engine holds it."""

import pytest
from godwit_core.runtime.admission import Refused
from godwit_core.runtime.engine import Engine, EngineSettings
from godwit_core.runtime.settings import ExecutionOptions
from godwit_core.store import reading
from godwit_plugin_api.errors import InvalidInput
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.testing.fakes import FakeBackend, FakePlace
from scripting import ScriptedRegistry, chain, integer, task


class Picky(FakeBackend):
    def check(self, _task):
        return ["It is too far away."]


class Places(ScriptedRegistry):
    """Two places of attempts, and one that takes none."""

    def __init__(self):
        super().__init__()
        self.places = {"near": FakePlace(), "far": FakePlace()}

    def create(self, kind, key, **options):
        if kind is Kind.BACKEND and key in self.places:
            return FakeBackend(self.script, self.places[key], room=8)
        if kind is Kind.BACKEND and key == "picky":
            return Picky()
        return super().create(kind, key, **options)

    def attempts(self):
        return {key: len(place.submitted) for key, place in self.places.items()}


@pytest.fixture
def registry():
    return Places()


def engine(home, registry, clock, backend):
    return Engine(EngineSettings(home=home, workers=2, default_backend=backend), registry, clock)


def unnamed(name):
    spec = task(name, retries=1)
    spec.backend = ""
    return spec


def request():
    return chain(unnamed("a"), unnamed("b")), "chain", {"x": integer(1)}


def kept(one, name):
    return reading.get_execution(one.connection, name).backend


def test_an_attempt_is_found_where_it_was_started_and_what_follows_goes_there_too(tmp_path, registry, clock):
    registry.hold = True
    registry.failures = {"b": ["failed"]}
    with engine(tmp_path, registry, clock, "far") as one:
        name = one.accept(*request())
        one.turn(0)
        assert kept(one, name) == "far"
    registry.hold = False
    with engine(tmp_path, registry, clock, "near") as other:
        other.resume(name)
        assert other.run(name).phase.name == "SUCCEEDED"
    # The first task once, the second again after it failed.
    assert registry.attempts() == {"near": 0, "far": 3}


def test_an_abort_by_another_engine_ends_what_runs_there(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock, "far") as one:
        name = one.accept(*request())
        one.turn(0)
    assert len(registry.places["far"].running) == 1
    with engine(tmp_path, registry, clock, "near") as other:
        other.resume(name)
        other.request_abort(name)
        assert other.run(name).phase.name == "ABORTED"
    assert not registry.places["far"].running


def test_what_says_nothing_gets_that_of_the_engine_that_takes_it_first(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock, "near") as one:
        name = one.submit(*request())
        assert kept(one, name) == ""
    with engine(tmp_path, registry, clock, "far") as other:
        list(other.take(1))
        other.turn(0)
        assert kept(other, name) == "far"
    registry.hold = False
    with engine(tmp_path, registry, clock, "near") as last:
        list(last.take(1))
        assert last.run(name).phase.name == "SUCCEEDED"
    assert registry.attempts() == {"near": 0, "far": 2}


def test_what_says_where_goes_there_whoever_takes_it(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock, "near") as one:
        name = one.submit(*request(), ExecutionOptions(backend="far"))
        list(one.take(1))
        assert one.run(name).phase.name == "SUCCEEDED"
    assert registry.attempts() == {"near": 0, "far": 2}


def test_an_engine_that_cannot_run_it_leaves_no_mark(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock, "near") as one:
        name = one.submit(*request())
    with engine(tmp_path, registry, clock, "picky") as other:
        (refused,) = other.take(1)
        assert isinstance(refused, Refused)
        assert kept(other, name) == ""


def test_where_it_cannot_run_is_asked_when_it_is_submitted(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock, "near") as one:
        with pytest.raises(InvalidInput, match="too far away"):
            one.submit(*request(), ExecutionOptions(backend="picky"))
        assert reading.count_executions(one.connection) == 0
