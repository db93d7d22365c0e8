"""Tasks that the engine does by itself."""

import pytest
from godwit_core.compiler.plan import NativeKind


def native(specs, kind="SLEEP", inputs=None, outputs=None, **settings):
    payload = {"@type": "type.googleapis.com/godwitidl.core.v1.NativeTask"}
    if kind:
        payload["kind"] = f"NATIVE_KIND_{kind}"
    inputs = {"duration": specs.simple("duration")} if inputs is None else inputs
    return specs.task("m.native", inputs, outputs or {}, backend="engine", payload=payload, **settings)


def test_each_kind_is_planned(specs):
    for kind, inputs, outputs in (
        ("SLEEP", None, {}),
        ("NOOP", {"a": specs.INT}, {}),
        ("ECHO", {"a": specs.INT, "b": specs.STRING}, {"x": specs.INT, "y": specs.STRING}),
    ):
        plan = specs.compile(tasks=[native(specs, kind, inputs, outputs)], entity="m.native")
        assert plan.tasks[0].native is NativeKind[kind]
    assert specs.compile(entity="m.half").tasks[0].native is None


def test_the_payload_says_what_the_engine_does(specs):
    assert specs.codes(tasks=[native(specs, "")], entity="m.native") == [("INVALID_SETTING", "")]
    bare = specs.task("m.native", {}, {}, backend="engine")
    assert specs.codes(tasks=[bare], entity="m.native") == [("INVALID_SETTING", "")]


def test_interfaces_fit_what_is_done(specs):
    def codes(*arguments):
        return specs.codes(tasks=[native(specs, *arguments)], entity="m.native")

    assert codes("SLEEP", {"x": specs.INT}) == [("MISMATCHING_TYPES", "")]
    assert codes("SLEEP", None, {"x": specs.INT}) == [("MISMATCHING_TYPES", "")]
    assert codes("NOOP", {}, {"x": specs.INT}) == [("MISMATCHING_TYPES", "")]
    assert codes("ECHO", {"x": specs.INT}, {"x": specs.STRING}) == [("MISMATCHING_TYPES", "")]


@pytest.mark.parametrize(
    "settings",
    [{"cache": {"version": "1"}}, {"retries": {"maxRetries": 1}}, {"timeouts": {"attempt": "5s"}}],
)
def test_what_belongs_to_attempts_is_refused(specs, settings):
    assert specs.codes(tasks=[native(specs, **settings)], entity="m.native") == [("INVALID_SETTING", "")]
    assert specs.compile(tasks=[native(specs, timeouts={"overall": "5s"})], entity="m.native")


def test_overrides_neither_make_nor_unmake_a_native_task(specs):
    nap = native(specs)
    five = {"duration": specs.lit(duration="5s")}
    spec = specs.workflow(nodes=[specs.call("n", "m.native", overrides={"backend": "local"}, **five)])
    assert specs.codes(spec, tasks=[nap]) == [("INVALID_OVERRIDE", "n")]
    spec = specs.workflow(nodes=[specs.call("n", "m.native", overrides={"cache": {"version": "1"}}, **five)])
    assert specs.codes(spec, tasks=[nap]) == [("INVALID_SETTING", "n")]
    spec = specs.workflow(nodes=[specs.call("n", "m.name", overrides={"backend": "engine"})])
    assert specs.codes(spec) == [("INVALID_SETTING", "n")]
