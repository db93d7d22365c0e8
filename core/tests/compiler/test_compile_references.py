"""References to entities that are declared elsewhere: what the caller expects is held against what is there."""

import pytest
from godwit_core.compiler.compilation import compile_bundle
from godwit_core.compiler.problems import CompileFailed
from godwitidl.core.v1.bundle_pb2 import EntityReference
from google.protobuf.json_format import ParseDict


def reference(specs, name, inputs=None, outputs=None, kind="task"):
    interface = specs.task(name, inputs, outputs)["interface"]
    return ParseDict({"target": {kind: {"name": name}}, "interface": interface}, EntityReference())


def compiled(specs, *references):
    """A workflow that calls `m.add` is compiled in a bundle with references."""
    node = specs.call("n0", "m.add", a=specs.lit(intValue="1"))
    bundle = specs.bundle(specs.workflow(nodes=[node]))
    bundle.references.extend(references)
    return compile_bundle(bundle, "m.w")


def faults(specs, *references):
    with pytest.raises(CompileFailed) as caught:
        compiled(specs, *references)
    return [(str(error.code), error.message) for error in caught.value.errors]


def test_an_entity_may_take_and_give_more(specs):
    plan = compiled(specs, reference(specs, "m.add", {"a": specs.INT}, {}))
    assert [task.name for task in plan.tasks] == ["m.add"]


def test_types_need_to_cast_only(specs):
    assert compiled(specs, reference(specs, "m.add", {"a": specs.INT}, {"result": specs.FLOAT}))


@pytest.mark.parametrize(
    ("inputs", "outputs", "part"),
    [
        ({"a": "STRING"}, {}, "input 'a' takes no value"),
        ({"a": "INT", "c": "INT"}, {}, "no input 'c', but 'a', 'b'"),
        ({}, {}, "needs an input 'a' besides"),
        ({"a": "INT"}, {"sum": "INT"}, "no output 'sum', but 'result'"),
        ({"a": "INT"}, {"result": "STRING"}, "output 'result' is not of the type"),
    ],
)
def test_an_entity_that_does_not_serve_is_a_mismatch(specs, inputs, outputs, part):
    def types(names):
        return {name: getattr(specs, of) for name, of in names.items()}

    ((code, message),) = faults(specs, reference(specs, "m.add", types(inputs), types(outputs)))
    assert code == "REFERENCE_MISMATCH"
    assert part in message


def test_a_default_that_is_counted_on_must_be_there(specs):
    with_default = {"a": {"type": specs.INT, "defaultValue": specs.integer(1)}}
    ((code, message),) = faults(specs, reference(specs, "m.add", with_default))
    assert (code, "no default" in message) == ("REFERENCE_MISMATCH", True)


def test_one_that_nobody_calls_is_not_looked_at(specs):
    assert compiled(specs, reference(specs, "m.total", {"other": specs.INT}), reference(specs, "elsewhere.task"))


@pytest.mark.parametrize("kind", ["task", "workflow", "launch_plan"])
def test_one_that_nothing_declares_says_how_to_give_it(specs, kind):
    bundle = specs.bundle(specs.workflow(nodes=[specs.call("n0", "java.greet", kind=kind)]))
    bundle.references.append(reference(specs, "java.greet", kind=kind))
    with pytest.raises(CompileFailed) as caught:
        compile_bundle(bundle, "m.w")
    (error,) = caught.value.errors
    assert (str(error.code), error.node_id) == ("UNRESOLVED_REFERENCE", "n0")
    assert "--with" in error.hint
