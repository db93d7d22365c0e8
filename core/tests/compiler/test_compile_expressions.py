"""Types of expressions, and of what they feed."""

import pytest
from godwit_core.compiler.plan import Cast, Computed, Constant
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.rendering import render_literal, render_type


def constant_of(plan):
    (binding,) = plan.root.outputs
    assert isinstance(binding.source, Constant), binding
    return render_literal(Literal.FromString(binding.source.value))


def cases(specs):
    """Name → (expression, type that it feeds, type of the cast's source or None)."""
    s = specs
    number, maybe, point = s.out("many", "table"), s.out("maybe"), s.out("point")
    three = s.lit(intValue="3")
    yes = {"isNull": maybe}
    return {
        "field": (s.access(point, {"field": "x"}), s.INT, None),
        "field cast": (s.access(point, {"field": "x"}), s.FLOAT, "int"),
        "index": (s.access(s.out("many"), {"index": "-1"}), s.INT, None),
        "tuple index": (s.access(s.out("many", "pair"), {"index": "1"}), s.STRING, None),
        "key": (s.access(number, {"key": {"stringValue": "a"}}), s.INT, None),
        "two steps": (s.access(s.items(point, point), {"index": "0"}, {"field": "y"}), s.FLOAT, None),
        "list": (s.items(three, s.access(point, {"field": "x"})), s.listed(s.INT), None),
        "list cast": (
            s.items(s.lit(floatValue=1.5), s.access(point, {"field": "x"})),
            s.listed(s.FLOAT),
            "tuple<float, int>",
        ),
        "list for a tuple": (s.items(three, s.out("name")), s.tupled(s.INT, s.STRING), None),
        "list of none": (s.items(s.lit(none={}), maybe), s.listed(s.nullable(s.INT)), None),
        "map": (
            {"map": {"entries": [{"key": {"stringValue": "a"}, "value": s.access(point, {"field": "x"})}]}},
            s.mapped(s.FLOAT),
            "map<string, int>",
        ),
        "map to json": (
            {"map": {"entries": [{"key": {"stringValue": "a"}, "value": s.out("name")}]}},
            s.simple("json"),
            "map<string, string>",
        ),
        "record": (
            {"record": {"type": s.POINT["record"], "fields": s.bound(x=three, y=s.access(point, {"field": "x"}))}},
            s.POINT,
            "Point",
        ),
        "int with float": (s.compared(s.access(point, {"field": "x"}), s.access(point, {"field": "y"})), s.BOOL, None),
        "decimal with int": (s.compared(s.out("moment", "amount"), three), s.BOOL, None),
        "text": (s.compared(s.out("name"), s.lit(stringValue="a"), "EQUAL"), s.BOOL, None),
        "all of": ({"allOf": {"items": [yes, s.out("ask")]}}, s.BOOL, None),
        "any of": ({"anyOf": {"items": [yes, s.out("ask")]}}, s.BOOL, None),
        "not": ({"negation": yes}, s.BOOL, None),
        "in a list": ({"membership": {"value": three, "container": s.out("many")}}, s.BOOL, None),
        "in a map": ({"membership": {"value": s.out("name"), "container": number}}, s.BOOL, None),
        "coalesce": ({"coalesce": {"items": [maybe, three]}}, s.INT, None),
        "coalesce to none": ({"coalesce": {"items": [maybe, maybe]}}, s.nullable(s.INT), None),
        "drop none": ({"dropNone": s.out("maybe", "items")}, s.listed(s.INT), None),
        "drop none of a list": ({"dropNone": s.items(maybe, maybe)}, s.listed(s.INT), None),
        "plain to union": (s.access(point, {"field": "x"}), s.union(int=s.INT, string=s.STRING), "int"),
        "plain to nullable": (s.access(point, {"field": "x"}), s.nullable(s.INT), None),
    }


NAMES = [
    "field", "field cast", "index", "tuple index", "key", "two steps", "list", "list cast", "list for a tuple",
    "list of none", "map", "map to json", "record", "int with float", "decimal with int", "text", "all of", "any of",
    "not", "in a list", "in a map", "coalesce", "coalesce to none", "drop none", "drop none of a list",
    "plain to union", "plain to nullable",
]  # fmt: skip


def test_every_case_has_its_name(specs):
    assert list(cases(specs)) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_expression_that_fits(specs, name):
    value, of, cast = cases(specs)[name]
    (binding,) = specs.compile(specs.flow(value, of)).root.outputs
    assert isinstance(binding.source, Computed)
    assert (None if binding.cast is None else render_type(binding.cast.source)) == cast


def faults(specs):
    """Name → (code, expression, type that it feeds)."""
    s = specs
    maybe, point = s.out("maybe"), s.out("point")
    three, text = s.lit(intValue="3"), s.lit(stringValue="a")
    entry = {"key": {"stringValue": "a"}, "value": s.out("name")}
    return {
        "string to int": ("MISMATCHING_TYPES", s.out("name"), s.INT),
        "nullable to plain": ("MISMATCHING_TYPES", maybe, s.INT),
        "float to int": ("MISMATCHING_TYPES", s.access(point, {"field": "y"}), s.INT),
        "items of a list": ("MISMATCHING_TYPES", s.items(s.out("name"), three), s.listed(s.INT)),
        "constant int for float": ("INVALID_VALUE", three, s.FLOAT),
        "constant in a list": ("INVALID_VALUE", s.items(maybe, text), s.listed(s.nullable(s.INT))),
        "enum": ("ILLEGAL_ENUM_VALUE", s.lit(stringValue="BLUE"), s.COLOR),
        "unknown literal": ("INVALID_VALUE", s.lit(), s.INT),
        "untyped none": ("UNTYPED_CONSTANT", s.compared(s.lit(none={}), three), s.BOOL),
        "untyped map": ("UNTYPED_CONSTANT", {"isNull": {"map": {}}}, s.BOOL),
        "unknown field": ("UNKNOWN_FIELD", s.access(point, {"field": "z"}), s.INT),
        "field of int": ("NOT_ACCESSIBLE", s.access(s.access(point, {"field": "x"}), {"field": "z"}), s.INT),
        "index of a map": ("NOT_ACCESSIBLE", s.access(s.out("many", "table"), {"index": "0"}), s.INT),
        "key of a list": ("NOT_ACCESSIBLE", s.access(s.out("many"), {"key": {"intValue": "0"}}), s.INT),
        "key of another type": ("INVALID_VALUE", s.access(s.out("many", "table"), {"key": {"intValue": "0"}}), s.INT),
        "access to nullable": ("NULLABLE_VALUE", s.access(s.out("point", "maybe"), {"field": "x"}), s.INT),
        "index beyond a tuple": ("INDEX_OUT_OF_RANGE", s.access(s.out("many", "pair"), {"index": "2"}), s.INT),
        "no step": ("UNSPECIFIED", s.access(point), s.INT),
        "empty step": ("UNSPECIFIED", s.access(point, {}), s.INT),
        "empty expression": ("UNSPECIFIED", {}, s.INT),
        "empty item": ("UNSPECIFIED", s.items(maybe, {}), s.listed(s.nullable(s.INT))),
        "string with int": ("NOT_COMPARABLE", s.compared(s.out("name"), three), s.BOOL),
        "records": ("NOT_COMPARABLE", s.compared(point, point, "EQUAL"), s.BOOL),
        "unions": ("NOT_COMPARABLE", s.compared(s.out("ask", "either"), three, "EQUAL"), s.BOOL),
        "order of bools": ("NOT_COMPARABLE", s.compared(s.out("ask"), s.out("ask")), s.BOOL),
        "float with decimal": (
            "NOT_COMPARABLE",
            s.compared(s.out("moment", "amount"), s.access(point, {"field": "y"})),
            s.BOOL,
        ),
        "comparison with nullable": ("NULLABLE_VALUE", s.compared(maybe, three), s.BOOL),
        "no operator": ("UNSPECIFIED", s.compared(three, s.access(point, {"field": "x"}), "UNSPECIFIED"), s.BOOL),
        "operand": ("CONDITION_NOT_BOOL", {"negation": s.out("name")}, s.BOOL),
        "operands": ("CONDITION_NOT_BOOL", {"allOf": {"items": [s.out("ask"), three]}}, s.BOOL),
        "no operands": ("UNSPECIFIED", {"anyOf": {}}, s.BOOL),
        "in an int": ("NOT_ACCESSIBLE", {"membership": {"value": three, "container": three}}, s.BOOL),
        "in another list": (
            "NOT_COMPARABLE",
            {"membership": {"value": s.out("name"), "container": s.out("many")}},
            s.BOOL,
        ),
        "is null of plain": ("NOT_NULLABLE", {"isNull": s.out("name")}, s.BOOL),
        "coalesce of plain": ("NOT_NULLABLE", {"coalesce": {"items": [s.out("name"), s.out("name")]}}, s.STRING),
        "coalesce of two types": ("INCONSISTENT_TYPES", {"coalesce": {"items": [maybe, s.out("name")]}}, s.INT),
        "coalesce of nothing": ("UNSPECIFIED", {"coalesce": {}}, s.INT),
        "drop none of plain": ("NOT_NULLABLE", {"dropNone": s.out("many")}, s.listed(s.INT)),
        "drop none of no list": ("NOT_ACCESSIBLE", {"dropNone": maybe}, s.listed(s.INT)),
        "map of two types": (
            "INCONSISTENT_TYPES",
            {"map": {"entries": [entry, {"key": {"stringValue": "b"}, "value": maybe}]}},
            s.simple("json"),
        ),
        "map with a key twice": ("DUPLICATE_KEY", {"map": {"entries": [entry, entry]}}, s.mapped(s.STRING)),
        "record without a field": (
            "FIELD_NOT_BOUND",
            {"record": {"type": s.POINT["record"], "fields": s.bound(x=three)}},
            s.POINT,
        ),
        "record with a strange field": (
            "UNKNOWN_FIELD",
            {"record": {"type": s.POINT["record"], "fields": s.bound(x=three, y=s.lit(floatValue=1), z=three)}},
            s.POINT,
        ),
        "record with a field twice": (
            "DUPLICATE_FIELD",
            {
                "record": {
                    "type": s.POINT["record"],
                    "fields": s.bound(x=three, y=s.lit(floatValue=1)) + s.bound(x=three),
                }
            },
            s.POINT,
        ),
        "record with a wrong field": (
            "MISMATCHING_TYPES",
            {"record": {"type": s.POINT["record"], "fields": s.bound(x=s.out("name"), y=s.lit(floatValue=1))}},
            s.POINT,
        ),
        "record of an invalid type": ("INVALID_TYPE", {"record": {"type": {"fields": [{"name": "x"}]}}}, s.POINT),
        "map item": ("OUT_OF_SCOPE", {"mapItem": "x"}, s.INT),
        "handled error": ("OUT_OF_SCOPE", {"handledError": {}}, s.simple("error")),
        "constant index": ("EXPRESSION_FAILED", s.access(s.items(three, three), {"index": "2"}), s.INT),
    }


FAULTS = [
    "string to int", "nullable to plain", "float to int", "items of a list", "constant int for float",
    "constant in a list", "enum", "unknown literal", "untyped none", "untyped map", "unknown field", "field of int",
    "index of a map", "key of a list", "key of another type", "access to nullable", "index beyond a tuple", "no step",
    "empty step", "empty expression", "empty item", "string with int", "records", "unions", "order of bools",
    "float with decimal", "comparison with nullable", "no operator", "operand", "operands", "no operands", "in an int",
    "in another list", "is null of plain", "coalesce of plain", "coalesce of two types", "coalesce of nothing",
    "drop none of plain", "drop none of no list", "map of two types", "map with a key twice", "record without a field",
    "record with a strange field", "record with a field twice", "record with a wrong field",
    "record of an invalid type", "map item", "handled error", "constant index",
]  # fmt: skip


def test_every_fault_has_its_name(specs):
    assert list(faults(specs)) == FAULTS


@pytest.mark.parametrize("name", FAULTS)
def test_an_expression_that_does_not_fit(specs, name):
    code, value, of = faults(specs)[name]
    (error,) = specs.errors(specs.flow(value, of))
    assert error.code == code
    assert "output 'result'" in error.message


def test_two_records_of_one_name_are_told_apart(specs):
    other = specs.record("Point", x=specs.INT, z=specs.STRING)
    (error,) = specs.errors(specs.flow(specs.out("point"), other))
    assert "expected Point, came Point (another record of that name, which differs in y, z)" in error.message


def test_what_refers_to_nothing_is_computed_at_once(specs):
    three, half = specs.lit(intValue="3"), specs.lit(floatValue=0.5)
    assert constant_of(specs.compile(specs.flow(specs.items(half, half), specs.listed(specs.FLOAT)))) == "[0.5, 0.5]"
    assert constant_of(specs.compile(specs.flow(specs.compared(three, half), specs.BOOL))) == "false"
    assert constant_of(specs.compile(specs.flow(specs.items(), specs.listed(specs.INT)))) == "[]"
    assert constant_of(specs.compile(specs.flow({"map": {}}, specs.mapped(specs.INT)))) == "{}"
    assert (
        constant_of(specs.compile(specs.flow(specs.access(specs.items(three), {"index": "0"}), specs.FLOAT))) == "3.0"
    )


def test_a_record_takes_its_defaults(specs):
    of = {"record": {"name": "P", "fields": [{"name": "x", "type": specs.INT, "defaultValue": specs.integer(4)}]}}
    plan = specs.compile(specs.flow({"record": {"type": of["record"]}}, of))
    assert "x=4" in constant_of(plan).replace(" ", "")


def test_a_nested_constant_is_checked_against_its_place(specs):
    good = specs.items({"map": {"entries": [{"key": {"stringValue": "a"}, "value": specs.lit(stringValue="RED")}]}})
    of = specs.listed(specs.mapped(specs.COLOR))
    assert "RED" in constant_of(specs.compile(specs.flow(good, of)))
    bad = specs.items({"map": {"entries": [{"key": {"stringValue": "a"}, "value": specs.lit(stringValue="BLUE")}]}})
    assert [code for code, _ in specs.codes(specs.flow(bad, of))] == ["ILLEGAL_ENUM_VALUE"]


def test_a_symbol_beside_an_enum_is_checked(specs):
    nodes = [specs.call("paint", "m.paint", color=specs.lit(stringValue="RED"))]
    value = specs.compared(specs.out("paint"), specs.lit(stringValue="GREEN"), "EQUAL")
    assert specs.compile(specs.flow(value, specs.BOOL, nodes=nodes))
    value = specs.compared(specs.lit(stringValue="BLUE"), specs.out("paint"), "EQUAL")
    assert [code for code, _ in specs.codes(specs.flow(value, specs.BOOL, nodes=nodes))] == ["ILLEGAL_ENUM_VALUE"]


def nested(expression, depth, wrap):
    for _ in range(depth):
        expression = wrap(expression)
    return expression


def test_expressions_and_values_do_not_nest_too_deep(specs):
    start = specs.out("ask")
    negated = nested(start, 19, lambda of: {"negation": of})
    assert specs.compile(specs.flow(negated, specs.BOOL))
    negated = nested(start, 20, lambda of: {"negation": of})
    assert [code for code, _ in specs.codes(specs.flow(negated, specs.BOOL))] == ["TOO_DEEP"]
    lists = nested(start, 40, specs.items)
    assert [code for code, _ in specs.codes(specs.flow(lists, specs.BOOL))] == ["TOO_DEEP"]


def test_types_do_not_nest_too_deep(specs):
    of = nested(specs.INT, 40, specs.listed)
    assert [code for code, _ in specs.codes(specs.flow(specs.out("name"), of))] == ["INVALID_TYPE"]


def test_the_same_cast_is_planned_for_computed_values(specs):
    (binding,) = specs.compile(
        specs.flow(specs.items(specs.out("maybe")), specs.listed(specs.nullable(specs.FLOAT)))
    ).root.outputs
    assert isinstance(binding.cast, Cast)
    assert render_type(binding.cast.source) == "list<int?>"


def descend(message, depth, step):
    for _ in range(depth):
        message = step(message)
    message.SetInParent()


def test_specs_of_any_depth_that_were_built_in_place_are_refused(specs):
    deep = 3000
    bundle = specs.bundle(specs.flow(specs.out("name"), specs.STRING, inputs={"x": specs.INT, "y": specs.INT}))
    spec = bundle.workflows[0]
    descend(spec.interface.inputs[0].type.list.item, deep, lambda of: of.list.item)
    descend(spec.interface.inputs[1].default_value, deep, lambda of: of.list.items.add())
    spec.body.nodes.add(id="n1").call.target.task.name = "m.total"
    value = spec.body.nodes[-1].call.inputs.add(name="xs").value
    descend(value.literal, deep, lambda of: of.list.items.add())
    spec.body.nodes.add(id="n2").call.target.task.name = "m.total"
    value = spec.body.nodes[-1].call.inputs.add(name="xs").value
    descend(value, deep, lambda of: of.negation)
    spec.body.nodes.add(id="n3").call.target.task.name = "m.total"
    value = spec.body.nodes[-1].call.inputs.add(name="xs").value
    value.comparison.operator = 1
    descend(value.comparison.left.literal, deep, lambda of: of.list.items.add())
    value.comparison.right.literal.int_value = 1
    descend(spec.body, deep, lambda block: block.nodes.add(id="b").branch.cases.add().then)
    codes = specs.codes_of_message(bundle)
    expected = {("TOO_DEEP", "n1"), ("TOO_DEEP", "n2"), ("TOO_DEEP", "n3"), ("TOO_DEEP", "b")}
    assert set(codes) >= expected, codes[:9]
