"""Settings of tasks: checked, overrides merged in, defaults filled in."""

import hashlib
from math import isfinite
from typing import Final

from godwitidl.core.v1.task_pb2 import CachePolicy, Resources, RetryPolicy, TaskSpec, Timeouts
from godwitidl.core.v1.workflow_pb2 import Overrides
from godwitidl.rules.digest import interface_digest
from godwitidl.rules.scalars import is_duration
from google.protobuf.duration_pb2 import Duration

from godwit_core.compiler import natives
from godwit_core.compiler.memory_growth import check_growth
from godwit_core.compiler.plan import CacheSettings, Needs, RetrySettings, TaskPlan
from godwit_core.compiler.problems import Code, Problems, suggest
from godwit_core.compiler.signatures import Signature, repeated

MAX_RETRIES: Final = 1000
AUTO: Final = "auto"
NANOS_PER_SECOND: Final = 1_000_000_000

_NOT_OF_THE_RESULT: Final = (
    "interface",
    "resources",
    "retries",
    "timeouts",
    "cache",
    "interruptible",
    "summary",
    "description",
    "deprecated",
    "source",
    "labels",
    "max_concurrency",
    "queue",
)
"""Fields of a task's spec that may change without its results being others; its interface counts by its digest."""


def seconds(duration: Duration) -> float:
    """Return the duration in seconds."""
    return duration.seconds + duration.nanos / NANOS_PER_SECOND


def check_duration(duration: Duration, what: str, problems: Problems, *, may_be_zero: bool = False) -> None:
    """Record a problem unless the duration is positive, or zero where that means something."""
    length = seconds(duration)
    if not is_duration(duration):
        problems.add(
            Code.INVALID_SETTING,
            f"{what}: expected nanoseconds below a second, of the sign of the seconds, and 315,576,000,000 s at most; "
            f"came {duration.seconds} s and {duration.nanos} ns.",
        )
    elif length < 0:
        problems.add(Code.NEGATIVE_DURATION, f"{what}: expected a length of time, came {length:g} s.")
    elif length == 0 and not may_be_zero:
        problems.add(Code.INVALID_SETTING, f"{what}: expected more than 0 s.", "Leave it out for no limit.")


def check_task(spec: TaskSpec, signature: Signature, problems: Problems) -> None:
    """Record what is wrong with the settings of *spec*, its interface aside."""
    _check_resources(spec.resources, problems)
    _check_retries(spec.retries, problems)
    check_growth(spec.retries, spec.resources, problems)
    _check_timeouts(spec.timeouts, problems)
    if spec.max_concurrency < 0:
        problems.add(Code.INVALID_SETTING, f"max_concurrency: expected 0 or more, came {spec.max_concurrency}.")
    if spec.HasField("cache"):
        _check_cache(spec.cache, signature, problems)
    if spec.HasField("program") and not spec.program.command:
        problems.add(Code.UNSPECIFIED, "program: expected the command of a runner, came none.")
    if spec.HasField("container") and not spec.container.image:
        problems.add(Code.UNSPECIFIED, "container: expected an image, came none.")
    _check_distinct("environment variable", [variable.name for variable in spec.environment], problems)
    _check_distinct("label", [label.key for label in spec.labels], problems)
    _check_distinct("secret", [f"{secret.group}/{secret.name}" for secret in spec.secrets], problems)
    if spec.backend == natives.BACKEND:
        natives.check_native(spec, signature, problems)


def check_overrides(overrides: Overrides, spec: TaskSpec, signature: Signature, problems: Problems) -> None:
    """Record what is wrong with the overrides of a node that calls *spec*."""
    _check_resources(overrides.resources, problems)
    _check_retries(overrides.retries, problems)
    if overrides.HasField("retries") or overrides.HasField("resources"):
        merged = merge(spec, overrides)
        check_growth(merged.retries, merged.resources, problems)
    _check_timeouts(overrides.timeouts, problems)
    if overrides.HasField("cache"):
        _check_cache(overrides.cache, signature, problems)
    if overrides.cache_enabled and not overrides.HasField("cache") and not spec.HasField("cache"):
        problems.add(
            Code.INVALID_OVERRIDE,
            f"The cache is switched on, but task {spec.id.name!r} has no cache version.",
            "Override the cache with a version.",
        )
    if overrides.HasField("container") and not overrides.container.image:
        problems.add(Code.UNSPECIFIED, "container: expected an image, came none.")
    _check_distinct("environment variable", [variable.name for variable in overrides.environment], problems)
    if spec.backend == natives.BACKEND and overrides.backend not in {"", natives.BACKEND}:
        problems.add(Code.INVALID_OVERRIDE, f"The engine does task {spec.id.name!r} by itself; no backend can run it.")
    elif natives.BACKEND in {spec.backend, overrides.backend}:
        natives.check_native(merge(spec, overrides), signature, problems)


def _check_distinct(what: str, names: list[str], problems: Problems) -> None:
    for name in repeated(names):
        problems.add(Code.DUPLICATE_SETTING, f"{what} {name!r} stands twice.")
    if "" in names:
        problems.add(Code.BAD_NAME, f"{what}: expected a name, came an empty text.")


def _check_resources(resources: Resources, problems: Problems) -> None:
    for descriptor, amount in resources.ListFields():
        if isinstance(amount, int) and amount < 0:
            problems.add(Code.INVALID_SETTING, f"resources.{descriptor.name}: expected 0 or more, came {amount}.")


def _check_retries(policy: RetryPolicy, problems: Problems) -> None:
    for name, number in (
        ("max_retries", policy.max_retries),
        ("max_infrastructure_retries", policy.max_infrastructure_retries),
    ):
        if not 0 <= number <= MAX_RETRIES:
            problems.add(Code.INVALID_SETTING, f"retries.{name}: expected 0 to {MAX_RETRIES}, came {number}.")
    if not isfinite(policy.backoff_factor) or policy.backoff_factor < 0:
        problems.add(
            Code.INVALID_SETTING,
            f"retries.backoff_factor: expected a number of 0 or more, came {policy.backoff_factor}.",
        )
    if not 0 <= policy.jitter <= 1:
        problems.add(Code.INVALID_SETTING, f"retries.jitter: expected a share from 0 to 1, came {policy.jitter}.")
    check_duration(policy.backoff_base, "retries.backoff_base", problems, may_be_zero=True)
    check_duration(policy.backoff_cap, "retries.backoff_cap", problems, may_be_zero=True)
    if "" in policy.retry_on:
        problems.add(Code.INVALID_SETTING, "retries.retry_on: expected codes or classes, came an empty text.")


def _check_timeouts(timeouts: Timeouts, problems: Problems) -> None:
    for descriptor, duration in timeouts.ListFields():
        check_duration(duration, f"timeouts.{descriptor.name}", problems)


def _check_cache(policy: CachePolicy, signature: Signature, problems: Problems) -> None:
    if not policy.version:
        problems.add(Code.UNSPECIFIED, "cache: expected a version, came none.", 'Give one: version="1".')
    if policy.version == AUTO:
        problems.add(
            Code.CACHE_VERSION_UNRESOLVED,
            "The cache version is 'auto', and the registration does not say what that stands for.",
            "Register from the source; in specs by hand, list it in cache_versions, or give a version of your own.",
        )
    if policy.HasField("time_to_live"):
        check_duration(policy.time_to_live, "cache.time_to_live", problems)
    for name in policy.ignored_inputs:
        if name not in signature.inputs:
            problems.add(
                Code.UNKNOWN_INPUT,
                f"cache.ignored_inputs: the task has no input {name!r}.",
                suggest(name, signature.inputs, what="inputs"),
            )
    for name in repeated(policy.ignored_inputs):
        problems.add(Code.DUPLICATE_SETTING, f"cache.ignored_inputs: {name!r} stands twice.")


def merge(spec: TaskSpec, overrides: Overrides) -> TaskSpec:
    """Return a copy of *spec* as a node with *overrides* calls it."""
    merged = TaskSpec()
    merged.CopyFrom(spec)
    for name in ("resources", "retries", "timeouts", "cache", "container"):
        if overrides.HasField(name):
            getattr(merged, name).CopyFrom(getattr(overrides, name))
    if overrides.HasField("payload"):
        merged.payload.CopyFrom(overrides.payload)
        if not overrides.payload.type_url:
            merged.ClearField("payload")
    if overrides.HasField("cache_enabled") and not overrides.cache_enabled:
        merged.ClearField("cache")
    if overrides.HasField("interruptible"):
        merged.interruptible = overrides.interruptible
    if overrides.backend:
        merged.backend = overrides.backend
    if overrides.environment:
        values = {variable.name: variable.value for variable in (*spec.environment, *overrides.environment)}
        merged.ClearField("environment")
        for name, value in values.items():
            merged.environment.add(name=name, value=value)
    return merged


def plan_task(key: int, spec: TaskSpec, encoded: bytes) -> TaskPlan:
    """Return the plan of a checked, effective *spec*, and *encoded* the same."""
    timeouts = spec.timeouts
    return TaskPlan(
        key=key,
        name=spec.id.name,
        backend=spec.backend,
        spec=spec,
        encoded=encoded,
        retries=_retry_settings(spec.retries),
        cache=_cache_settings(spec) if spec.HasField("cache") else None,
        timeout_attempt_s=seconds(timeouts.attempt) if timeouts.HasField("attempt") else None,
        timeout_queue_s=seconds(timeouts.queue) if timeouts.HasField("queue") else None,
        timeout_overall_s=seconds(timeouts.overall) if timeouts.HasField("overall") else None,
        identity=_identity(spec),
        needs=_needs(spec),
        native=natives.native_kind(spec),
    )


def _identity(spec: TaskSpec) -> bytes:
    """Return the digest of what decides the result of a task: its name, interface, program, payload, environment."""
    kept = TaskSpec()
    kept.CopyFrom(spec)
    for name in _NOT_OF_THE_RESULT:
        kept.ClearField(name)
    kept.id.Clear()
    kept.id.name = spec.id.name
    if kept.HasField("program"):
        kept.program.ClearField("interleaves")
        kept.program.ClearField("local_files_only")
    return hashlib.sha256(interface_digest(spec.interface) + kept.SerializeToString(deterministic=True)).digest()


def _retry_settings(policy: RetryPolicy) -> RetrySettings:
    default = RetrySettings()
    return RetrySettings(
        max_retries=policy.max_retries,
        backoff_base_s=seconds(policy.backoff_base),
        backoff_factor=policy.backoff_factor or default.backoff_factor,
        backoff_cap_s=seconds(policy.backoff_cap) if policy.HasField("backoff_cap") else default.backoff_cap_s,
        jitter=policy.jitter,
        max_infrastructure_retries=(
            policy.max_infrastructure_retries
            if policy.HasField("max_infrastructure_retries")
            else default.max_infrastructure_retries
        ),
        retry_on=tuple(policy.retry_on),
        memory_growth=policy.memory_growth,
        max_memory_bytes=policy.max_memory_bytes,
    )


def _needs(spec: TaskSpec) -> Needs:
    resources = spec.resources
    return Needs(
        resources.cpu_millis,
        resources.memory_bytes,
        spec.interruptible,
        spec.max_concurrency,
        spec.queue,
        shares_process=_shares_process(spec),
    )


def _shares_process(spec: TaskSpec) -> bool:
    """Return whether attempts may run beside others in one process: not what needs a process of its own.

    A limit of memory can only be kept for a whole process, whose environment belongs to all that runs in it, and on
    which plugins that know the payload may leave their marks.
    """
    in_environment = bool(spec.environment) or any(secret.environment_variable for secret in spec.secrets)
    is_plain = not spec.HasField("payload") and not in_environment
    return spec.program.interleaves and is_plain and not spec.resources.memory_bytes


def _cache_version(spec: TaskSpec) -> str:
    """Return the version with the salt; to one made from the code, add what a node may override beside the code."""
    policy = spec.cache
    version = policy.version
    kept = TaskSpec(environment=spec.environment)
    for name in ("container", "payload"):
        if spec.HasField(name):
            getattr(kept, name).CopyFrom(getattr(spec, name))
    if version.startswith(f"{AUTO}-") and kept.ByteSize():
        version += "-" + hashlib.sha256(kept.SerializeToString(deterministic=True)).hexdigest()[:16]
    return f"{version}\0{policy.salt}" if policy.salt else version


def _cache_settings(spec: TaskSpec) -> CacheSettings:
    policy = spec.cache
    return CacheSettings(
        version=_cache_version(spec),
        interface_digest=interface_digest(spec.interface),
        time_to_live_s=seconds(policy.time_to_live) if policy.HasField("time_to_live") else None,
        serialize=policy.serialize,
        ignored_inputs=frozenset(policy.ignored_inputs),
    )
