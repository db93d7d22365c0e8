"""Settings of tasks, and what nodes override."""

import pytest
from godwit_core.compiler.plan import CacheSettings, RetrySettings
from godwitidl.rules.digest import interface_digest
from google.protobuf import wrappers_pb2  # noqa: F401 - a payload of the tests is of its StringValue

TEXT = "type.googleapis.com/google.protobuf.StringValue"


def codes_of(specs, **settings):
    return [code for code, _ in specs.codes(entity="m.t", tasks=[specs.task("m.t", {"x": specs.INT}, {}, **settings)])]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"retries": {"maxRetries": -1}}, "INVALID_SETTING"),
        ({"retries": {"maxRetries": 1001}}, "INVALID_SETTING"),
        ({"retries": {"maxInfrastructureRetries": 1001}}, "INVALID_SETTING"),
        ({"retries": {"backoffFactor": -1}}, "INVALID_SETTING"),
        ({"retries": {"backoffFactor": "NaN"}}, "INVALID_SETTING"),
        ({"retries": {"jitter": 1.5}}, "INVALID_SETTING"),
        ({"retries": {"jitter": "NaN"}}, "INVALID_SETTING"),
        ({"retries": {"retryOn": [""]}}, "INVALID_SETTING"),
        ({"retries": {"memoryGrowth": 2, "maxMemoryBytes": "9"}}, "INVALID_SETTING"),
        ({"retries": {"maxMemoryBytes": "9"}, "resources": {"memoryBytes": "5"}}, "INVALID_SETTING"),
        ({"retries": {"memoryGrowth": 1, "maxMemoryBytes": "9"}, "resources": {"memoryBytes": "5"}}, "INVALID_SETTING"),
        ({"retries": {"memoryGrowth": 2, "maxMemoryBytes": "4"}, "resources": {"memoryBytes": "5"}}, "INVALID_SETTING"),
        (
            {"retries": {"memoryGrowth": "NaN", "maxMemoryBytes": "9"}, "resources": {"memoryBytes": "5"}},
            "INVALID_SETTING",
        ),
        ({"retries": {"backoffBase": "-1s"}}, "NEGATIVE_DURATION"),
        ({"retries": {"backoffCap": "-1s"}}, "NEGATIVE_DURATION"),
        ({"timeouts": {"attempt": "-1s"}}, "NEGATIVE_DURATION"),
        ({"timeouts": {"queue": "0s"}}, "INVALID_SETTING"),
        ({"timeouts": {"overall": "-0.5s"}}, "NEGATIVE_DURATION"),
        ({"cache": {"version": ""}}, "UNSPECIFIED"),
        ({"cache": {"version": "auto"}}, "CACHE_VERSION_UNRESOLVED"),
        ({"cache": {"version": "1", "timeToLive": "-1s"}}, "NEGATIVE_DURATION"),
        ({"cache": {"version": "1", "ignoredInputs": ["y"]}}, "UNKNOWN_INPUT"),
        ({"cache": {"version": "1", "ignoredInputs": ["x", "x"]}}, "DUPLICATE_SETTING"),
        ({"resources": {"memoryBytes": "-1"}}, "INVALID_SETTING"),
        ({"resources": {"gpuCount": -1}}, "INVALID_SETTING"),
        ({"program": {}}, "UNSPECIFIED"),
        ({"container": {}}, "UNSPECIFIED"),
        ({"environment": [{"name": "A"}, {"name": "A"}]}, "DUPLICATE_SETTING"),
        ({"environment": [{"name": ""}]}, "BAD_NAME"),
        ({"labels": [{"key": "a"}, {"key": "a"}]}, "DUPLICATE_SETTING"),
        ({"secrets": [{"name": "a", "group": "g"}, {"name": "a", "group": "g"}]}, "DUPLICATE_SETTING"),
    ],
)
def test_a_wrong_setting(specs, settings, code):
    assert codes_of(specs, **settings) == [code]


def test_a_duration_that_is_none_is_invalid(specs):
    bundle = specs.bundle(tasks=[specs.task("m.t", {}, {})])
    bundle.tasks[-1].timeouts.attempt.seconds = 1
    bundle.tasks[-1].timeouts.attempt.nanos = -5
    problems = [problem for problem in specs.check_message(bundle) if problem.entity == "m.t"]
    assert [str(problem.code) for problem in problems] == ["INVALID_SETTING"]


def test_defaults_are_filled_in(specs):
    (plan,) = specs.compile(entity="m.name").tasks
    assert plan.retries == RetrySettings()
    assert (plan.cache, plan.timeout_attempt_s, plan.timeout_queue_s, plan.timeout_overall_s) == (None,) * 4


def test_settings_are_read(specs):
    spec = specs.task(
        "m.t",
        {"x": specs.INT, "y": specs.INT},
        {},
        backend="spark",
        retries={
            "maxRetries": 2,
            "backoffBase": "1.5s",
            "backoffFactor": 3,
            "backoffCap": "60s",
            "jitter": 0.5,
            "maxInfrastructureRetries": 0,
            "retryOn": ["ValueError"],
        },
        timeouts={"attempt": "1s", "queue": "2s", "overall": "3.5s"},
        cache={"version": "7", "salt": "s", "serialize": True, "timeToLive": "60s", "ignoredInputs": ["y"]},
    )
    (plan,) = specs.compile(entity="m.t", tasks=[spec]).tasks
    assert plan.retries == RetrySettings(2, 1.5, 3.0, 60.0, 0.5, 0, ("ValueError",))
    assert plan.cache == CacheSettings("7\0s", interface_digest(plan.spec.interface), 60.0, True, frozenset({"y"}))
    assert (plan.timeout_attempt_s, plan.timeout_queue_s, plan.timeout_overall_s) == (1.0, 2.0, 3.5)
    assert (plan.backend, plan.encoded) == ("spark", plan.spec.SerializeToString(deterministic=True))


def test_overrides_replace_what_they_name(specs):
    base = specs.task(
        "m.t",
        retries={"maxRetries": 1},
        resources={"cpuMillis": "500", "memoryBytes": "10"},
        cache={"version": "1"},
        environment=[{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
    )
    overrides = {
        "resources": {"cpuMillis": "2000"},
        "cacheEnabled": False,
        "interruptible": True,
        "backend": "other",
        "environment": [{"name": "C", "value": "4"}, {"name": "A", "value": "3"}],
        "timeouts": {"attempt": "2s"},
    }
    nodes = [specs.call("n0", "m.t"), specs.call("n1", "m.t", overrides=overrides)]
    plan = specs.compile(specs.workflow(nodes=nodes), tasks=[base])
    first, second = plan.tasks
    assert second.retries == first.retries
    assert (second.spec.resources.cpu_millis, second.spec.resources.memory_bytes) == (2000, 0)
    assert (first.cache is None, second.cache) == (False, None)
    assert (second.spec.interruptible, second.backend, second.timeout_attempt_s) == (True, "other", 2.0)
    assert [(item.name, item.value) for item in second.spec.environment] == [("A", "3"), ("B", "2"), ("C", "4")]
    assert [item.value for item in first.spec.environment] == ["1", "2"]


def test_equal_effective_specs_share_a_plan(specs):
    nodes = [
        specs.call("n0", "m.name"),
        specs.call("n1", "m.name", overrides={}),
        specs.call("n2", "m.name", overrides={"backend": "a"}),
        specs.call("n3", "m.name", overrides={"backend": "a"}),
    ]
    plan = specs.compile(specs.workflow(nodes=nodes))
    assert [node.task.key for node in plan.root.nodes] == [0, 0, 1, 1]


def test_the_cache_is_switched_on_only_with_a_version(specs):
    node = specs.call("n0", "m.name", overrides={"cacheEnabled": True})
    assert specs.codes(specs.workflow(nodes=[node])) == [("INVALID_OVERRIDE", "n0")]
    node = specs.call("n0", "m.name", overrides={"cacheEnabled": True, "cache": {"version": "2"}})
    (plan,) = specs.compile(specs.workflow(nodes=[node])).tasks
    assert plan.cache.version == "2"


def test_overrides_are_checked(specs):
    overrides = {"retries": {"jitter": 2}, "cache": {"version": "1", "ignoredInputs": ["q"]}, "container": {}}
    codes = specs.codes(specs.workflow(nodes=[specs.call("n0", "m.name", overrides=overrides)]))
    assert codes == [("INVALID_SETTING", "n0"), ("UNKNOWN_INPUT", "n0"), ("UNSPECIFIED", "n0")]


def test_overrides_are_of_tasks(specs):
    inner = specs.workflow("m.inner", [specs.call("n0", "m.name")])
    node = specs.call("n0", "m.inner", kind="workflow", overrides={"backend": "a"})
    assert specs.codes(specs.workflow(nodes=[node]), inner) == [("INVALID_OVERRIDE", "n0")]


def test_a_payload_is_overridden_or_left_out(specs):
    task = specs.task("m.sql", payload={"@type": TEXT, "value": "one"}, cache={"version": "auto-1"})
    payloads = [None, {"@type": TEXT, "value": "two"}, {"@type": TEXT, "value": "two"}, {}]
    nodes = [
        specs.call(f"n{number}", "m.sql", overrides={} if payload is None else {"payload": payload})
        for number, payload in enumerate(payloads)
    ]
    plans = [node.task for node in specs.compile(specs.workflow(nodes=nodes), tasks=[task]).root.nodes]
    assert [plan.spec.HasField("payload") for plan in plans] == [True, True, True, False]
    versions = [plan.cache.version for plan in plans]
    assert versions[1] == versions[2]
    assert len(set(versions)) == len({plan.identity for plan in plans}) == 3
