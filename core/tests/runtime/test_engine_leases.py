"""Who may write an execution: one engine at a time, and never one that has lost its lease."""

import os
import subprocess
import sys

import pytest
from godwit_core.runtime import lease
from godwit_core.runtime.clock import boot_id, host_name, process_start
from godwit_core.store import engines, executions, reading
from godwit_core.store.connection import open_store, transaction
from godwit_core.store.engines import EngineRow
from godwit_plugin_api.errors import InvalidInput
from scripting import chain, engine, integer, task


def row_of_this_process(**changes):
    fields = {
        "id": 0,
        "host": host_name(),
        "boot": boot_id(),
        "process": os.getpid(),
        "process_start": process_start(os.getpid()),
        "lease_until_us": 10,
    }
    return EngineRow(**{**fields, **changes})


def test_an_engine_lives_as_long_as_its_lease(clock):
    alive = row_of_this_process(lease_until_us=clock.us + 1)
    assert lease.is_alive(alive, clock)
    clock.us += 1
    assert not lease.is_alive(alive, clock)


def test_an_engine_of_an_earlier_boot_is_dead(clock):
    assert not lease.is_alive(row_of_this_process(boot="another", lease_until_us=clock.us + 1), clock)


def test_an_engine_whose_process_is_gone_is_dead(clock):
    done = subprocess.Popen([sys.executable, "-c", "pass"])
    done.wait()
    assert not lease.is_alive(row_of_this_process(process=done.pid, lease_until_us=clock.us + 1), clock)


def test_a_process_that_was_given_the_same_id_is_another(clock):
    assert not lease.is_alive(row_of_this_process(process_start=1, lease_until_us=clock.us + 1), clock)


def test_an_engine_of_another_host_lives_by_its_lease_alone(clock):
    assert lease.is_alive(row_of_this_process(host="elsewhere", process=1, lease_until_us=clock.us + 1), clock)


def test_a_living_engine_is_not_robbed(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as first, engine(tmp_path, registry, clock) as second:
        name = first.accept(chain(task("a")), "chain", {"x": integer(1)})
        first.turn(0)
        with pytest.raises(InvalidInput) as refused:
            second.resume(name)
        assert refused.value.code == "ALREADY_RUNNING"


def test_an_engine_that_was_stopped_for_too_long_writes_nothing_more(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as first:
        name = first.accept(chain(task("a"), task("b")), "chain", {"x": integer(1)})
        first.turn(0)
        clock.us += lease.LEASE_US + 1
        registry.hold = False
        with engine(tmp_path, registry, clock) as second:
            second.resume(name)
            assert second.run(name).phase.name == "SUCCEEDED"
        before = list(open_store(tmp_path / "godwit.db").iterdump())
        first.request_abort(name)
        with pytest.raises(lease.LeaseLost):
            first.turn(0)
        assert list(open_store(tmp_path / "godwit.db").iterdump()) == before


def test_the_lease_is_renewed_while_the_engine_turns(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as first:
        name = first.accept(chain(task("a")), "chain", {"x": integer(1)})
        for _ in range(10):
            clock.us += lease.RENEW_US
            first.turn(0)
        row = engines.get(first.connection, first.id)
        assert lease.is_alive(row, clock)
        assert reading.get_execution(first.connection, name).engine == first.id


def test_an_engine_that_leaves_frees_its_executions(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as first:
        name = first.accept(chain(task("a")), "chain", {"x": integer(1)})
        first.turn(0)
    registry.hold = False
    with engine(tmp_path, registry, clock) as second:
        second.resume(name)
        assert second.run(name).phase.name == "SUCCEEDED"


def test_the_check_says_who_has_taken_over():
    connection = open_store(None)
    with transaction(connection), pytest.raises(lease.LeaseLost):
        lease.check(connection, 7)


def test_no_engine_ever_gets_the_id_of_another(tmp_path, registry, clock):
    ids = []
    for _ in range(3):
        with engine(tmp_path, registry, clock) as one:
            ids.append(one.id)
    assert len(set(ids)) == 3, "a lease that was lost must not look held again"


def test_two_engines_share_what_nobody_holds_and_never_have_the_same(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one, engine(tmp_path, registry, clock) as two:
        names = [one.submit(chain(task("a")), "chain", {"x": integer(1)}) for _ in range(6)]
        taken = [[taken.execution.name for taken in who.take(count)] for who, count in ((one, 2), (two, 3), (one, 9))]
        assert [len(some) for some in taken] == [2, 3, 1]
        assert sorted(name for some in taken for name in some) == sorted(names)


def test_an_execution_that_two_engines_see_waiting_is_held_by_the_first(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one, engine(tmp_path, registry, clock) as two:
        name = one.submit(chain(task("a")), "chain", {"x": integer(1)})
        row = reading.get_execution(one.connection, name)
        assert executions.claim(one.connection, row.id, one.id)
        assert not executions.claim(two.connection, row.id, two.id)
        assert reading.get_execution(two.connection, name).engine == one.id


def test_an_engine_that_lost_a_single_execution_writes_it_no_more(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one, engine(tmp_path, registry, clock) as two:
        name = one.accept(chain(task("a")), "chain", {"x": integer(1)})
        one.turn(0)
        row = reading.get_execution(one.connection, name)
        executions.release(two.connection, row.id, one.id)
        assert executions.claim(two.connection, row.id, two.id)
        before = list(two.connection.iterdump())
        one.request_abort(name)
        with pytest.raises(lease.LeaseLost):
            one.turn(0)
        assert list(two.connection.iterdump()) == before


def test_an_engine_that_lost_its_lease_accepts_resumes_and_takes_nothing(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one, engine(tmp_path, registry, clock) as two:
        name = two.submit(chain(task("a")), "chain", {"x": integer(1)})
        with transaction(two.connection):
            engines.delete(two.connection, one.id)
        for call in (
            lambda: one.accept(chain(task("a")), "chain", {"x": integer(1)}),
            lambda: one.resume(name),
            lambda: list(one.take(1)),
        ):
            with pytest.raises(lease.LeaseLost):
                call()
        assert [row.engine for row in reading.list_executions(two.connection, limit=9)] == [None]


def test_an_engine_that_lost_its_lease_claims_no_result(tmp_path, registry, clock):
    registry.hold = True
    spec = task("a", cache="1")
    spec.cache.serialize = True
    with engine(tmp_path, registry, clock) as one, engine(tmp_path, registry, clock) as two:
        one.accept(chain(spec), "chain", {"x": integer(1)})
        with transaction(two.connection):
            engines.delete(two.connection, one.id)
        with pytest.raises(lease.LeaseLost):
            one.turn(0)
        assert two.connection.execute("SELECT count(*) FROM cache_claims").fetchone() == (0,)


def test_an_engine_that_holds_nothing_sees_that_it_lost_its_lease_when_it_renews_it(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one, engine(tmp_path, registry, clock) as two:
        with transaction(two.connection):
            engines.delete(two.connection, one.id)
        clock.us += lease.RENEW_US
        with pytest.raises(lease.LeaseLost):
            one.turn(0)
