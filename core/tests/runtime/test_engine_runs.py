"""The loop on a scripted backend: acceptance, results, retries, cache, abort, resumption."""

import pytest
from godwit_core.compiler.problems import CompileFailed
from godwit_core.runtime.settings import ExecutionOptions
from godwit_core.store import cache, reading
from godwit_core.store.connection import StoreError, open_store
from godwit_plugin_api import hookimpl
from godwit_plugin_api.errors import InvalidInput
from godwit_plugin_api.manifest import Kind, Record
from godwitidl.core.v1.event_pb2 import Event
from godwitidl.core.v1.values_pb2 import Literal
from scripting import chain, engine, integer, task


def result(outcome):
    return Literal.FromString(outcome.outputs["result"][0]).int_value


def run(home, registry, clock, registration, *, options=None, x=1):
    with engine(home, registry, clock) as one:
        return one.run(one.accept(registration, "chain", {"x": integer(x)}, options))


def test_a_chain_runs_to_its_end(tmp_path, registry, clock):
    outcome = run(tmp_path, registry, clock, chain(task("a"), task("b"), task("c")))
    assert result(outcome) == 4
    assert [(node.id, node.phase.name, node.attempts) for node in outcome.nodes] == [
        ("n0", "SUCCEEDED", 1),
        ("n1", "SUCCEEDED", 1),
        ("n2", "SUCCEEDED", 1),
    ]


def test_memory_does_as_well_as_a_file(registry, clock):
    assert result(run(None, registry, clock, chain(task("a")))) == 2


def test_the_history_is_without_gaps_and_ends_with_the_end(tmp_path, registry, clock):
    registry.failures["b"] = ["failed", "lost"]
    outcome = run(tmp_path, registry, clock, chain(task("a"), task("b", retries=1)))
    with engine(tmp_path, registry, clock) as one:
        row = reading.get_execution(one.connection, outcome.name)
        events = list(reading.list_events(one.connection, row.id))
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    kinds = [event.WhichOneof("kind") for event in events]
    assert kinds[0] == "execution_accepted"
    assert kinds[-1] == "execution_finished"
    assert kinds.count("attempt_started") == 4
    assert kinds.count("retry_scheduled") == 2
    times = [event.time.ToNanoseconds() for event in events]
    assert times == sorted(times)


def test_a_failure_is_told_with_its_node(tmp_path, registry, clock):
    registry.failures["b"] = ["failed"]
    outcome = run(tmp_path, registry, clock, chain(task("a"), task("b"), task("c")))
    assert outcome.phase.name == "FAILED"
    assert outcome.error.code == "FAKE"
    assert outcome.error.node_path == "n1"
    assert [node.phase.name for node in outcome.nodes] == ["SUCCEEDED", "FAILED", "SKIPPED"]


def test_bad_requests_leave_nothing_behind(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        with pytest.raises(InvalidInput):
            one.accept(chain(task("a")), "chain", {})
        with pytest.raises(CompileFailed):
            one.accept(chain(task("a")), "chian", {"x": integer(1)})
        with pytest.raises(InvalidInput):
            one.accept(chain(task("a")), "chain", {"x": Literal(string_value="1")})
        assert reading.list_executions(one.connection, limit=10) == []


def test_a_name_is_taken_once(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        options = ExecutionOptions(name="mine")
        one.accept(chain(task("a")), "chain", {"x": integer(1)}, options)
        with pytest.raises(InvalidInput):
            one.accept(chain(task("a")), "chain", {"x": integer(1)}, options)


def test_what_was_computed_is_not_computed_again(tmp_path, registry, clock):
    registration = chain(task("a", cache="1"), task("b", cache="1"))
    first = run(tmp_path, registry, clock, registration)
    second = run(tmp_path, registry, clock, registration)
    assert [node.cache.name for node in first.nodes] == ["MISS", "MISS"]
    assert [node.cache.name for node in second.nodes] == ["HIT", "HIT"]
    assert first.outputs == second.outputs
    assert len(registry.place.submitted) == 2
    third = run(tmp_path, registry, clock, registration, x=5)
    assert [node.cache.name for node in third.nodes] == ["MISS", "MISS"]


def test_another_version_or_request_computes_again(tmp_path, registry, clock):
    run(tmp_path, registry, clock, chain(task("a", cache="1")))
    again = run(tmp_path, registry, clock, chain(task("a", cache="2")))
    assert again.nodes[0].cache.name == "MISS"
    forced = run(tmp_path, registry, clock, chain(task("a", cache="2")), options=ExecutionOptions(overwrite_cache=True))
    assert forced.nodes[0].cache.name == "OVERWRITTEN"


def test_a_result_grows_too_old(tmp_path, registry, clock):
    registration = chain(task("a", cache="1", ttl_s=60))
    run(tmp_path, registry, clock, registration)
    clock.us += 59_000_000
    assert run(tmp_path, registry, clock, registration).nodes[0].cache.name == "HIT"
    clock.us += 1_000_000
    assert run(tmp_path, registry, clock, registration).nodes[0].cache.name == "MISS"


def test_a_hit_whose_blob_is_gone_is_a_miss(tmp_path, registry, clock):
    registration = chain(task("a", cache="1"))
    run(tmp_path, registry, clock, registration)
    with engine(tmp_path, registry, clock) as one:
        one.connection.execute("UPDATE cache SET uris = ?", ((tmp_path / "gone").as_uri(),))
        assert one.run(one.accept(registration, "chain", {"x": integer(1)})).nodes[0].cache.name == "MISS"
        row = cache.of_task(one.connection, "p", "development", "a")[0]
        assert row.uris == ""


def test_an_abort_from_another_process_is_seen(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(chain(task("a"), task("b")), "chain", {"x": integer(1)})
        one.turn(0)
        row = reading.get_execution(one.connection, name)
        one.connection.execute("INSERT INTO commands (execution, kind, data) VALUES (?, 'abort', 'enough')", (row.id,))
        clock.us += 1_000_000
        outcome = one.run(name)
        assert outcome.phase.name == "ABORTED"
        assert outcome.error.message == "enough"
        assert [node.phase.name for node in outcome.nodes] == ["ABORTED", "SKIPPED"]
        assert one.connection.execute("SELECT count(*) FROM commands").fetchone() == (0,)


def test_work_that_outlives_the_engine_is_found_again(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(chain(task("a"), task("b")), "chain", {"x": integer(1)})
        one.turn(0)
        one.turn(0)
    registry.hold = False
    with engine(tmp_path, registry, clock) as two:
        two.resume(name)
        outcome = two.run(name)
    assert result(outcome) == 3
    assert [node.attempts for node in outcome.nodes] == [1, 1]
    assert len(registry.place.submitted) == 2


def test_what_has_ended_is_not_resumed(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        outcome = one.run(one.accept(chain(task("a")), "chain", {"x": integer(1)}))
        assert reading.get_execution(one.connection, outcome.name).engine is None
    with engine(tmp_path, registry, clock) as one, pytest.raises(InvalidInput) as refused:
        one.resume(outcome.name)
    assert refused.value.code == "ALREADY_ENDED"


def test_a_clock_that_is_set_back_does_not_turn_history_around(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(chain(task("a"), task("b")), "chain", {"x": integer(1)})
        one.turn(0)
        clock.set_by_us -= 500_000_000
        outcome = one.run(name)
        row = reading.get_execution(one.connection, name)
        times = [event.time.ToNanoseconds() for event in reading.list_events(one.connection, row.id)]
    assert outcome.duration_s >= 0
    assert times == sorted(times)


def test_listeners_hear_every_event_once_it_is_stored(tmp_path, registry, clock):
    heard = []

    class Listener:
        @hookimpl
        def godwit_execution_events(self, events):
            heard.extend(events)

    registry.listening = (Record(Kind.EVENT_LISTENER, "ear", "none:none"),)
    registry.listener = Listener()
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(chain(task("a")), "chain", {"x": integer(1)})
        one.run(name)
        row = reading.get_execution(one.connection, name)
        stored = [event.SerializeToString() for event in reading.list_events(one.connection, row.id)]
    assert [event.event for event in heard] == stored
    assert {event.execution for event in heard} == {f"p/development/{name}"}


def test_what_an_engine_left_untold_the_next_one_tells(tmp_path, registry, clock):
    heard = []

    class Listener:
        deaf = True

        @hookimpl
        def godwit_execution_events(self, events):
            if self.deaf:
                raise KeyboardInterrupt
            heard.extend(events)

    registry.listening = (Record(Kind.EVENT_LISTENER, "ear", "none:none"),)
    registry.listener = Listener()
    first = engine(tmp_path, registry, clock)
    first.__enter__()
    with pytest.raises(KeyboardInterrupt):  # as if it were killed between the commit and the call
        first.accept(chain(task("a")), "chain", {"x": integer(1)})
    first.__exit__(None, None, None)
    registry.listener.deaf = False
    with engine(tmp_path, registry, clock) as second:
        assert [Event.FromString(one.event).WhichOneof("kind") for one in heard] == ["execution_accepted"]
        assert second.connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
    with engine(tmp_path, registry, clock):
        assert len(heard) == 1


def test_what_ended_an_engine_is_told_although_its_listeners_cannot_be_left_in_order(tmp_path, registry, clock):
    class Listener:
        @hookimpl
        def godwit_execution_events(self, events):
            pass

    registry.listening = (Record(Kind.EVENT_LISTENER, "ear", "none:none"),)
    registry.listener = Listener()
    other = open_store(tmp_path / "godwit.db")

    def run_locked():
        with engine(tmp_path, registry, clock) as one:
            name = one.accept(chain(task("a")), "chain", {"x": integer(1)})
            one.connection.execute("PRAGMA busy_timeout = 0")
            other.execute("BEGIN IMMEDIATE")
            one.run(name)

    with pytest.raises(StoreError) as told:
        run_locked()
    assert told.value.code == "STORE_LOCKED"
    other.close()
