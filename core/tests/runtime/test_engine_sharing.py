"""Engines that share a home: who takes what, and that nobody writes what another one holds."""

import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from godwit_core.runtime import lease
from godwit_core.runtime.admission import Refused, Taken
from godwit_core.runtime.engine import Engine, EngineSettings
from godwit_core.runtime.serving import Service
from godwit_core.runtime.settings import ExecutionOptions
from godwit_core.store import commands, engines, executions, reading
from godwit_core.store.connection import open_store, transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from scripting import Clock, ScriptedRegistry, chain, engine, integer, task

LEASE_S = 7.0


def serving(home, registry, clock):
    return Engine(EngineSettings(home=home, workers=2, lease_s=LEASE_S, serves=True), registry, clock)


def submit(one, **options):
    return one.submit(chain(task("a"), task("b")), "chain", {"x": integer(1)}, ExecutionOptions(**options))


def names(taken):
    return [one.execution.name for one in taken if isinstance(one, Taken)]


def dump(home):
    with closing(open_store(home / "godwit.db")) as connection:
        return list(connection.iterdump())


class Watcher:
    """Notes what a service tells."""

    def __init__(self):
        self.told = []

    def __getattr__(self, event):
        return lambda about, *_: self.told.append((event, getattr(about, "name", about)))


def test_an_execution_that_is_submitted_is_run_by_nobody_until_it_is_taken(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        name = submit(one)
        one.turn(0)
        row = reading.get_execution(one.connection, name)
        assert (row.engine, row.phase.name, one.held) == (None, "QUEUED", [])
    with serving(tmp_path, registry, clock) as other:
        assert names(other.take(5)) == [name]
        assert other.run(name).phase.name == "SUCCEEDED"


def test_no_two_engines_take_the_same(tmp_path, registry, clock):
    with serving(tmp_path, registry, clock) as first, serving(tmp_path, registry, clock) as second:
        submitted = [submit(first) for _ in range(5)]
        assert names(first.take(3)) == submitted[:3]
        assert names(second.take(9)) == submitted[3:]
        assert names(first.take(9)) == []


def test_a_claim_is_made_once(tmp_path, registry, clock):
    with serving(tmp_path, registry, clock) as first, serving(tmp_path, registry, clock) as second:
        row = reading.get_execution(first.connection, submit(first))
        with transaction(first.connection):
            assert executions.claim(first.connection, row.id, first.id)
        with transaction(second.connection):
            assert not executions.claim(second.connection, row.id, second.id)
            executions.release(second.connection, row.id, second.id)
        assert reading.get_execution(first.connection, row.name).engine == first.id


def test_the_highest_priority_is_taken_first_then_the_oldest(tmp_path, registry, clock):
    with serving(tmp_path, registry, clock) as one:
        low, usual, high, later = (submit(one, priority=priority) for priority in (-3, 0, 9, 0))
        assert names(one.take(4)) == [high, usual, later, low]


def test_an_engine_has_room_for_what_it_has_idle_places_for(tmp_path, registry, clock):
    registry.hold = True
    with serving(tmp_path, registry, clock) as one:
        one.open_backend("scripted")  # eight places
        assert one.room(100) == 8
        for _ in range(3):
            submit(one)
        list(one.take(3))
        one.turn(0)
        assert (one.room(100), one.room(4)) == (5, 1)


def test_what_waits_for_a_place_takes_from_the_room(tmp_path, registry, clock):
    registry.hold = True
    spec = task("a")
    spec.max_concurrency = 1
    with serving(tmp_path, registry, clock) as one:
        one.open_backend("scripted")
        for _ in range(3):
            one.submit(chain(spec), "chain", {"x": integer(1)})
        list(one.take(3))
        one.turn(0)
        assert one.room(100) == 8 - 1 - 2, "one attempt is under way, and two executions wait for it to end"


def test_an_engine_writes_no_execution_that_another_one_holds(tmp_path, registry, clock):
    registry.hold = True
    with serving(tmp_path, registry, clock) as first, serving(tmp_path, registry, clock) as second:
        lost, kept = submit(first), submit(first)
        list(first.take(2))
        first.turn(0)
        row = reading.get_execution(second.connection, lost)
        with transaction(second.connection):
            executions.release(second.connection, row.id, first.id)
            assert executions.claim(second.connection, row.id, second.id)
        before = dump(tmp_path)
        first.request_abort(lost)
        first.request_abort(kept)
        with pytest.raises(lease.LeaseLost, match=lost):
            first.turn(0)
        assert dump(tmp_path) == before


def test_a_lease_holds_as_long_as_the_settings_say(tmp_path, registry, clock):
    registry.hold = True
    with serving(tmp_path, registry, clock) as first, serving(tmp_path, registry, clock) as second:
        name = submit(first)
        list(first.take(1))
        for _ in range(5):  # it renews while it turns
            clock.us += round(LEASE_S * 1e6) // 2
            first.turn(0)
            second.turn(0)
            assert second.admission.free_dead() == []
        clock.us += round(LEASE_S * 1e6)
        engines.renew(second.connection, second.id, clock.us + 1)
        assert second.admission.free_dead() == [first.id]
        assert names(second.take(1)) == [name]


def test_what_an_engine_cannot_run_is_left_to_others(tmp_path, registry, clock):
    spec = task("a")
    spec.backend = "absent"
    with serving(tmp_path, registry, clock) as one:
        fits = submit(one)
        name = submit(one)
        with transaction(one.connection):  # as another engine with more plugins would have stored it
            stored = chain(spec).SerializeToString(deterministic=True)
            key = executions.add_registration(one.connection, b"another", stored)
            one.connection.execute("UPDATE executions SET registration = ? WHERE name = ?", (key, name))
        taken, refused = one.take(2)
        assert (taken.execution.name, refused.name) == (fits, name)
        assert isinstance(refused, Refused)
        assert "absent" in refused.error.message
        assert list(one.take(2)) == [], "it is not looked at again"
        assert reading.get_execution(one.connection, name).engine is None


def test_a_service_ends_when_all_is_done(tmp_path, registry, clock):
    watcher = Watcher()
    with serving(tmp_path, registry, clock) as one:
        submitted = [submit(one) for _ in range(20)]
        Service(one, watcher, until_idle=True, max_executions=3, clock=clock).run()
        assert {row.phase.name for row in reading.list_executions(one.connection, limit=99)} == {"SUCCEEDED"}
    assert [name for event, name in watcher.told if event == "taken"] == submitted
    assert sorted(name for event, name in watcher.told if event == "ended") == sorted(submitted)


def test_a_service_takes_over_from_a_dead_engine(tmp_path, registry, clock):
    with serving(tmp_path, registry, clock) as dead, serving(tmp_path, registry, clock) as one:
        registry.hold = True
        name = submit(dead)
        list(dead.take(1))
        dead.turn(0)
        clock.us += round(LEASE_S * 1e6) + 1
        engines.renew(one.connection, one.id, clock.us + 1_000_000)
        registry.hold = False
        watcher = Watcher()
        Service(one, watcher, until_idle=True, clock=clock).run()
        assert watcher.told == [("freed", dead.id), ("taken", name), ("ended", name)]


def test_commands_are_carried_out_by_the_engine_that_takes_the_execution(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        row = reading.get_execution(one.connection, submit(one))
        with transaction(one.connection):
            commands.insert(one.connection, row.id, commands.ABORT, "not needed")
    with serving(tmp_path, registry, clock) as other:
        list(other.take(1))
        assert other.run(row.name).phase.name == "ABORTED"
    assert registry.requests == {}


class SharingMachine(RuleBasedStateMachine):
    """Engines come, take, turn, leave, and are stopped for longer than their lease, in any order."""

    def __init__(self):
        super().__init__()
        self.stack = ExitStack()
        self.home = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.clock = Clock()
        self.registry = ScriptedRegistry()
        self.living = [self.open()]
        self.submitted = []

    def open(self):
        one = serving(self.home, self.registry, self.clock)
        one.__enter__()
        self.stack.callback(one.__exit__, None, None, None)
        return one

    @rule()
    def submit(self):
        spec = task("a")
        spec.retries.max_infrastructure_retries = 100
        registration = chain(spec, task("b"))
        self.submitted.append(self.living[0].submit(registration, "chain", {"x": integer(1)}))

    @precondition(lambda self: len(self.living) < 4)
    @rule()
    def come(self):
        self.living.append(self.open())

    @rule(data=st.data(), count=st.integers(1, 3))
    def take(self, data, count):
        list(data.draw(st.sampled_from(self.living)).take(count))

    @rule(data=st.data(), hold=st.booleans())
    def turn(self, data, hold):
        self.registry.hold = hold
        data.draw(st.sampled_from(self.living)).turn(0)

    @precondition(lambda self: len(self.living) > 1)
    @rule(data=st.data())
    def leave(self, data):
        one = data.draw(st.sampled_from(self.living))
        self.living.remove(one)
        one.__exit__(None, None, None)

    @precondition(lambda self: len(self.living) > 1)
    @rule(data=st.data())
    def stop_one_for_longer_than_its_lease(self, data):
        stopped = data.draw(st.sampled_from(self.living))
        self.living.remove(stopped)
        for _ in range(3):
            self.clock.us += round(LEASE_S * 1e6) // 2
            for one in self.living:
                one.turn(0)
        freed = [key for one in self.living for key in one.admission.free_dead()]
        assert freed == [stopped.id]
        for one in self.living:
            list(one.take(2))
        before = dump(self.home)
        for execution in stopped.held:
            stopped.request_abort(execution.name)
        if stopped.held:
            with pytest.raises(lease.LeaseLost):
                stopped.turn(0)
        assert dump(self.home) == before

    def teardown(self):
        try:
            self.registry.hold = False
            for one in self.living:
                one.__exit__(None, None, None)
            last = self.open()
            for _ in range(200):
                list(last.take(9))
                last.turn(0)
            assert last.admission.is_all_done()
            for name in self.submitted:
                row = reading.get_execution(last.connection, name)
                assert row.phase.name == "SUCCEEDED"
                events = list(reading.list_events(last.connection, row.id))
                assert [event.sequence for event in events] == list(range(1, len(events) + 1))
                finished = [one for one in events if one.WhichOneof("kind") == "node_finished"]
                assert len(finished) == 2
        finally:
            self.stack.close()


SharingMachine.TestCase.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
TestSharing = SharingMachine.TestCase
