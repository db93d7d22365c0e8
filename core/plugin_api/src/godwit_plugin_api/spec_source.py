"""The specs of a file as a source: what is in it, and what each of it refers to."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from godwitidl.core.v1.bundle_pb2 import Bundle, Registration
from godwitidl.core.v1.launch_plan_pb2 import LaunchPlanSpec
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.workflow_pb2 import Block, CallTarget, WorkflowSpec

from godwit_plugin_api.entity_loader import EntitySummary
from godwit_plugin_api.errors import InvalidInput

Spec = TaskSpec | WorkflowSpec | LaunchPlanSpec
_Key = tuple[str, str]


class SpecSource:
    """The specs of one file."""

    def __init__(self, path: Path, registration: Registration) -> None:
        self._path = path
        self._registration = registration
        self._specs = {_key(spec): spec for spec in specs_of(registration.bundle)}

    def entities(self) -> Sequence[EntitySummary]:
        """Return all specs of the file: tasks, workflows, launch plans, each sorted as the file has them."""
        return [
            EntitySummary(name.rpartition(".")[2], name, kind, _summary(spec))
            for (kind, name), spec in self._specs.items()
        ]

    def registration(self, name: str | None = None) -> Registration:
        """Return the specs of *name* with all it refers to; of all without a name. See `Source`."""
        if name is None:
            return self._registration
        kept = self._reachable(self._find(name))
        result = Registration()
        result.CopyFrom(self._registration)
        result.ClearField("bundle")
        for key, spec in self._specs.items():
            if key in kept:
                _add(result.bundle, spec)
        del result.cache_versions[:]
        result.cache_versions.extend(
            version for version in self._registration.cache_versions if ("task", version.task) in kept
        )
        used = {one for key in kept for one in (key, *_references(self._specs[key]))}
        result.bundle.references.extend(
            one for one in self._registration.bundle.references if _referred(one.target) in used
        )
        del result.task_sources[:]
        result.task_sources.extend(
            source for source in self._registration.task_sources if ("task", source.task) in kept
        )
        del result.code_versions[:]
        result.code_versions.extend(
            version for version in self._registration.code_versions if ("task", version.task) in kept
        )
        return result

    def _find(self, name: str) -> _Key:
        found = [key for key in self._specs if name in (key[1], key[1].rpartition(".")[2])]
        exact = [key for key in found if key[1] == name]
        if len(exact or found) == 1:
            return (exact or found)[0]
        if found:
            names = ", ".join(f"{key[1]} ({key[0]})" for key in found)
            raise InvalidInput(f"{name!r} in {self._path} is not unique: {names}.", code="UNKNOWN_ENTITY")
        known = [key[1] for key in self._specs]
        close = get_close_matches(name, [*known, *(full.rpartition(".")[2] for full in known)], n=3)
        hint = f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(known) or 'none'}."
        raise InvalidInput(f"There is no entity {name!r} in {self._path}.", hint=hint, code="UNKNOWN_ENTITY")

    def _reachable(self, start: _Key) -> set[_Key]:
        """Return what *start* refers to, itself included, as far as the file has it."""
        seen: set[_Key] = set()
        waiting = [start]
        while waiting:
            key = waiting.pop()
            if key not in seen and key in self._specs:
                seen.add(key)
                waiting += _references(self._specs[key])
        return seen


def specs_of(bundle: Bundle) -> Iterator[Spec]:
    """Yield all specs of a bundle."""
    yield from bundle.tasks
    yield from bundle.workflows
    yield from bundle.launch_plans


def _key(spec: Spec) -> _Key:
    if isinstance(spec, TaskSpec):
        return "task", spec.id.name
    return ("workflow" if isinstance(spec, WorkflowSpec) else "launch_plan"), spec.id.name


def _summary(spec: Spec) -> str:
    return spec.description.partition("\n")[0] if isinstance(spec, LaunchPlanSpec) else spec.summary


def _add(bundle: Bundle, spec: Spec) -> None:
    if isinstance(spec, TaskSpec):
        bundle.tasks.append(spec)
    elif isinstance(spec, WorkflowSpec):
        bundle.workflows.append(spec)
    else:
        bundle.launch_plans.append(spec)


def _references(spec: Spec) -> Iterable[_Key]:
    if isinstance(spec, TaskSpec):
        return ()
    if isinstance(spec, LaunchPlanSpec):
        return (("workflow", spec.workflow.name),)
    targets = [*_block_targets(spec.body)]
    if spec.HasField("on_failure"):
        targets.append(spec.on_failure.target)
    return [referred for target in targets if (referred := _referred(target))[0]]


def _referred(target: CallTarget) -> _Key:
    kind = target.WhichOneof("kind")
    return (kind, getattr(target, kind).name) if kind else ("", "")


def _block_targets(block: Block) -> Iterator[CallTarget]:
    for node in block.nodes:
        if node.HasField("call"):
            yield node.call.target
        elif node.HasField("map"):
            yield node.map.target
        elif node.HasField("branch"):
            for case in node.branch.cases:
                yield from _block_targets(case.then)
            yield from _block_targets(node.branch.otherwise)
