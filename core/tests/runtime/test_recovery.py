"""Executions that take over what an earlier one has computed."""

import pytest
from godwit_core.runtime.settings import ExecutionOptions
from godwit_core.store import collection, reading
from godwit_core.store.connection import transaction
from godwit_plugin_api.backend import Finished, OutputValue
from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.digest import literal_digest
from scripting import chain, engine, integer, task


@pytest.fixture
def run(tmp_path, registry, clock):
    def run(registration, *, x=1, **options):
        with engine(tmp_path, registry, clock) as one:
            return one.run(one.accept(registration, "chain", {"x": integer(x)}, ExecutionOptions(**options)))

    return run


def phases(outcome):
    return [node.phase.name for node in outcome.nodes]


def result(outcome):
    return Literal.FromString(outcome.outputs["result"][0]).int_value


@pytest.fixture
def failed(run, registry):
    """An execution `first` of a, b, c, of which c has failed."""
    registry.failures["c"] = ["failed"]
    outcome = run(chain(task("a"), task("b"), task("c")), name="first")
    registry.failures.clear()
    assert phases(outcome) == ["SUCCEEDED", "SUCCEEDED", "FAILED"]
    return outcome


@pytest.mark.usefixtures("failed")
def test_successes_are_taken_over_and_the_rest_is_run(run, registry):
    registry.place.submitted.clear()
    outcome = run(chain(task("a"), task("b"), task("c")), recovers="first")
    assert phases(outcome) == ["RECOVERED", "RECOVERED", "SUCCEEDED"]
    assert result(outcome) == 4
    assert [request.task.name for request in registry.place.submitted] == ["c"]


@pytest.mark.usefixtures("failed")
def test_what_a_changed_task_gives_is_computed_again_and_what_it_feeds_only_if_it_differs(run):
    changed = task("a")
    changed.program.arguments.append("other")
    outcome = run(chain(changed, task("b"), task("c")), recovers="first")
    assert phases(outcome) == ["SUCCEEDED", "RECOVERED", "SUCCEEDED"]


@pytest.mark.usefixtures("failed")
def test_other_inputs_are_other_results(run):
    outcome = run(chain(task("a"), task("b"), task("c")), x=5, recovers="first")
    assert phases(outcome) == ["SUCCEEDED"] * 3


@pytest.mark.parametrize(
    "change",
    [
        lambda spec: setattr(spec.retries, "max_retries", 5),
        lambda spec: setattr(spec.timeouts.attempt, "seconds", 5),
        lambda spec: setattr(spec.resources, "memory_bytes", 5),
        lambda spec: setattr(spec, "description", "other"),
        lambda spec: spec.labels.add(key="a", value="b"),
        lambda spec: setattr(spec.source, "line", 5),
    ],
)
@pytest.mark.usefixtures("failed")
def test_how_a_task_is_tried_does_not_count(run, change):
    changed = task("a")
    change(changed)
    assert phases(run(chain(changed, task("b"), task("c")), recovers="first"))[0] == "RECOVERED"


@pytest.mark.parametrize(
    "change",
    [
        lambda spec: setattr(spec.cache, "version", "2"),
        lambda spec: setattr(spec.payload, "value", b"x"),
        lambda spec: spec.environment.add(name="A", value="b"),
        lambda spec: setattr(spec.container, "image", "other"),
    ],
)
@pytest.mark.usefixtures("failed")
def test_what_decides_a_result_counts(run, change):
    changed = task("a")
    change(changed)
    assert phases(run(chain(changed, task("b"), task("c")), recovers="first"))[0] == "SUCCEEDED"


@pytest.mark.usefixtures("failed")
def test_a_node_that_was_moved_is_found_by_what_it_is(run):
    outcome = run(chain(task("a"), task("b"), task("new"), task("c")), recovers="first")
    assert phases(outcome) == ["RECOVERED", "RECOVERED", "SUCCEEDED", "SUCCEEDED"]
    shifted = chain(task("b"), task("a"), task("b"), task("c"))
    shifted.bundle.workflows[0].body.nodes[1].call.inputs[0].value.workflow_input = "x"
    assert phases(run(shifted, recovers="first"))[:3] == ["SUCCEEDED", "RECOVERED", "RECOVERED"]


def test_a_result_is_taken_over_once(run):
    def twice(count):
        registration = chain(*(task("a") for _ in range(count)))
        for node in registration.bundle.workflows[0].body.nodes:
            node.call.inputs[0].value.workflow_input = "x"
        return registration

    run(twice(2), name="first")
    assert sorted(phases(run(twice(3), recovers="first"))) == ["RECOVERED", "RECOVERED", "SUCCEEDED"]


@pytest.mark.usefixtures("failed")
def test_a_recovered_execution_is_recovered_in_its_turn(run, registry):
    registry.failures["c"] = ["failed"]
    assert phases(run(chain(task("a"), task("b"), task("c")), name="second", recovers="first"))[2] == "FAILED"
    registry.failures.clear()
    outcome = run(chain(task("a"), task("b"), task("c")), recovers="second")
    assert phases(outcome) == ["RECOVERED", "RECOVERED", "SUCCEEDED"]


def test_a_result_whose_blob_is_gone_is_computed_again(tmp_path, run, registry):
    blob = tmp_path / "data"

    def script(request):
        blob.write_text("x")
        literal = Literal()
        literal.reference.uri = blob.as_uri()
        return Finished(request.id, (OutputValue("result", literal.SerializeToString(), literal_digest(integer(1))),))

    registry.script = script
    run(chain(task("a")), name="first")
    assert phases(run(chain(task("a")), recovers="first")) == ["RECOVERED"]
    blob.unlink()
    assert phases(run(chain(task("a")), recovers="first")) == ["SUCCEEDED"]


@pytest.mark.usefixtures("failed")
def test_an_engine_that_dies_amid_a_recovery_is_resumed(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one:
        registration = chain(task("a"), task("b"), task("c"))
        one.accept(registration, "chain", {"x": integer(1)}, ExecutionOptions(name="second", recovers="first"))
        one.turn(0)
    registry.hold = False
    with engine(tmp_path, registry, clock) as one:
        one.resume("second")
        assert phases(one.run("second")) == ["RECOVERED", "RECOVERED", "SUCCEEDED"]


@pytest.mark.usefixtures("failed")
def test_what_has_been_deleted_meanwhile_is_computed_again(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        registration = chain(task("a"), task("b"), task("c"))
        one.accept(registration, "chain", {"x": integer(1)}, ExecutionOptions(name="second", recovers="first"))
        with transaction(one.connection):
            collection.delete_executions(one.connection, [reading.get_execution(one.connection, "first").id])
        assert phases(one.run("second")) == ["SUCCEEDED"] * 3


def test_the_cache_is_asked_for_what_is_not_there(run, registry):
    registry.failures["b"] = ["failed"]
    run(chain(task("a", cache="1"), task("b")), name="first")
    registry.failures.clear()
    outcome = run(chain(task("a", cache="1"), task("b")), recovers="first")
    assert [(node.phase.name, node.cache.name) for node in outcome.nodes] == [
        ("RECOVERED", "UNSPECIFIED"),
        ("SUCCEEDED", "DISABLED"),
    ]
    run(chain(task("a", cache="1")), x=7)
    outcome = run(chain(task("a", cache="1"), task("b")), x=7, recovers="first")
    assert outcome.nodes[0].cache.name == "HIT"


def test_only_what_has_ended_is_recovered(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(chain(task("a")), "chain", {"x": integer(1)})
        with pytest.raises(InvalidInput) as caught:
            one.accept(chain(task("a")), "chain", {"x": integer(1)}, ExecutionOptions(recovers=name))
        assert caught.value.code == "NOT_ENDED"
        assert f"executions resume {name}" in caught.value.hint
