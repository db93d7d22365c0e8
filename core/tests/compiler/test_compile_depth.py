"""The deepest specs that compile survive the wire inside a registration; one level more is refused with its reason."""

import pytest
from godwit_core.compiler.problems import Code
from godwitidl.core.v1.bundle_pb2 import Bundle, Registration
from godwitidl.core.v1.expression_pb2 import Expression
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules.validation import MAX_BRANCH_DEPTH, MAX_DEPTH, MAX_EXPRESSION_DEPTH
from google.protobuf.json_format import ParseDict

WIRE_LIMIT = 101
"""Messages inside each other that protobuf's decoders read, the outermost counted."""
AROUND = 2
"""Messages that may stand around a registration: a request, an answer with a list of them."""

LEAF = {"workflowInput": "x"}


def wrap(message, depth, step):
    for _ in range(depth - 1):
        message = step(message)
    return message


def one_field(value):
    return {"record": {"fields": [{"name": "f", "value": value}]}}


def error():
    """The literal without parts that has most messages inside."""
    frames = [{"type": "E", "frames": [{"line": 1}]}]
    workers = [{"worker": "0", "code": "E", "message": "m", "exceptions": frames}]
    return {
        "error": {"code": "E", "message": "m", "blame": "BLAME_USER", "retry": "RETRY_FORBIDDEN", "workers": workers}
    }


def record_type(depth, default=None):
    of = {"simple": "SIMPLE_TYPE_ERROR"}
    for level in range(depth - 1):
        field = {"name": "f", "type": of}
        if default is not None and level == 0:
            field["defaultValue"] = default
        of = {"record": {"fields": [field]}}
    return of


STEPS = {
    "access": lambda of: {"access": {"of": of, "steps": [{"field": "f"}]}},
    "list": lambda of: {"list": {"items": [of]}},
    "map": lambda of: {"map": {"entries": [{"key": {"stringValue": "k"}, "value": of}]}},
    "record": lambda of: {"record": {"fields": [{"name": "f", "value": of}], "type": record_type(1 + 1)["record"]}},
    "comparison": lambda of: {"comparison": {"operator": "COMPARISON_OPERATOR_EQUAL", "left": of, "right": LEAF}},
    "all_of": lambda of: {"allOf": {"items": [LEAF, of]}},
    "any_of": lambda of: {"anyOf": {"items": [of, LEAF]}},
    "negation": lambda of: {"negation": of},
    "membership": lambda of: {"membership": {"value": LEAF, "container": of}},
    "is_null": lambda of: {"isNull": of},
    "coalesce": lambda of: {"coalesce": {"items": [of]}},
    "drop_none": lambda of: {"dropNone": of},
}
CONSTANTS = {
    "record": lambda depth: wrap(error(), depth, one_field),
    "map": lambda depth: wrap(
        error(), depth, lambda of: {"map": {"entries": [{"key": {"stringValue": "k"}, "value": of}]}}
    ),
    "union": lambda depth: wrap(error(), depth, lambda of: {"union": {"tag": "t", "value": of}}),
    "list": lambda depth: wrap(error(), depth, lambda of: {"list": {"items": [of]}}),
    "reference": lambda depth: {
        "reference": {"uri": "s3://x", "digest": "A" * 43 + "=", "type": record_type(depth, error())}
    },
    "table": lambda depth: {
        "table": {"uri": "x", "format": "csv", "columns": [{"name": "c", "type": record_type(depth - 1, error())}]}
    },
}


def expressions(depth):
    """Every kind of expression, *depth* levels deep, with the reference or the constant that reaches furthest."""
    for name, step in STEPS.items():
        yield pytest.param(wrap(LEAF, depth, step), id=f"{name} of references")
        yield pytest.param(wrap({"literal": error()}, depth, step), id=f"{name} of constants")
    for name, constant in CONSTANTS.items():
        yield pytest.param({"literal": constant(depth)}, id=f"constant {name}")
        yield pytest.param(
            STEPS["map"](STEPS["record"]({"literal": constant(depth - 2)})), id=f"constant {name} in a map and a record"
        )
    yield pytest.param({"record": {"type": record_type(depth)["record"]}}, id="type of a record")
    yield pytest.param(
        {"record": {"type": record_type(depth, error())["record"]}}, id="default in the type of a record"
    )
    keyed = {"access": {"of": LEAF, "steps": [{"key": CONSTANTS["record"](depth - 1)}]}}
    yield pytest.param(keyed, id="key of an access")
    entry = {"key": CONSTANTS["record"](depth - 1), "value": LEAF}
    yield pytest.param({"map": {"entries": [entry]}}, id="key of a map")


def nodes(expression):
    """A node of each kind, with *expression* wherever it takes one."""
    binding = [{"name": "a", "value": expression}]
    target = {"task": {"name": "m.add"}}
    return [
        {"id": "call", "call": {"target": target, "inputs": binding}},
        {"id": "map", "map": {"target": target, "over": binding, "inputs": [{"name": "b", "value": expression}]}},
        {"id": "sleep", "sleep": {"duration": expression}},
    ]


def branched(inner, depth, *, condition=None, outputs=()):
    """Nodes inside *depth* branches."""
    for level in range(depth):
        case = {"condition": condition or {"literal": {"boolValue": True}}, "then": {"nodes": inner}}
        inner = [{"id": f"branch{level}", "branch": {"cases": [case], "outputs": list(outputs), "fail": "no"}}]
    return inner


def spec(body, **settings):
    return {
        "id": {"name": "m.w"},
        "interface": {"inputs": [{"name": "x", "type": {"simple": "SIMPLE_TYPE_BOOL"}}]},
        "body": body,
        "failurePolicy": "FAILURE_POLICY_FAIL_FAST",
        **settings,
    }


def depth_of(message):
    """Messages inside each other, *message* itself counted."""
    deepest, level = 0, [message]
    while level:
        deepest += 1
        inner = []
        for parent in level:
            for field, value in parent.ListFields():
                if field.message_type is not None:
                    inner += [value] if hasattr(value, "ListFields") else list(value)
        level = inner
    return deepest


def survives(bundle):
    registration = Registration(bundle=bundle, project="p", domain="d", version="1")
    assert depth_of(registration) + AROUND <= WIRE_LIMIT
    return Registration.FromString(registration.SerializeToString()) == registration


def too_deep(specs, bundle):
    return [problem for problem in specs.check_message(bundle) if problem.code is Code.TOO_DEEP]


@pytest.fixture
def bundle_of(specs):
    def make(value):
        bundle = specs.bundle()
        ParseDict({"workflows": [value]}, bundle, max_recursion_depth=400)
        return bundle

    return make


def test_the_limit_of_the_wire_is_the_one_that_is_counted_with():
    def nested(depth):
        outer = inner = Expression()
        for _ in range(depth - 1):
            inner = inner.negation
        inner.workflow_input = "x"
        assert depth_of(outer) == depth
        return outer.SerializeToString()

    assert Expression.FromString(nested(WIRE_LIMIT))
    with pytest.raises(Exception, match="pars"):
        Expression.FromString(nested(WIRE_LIMIT + 1))


@pytest.mark.parametrize("expression", [*expressions(MAX_EXPRESSION_DEPTH)])
def test_the_deepest_expressions_survive_in_the_deepest_branches(specs, bundle_of, expression):
    bundle = bundle_of(spec({"nodes": branched(nodes(expression), MAX_BRANCH_DEPTH, condition=expression)}))
    assert too_deep(specs, bundle) == []
    assert survives(bundle)


@pytest.mark.parametrize("expression", [*expressions(MAX_EXPRESSION_DEPTH + 1)])
def test_a_deeper_expression_is_refused_wherever_it_stands(specs, bundle_of, expression):
    body = {"nodes": branched(nodes(expression), 1, condition=expression)}
    handler = {"target": {"task": {"name": "m.add"}}, "inputs": [{"name": "a", "value": expression}]}
    found = too_deep(specs, bundle_of(spec(body, onFailure=handler)))
    assert {problem.node_id for problem in found} == {"call", "map", "sleep", "branch0", ""}
    assert all("nest 20 deep at most" in problem.message for problem in found)
    assert all(problem.hint for problem in found)


@pytest.mark.parametrize("number", [1, 2])
def test_branches_nest_as_deep_as_said(specs, bundle_of, number):
    bundle = bundle_of(spec({"nodes": branched([], MAX_BRANCH_DEPTH - 1 + number)}))
    found = too_deep(specs, bundle)
    if number == 1:
        assert found == []
        assert survives(bundle)
    else:
        assert [problem.node_id for problem in found] == ["branch0"]
        assert "Branches nest 6 deep at most" in found[0].message


@pytest.mark.parametrize("number", [0, 1])
def test_types_in_a_body_nest_as_deep_as_said(specs, bundle_of, number):
    of = record_type(MAX_EXPRESSION_DEPTH - 1 + number, error())
    signal = {"id": "signal", "signal": {"type": {"list": {"item": of}}}}
    outputs = [{"name": "y", "type": {"list": {"item": of}}}]
    bundle = bundle_of(spec({"nodes": branched([signal], MAX_BRANCH_DEPTH, outputs=outputs)}))
    found = too_deep(specs, bundle)
    if number == 0:
        assert found == []
        assert survives(bundle)
    else:
        assert {problem.node_id for problem in found} == {"signal", *(f"branch{level}" for level in range(6))}


@pytest.mark.parametrize("constant", [pytest.param(make, id=name) for name, make in CONSTANTS.items()])
def test_the_deepest_interfaces_and_launch_plans_survive(constant):
    default = ParseDict(constant(MAX_DEPTH), Literal(), max_recursion_depth=400)
    of = ParseDict(record_type(MAX_DEPTH, error()), Type(), max_recursion_depth=400)
    bundle = Bundle()
    for entity in (bundle.tasks.add(), bundle.workflows.add()):
        entity.interface.inputs.add(name="x", type=of, default_value=default)
        entity.interface.outputs.add(name="y", type=of)
    plan = bundle.launch_plans.add()
    plan.default_inputs.add(name="x", value=default)
    plan.fixed_inputs.add(name="y", value=default)
    assert survives(bundle)
