"""The entities of a bundle by name, and which of them an entity reaches."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from re import compile as pattern
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeVar

from godwitidl.core.v1.bundle_pb2 import Bundle, EntityReference
from godwitidl.core.v1.identifiers_pb2 import EntityId
from godwitidl.core.v1.launch_plan_pb2 import LaunchPlanSpec
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.workflow_pb2 import Block, CallTarget, Node, WorkflowSpec

from godwit_core.compiler.problems import Code, Problems

_ENTITY_NAME: Final = pattern(r"[^\s/\x00-\x1f\x7f]{1,512}")

EntityKind = Literal["task", "workflow", "launch_plan"]
_KINDS: Final[Mapping[str, EntityKind]] = MappingProxyType(
    {"task": "task", "workflow": "workflow", "launch_plan": "launch_plan"}
)
S = TypeVar("S", TaskSpec, WorkflowSpec, LaunchPlanSpec)


class Catalog(NamedTuple):
    """Entities by name. Of equal names the first counts. *expected*: kinds and names that references are to."""

    tasks: Mapping[str, TaskSpec]
    workflows: Mapping[str, WorkflowSpec]
    launch_plans: Mapping[str, LaunchPlanSpec]
    expected: frozenset[tuple[EntityKind, str]]

    def kinds_of(self, name: str) -> list[EntityKind]:
        """Return the kinds of the entities of a name."""
        named: list[tuple[EntityKind, bool]] = [
            ("task", name in self.tasks),
            ("workflow", name in self.workflows),
            ("launch_plan", name in self.launch_plans),
        ]
        return [kind for kind, is_there in named if is_there]

    def names(self) -> Iterator[str]:
        """Yield the names of all entities."""
        yield from self.workflows
        yield from self.tasks
        yield from self.launch_plans


def read_catalog(bundle: Bundle, problems: Problems) -> Catalog:
    """Return the entities of *bundle* by name; names that are bad or stand twice are problems."""
    return Catalog(
        _by_name("task", bundle.tasks, problems),
        _by_name("workflow", bundle.workflows, problems),
        _by_name("launch plan", bundle.launch_plans, problems),
        frozenset((kind, name) for kind, name, _ in named_references(bundle)),
    )


def named_references(bundle: Bundle) -> Iterator[tuple[EntityKind, str, EntityReference]]:
    """Yield the references of a bundle with kind and name; one that names no entity is left out."""
    for reference in bundle.references:
        kind = _KINDS.get(reference.target.WhichOneof("kind") or "")
        if kind is not None:
            yield kind, getattr(reference.target, kind).name, reference


def _by_name(noun: str, specs: Iterable[S], problems: Problems) -> dict[str, S]:
    named: dict[str, S] = {}
    for spec in specs:
        name = spec.id.name
        problems.enter(name)
        if not _ENTITY_NAME.fullmatch(name):
            problems.add(
                Code.BAD_NAME,
                f"A name of a {noun} is 1 to 512 characters without spaces and slashes, came {name[:80]!r}.",
                "Name it as `package.module.function`.",
            )
        if name in named:
            problems.add(Code.DUPLICATE_ENTITY, f"Two {noun}s of the bundle are called {name!r}.", "Rename one.")
        else:
            named[name] = spec
    return named


def is_same_version(reference: EntityId, registered: EntityId) -> bool:
    """Whether a reference means the entity of its name in the bundle, and not one that is registered elsewhere."""
    return (
        reference.version in {"", registered.version}
        and reference.domain in {"", registered.domain}
        and reference.project in {"", registered.project}
    )


def walk(block: Block) -> Iterator[Node]:
    """Yield the nodes of a block with those of its inner blocks, each node before what is inside it."""
    pending = [iter(block.nodes)]
    while pending:
        for node in pending[-1]:
            yield node
            if node.WhichOneof("kind") == "branch":
                pending.append(iter([inner for part in inner_blocks(node) for inner in part.nodes]))
                break
        else:
            pending.pop()


def inner_blocks(node: Node) -> list[Block]:
    """Return the blocks of a branch, in order; the default one last."""
    blocks = [case.then for case in node.branch.cases]
    if node.branch.HasField("otherwise"):
        blocks.append(node.branch.otherwise)
    return blocks


@dataclass(slots=True, eq=False, repr=False)
class Reach:
    """What some entities need.

    Attributes:
        tasks: names of tasks, in the order in which they are first met.
        launch_plans: names of launch plans, likewise.
        workflows: names of workflows, callers before their sub-workflows where nothing forbids it.
        callees: for each workflow, the workflows that it calls, each once.
        places: entity and id of every node, in order.
    """

    tasks: dict[str, None] = field(default_factory=dict)
    launch_plans: dict[str, None] = field(default_factory=dict)
    workflows: dict[str, None] = field(default_factory=dict)
    callees: dict[str, tuple[str, ...]] = field(default_factory=dict)
    places: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, catalog: Catalog) -> None:
        """Add a workflow of the catalog, and all that it reaches."""
        pending = [name]
        while pending:
            workflow = pending.pop()
            if workflow in self.workflows:
                continue
            self.workflows[workflow] = None
            callees = self._read(workflow, catalog)
            self.callees[workflow] = callees
            pending.extend(reversed(callees))

    def entities(self) -> Iterator[str]:
        """Yield the names of all that is reached."""
        yield from self.launch_plans
        yield from self.workflows
        yield from self.tasks

    def _read(self, workflow: str, catalog: Catalog) -> tuple[str, ...]:
        spec = catalog.workflows[workflow]
        callees: dict[str, None] = {}
        for node in walk(spec.body):
            self.places.append((workflow, node.id))
            kind = node.WhichOneof("kind")
            if kind == "call":
                self._add_target(node.call.target, catalog, callees)
            elif kind == "map":
                self._add_target(node.map.target, catalog, callees)
        if spec.HasField("on_failure"):
            self._add_target(spec.on_failure.target, catalog, callees)
        return tuple(callees)

    def _add_target(self, target: CallTarget, catalog: Catalog, callees: dict[str, None]) -> None:
        kind = target.WhichOneof("kind")
        if kind == "task":
            if target.task.name in catalog.tasks:
                self.tasks[target.task.name] = None
            return
        name = target.workflow.name
        if kind == "launch_plan":
            plan = catalog.launch_plans.get(target.launch_plan.name)
            if plan is None:
                return
            self.launch_plans[target.launch_plan.name] = None
            name = plan.workflow.name
        if name in catalog.workflows:
            callees[name] = None

    def upstream(self) -> Sequence[Sequence[int]]:
        """Return the graph of calls: for each workflow, by position, the positions of those that it calls."""
        positions = {name: position for position, name in enumerate(self.workflows)}
        return [[positions[callee] for callee in self.callees[name]] for name in self.workflows]
