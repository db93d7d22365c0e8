"""Caches that serialize: of several executions, in one engine or more, one computes, and the others take its result."""

import pytest
from godwit_core.engine.phases import CacheStatus, NodePhase
from godwit_core.runtime import lease
from scripting import chain, engine, integer, task


def registration(**settings):
    spec = task("a", cache="1", **settings)
    spec.cache.serialize = True
    return chain(spec)


def accept(one, spec=None):
    return one.accept(spec or registration(), "chain", {"x": integer(1)})


def phase_in(one, name):
    (held,) = [held for held in one._held.values() if held.execution.name == name]
    return held.execution.nodes[0].phase


def outcome(one, name):
    for _ in range(300):
        if name in one._outcomes:
            break
        one.turn(0.01)
    else:
        pytest.fail("it waits for ever")
    done = one.run(name)
    (node,) = done.nodes
    return done.phase.name, node.cache, node.attempts


def test_who_waits_computes_when_the_other_one_is_aborted(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one:
        first, second = accept(one), accept(one)
        one.turn(0)
        one.turn(0)
        assert {phase_in(one, first), phase_in(one, second)} == {NodePhase.RUNNING, NodePhase.WAITING}
        one.request_abort(first)
        registry.hold = False
        assert outcome(one, second)[:2] == ("SUCCEEDED", CacheStatus.MISS)


def test_without_serialize_both_compute(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one:
        plain = chain(task("a", cache="1"))
        first, second = accept(one, plain), accept(one, plain)
        one.turn(0)
        assert {phase_in(one, first), phase_in(one, second)} == {NodePhase.RUNNING}


def test_five_executions_of_one_engine_compute_once(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        names = [accept(one) for _ in range(5)]
        found = [outcome(one, name) for name in names]
        assert sorted(found) == sorted([("SUCCEEDED", CacheStatus.MISS, 1)] + [("SUCCEEDED", CacheStatus.HIT, 0)] * 4)
        assert one.connection.execute("SELECT count(*) FROM cache_claims").fetchone() == (0,)


def test_two_engines_of_one_home_compute_once(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one, engine(tmp_path, registry, clock) as other:
        first, second = accept(one), accept(other)
        one.turn(0)
        other.turn(0)
        assert (phase_in(one, first), phase_in(other, second)) == (NodePhase.RUNNING, NodePhase.WAITING)
        one.request_abort(first)
        one.turn(0)
        registry.hold = False
        third = accept(one)
        assert outcome(one, third) == ("SUCCEEDED", CacheStatus.MISS, 1)
        clock.us += 1_000_000
        assert outcome(other, second) == ("SUCCEEDED", CacheStatus.HIT, 0)


def test_the_owners_end_frees_what_it_had_claimed(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as other:
        with engine(tmp_path, registry, clock) as one:
            accept(one)
            one.turn(0)
            second = accept(other)
            other.turn(0)
            assert phase_in(other, second) is NodePhase.WAITING
        registry.hold = False
        clock.us += 1_000_000
        assert outcome(other, second) == ("SUCCEEDED", CacheStatus.MISS, 1)


def test_an_owner_whose_lease_has_run_out_frees_what_it_had_claimed(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one:
        accept(one)
        one.turn(0)
        clock.us += lease.LEASE_US + 1
        registry.hold = False
        with engine(tmp_path, registry, clock) as other:
            assert outcome(other, accept(other)) == ("SUCCEEDED", CacheStatus.MISS, 1)


def test_an_execution_that_is_resumed_keeps_its_claim(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one:
        name = accept(one)
        one.turn(0)
    registry.hold = False
    with engine(tmp_path, registry, clock) as other:
        other.resume(name)
        waiting = accept(other)
        assert outcome(other, name)[0] == "SUCCEEDED"
        assert outcome(other, waiting) == ("SUCCEEDED", CacheStatus.HIT, 0)


def test_a_failure_lets_the_next_one_try(tmp_path, registry, clock):
    registry.failures["a"] = ["failed"]
    with engine(tmp_path, registry, clock) as one:
        first, second = accept(one), accept(one)
        assert [outcome(one, first)[0], outcome(one, second)[0]] == ["FAILED", "FAILED"]
        assert one.connection.execute("SELECT count(*) FROM cache_claims").fetchone() == (0,)


def test_an_engine_that_has_lost_its_lease_claims_nothing(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        accept(one)
        one.connection.execute("DELETE FROM engines")
        with pytest.raises(lease.LeaseLost):
            one.turn(0)
        assert one.connection.execute("SELECT count(*) FROM cache_claims").fetchone() == (0,)
