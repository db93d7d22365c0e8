"""What a result is known again by: each part of the key counts, and nothing else does."""

import pytest
from godwit_core.runtime.settings import ExecutionOptions
from scripting import chain, engine, integer, task


def cached(name="a", **settings):
    return chain(task(name, cache=settings.pop("version", "1"), **settings))


def of_another_project():
    registration = cached()
    registration.project = "q"
    return registration


def of_another_domain():
    registration = cached()
    registration.domain = "production"
    return registration


def of_another_interface():
    registration = cached()
    registration.bundle.tasks[0].interface.inputs[0].type.nullable = True
    return registration


def salted():
    registration = cached()
    registration.bundle.tasks[0].cache.salt = "x"
    return registration


def cache_status(one, registration, x=1, **options):
    outcome = one.run(one.accept(registration, "chain", {"x": integer(x)}, ExecutionOptions(**options)))
    return outcome.nodes[0].cache.name


DIFFERENT = {
    "project": of_another_project,
    "domain": of_another_domain,
    "task": lambda: cached("b"),
    "version": lambda: cached(version="2"),
    "salt": salted,
    "interface": of_another_interface,
}


@pytest.mark.parametrize("part", DIFFERENT)
def test_a_result_under_another_key_is_not_taken(tmp_path, registry, clock, part):
    with engine(tmp_path, registry, clock) as one:
        assert cache_status(one, cached()) == "MISS"
        assert cache_status(one, DIFFERENT[part]()) == "MISS"
        assert cache_status(one, cached()) == "HIT"
        assert cache_status(one, DIFFERENT[part]()) == "HIT"


def test_a_result_of_other_inputs_is_not_taken(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        assert [cache_status(one, cached(), x) for x in (1, 2, 1, 2)] == ["MISS", "MISS", "HIT", "HIT"]


def test_what_does_not_decide_the_result_is_no_part_of_the_key(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        assert cache_status(one, cached()) == "MISS"
        assert cache_status(one, cached(retries=5)) == "HIT"
        assert cache_status(one, cached(), priority=3, max_parallelism=1) == "HIT"


def test_who_overwrites_neither_takes_nor_leaves_the_earlier_result(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        assert cache_status(one, cached()) == "MISS"
        clock.us += 1_000_000
        assert cache_status(one, cached(), overwrite_cache=True) == "OVERWRITTEN"
        assert cache_status(one, cached()) == "HIT"
        assert len(registry.place.submitted) == 2
        (created_us,) = one.connection.execute("SELECT created_us FROM cache").fetchone()
        assert created_us >= 1_001_000_000, "the later result is the one that is kept"
