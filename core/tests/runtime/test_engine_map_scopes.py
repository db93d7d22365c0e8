"""Maps over workflows on a scripted backend: scopes of items, failures, gates, handlers, aborts and resumption."""

import sqlite3

import pytest
from godwit_core.engine.events import Answer
from godwit_core.engine.gates import waits_for_answer
from godwit_core.engine.maps import WINDOW
from godwit_core.engine.phases import NodePhase
from godwit_core.engine.work import LONGEST_STEP
from godwit_core.runtime import signals
from godwit_core.runtime.revival import revive
from godwit_core.runtime.settings import ExecutionOptions
from godwit_core.store import commands, reading
from godwitidl.core.v1.task_pb2 import NATIVE_KIND_ECHO, NativeTask
from godwitidl.core.v1.values_pb2 import SIMPLE_TYPE_INT, Literal
from godwitidl.core.v1.workflow_pb2 import FAILURE_POLICY_FAIL_FAST, FAILURE_POLICY_RUN_WHAT_CAN_RUN
from scripting import chain, engine, task


def integers(values):
    literal = Literal()
    literal.list.SetInParent()
    for value in values:
        literal.list.items.add().int_value = value
    return literal


def mapped(*tasks, target="workflow", **settings):
    """A registration of `chain`, which maps the workflow `inner` of *tasks* in a row over its input `xs`."""
    registration = chain(*tasks, name="inner")
    outer = registration.bundle.workflows.add()
    outer.id.name = "chain"
    outer.failure_policy = FAILURE_POLICY_FAIL_FAST
    outer.interface.inputs.add(name="xs").type.list.item.simple = SIMPLE_TYPE_INT
    of = outer.interface.outputs.add(name="result").type
    of.list.item.simple = SIMPLE_TYPE_INT
    node = outer.body.nodes.add(id="many")
    getattr(node.map.target, target).name = "inner" if target == "workflow" else "planned"
    node.map.over.add(name="x").value.workflow_input = "xs"
    for name, value in settings.items():
        setattr(node.map, name, value)
        if name != "concurrency":
            of.list.item.nullable = True
    output = outer.body.outputs.add(name="result").value.node_output
    output.node_id, output.output = "many", "result"
    return registration


def inner(registration):
    return registration.bundle.workflows[0]


def values(outcome, one):
    literal = Literal.FromString(outcome.outputs["result"][0])
    if literal.WhichOneof("kind") == "reference":
        literal = one._stored.load(literal.reference)
    return [item.int_value if item.WhichOneof("kind") == "int_value" else None for item in literal.list.items]


def run(home, registry, clock, registration, xs, **options):
    with engine(home, registry, clock) as one:
        options = ExecutionOptions(**options)
        outcome = one.run(one.accept(registration, "chain", {"xs": integers(xs)}, options))
        return outcome, values(outcome, one) if outcome.outputs else None


def shown(outcome):
    return [(node.id, node.phase.name, node.items) for node in outcome.nodes]


def paths(registry):
    return sorted(request.node_path for request in registry.requests.values())


def test_each_item_runs_the_workflow(tmp_path, registry, clock):
    outcome, got = run(tmp_path, registry, clock, mapped(task("a"), task("b")), range(20))
    assert got == [x + 2 for x in range(20)]
    assert shown(outcome) == [("many", "SUCCEEDED", (20, 20, 0))]
    assert paths(registry) == sorted(f"many/[{item}]/{node}" for item in range(20) for node in ("n0", "n1"))


def test_an_empty_list_opens_no_scope(tmp_path, registry, clock):
    _, got = run(tmp_path, registry, clock, mapped(task("a")), [])
    assert got == []


def test_a_launch_plan_is_mapped_with_its_fixed_inputs(tmp_path, registry, clock):
    registration = mapped(task("a"), target="launch_plan")
    workflow, spec = inner(registration), registration.bundle.tasks[0]
    spec.interface.inputs.add(name="y").type.simple = SIMPLE_TYPE_INT
    workflow.interface.inputs.add(name="y").type.simple = SIMPLE_TYPE_INT
    workflow.body.nodes[0].call.inputs.add(name="y").value.workflow_input = "y"
    plan = registration.bundle.launch_plans.add()
    plan.id.name, plan.workflow.name = "planned", "inner"
    plan.fixed_inputs.add(name="y").value.int_value = 100
    _, got = run(tmp_path, registry, clock, registration, range(3))
    assert got == [101, 102, 103]


def test_no_more_scopes_are_open_than_the_concurrency(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one:
        one.accept(mapped(task("a"), concurrency=3), "chain", {"xs": integers(range(50))})
        for _ in range(5):
            one.turn(0)
        (held,) = one._held.values()
        assert len(held.execution.scopes) == 4
        assert len(registry.place.running) == 3


def test_scopes_of_items_that_have_ended_leave_the_memory_and_stay_in_the_rows(tmp_path, registry, clock):
    count = 3 * WINDOW
    most = 0

    def look(execution, _):
        nonlocal most
        most = max(most, len(execution.scopes))

    with engine(tmp_path, registry, clock) as one:
        name = one.accept(mapped(task("a"), task("b")), "chain", {"xs": integers(range(count))})
        outcome = one.run(name, look)
        assert values(outcome, one) == [x + 2 for x in range(count)]
    assert most <= WINDOW + 1
    with sqlite3.connect(tmp_path / "godwit.db") as connection:
        assert connection.execute("SELECT count(*), count(DISTINCT item) FROM scopes").fetchone() == (
            count + 1,
            count + 1,
        )
        assert connection.execute("SELECT count(*) FROM nodes").fetchone() == (2 * count + 1,)


def echoing(registration):
    """Have the engine itself do what the tasks do: give back what they are given."""
    for spec in registration.bundle.tasks:
        spec.ClearField("program")
        spec.backend = "engine"
        spec.payload.Pack(NativeTask(kind=NATIVE_KIND_ECHO))
    return registration


def test_items_that_end_at_once_are_stored_some_at_a_time(tmp_path, registry, clock):
    count, most = 5 * LONGEST_STEP, 0

    def look(_, nodes):
        nonlocal most
        most = max(most, len(nodes))

    with engine(tmp_path, registry, clock) as one:
        name = one.accept(echoing(mapped(task("a"), task("b"))), "chain", {"xs": integers(range(count))})
        outcome = one.run(name, look)
        assert values(outcome, one) == list(range(count))
    assert most <= 2 * LONGEST_STEP + 1


def test_a_failed_item_fails_the_map_and_ends_the_others(tmp_path, registry, clock):
    registry.failing_inputs = {7}
    outcome, _ = run(tmp_path, registry, clock, mapped(task("a"), task("b")), range(20))
    assert outcome.phase.name == "FAILED"
    assert (outcome.error.code, outcome.error.node_path) == ("FAKE", "many/[7]/n0")
    assert registry.place.running == {}


@pytest.mark.parametrize("tolerance", [{"min_success_ratio": 0.8}, {"min_successes": 8}])
def test_failures_are_none_where_they_are_allowed(tmp_path, registry, clock, tolerance):
    registry.failing_inputs = {3}
    registration = mapped(task("a"), task("b"), **tolerance)
    outcome, got = run(tmp_path, registry, clock, registration, range(10))
    assert got == [None if x in {2, 3} else x + 2 for x in range(10)]
    assert shown(outcome) == [("many", "SUCCEEDED", (10, 8, 2))]


def test_the_policy_of_the_inner_workflow_holds_inside_an_item(tmp_path, registry, clock):
    registration = mapped(task("a"), task("b"), task("c"), min_successes=0)
    workflow = inner(registration)
    workflow.failure_policy = FAILURE_POLICY_RUN_WHAT_CAN_RUN
    workflow.body.nodes[1].call.inputs[0].value.workflow_input = "x"
    workflow.body.nodes[2].call.inputs[0].value.workflow_input = "x"
    registry.failures["a"] = ["failed"]
    outcome, got = run(tmp_path, registry, clock, registration, range(3))
    assert outcome.phase.name == "SUCCEEDED"
    assert got == [None] * 3
    assert len(paths(registry)) == 9


def test_a_failure_handler_of_the_inner_workflow_is_called_in_its_item(tmp_path, registry, clock):
    registration = mapped(task("a"), min_success_ratio=0.5)
    handled = inner(registration).on_failure
    handled.target.task.name = "a"
    handled.inputs.add(name="x").value.workflow_input = "x"
    registry.failing_inputs = {2}
    outcome, got = run(tmp_path, registry, clock, registration, range(4))
    assert outcome.phase.name == "SUCCEEDED"
    assert got == [1, 2, None, 4]
    assert "many/[2]/on_failure" in paths(registry)


def test_tasks_inside_are_retried_and_cached_as_anywhere(tmp_path, registry, clock):
    registration = mapped(task("a", cache="1", retries=1), task("b"))
    registry.failures["a"] = ["failed"]
    _, got = run(tmp_path, registry, clock, registration, range(5))
    assert got == [x + 2 for x in range(5)]
    assert len(registry.requests) == 15
    run(tmp_path, registry, clock, registration, range(5))
    assert len(registry.requests) == 15 + 5


def test_an_abort_ends_every_item(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(mapped(task("a")), "chain", {"xs": integers(range(50))})
        one.turn(0)
        one.turn(0)
        one.request_abort(name)
        outcome = one.run(name)
        assert outcome.phase.name == "ABORTED"
        assert shown(outcome) == [("many", "ABORTED", (50, 0, 0))]
        assert registry.place.running == {}


def nested():
    """A map over a workflow that maps another one over the list `ys`, which all items share."""
    registration = mapped(task("a"))
    middle = registration.bundle.workflows.add()
    middle.CopyFrom(registration.bundle.workflows[1])
    middle.id.name = "middle"
    middle.body.nodes[0].id = "again"
    middle.body.outputs[0].value.node_output.node_id = "again"
    outer = registration.bundle.workflows[1]
    outer.body.nodes[0].map.target.workflow.name = "middle"
    outer.body.nodes[0].map.over[0].name = "xs"
    outer.interface.inputs[0].type.list.item.list.item.simple = SIMPLE_TYPE_INT
    outer.interface.outputs[0].type.list.item.list.item.simple = SIMPLE_TYPE_INT
    return registration


def lists(*rows):
    literal = Literal()
    literal.list.SetInParent()
    for row in rows:
        literal.list.items.add().CopyFrom(integers(row))
    return literal


@pytest.mark.parametrize("turns", [*range(1, 14), 1000])
def test_maps_nest_and_go_on_after_a_restart(tmp_path, registry, clock, turns):
    rows = [range(3), range(5), [], range(10)]
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(nested(), "chain", {"xs": lists(*rows)})
        for _ in range(turns):
            if name not in one._outcomes:
                one.turn(0)
        outcome = one._outcomes.get(name)
    if outcome is None:
        with engine(tmp_path, registry, clock) as two:
            two.resume(name)
            outcome = two.run(name)
    literal = Literal.FromString(outcome.outputs["result"][0])
    assert [[one.int_value for one in row.list.items] for row in literal.list.items] == [
        [x + 1 for x in r] for r in rows
    ]
    assert "many/[3]/again/[9]/n0" in paths(registry)


@pytest.mark.parametrize("turns", range(1, 25))
@pytest.mark.parametrize("failing", [False, True])
def test_a_map_goes_on_where_another_engine_stopped(tmp_path, registry, clock, turns, failing):
    registration = mapped(task("a", retries=1), task("b"), **({"min_successes": 5} if failing else {}))
    registry.failing_inputs = {4} if failing else set()
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(registration, "chain", {"xs": integers(range(30))})
        for _ in range(turns):
            if name not in one._outcomes:
                one.turn(0)
        if name in one._outcomes:
            return
        query = "SELECT count(*) FROM nodes WHERE node > 0 AND phase = 5"
        succeeded = one.connection.execute(query).fetchone()[0]
    before = len(registry.place.submitted)
    with engine(tmp_path, registry, clock) as two:
        two.resume(name)
        (held,) = two._held.values()
        alive = sum(scope.of_item for scope in held.execution.scopes)
        open_ones = two.connection.execute("SELECT count(*) FROM scopes WHERE item >= 0").fetchone()[0]
        assert alive <= open_ones
        outcome = two.run(name)
        assert values(outcome, two) == [None if failing and x in {3, 4} else x + 2 for x in range(30)]
        row = reading.get_execution(two.connection, name)
        again = revive(two.connection, row, held.execution.plan, two._stored)
        assert len(again.scopes) == 1, "what has ended is not loaded"
    retried = 4 if failing else 0
    assert len(registry.place.submitted) - before <= 60 - succeeded + retried


@pytest.mark.parametrize("turns", range(1, 12))
def test_what_was_cancelled_ends_after_a_restart_as_well(tmp_path, registry, clock, turns):
    registry.failing_inputs = {9}
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(mapped(task("a"), task("b")), "chain", {"xs": integers(range(30))})
        for _ in range(turns):
            if name not in one._outcomes:
                one.turn(0)
        outcome = one._outcomes.get(name)
    if outcome is None:
        with engine(tmp_path, registry, clock) as two:
            two.resume(name)
            outcome = two.run(name)
    assert (outcome.phase.name, outcome.error.code) == ("FAILED", "FAKE")


def asking():
    registration = mapped(task("a"), min_successes=2)
    gate = inner(registration).body.nodes.add(id="ok")
    gate.approve.prompt = "Sure?"
    inner(registration).body.nodes[0].after.append("ok")
    return registration


@pytest.mark.parametrize("restarts", [False, True])
def test_gates_inside_wait_for_answers_of_their_own(tmp_path, registry, clock, restarts):
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(asking(), "chain", {"xs": integers(range(3))})
        for _ in range(3):
            one.turn(0)
        if not restarts:
            outcome, got = answered(one, name), None
            got = values(outcome, one)
    if restarts:
        with engine(tmp_path, registry, clock) as two:
            two.resume(name)
            outcome = answered(two, name)
            got = values(outcome, two)
    assert got == [1, None, 3]


def answered(one, name):
    """Approve all but the second item; answer it twice."""
    asked = []
    while not asked:
        one.turn(0)
        (held,) = one._held.values()
        asked = [node for node in held.execution.nodes if waits_for_answer(node)]
    assert [node.path for node in asked] == [f"many/[{item}]/ok" for item in range(3)]
    for node in asked:
        answer = Answer.REJECTED if node.scope.parent.item == 1 else Answer.APPROVED
        data = signals.command(node, answer)
        for _ in range(2):
            one.request(name, commands.SIGNAL, data)
    return one.run(name)


@pytest.mark.parametrize("turns", range(1, 14))
def test_a_result_is_taken_over_once_although_its_item_has_left_the_memory(tmp_path, registry, clock, turns):
    registration = mapped(task("a"), task("b"), concurrency=2)
    registry.failures["b"] = ["failed"]
    first, _ = run(tmp_path, registry, clock, registration, [5] * 8)
    assert first.phase.name == "FAILED"
    with sqlite3.connect(tmp_path / "godwit.db") as connection:
        (succeeded,) = connection.execute("SELECT count(*) FROM nodes WHERE node > 0 AND phase = 5").fetchone()
    assert succeeded
    registry.failures["b"] = []
    with engine(tmp_path, registry, clock) as one:
        options = ExecutionOptions(recovers=first.name)
        name = one.accept(registration, "chain", {"xs": integers([5] * 8)}, options)
        for _ in range(turns):
            if name not in one._outcomes:
                one.turn(0)
        ended = name in one._outcomes
    if not ended:
        with engine(tmp_path, registry, clock) as two:
            two.resume(name)
            assert two.run(name).phase.name == "SUCCEEDED"
    with sqlite3.connect(tmp_path / "godwit.db") as connection:
        query = "SELECT count(*) FROM nodes WHERE execution = 2 AND node > 0 AND phase = ?"
        assert connection.execute(query, (NodePhase.RECOVERED,)).fetchone() == (succeeded,)


def test_nodes_of_items_are_recovered_one_by_one(tmp_path, registry, clock):
    registration = mapped(task("a"), task("b"))
    registry.failing_inputs = {8}
    first, _ = run(tmp_path, registry, clock, registration, range(10))
    assert first.phase.name == "FAILED"
    with sqlite3.connect(tmp_path / "godwit.db") as connection:
        query = "SELECT count(*) FROM nodes WHERE node > 0 AND phase = 5"
        succeeded = connection.execute(query).fetchone()[0]
    registry.failing_inputs = set()
    before = len(registry.requests)
    _, got = run(tmp_path, registry, clock, registration, range(10), recovers=first.name)
    assert got == [x + 2 for x in range(10)]
    assert len(registry.requests) - before == 20 - succeeded
