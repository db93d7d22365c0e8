"""Limits on what runs at a time, on a scripted backend with eight places, four cores and four gibibytes."""

import pytest
from godwit_core.runtime.engine import Engine
from godwit_core.runtime.settings import EngineSettings, ExecutionOptions
from godwit_plugin_api.errors import GodwitError
from scripting import chain, integer, task

WIDTH = 10


def wide(*specs, name="chain"):
    """A registration of a workflow whose nodes, ten of each of *specs*, do not wait for each other."""
    registration = chain(*[spec for spec in specs for _ in range(WIDTH)], name=name)
    for node in registration.bundle.workflows[0].body.nodes:
        (binding,) = node.call.inputs
        binding.value.workflow_input = "x"
    return registration


@pytest.fixture
def engine(tmp_path, registry, clock):
    def engine(**queues):
        return Engine(EngineSettings(home=tmp_path, workers=2, queues=queues), registry, clock)

    return engine


@pytest.fixture
def most_at_once(engine, registry):
    def most_at_once(registration, options=None, **queues):
        with engine(**queues) as one:
            name = one.accept(registration, "chain", {"x": integer(1)}, options)
            for _ in range(500):
                one.turn(0)
            assert one._outcomes[name].phase.name == "SUCCEEDED"
        return registry.most_at_once

    return most_at_once


def limited(name="a", **settings):
    spec = task(name)
    for key in ("cpu_millis", "memory_bytes"):
        setattr(spec.resources, key, settings.pop(key, 0))
    for key, value in settings.items():
        setattr(spec, key, value)
    return spec


def test_without_limits_all_places_are_used(most_at_once):
    assert most_at_once(wide(task("a"))) == 8


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        ({"max_concurrency": 3}, 3),
        ({"queue": "gpu"}, 2),
        ({"queue": "unheard of"}, 8),
        ({"cpu_millis": 1500}, 2),
        ({"cpu_millis": 4000}, 1),
        ({"cpu_millis": 99_000}, 1),
        ({"memory_bytes": 1 << 30}, 4),
        ({"memory_bytes": 1 << 30, "max_concurrency": 3}, 3),
    ],
)
def test_a_limit_holds(most_at_once, settings, most):
    assert most_at_once(wide(limited(**settings)), gpu=2) == most


@pytest.mark.parametrize("parallelism", [1, 5])
def test_an_execution_has_its_own(most_at_once, parallelism):
    assert most_at_once(wide(task("a"), task("b")), ExecutionOptions(max_parallelism=parallelism)) == parallelism


def test_tasks_of_one_queue_share_its_limit(most_at_once):
    assert most_at_once(wide(limited("a", queue="gpu"), limited("b", queue="gpu")), gpu=3) == 3


def test_those_that_wait_for_others_hold_no_place(most_at_once):
    registration = wide(task("a"), name="inner")
    inner = registration.bundle.workflows[0]
    outer = registration.bundle.workflows.add()
    outer.CopyFrom(inner)
    outer.id.name = "chain"
    for node in outer.body.nodes:
        node.call.target.workflow.name = "inner"
    assert most_at_once(registration, ExecutionOptions(max_parallelism=1)) == 1


def test_the_higher_priority_comes_first(engine, registry):
    registry.hold = True
    with engine() as one:
        for name, priority in (("low", 0), ("high", 1)):
            options = ExecutionOptions(name, priority=priority)
            one.accept(wide(task("a")), "chain", {"x": integer(1)}, options)
        one.turn(0)
        one.turn(0)
        assert [request.execution for request in registry.place.submitted] == ["high"] * 8


def test_executions_of_equal_priority_share_the_places(engine, registry):
    registry.hold = True
    with engine() as one:
        for name in ("one", "two"):
            one.accept(wide(task("a")), "chain", {"x": integer(1)}, ExecutionOptions(name))
        one.turn(0)
        one.turn(0)
        names = sorted(request.execution for request in registry.place.submitted)
        assert names == ["one"] * 4 + ["two"] * 4


def test_limits_outlive_the_engine(engine, registry):
    registry.hold = True
    with engine() as one:
        one.accept(wide(task("a")), "chain", {"x": integer(1)}, ExecutionOptions("e", max_parallelism=3, priority=7))
        one.turn(0)
        one.turn(0)
        assert len(registry.place.running) == 3
    registry.hold = False
    with engine() as two:
        two.resume("e")
        assert two._held[1].execution.options.priority == 7
        assert two.run("e").phase.name == "SUCCEEDED"
    assert registry.most_at_once == 3
    assert len(registry.place.submitted) == WIDTH


def test_a_limit_below_zero_is_refused(engine):
    with engine() as one, pytest.raises(GodwitError, match="max_concurrency"):
        one.accept(wide(limited(max_concurrency=-1)), "chain", {"x": integer(1)})
