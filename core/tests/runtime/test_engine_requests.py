"""What backends are told of each attempt."""

import pytest
from scripting import chain, engine, integer, task


@pytest.fixture
def run(tmp_path, registry, clock):
    def run(spec):
        with engine(tmp_path, registry, clock) as one:
            return one.run(one.accept(chain(spec), "chain", {"x": integer(1)}))

    return run


def test_the_last_attempt_that_the_infrastructure_pays_for_goes_to_a_safe_place(run, registry):
    spec = task("a")
    spec.interruptible = True
    spec.retries.max_infrastructure_retries = 2
    registry.failures["a"] = ["lost", "lost"]
    assert run(spec).phase.name == "SUCCEEDED"
    assert [request.interruptible for request in registry.requests.values()] == [True, True, False]


def test_failures_of_the_task_itself_leave_it_interruptible(run, registry):
    spec = task("a", retries=2)
    spec.interruptible = True
    spec.retries.max_infrastructure_retries = 1
    registry.failures["a"] = ["failed", "failed"]
    assert run(spec).phase.name == "SUCCEEDED"
    assert [request.interruptible for request in registry.requests.values()] == [True, True, True]


def test_a_task_that_does_not_say_so_is_never_interruptible(run, registry):
    assert run(task("a")).phase.name == "SUCCEEDED"
    assert [request.interruptible for request in registry.requests.values()] == [False]


def test_declared_memory_is_told(run, registry):
    spec = task("a")
    spec.resources.memory_bytes = 5 << 30
    run(spec)
    assert [request.memory_bytes for request in registry.requests.values()] == [5 << 30]
