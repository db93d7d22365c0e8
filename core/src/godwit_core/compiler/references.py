"""References: what callers expect of entities that are declared elsewhere, held against those entities."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from godwitidl.core.v1.bundle_pb2 import Bundle
from godwitidl.core.v1.launch_plan_pb2 import LaunchPlanSpec
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.workflow_pb2 import WorkflowSpec
from godwitidl.rules.castability import Level

from godwit_core.compiler.catalog import EntityKind, named_references
from godwit_core.compiler.problems import Code
from godwit_core.compiler.scopes import Context
from godwit_core.compiler.signatures import Signature, Slot, read_signature
from godwit_core.compiler.targets import Targets

_REMEDY: Final = "Mend the reference, or give the file of the version that it was written for."


def check_references(bundle: Bundle, targets: Targets, context: Context) -> None:
    """Record where entities that are reached do not serve as the references to them say.

    What a bundle does not hold becomes known as its reference says, so that the calls of it can be checked.
    """
    there = {(kind, spec.id.name) for kind, specs in _entities(bundle) for spec in specs}
    for kind, name, reference in named_references(bundle):
        is_there = (kind, name) in there
        if is_there and not targets.knows(kind, name):
            continue
        context.problems.enter(name)
        expected = read_signature(reference.interface, context.problems, context.constants)
        if not is_there:
            targets.add(kind, name, expected)
            continue
        noun = f"{kind.replace('_', ' ')} {name!r}"
        for fault in _faults(expected, targets.signature(kind, name), context):
            message = f"The {noun} is not what a reference to it expects: {fault}."
            context.problems.add(Code.REFERENCE_MISMATCH, message, _REMEDY)


def _entities(bundle: Bundle) -> Iterator[tuple[EntityKind, Iterable[TaskSpec | WorkflowSpec | LaunchPlanSpec]]]:
    yield "task", bundle.tasks
    yield "workflow", bundle.workflows
    yield "launch_plan", bundle.launch_plans


def _faults(expected: Signature, actual: Signature, context: Context) -> Iterator[str]:
    for name, slot in expected.inputs.items():
        taken = actual.inputs.get(name)
        if taken is None:
            yield f"it takes no input {name!r}{_of_those(actual.inputs)}"
        elif not _casts(slot, taken, context):
            yield f"its input {name!r} takes no value of the type that the reference gives it"
        elif taken.required and not slot.required:
            yield f"its input {name!r} has no default"
    for name, taken in actual.inputs.items():
        if name not in expected.inputs and taken.required:
            yield f"it needs an input {name!r} besides"
    for name, slot in expected.outputs.items():
        given = actual.outputs.get(name)
        if given is None:
            yield f"it gives no output {name!r}{_of_those(actual.outputs)}"
        elif not _casts(given, slot, context):
            yield f"its output {name!r} is not of the type that the reference takes it for"


def _of_those(slots: Mapping[str, Slot]) -> str:
    return f", but {', '.join(map(repr, slots))}" if slots else ""


def _casts(source: Slot, target: Slot, context: Context) -> bool:
    """Whether values of one may feed the other; nothing is said of types that are invalid."""
    if source.type is None or target.type is None:
        return True
    return context.relations.level(source.type, source.key, target.type, target.key) is not Level.NO
