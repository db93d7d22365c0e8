"""Single items of maps that an earlier execution has computed, on a scripted backend."""

import hashlib

import pytest
from godwit_core.engine.phases import ExecutionPhase
from godwit_core.engine.state import Finished as Stored
from godwit_core.runtime import earlier_items
from godwit_core.runtime.settings import ExecutionOptions
from godwit_core.store import map_items, reading
from godwit_core.store.map_items import Standing
from godwit_plugin_api.backend import Finished, OutputValue
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals
from godwitidl.rules.digest import literal_digest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripting import Clock, ScriptedRegistry, chain, engine, integer, task


def integers(values):
    literal = Literal()
    literal.list.SetInParent()
    for value in values:
        literal.list.items.add().int_value = value
    return literal


def mapped(spec, *, ratio=None, name="n0"):
    """A registration of a workflow that maps *spec* over its input `x`."""
    registration = chain(spec)
    (workflow,) = registration.bundle.workflows
    workflow.interface.inputs[0].type.list.item.CopyFrom(spec.interface.inputs[0].type)
    of = workflow.interface.outputs[0].type
    of.list.item.CopyFrom(spec.interface.outputs[0].type)
    (node,) = workflow.body.nodes
    node.id = name
    workflow.body.outputs[0].value.node_output.node_id = name
    node.map.target.CopyFrom(node.call.target)
    node.map.over.add(name="x").value.workflow_input = "x"
    if ratio is not None:
        node.map.min_success_ratio = ratio
        of.list.item.nullable = True
    return registration


@pytest.fixture
def run(tmp_path, registry, clock):
    """Runs a registration over a list; gives the outcome, and the inputs of the attempts that ran."""

    def run(registration, xs, **options):
        registry.requests.clear()
        with engine(tmp_path, registry, clock) as one:
            chosen = ExecutionOptions(**options)
            outcome = one.run(one.accept(registration, "chain", {"x": integers(xs)}, chosen))
        ran = [NamedLiterals.FromString(request.inputs).values[0].value for request in registry.requests.values()]
        return outcome, sorted(value.int_value for value in ran)

    return run


def values(outcome):
    return [item.int_value for item in Literal.FromString(outcome.outputs["result"][0]).list.items]


@pytest.fixture
def failed(run, registry):
    """An execution `first` over 0 to 9 of which item 9, and no other, has failed."""
    registry.failing_inputs = {9}
    outcome, _ = run(mapped(task("a")), range(10), name="first", run_what_can_run=True)
    registry.failing_inputs = set()
    assert outcome.phase is ExecutionPhase.FAILED


@pytest.mark.usefixtures("failed")
def test_items_that_succeeded_are_taken_over_and_the_rest_is_run(run):
    outcome, ran = run(mapped(task("a")), range(10), recovers="first")
    assert ran == [9]
    assert values(outcome) == [x + 1 for x in range(10)]
    assert outcome.nodes[0].phase.name == "SUCCEEDED"


@pytest.mark.usefixtures("failed")
def test_an_item_that_was_taken_over_is_known_as_such(tmp_path, run, registry, clock):
    outcome, _ = run(mapped(task("a")), range(10), recovers="first")
    with engine(tmp_path, registry, clock) as one:
        key = reading.get_execution(one.connection, outcome.name).id
        standings = map_items.standings(one.connection, key, 0, 10)
    assert [Standing(one).name for one in standings] == ["RECOVERED"] * 9 + ["SUCCEEDED"]


@pytest.mark.usefixtures("failed")
def test_items_of_an_edited_list_are_found_by_their_inputs(run):
    xs = [100, *range(9), 5, 200]
    outcome, ran = run(mapped(task("a")), xs, recovers="first")
    assert ran == [5, 100, 200], "a result is taken over once"
    assert values(outcome) == [x + 1 for x in xs]


@pytest.mark.usefixtures("failed")
def test_a_map_that_was_moved_is_found(run):
    _, ran = run(mapped(task("a"), name="other"), range(10), recovers="first")
    assert ran == [9]


@pytest.mark.parametrize("change", [lambda spec: setattr(spec.payload, "value", b"x"), lambda spec: spec.id])
@pytest.mark.usefixtures("failed")
def test_items_of_a_changed_task_run_again(run, change):
    changed = task("a")
    if change(changed) is not None:
        changed.id.name = "b"
    _, ran = run(mapped(changed), range(10), recovers="first")
    assert ran == list(range(10))


def test_what_an_item_is_bound_to_counts(run):
    def bound(weight):
        spec = task("a")
        spec.interface.inputs.add(name="weight").type.CopyFrom(spec.interface.inputs[0].type)
        registration = mapped(spec)
        node = registration.bundle.workflows[0].body.nodes[0]
        node.map.inputs.add(name="weight").value.literal.int_value = weight
        return registration

    run(bound(1), range(3), name="first")
    assert run(bound(1), range(3), recovers="first")[1] == []
    assert run(bound(2), range(3), recovers="first")[1] == [0, 1, 2]


def test_a_map_of_which_every_item_is_taken_over_is_recovered(run):
    run(mapped(task("a")), range(10), name="first")
    outcome, ran = run(mapped(task("a")), range(10), recovers="first")
    assert (ran, outcome.nodes[0].phase.name, outcome.nodes[0].items) == ([], "RECOVERED", (10, 10, 0))
    assert values(outcome) == [x + 1 for x in range(10)]


def test_recovered_items_are_recovered_in_their_turn(run, registry):
    registry.failing_inputs = {3, 7}
    run(mapped(task("a")), range(10), name="first", run_what_can_run=True)
    registry.failing_inputs = {7}
    assert run(mapped(task("a")), range(10), name="second", recovers="first", run_what_can_run=True)[1] == [3, 7]
    registry.failing_inputs = set()
    outcome, ran = run(mapped(task("a")), range(10), recovers="second")
    assert ran == [7]
    assert values(outcome) == [x + 1 for x in range(10)]


def test_items_that_were_tolerated_as_failed_run_again(run, registry):
    registry.failing_inputs = {1}
    run(mapped(task("a"), ratio=0.5), range(4), name="first")
    registry.failing_inputs = set()
    outcome, ran = run(mapped(task("a"), ratio=0.5), range(4), recovers="first")
    assert (ran, values(outcome)) == ([1], [1, 2, 3, 4])


def test_items_within_a_sub_workflow_are_recovered(run, registry):
    def nested():
        registration = mapped(task("a"))
        outer = registration.bundle.workflows.add()
        outer.CopyFrom(registration.bundle.workflows[0])
        registration.bundle.workflows[0].id.name = "inner"
        call = outer.body.nodes[0].call
        call.target.workflow.name = "inner"
        call.inputs.add(name="x").value.workflow_input = "x"
        return registration

    registry.failing_inputs = {2}
    run(nested(), range(4), name="first", run_what_can_run=True)
    registry.failing_inputs = set()
    outcome, ran = run(nested(), range(4), name="second", recovers="first")
    assert set(ran) <= {2, 3}
    assert values(outcome) == [1, 2, 3, 4]
    outcome, ran = run(nested(), range(4), recovers="second")
    assert ([node.phase.name for node in outcome.nodes], ran) == (["RECOVERED", "RECOVERED"], [])


def test_an_item_whose_file_is_gone_runs_again(tmp_path, run, registry):
    def script(request):
        registry.requests[request.id] = request
        number = NamedLiterals.FromString(request.inputs).values[0].value.int_value
        blob = tmp_path / f"data-{number}"
        blob.write_text("x")
        literal = Literal()
        literal.file.uri, literal.file.digest = blob.as_uri(), f"sha256:{hashlib.sha256(b'x').hexdigest()}"
        literal.file.size_bytes = 1
        return Finished(request.id, (OutputValue("result", literal.SerializeToString(), literal_digest(integer(1))),))

    registry.script = script
    run(mapped(task("a")), range(4), name="first")
    (tmp_path / "data-2").unlink()
    assert run(mapped(task("a")), range(4), recovers="first")[1] == [2]


@pytest.mark.parametrize("turns", range(1, 9))
def test_an_engine_that_dies_amid_a_recovery_is_resumed(tmp_path, run, registry, clock, monkeypatch, turns):
    monkeypatch.setattr(earlier_items, "BATCH", 3)
    registry.failing_inputs = {9}
    run(mapped(task("a")), range(10), name="first", run_what_can_run=True)
    registry.failing_inputs = set()
    registry.requests.clear()
    with engine(tmp_path, registry, clock) as one:
        one.accept(mapped(task("a")), "chain", {"x": integers(range(10))}, ExecutionOptions("second", recovers="first"))
        for _ in range(turns):
            one.turn(0)
        if reading.get_execution(one.connection, "second").phase.final:
            return
    with engine(tmp_path, registry, clock) as one:
        one.resume("second")
        outcome = one.run("second")
        key = reading.get_execution(one.connection, "second").id
        stored = [record.item for record in map_items.load(one.connection, key, 0) if isinstance(record, Stored)]
    assert sorted(stored) == list(range(10)), "an item is stored twice"
    assert values(outcome) == [x + 1 for x in range(10)]
    assert {request.node_path for request in registry.requests.values()} == {"n0/[9]"}


def test_an_abort_amid_a_recovery_ends_the_map(tmp_path, run, registry, clock, monkeypatch):
    monkeypatch.setattr(earlier_items, "BATCH", 1)
    run(mapped(task("a")), range(10), name="first")
    with engine(tmp_path, registry, clock) as one:
        one.accept(mapped(task("a")), "chain", {"x": integers(range(10))}, ExecutionOptions("second", recovers="first"))
        one.turn(0)
        one.turn(0)
        one.request_abort("second", "enough")
        assert one.run("second").phase is ExecutionPhase.ABORTED


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=12),
    st.lists(st.integers(0, 5), max_size=12),
    st.sets(st.integers(0, 5)),
)
@settings(max_examples=40, deadline=None)
def test_each_earlier_success_serves_one_item_of_equal_input(tmp_path_factory, before, after, failing):
    registry, clock, home = ScriptedRegistry(), Clock(), tmp_path_factory.mktemp("home")
    registry.failing_inputs = failing
    with engine(home, registry, clock) as one:
        options = ExecutionOptions(name="first", run_what_can_run=True)
        one.run(one.accept(mapped(task("a")), "chain", {"x": integers(before)}, options))
    registry.failing_inputs = set()
    registry.requests.clear()
    with engine(home, registry, clock) as one:
        options = ExecutionOptions(recovers="first")
        outcome = one.run(one.accept(mapped(task("a")), "chain", {"x": integers(after)}, options))
    assert values(outcome) == [x + 1 for x in after]
    left = [x for x in before if x not in failing]
    expected = []
    for x in after:
        if x in left:
            left.remove(x)
        else:
            expected.append(x)
    ran = [NamedLiterals.FromString(one.inputs).values[0].value.int_value for one in registry.requests.values()]
    assert sorted(ran) == sorted(expected)
