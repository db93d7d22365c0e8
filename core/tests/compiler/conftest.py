"""Specs to compile, written as plain dictionaries in the contract's JSON form."""

import pytest
from godwit_core.compiler.compilation import check_bundle, compile_bundle
from godwit_core.compiler.problems import CompileFailed
from godwitidl.core.v1.bundle_pb2 import Bundle
from google.protobuf.json_format import ParseDict


def simple(name):
    return {"simple": f"SIMPLE_TYPE_{name.upper()}"}


def nullable(of):
    return {**of, "nullable": True}


def listed(item):
    return {"list": {"item": item}}


def mapped(value, key=None):
    return {"map": {"key": key or simple("string"), "value": value}}


def tupled(*items):
    return {"tuple": {"items": list(items)}}


def record(name, **fields):
    return {"record": {"name": name, "fields": [{"name": key, "type": of} for key, of in fields.items()]}}


def union(**members):
    return {"union": {"members": [{"tag": tag, "type": of} for tag, of in members.items()]}}


INT, FLOAT, STRING, BOOL = simple("int"), simple("float"), simple("string"), simple("bool")
POINT = record("Point", x=INT, y=FLOAT)
COLOR = {"enum": {"name": "Color", "symbols": ["RED", "GREEN"]}}


def integer(number):
    return {"intValue": str(number)}


def lit(**value):
    return {"literal": value}


def out(node, output="result"):
    return {"nodeOutput": {"nodeId": node, "output": output}}


def given(name):
    return {"workflowInput": name}


def items(*expressions):
    return {"list": {"items": list(expressions)}}


def access(of, *steps):
    return {"access": {"of": of, "steps": list(steps)}}


def compared(left, right, operator="LESS"):
    return {"comparison": {"operator": f"COMPARISON_OPERATOR_{operator}", "left": left, "right": right}}


def named(**types):
    return [{"name": name, **of} if "type" in of else {"name": name, "type": of} for name, of in types.items()]


def task(name, inputs=None, outputs=None, **settings):
    return {
        "id": {"name": name},
        "interface": {"inputs": named(**(inputs or {})), "outputs": named(**(outputs or {}))},
        **settings,
    }


def bound(**values):
    return [{"name": name, "value": value} for name, value in values.items()]


def call(node_id, target, after=(), overrides=None, kind="task", **values):
    return {
        "id": node_id,
        "after": list(after),
        "call": {
            "target": {kind: {"name": target}},
            "inputs": bound(**values),
            **({"overrides": overrides} if overrides is not None else {}),
        },
    }


def workflow(name="m.w", nodes=(), inputs=None, outputs=None, values=None, **settings):
    return {
        "id": {"name": name},
        "interface": {"inputs": named(**(inputs or {})), "outputs": named(**(outputs or {}))},
        "body": {"nodes": list(nodes), "outputs": bound(**(values or {}))},
        "failurePolicy": "FAILURE_POLICY_FAIL_FAST",
        **settings,
    }


TASKS = [
    task("m.add", {"a": INT, "b": {"type": INT, "defaultValue": integer(7)}}, {"result": INT}),
    task("m.half", {"x": FLOAT}, {"result": FLOAT}),
    task("m.name", {}, {"result": STRING}),
    task("m.point", {}, {"result": POINT, "maybe": nullable(POINT)}),
    task("m.many", {}, {"result": listed(INT), "pair": tupled(INT, STRING), "table": mapped(INT)}),
    task("m.maybe", {}, {"result": nullable(INT), "items": listed(nullable(INT))}),
    task("m.paint", {"color": COLOR}, {"result": COLOR}),
    task("m.total", {"xs": listed(INT)}, {"result": INT}),
    task("m.mean", {"xs": listed(FLOAT)}, {"result": FLOAT}),
    task("m.plot", {"point": POINT}, {}),
    task("m.moment", {}, {"result": simple("datetime"), "amount": simple("decimal")}),
    task("m.ask", {}, {"result": BOOL, "either": union(int=INT, string=STRING)}),
]


class Specs:
    """The words above, for tests that cannot import a neighbour."""

    simple, nullable, listed, mapped, tupled = map(staticmethod, (simple, nullable, listed, mapped, tupled))
    record, union, integer, lit, out, given = map(staticmethod, (record, union, integer, lit, out, given))
    items, access, compared, task, call, workflow = map(staticmethod, (items, access, compared, task, call, workflow))
    bound = staticmethod(bound)
    INT, FLOAT, STRING, BOOL, POINT, COLOR, TASKS = INT, FLOAT, STRING, BOOL, POINT, COLOR, TASKS

    @staticmethod
    def bundle(*workflows, tasks=(), launch_plans=()):
        return ParseDict(
            {"tasks": [*TASKS, *tasks], "workflows": list(workflows), "launchPlans": list(launch_plans)}, Bundle()
        )

    @classmethod
    def compile(cls, *workflows, entity="m.w", **more):
        return compile_bundle(cls.bundle(*workflows, **more), entity)

    @classmethod
    def errors(cls, *workflows, entity="m.w", **more):
        with pytest.raises(CompileFailed) as caught:
            cls.compile(*workflows, entity=entity, **more)
        return caught.value.errors

    @classmethod
    def codes(cls, *workflows, entity="m.w", **more):
        return [(str(error.code), error.node_id) for error in cls.errors(*workflows, entity=entity, **more)]

    @classmethod
    def flow(cls, value, of, nodes=None, inputs=None):
        """A workflow whose output is one expression, over a node of each of the tasks without inputs."""
        sources = ["name", "point", "many", "maybe", "moment", "ask"]
        nodes = [call(source, f"m.{source}") for source in sources] if nodes is None else nodes
        return workflow(nodes=nodes, inputs=inputs, outputs={"result": of}, values={"result": value})

    check_message = staticmethod(check_bundle)

    @staticmethod
    def codes_of_message(bundle, entity="m.w"):
        with pytest.raises(CompileFailed) as caught:
            compile_bundle(bundle, entity)
        return [(str(error.code), error.node_id) for error in caught.value.errors]

    @classmethod
    def check(cls, *workflows, **more):
        return check_bundle(cls.bundle(*workflows, **more))


@pytest.fixture(scope="session")
def specs():
    return Specs
