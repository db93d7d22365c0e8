"""Executions that take over what an earlier one has computed."""

import pytest
from godwit_core.engine.events import Answer
from godwit_core.engine.gates import waits_for_answer
from godwit_core.runtime import signals
from godwit_core.runtime.recovery import EarlierPaths
from godwit_core.runtime.settings import ExecutionOptions
from godwit_core.store import collection, commands, executions, reading
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


@pytest.mark.parametrize(("before", "after"), [("1", ""), ("", "1"), ("1", "1"), ("1", "2")])
def test_results_stand_unless_the_code_is_known_to_have_been_edited(run, before, after):
    def versioned(version):
        registration = chain(task("a"), task("b"))
        if version:
            registration.code_versions.add(task="a", version=version)
        return registration

    run(versioned(before), name="first")
    outcome = run(versioned(after), recovers="first")
    is_edited = (before, after) == ("1", "2")
    assert phases(outcome) == ["SUCCEEDED" if is_edited else "RECOVERED", "RECOVERED"]
    assert outcome.edited == (("n0",) if is_edited else ())


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


def asking(*, fails="last", prompt="Go on?"):
    """A workflow that runs another twice: a task, an approval, a signal, a task on its value; both with handlers."""
    registration = chain(task("a"), task(fails))
    workflow = registration.bundle.workflows[0]
    last = workflow.body.nodes[1]
    del workflow.body.nodes[1:]
    workflow.body.nodes.add(id="ok", after=["n0"]).approve.prompt = prompt
    rate = workflow.body.nodes.add(id="rate", after=["ok"])
    rate.signal.type.CopyFrom(workflow.interface.inputs[0].type)
    rate.signal.name = "rate"
    last.call.inputs[0].value.node_output.node_id = "rate"
    last.call.inputs[0].value.node_output.output = "value"
    workflow.body.nodes.append(last)
    sub = registration.bundle.workflows.add()
    sub.CopyFrom(workflow)
    sub.id.name = "sub"
    registration.bundle.tasks.add().CopyFrom(task("clean"))
    workflow.on_failure.target.task.name = "clean"
    workflow.on_failure.inputs.add(name="x").value.workflow_input = "x"
    del workflow.body.nodes[:]
    for name in ("one", "two"):
        node = workflow.body.nodes.add(id=name)
        node.call.target.workflow.name = "sub"
        node.call.inputs.add(name="x").value.workflow_input = "x"
    workflow.body.nodes[1].after.append("one")
    workflow.body.outputs[0].value.node_output.node_id = "two"
    sub.on_failure.CopyFrom(workflow.on_failure)
    return registration


def answered(tmp_path, registry, clock, registration, answers, **options):
    """Run to the end, giving each waiting gate of *answers* its value."""
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(registration, "chain", {"x": integer(1)}, ExecutionOptions(**options))
        asked = []
        while not reading.get_execution(one.connection, name).phase.final:
            one.turn(0)
            for held in list(one._held.values()):
                for node in [node for node in held.execution.nodes if waits_for_answer(node)]:
                    asked.append(node.path)
                    is_value = node.plan.gate.type is not None
                    answer = Answer.VALUE if is_value else Answer.APPROVED
                    value = integer(answers[node.path]) if is_value else None
                    one.request(name, commands.SIGNAL, signals.command(node, answer, value))
        return one.run(name), asked


def test_what_was_answered_is_not_asked_again_and_a_handler_is_called_anew(tmp_path, registry, clock):
    answers = {"one/rate": 5, "two/rate": 7}
    registry.failures["last"] = ["failed"]
    outcome, asked = answered(tmp_path, registry, clock, asking(), answers, name="first")
    assert (outcome.phase.name, asked) == ("FAILED", ["one/ok", "one/rate"])
    registry.failures["last"] = []
    outcome, asked = answered(tmp_path, registry, clock, asking(), answers, name="second", recovers="first")
    assert asked == ["two/ok", "two/rate"]
    assert result(outcome) == 8
    shown = {node.id: node.phase.name for node in outcome.nodes}
    assert [shown[f"one/{name}"] for name in ("n0", "ok", "rate", "n1", "on_failure")] == [
        *("RECOVERED",) * 3,
        "SUCCEEDED",
        "SKIPPED",
    ]


def test_another_question_or_other_values_before_it_are_asked_anew(tmp_path, registry, clock):
    answers = {"one/rate": 5, "two/rate": 7}
    answered(tmp_path, registry, clock, asking(), answers, name="first")
    _, asked = answered(tmp_path, registry, clock, asking(prompt="Really?"), answers, name="second", recovers="first")
    assert asked == ["one/ok", "one/rate", "two/ok", "two/rate"]
    changed = asking()
    changed.bundle.tasks[0].program.arguments.append("other")
    _, asked = answered(tmp_path, registry, clock, changed, answers, name="third", recovers="first")
    assert asked == ["one/ok", "one/rate", "two/ok", "two/rate"]


def test_paths_of_earlier_nodes_lead_to_their_numbers(tmp_path, registry, clock):
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(asking(), "chain", {"x": integer(1)})
        while not any(waits_for_answer(node) for held in one._held.values() for node in held.execution.nodes):
            one.turn(0)
        (held,) = one._held.values()
        nodes, plan = held.execution.nodes, held.execution.plan
        scopes = executions.get_scopes(one.connection, reading.get_execution(one.connection, name).id)
        paths = EarlierPaths(plan, scopes)
        assert {node.path: paths.number(node.path.split("/")) for node in nodes} == {
            node.path: node.number for node in nodes
        }
        assert paths.number(["two", "n0"]) is None
