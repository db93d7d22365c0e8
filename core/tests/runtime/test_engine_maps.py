"""Maps on a scripted backend: order, windows, tolerance, retries, cache, abort, resumption, large lists."""

import pytest
from godwit_core.engine.maps import WINDOW
from godwit_core.store import map_items
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.digest import literal_digest
from scripting import chain, engine, task


def integers(values):
    literal = Literal()
    literal.list.SetInParent()
    for value in values:
        literal.list.items.add().int_value = value
    return literal


def mapped(spec, *, two=False, concurrency=None, ratio=None, successes=None):
    """A registration of a workflow that maps *spec* over its input `xs`, and with *two* over `ys` as well."""
    if two:
        spec.interface.inputs.add(name="y").type.simple = spec.interface.inputs[0].type.simple
    registration = chain(spec)
    (workflow,) = registration.bundle.workflows
    names = ["xs", "ys"] if two else ["xs"]
    del workflow.interface.inputs[:]
    for name in names:
        workflow.interface.inputs.add(name=name).type.list.item.CopyFrom(spec.interface.inputs[0].type)
    of = workflow.interface.outputs[0].type
    of.list.item.CopyFrom(spec.interface.outputs[0].type)
    (node,) = workflow.body.nodes
    target = node.call.target
    node.map.target.CopyFrom(target)
    for parameter, name in zip(spec.interface.inputs, names, strict=True):
        node.map.over.add(name=parameter.name).value.workflow_input = name
    if concurrency is not None:
        node.map.concurrency = concurrency
    if ratio is not None:
        node.map.min_success_ratio = ratio
    if successes is not None:
        node.map.min_successes = successes
    if ratio is not None or successes is not None:
        of.list.item.nullable = True
    return registration


def values(outcome, one):
    literal = Literal.FromString(outcome.outputs["result"][0])
    if literal.WhichOneof("kind") == "reference":
        literal = one._stored.load(literal.reference)
    kinds = [item.WhichOneof("kind") for item in literal.list.items]
    return [
        item.int_value if kind == "int_value" else None for item, kind in zip(literal.list.items, kinds, strict=True)
    ]


def run(home, registry, clock, registration, **lists):
    with engine(home, registry, clock) as one:
        outcome = one.run(one.accept(registration, "chain", {name: integers(items) for name, items in lists.items()}))
        return outcome, values(outcome, one) if outcome.outputs else None


def test_the_order_of_items_is_kept(tmp_path, registry, clock):
    outcome, got = run(tmp_path, registry, clock, mapped(task("a")), xs=range(100))
    assert outcome.phase.name == "SUCCEEDED"
    assert got == [x + 1 for x in range(100)]
    assert [(node.id, node.phase.name) for node in outcome.nodes] == [("n0", "SUCCEEDED")]


def test_an_empty_list_gives_an_empty_list(tmp_path, registry, clock):
    _, got = run(tmp_path, registry, clock, mapped(task("a")), xs=[])
    assert got == []
    assert registry.place.submitted == []


def test_lists_are_mapped_side_by_side(tmp_path, registry, clock):
    _, got = run(tmp_path, registry, clock, mapped(task("a"), two=True), xs=[1, 2, 3], ys=[10, 20, 30])
    assert got == [12, 23, 34]


def test_lists_of_unequal_length_fail_before_anything_starts(tmp_path, registry, clock):
    outcome, _ = run(tmp_path, registry, clock, mapped(task("a"), two=True), xs=[1, 2, 3], ys=[10, 20])
    assert outcome.error.code == "UNEQUAL_LENGTHS"
    assert "x has 3, y has 2" in outcome.error.message
    assert registry.place.submitted == []


def test_more_items_than_the_window_and_an_offloaded_result(tmp_path, registry, clock):
    count = 40 * WINDOW
    outcome, got = run(tmp_path, registry, clock, mapped(task("a")), xs=range(count))
    assert got == list(range(1, count + 1))
    literal = Literal.FromString(outcome.outputs["result"][0])
    assert literal.reference.item_count == count
    assert outcome.outputs["result"][1] == literal_digest(integers(got))


def test_concurrency_is_kept(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one:
        one.accept(mapped(task("a"), concurrency=3), "chain", {"xs": integers(range(50))})
        for _ in range(5):
            one.turn(0)
        assert len(registry.place.running) == 3


def test_a_failed_item_fails_the_map_with_its_place(tmp_path, registry, clock):
    registry.failing_inputs = {7}
    outcome, _ = run(tmp_path, registry, clock, mapped(task("a")), xs=range(20))
    assert outcome.phase.name == "FAILED"
    assert outcome.error.node_path == "n0/[7]"


def test_items_have_retries_of_their_own(tmp_path, registry, clock):
    registry.failures["a"] = ["failed"]
    outcome, got = run(tmp_path, registry, clock, mapped(task("a", retries=1)), xs=range(5))
    assert outcome.phase.name == "SUCCEEDED"
    assert got == [1, 2, 3, 4, 5]
    assert len(registry.place.submitted) == 10


@pytest.mark.parametrize("tolerance", [{"ratio": 0.8}, {"successes": 8}])
def test_failures_are_none_where_they_are_allowed(tmp_path, registry, clock, tolerance):
    registry.failing_inputs = {3, 5}
    outcome, got = run(tmp_path, registry, clock, mapped(task("a"), **tolerance), xs=range(10))
    assert outcome.phase.name == "SUCCEEDED"
    assert got == [None if x in {3, 5} else x + 1 for x in range(10)]


@pytest.mark.parametrize("tolerance", [{"ratio": 0.81}, {"successes": 9}])
def test_more_failures_than_allowed_fail_the_map(tmp_path, registry, clock, tolerance):
    registry.failing_inputs = {3, 5}
    outcome, _ = run(tmp_path, registry, clock, mapped(task("a"), **tolerance), xs=range(10))
    assert outcome.phase.name == "FAILED"


def test_items_are_cached_one_by_one(tmp_path, registry, clock):
    registration = mapped(task("a", cache="1"))
    run(tmp_path, registry, clock, registration, xs=range(10))
    assert len(registry.place.submitted) == 10
    _, got = run(tmp_path, registry, clock, registration, xs=range(5, 15))
    assert got == list(range(6, 16))
    assert len(registry.place.submitted) == 15


@pytest.mark.parametrize("turns", range(1, 14))
def test_memory_of_items_goes_on_growing_where_another_engine_stopped(tmp_path, registry, clock, turns):
    gib = 1 << 30
    spec = task("a")
    spec.resources.memory_bytes = gib
    spec.retries.memory_growth, spec.retries.max_memory_bytes = 2, 4 * gib
    registry.memory_needed = 3 * gib
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(mapped(spec), "chain", {"xs": integers(range(3))})
        for _ in range(turns):
            one.turn(0)
        if name in one._outcomes:
            return
    with engine(tmp_path, registry, clock) as two:
        two.resume(name)
        outcome = two.run(name)
        assert values(outcome, two) == [1, 2, 3]
    given = {}
    for request in registry.requests.values():
        given.setdefault(request.node_path, []).append(request.memory_bytes // gib)
    assert given == {f"n0/[{item}]": [1, 2, 4] for item in range(3)}


def test_an_abort_ends_every_live_item(tmp_path, registry, clock):
    registry.hold = True
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(mapped(task("a")), "chain", {"xs": integers(range(50))})
        one.turn(0)
        one.turn(0)
        one.request_abort(name)
        assert one.run(name).phase.name == "ABORTED"
        assert registry.place.running == {}


@pytest.mark.parametrize("turns", range(1, 12))
def test_a_map_goes_on_where_another_engine_stopped(tmp_path, registry, clock, turns):
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(mapped(task("a", retries=1)), "chain", {"xs": integers(range(30))})
        for _ in range(turns):
            one.turn(0)
        ended = name in one._outcomes
        stored = sum(1 for record in map_items.load(one.connection, 1, 0) if hasattr(record, "outputs"))
    before = len(registry.place.submitted)
    if ended:
        return
    with engine(tmp_path, registry, clock) as two:
        two.resume(name)
        outcome = two.run(name)
        assert values(outcome, two) == list(range(1, 31))
    assert len(registry.place.submitted) - before <= 30 - stored


@pytest.mark.parametrize("turns", range(1, 10))
def test_items_under_way_at_a_restart_are_remembered_as_well(tmp_path, registry, clock, turns):
    registration = mapped(task("a", cache="1"))
    lists = {"xs": integers(range(30))}
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(registration, "chain", lists)
        for _ in range(turns):
            one.turn(0)
        ended = name in one._outcomes
    with engine(tmp_path, registry, clock) as two:
        if not ended:
            two.resume(name)
            two.run(name)
        before = len(registry.place.submitted)
        again = two.run(two.accept(registration, "chain", lists))
        assert values(again, two) == list(range(1, 31))
    assert len(registry.place.submitted) == before
