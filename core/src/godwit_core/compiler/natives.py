"""Native tasks: what the engine does by itself, without a runner."""

from typing import Final

from godwitidl.core.v1.task_pb2 import NativeTask, TaskSpec
from godwitidl.core.v1.values_pb2 import SimpleType
from godwitidl.rules.rendering import render_type
from google.protobuf.message import DecodeError

from godwit_core.compiler.plan import NativeKind
from godwit_core.compiler.problems import Code, Problems
from godwit_core.compiler.relations import simple_type
from godwit_core.compiler.signatures import Signature

BACKEND: Final = "engine"
"""Key under which tasks say that the engine does them."""


def native_kind(spec: TaskSpec) -> NativeKind | None:
    """Return what the engine does for a checked task; None if a backend runs it."""
    return _kind_of(spec) if spec.backend == BACKEND else None


def _kind_of(spec: TaskSpec) -> NativeKind | None:
    if not spec.payload.Is(NativeTask.DESCRIPTOR):
        return None
    payload = NativeTask()
    try:
        spec.payload.Unpack(payload)
        return NativeKind(payload.kind)
    except (DecodeError, ValueError):
        return None


def check_native(spec: TaskSpec, signature: Signature, problems: Problems) -> None:
    """Record what is wrong with a task that says that the engine does it."""
    kind = _kind_of(spec)
    if kind is None:
        problems.add(
            Code.INVALID_SETTING,
            f"A task of the backend {BACKEND!r} says by a payload NativeTask what the engine does; this one does not.",
            "Give it a kind: sleep, noop or echo. Or name another backend.",
        )
        return
    _check_settings(spec, problems)
    inputs = [slot.type for slot in signature.inputs.values()]
    outputs = [slot.type for slot in signature.outputs.values()]
    if None in inputs or None in outputs:
        return
    if kind is NativeKind.ECHO:
        if inputs != outputs:
            problems.add(
                Code.MISMATCHING_TYPES, "An echo gives its inputs back: expected outputs of the same types, in order."
            )
        return
    if outputs:
        problems.add(Code.MISMATCHING_TYPES, f"A native {kind.name.lower()} has no outputs, came {len(outputs)}.")
    if kind is NativeKind.SLEEP and inputs != [simple_type(SimpleType.SIMPLE_TYPE_DURATION)]:
        came = ", ".join(render_type(of) for of in inputs if of is not None) or "none"
        problems.add(Code.MISMATCHING_TYPES, f"A native sleep has one input of type duration, came {came}.")


def _check_settings(spec: TaskSpec, problems: Problems) -> None:
    set_ones = [name for name in ("program", "container", "cache") if spec.HasField(name)]
    set_ones += [f"timeouts.{name}" for name in ("attempt", "queue") if spec.timeouts.HasField(name)]
    if spec.retries.max_retries:
        set_ones.append("retries")
    for name in set_ones:
        problems.add(
            Code.INVALID_SETTING,
            f"{name}: the engine does this task by itself, in no attempt and in no time.",
            "Leave it out; an overall timeout is possible.",
        )
