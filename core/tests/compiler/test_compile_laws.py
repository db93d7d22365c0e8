"""Laws that hold for every spec: sound ones compile to graphs that run, damaged ones fail in one way only."""

from graphlib import TopologicalSorter

import pytest
from godwit_core.compiler.compilation import check_bundle, compile_bundle
from godwit_core.compiler.evaluation import evaluate
from godwit_core.compiler.graphs import downstream_of, find_tangle
from godwit_core.compiler.plan import Computed, Constant, InputSource, OutputSource
from godwit_core.compiler.problems import CompileFailed
from godwitidl.core.v1.bundle_pb2 import Bundle
from godwitidl.core.v1.compile_error_pb2 import CompileErrors
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.digest import literal_digest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

RELAXED = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@st.composite
def values(draw, specs, before):
    """An expression of type int: a constant, the input, an output of a node before, or a calculation with them."""
    leaves = [specs.lit(intValue=str(draw(st.integers(-5, 5)))), specs.given("x")]
    leaves += [specs.out(node) for node in before]
    leaf = draw(st.sampled_from(leaves))
    return draw(
        st.sampled_from(
            [
                leaf,
                specs.access(specs.items(leaf, draw(st.sampled_from(leaves))), {"index": "0"}),
                {"coalesce": {"items": [specs.access(specs.items(specs.given("maybe")), {"index": "-1"}), leaf]}},
            ]
        )
    )


@st.composite
def graphs(draw, specs, target="m.add", kind="task"):
    """A workflow of nodes in random order, each of which reads nodes that come before it in another random order."""
    count = draw(st.integers(1, 8))
    ids = [f"n{number}" for number in range(count)]
    nodes = []
    for number, node_id in enumerate(ids):
        before = ids[:number]
        bound = {"a": draw(values(specs, before))}
        if draw(st.booleans()):
            bound["b"] = draw(values(specs, before))
        after = draw(st.lists(st.sampled_from(before), max_size=2)) if before else []
        is_task = draw(st.booleans())
        nodes.append(
            specs.call(node_id, "m.add" if is_task else target, after, kind="task" if is_task else kind, **bound)
        )
    return specs.workflow(
        "m.w" if target == "m.add" else "m.outer",
        draw(st.permutations(nodes)),
        inputs={"x": specs.INT, "maybe": {"type": specs.nullable(specs.INT), "defaultValue": {"none": {}}}},
        outputs={"result": specs.INT},
        values={"result": draw(values(specs, ids))},
    )


def sub_workflow(specs, spec):
    """The same workflow with the parameters of `m.add`."""
    spec = {**spec, "interface": {**spec["interface"]}}
    spec["interface"]["inputs"] = [
        *spec["interface"]["inputs"][1:],
        {"name": "a", "type": specs.INT},
        {"name": "b", "type": specs.INT, "defaultValue": specs.integer(1)},
        {"name": "x", "type": specs.INT, "defaultValue": specs.integer(2)},
    ]
    return spec


@pytest.fixture(scope="session")
def bundles(specs):
    @st.composite
    def both(draw):
        inner = sub_workflow(specs, draw(graphs(specs)))
        return specs.bundle(draw(graphs(specs, "m.w", "workflow")), inner)

    return both()


def run(workflow, inputs):
    """The values of a workflow's outputs, by the least engine that there can be; `m.add` adds."""
    outputs = {}

    def value_of(binding):
        assert binding.cast is None
        source = binding.source
        if isinstance(source, Constant):
            literal = Literal.FromString(source.value)
            assert source.digest == literal_digest(literal)
            return literal
        if isinstance(source, InputSource):
            return inputs[source.name]
        if isinstance(source, OutputSource):
            return outputs[source.node][source.output]
        assert isinstance(source, Computed)
        return evaluate(
            source.expression,
            lambda reference: (
                inputs[reference.workflow_input]
                if reference.HasField("workflow_input")
                else outputs[source.nodes[reference.node_output.node_id]][reference.node_output.output]
            ),
        )

    order = TopologicalSorter({node.index: node.upstream for node in workflow.nodes}).static_order()
    for index in order:
        node = workflow.nodes[index]
        taken = {binding.name: value_of(binding) for binding in node.inputs}
        if node.workflow is not None:
            outputs[index] = run(node.workflow, taken)
        else:
            outputs[index] = {"result": Literal(int_value=taken["a"].int_value + taken["b"].int_value)}
    return {binding.name: value_of(binding) for binding in workflow.outputs}


def test_a_sound_spec_becomes_a_graph_that_runs(bundles):
    @RELAXED
    @given(bundle=bundles)
    def check(bundle):
        plan = compile_bundle(bundle, "m.outer")
        assert check_bundle(bundle) == ()
        for workflow in plan.workflows:
            nodes = workflow.nodes
            assert [node.index for node in nodes] == list(range(len(nodes)))
            for node in nodes:
                assert list(node.upstream) == sorted(set(node.upstream))
                assert all(node.index in nodes[source].downstream for source in node.upstream)
                assert all(node.index in nodes[reader].upstream for reader in node.downstream)
                assert (node.task is None) != (node.workflow is None)
                wanted = node.task.spec.interface if node.task is not None else node.workflow.interface
                assert [binding.name for binding in node.inputs] == [item.name for item in wanted.inputs]
        result = run(plan.root, {"x": Literal(int_value=3), "maybe": Literal(int_value=1)})
        assert result["result"].HasField("int_value")

    check()


def test_the_plan_is_a_function_of_the_bundle(bundles):
    @RELAXED
    @given(bundle=bundles)
    def check(bundle):
        again = Bundle.FromString(bundle.SerializeToString())
        assert repr(compile_bundle(bundle, "m.outer")) == repr(compile_bundle(again, "m.outer"))

    check()


WORDS = ["", "n0", "n1", "n99", "result", "a", "b", "x", "maybe", "m.add", "m.w", "m.outer", "m.point", "0", "ä b"]


def places(message):
    """Every field of a message that is set, with those of the messages in it."""
    for field, value in message.ListFields():
        yield message, field
        if field.message_type is not None:
            for part in value if field.is_repeated else [value]:
                yield from places(part)


def damage(draw, message, field):
    """Change one field of a message."""
    value = getattr(message, field.name)
    action = draw(st.sampled_from(["clear", "repeat", "swap", "set"]))
    if field.is_repeated and len(value) and action == "repeat":
        value.append(value[draw(st.integers(0, len(value) - 1))])
    elif field.is_repeated and len(value) > 1 and action == "swap" and field.message_type is not None:
        value[0].CopyFrom(value[-1])
    elif field.message_type is not None and action == "set":
        part = value[0] if field.is_repeated else value
        known = list(part.DESCRIPTOR.fields)
        for inner in draw(st.lists(st.sampled_from(known), max_size=2)) if known else []:
            fill(draw, part, inner)
    elif field.message_type is None and not field.is_repeated and action == "set":
        fill(draw, message, field)
    else:
        message.ClearField(field.name)


def fill(draw, message, field):
    """Set a field to something."""
    if field.is_repeated:
        if field.message_type is not None:
            getattr(message, field.name).add()
    elif field.message_type is not None:
        getattr(message, field.name).SetInParent()
    elif field.type == field.TYPE_BYTES:
        setattr(message, field.name, draw(st.binary(max_size=3)))
    elif field.type == field.TYPE_STRING:
        setattr(message, field.name, draw(st.sampled_from(WORDS)))
    elif field.cpp_type == field.CPPTYPE_BOOL:
        setattr(message, field.name, True)
    elif field.cpp_type in {field.CPPTYPE_DOUBLE, field.CPPTYPE_FLOAT}:
        setattr(message, field.name, draw(st.floats()))
    else:
        setattr(message, field.name, draw(st.integers(-2 if field.type != field.TYPE_UINT64 else 0, 20)))


def errors_of(bundle):
    """What is wrong with a bundle, as the contract's message; empty if it compiles."""
    try:
        plan = compile_bundle(bundle, "m.outer")
    except CompileFailed as failure:
        return failure.to_message()
    return CompileErrors() if plan.root.name == "m.outer" else None


def test_a_damaged_spec_compiles_or_fails_with_problems_and_in_no_other_way(bundles):
    @settings(RELAXED, max_examples=150)
    @given(bundle=bundles, data=st.data())
    def check(bundle, data):
        for _ in range(data.draw(st.integers(1, 4))):
            found = list(places(bundle))
            if found:
                damage(data.draw, *found[data.draw(st.integers(0, len(found) - 1))])
        errors = errors_of(bundle)
        assert errors_of(Bundle.FromString(bundle.SerializeToString())) == errors

    check()


@given(edges=st.lists(st.lists(st.integers(0, 7), max_size=3), min_size=8, max_size=8))
def test_a_tangle_is_found_exactly_when_there_is_no_order(edges):
    upstream = [sorted(set(sources)) for sources in edges]
    downstream = downstream_of(upstream)
    tangle = find_tangle(upstream, downstream)
    reach = [set(sources) for sources in upstream]
    for _ in upstream:
        for sources in reach:
            sources |= {far for source in list(sources) for far in reach[source]}
    cyclic = {node for node, sources in enumerate(reach) if node in sources}
    if tangle is None:
        assert not cyclic
        return
    for cycle in tangle.cycles:
        assert all(first in upstream[then] for first, then in zip(cycle, (*cycle[1:], cycle[0]), strict=True))
    knots = [reach[cycle[0]] & {node for node in cyclic if cycle[0] in reach[node]} for cycle in tangle.cycles]
    covered = set().union(*knots)
    assert covered == cyclic
    assert set(tangle.stuck) == {node for node, sources in enumerate(reach) if sources & cyclic} - cyclic
