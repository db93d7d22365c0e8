"""What nodes call: found by name, with what it takes and gives, and planned."""

from collections.abc import Mapping
from typing import NamedTuple

from godwitidl.core.v1.identifiers_pb2 import EntityId
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.workflow_pb2 import CallTarget, Overrides

from godwit_core.compiler.catalog import Catalog, EntityKind, is_same_version
from godwit_core.compiler.plan import TaskPlan, WorkflowPlan
from godwit_core.compiler.problems import Code, Problems, suggest
from godwit_core.compiler.settings import merge, plan_task
from godwit_core.compiler.signatures import Signature
from godwit_core.compiler.words import Words, parameters_of


class Target(NamedTuple):
    """An entity that is called."""

    kind: EntityKind
    name: str
    signature: Signature
    words: Words

    def __str__(self) -> str:
        return self.words.owner


class Targets:
    """The entities that nodes call, by name."""

    __slots__ = ("_catalog", "_known", "_problems")

    def __init__(self, catalog: Catalog, problems: Problems) -> None:
        self._catalog = catalog
        self._problems = problems
        self._known: dict[tuple[EntityKind, str], Target] = {}

    def add(self, kind: EntityKind, name: str, signature: Signature) -> None:
        """Make an entity known."""
        words = parameters_of(f"{kind.replace('_', ' ')} {name!r}")
        self._known[kind, name] = Target(kind, name, signature, words)

    def knows(self, kind: EntityKind, name: str) -> bool:
        """Whether an entity is known."""
        return (kind, name) in self._known

    def signature(self, kind: EntityKind, name: str) -> Signature:
        """Return what a known entity takes and gives."""
        return self._known[kind, name].signature

    def find(self, target: CallTarget) -> Target | None:
        """Return what is called; None, and a problem, if it is not there."""
        kind = target.WhichOneof("kind")
        if kind == "task":
            return self._find("task", target.task, self._catalog.tasks, Code.UNKNOWN_TASK)
        if kind == "workflow":
            return self._find("workflow", target.workflow, self._catalog.workflows, Code.UNKNOWN_WORKFLOW)
        if kind == "launch_plan":
            return self._find("launch_plan", target.launch_plan, self._catalog.launch_plans, Code.UNKNOWN_LAUNCH_PLAN)
        self._problems.add(Code.UNSPECIFIED, "Expected a task, workflow or launch plan to call, came none.")
        return None

    def _find(self, kind: EntityKind, reference: EntityId, specs: Mapping[str, object], code: Code) -> Target | None:
        name = reference.name
        found = self._known.get((kind, name))
        noun = kind.replace("_", " ")
        if name not in specs and (kind, name) in self._catalog.expected:
            self._problems.add(
                Code.UNRESOLVED_REFERENCE,
                f"The {noun} {name!r} is declared elsewhere, and nothing that was given declares it.",
                "Give the file that does: godwit run FILE ENTITY --with OTHER_FILE.",
            )
            return found
        if found is None:
            self._problems.add(code, f"There is no {noun} {name!r}.", suggest(name, specs, what=f"{noun}s"))
            return None
        if (reference.version or reference.domain or reference.project) and not is_same_version(
            reference, self._registered(kind, name)
        ):
            self._problems.add(
                Code.NOT_SUPPORTED,
                f"A call of {noun} {name!r} of another project, domain or version is not supported yet.",
                "Call the one of the same bundle.",
            )
        return found

    def _registered(self, kind: EntityKind, name: str) -> EntityId:
        if kind == "task":
            return self._catalog.tasks[name].id
        return self._catalog.workflows[name].id if kind == "workflow" else self._catalog.launch_plans[name].id


class Plans:
    """Plans of tasks and workflows, each made once; and of blocks, whose keys begin with *first_block*."""

    __slots__ = ("_by_call", "_by_spec", "_first_block", "_tasks", "blocks", "workflows")

    def __init__(self, first_block: int) -> None:
        self._first_block = first_block
        self.blocks: list[WorkflowPlan] = []
        self._by_call: dict[tuple[str, bytes], TaskPlan] = {}
        self._by_spec: dict[bytes, TaskPlan] = {}
        self._tasks: list[TaskPlan] = []
        self.workflows: dict[str, WorkflowPlan] = {}

    @property
    def tasks(self) -> tuple[TaskPlan, ...]:
        """Every distinct effective task, by key."""
        return tuple(self._tasks)

    def add_block(self, block: WorkflowPlan) -> None:
        """Give a block its key."""
        block.key = self._first_block + len(self.blocks)
        self.blocks.append(block)

    def task(self, spec: TaskSpec, overrides: Overrides | None) -> TaskPlan:
        """Return the plan of a task as a node calls it; equal effective specs have one."""
        call = (spec.id.name, b"" if overrides is None else overrides.SerializeToString(deterministic=True))
        plan = self._by_call.get(call)
        if plan is None:
            plan = self._by_call[call] = self._planned(spec if overrides is None else merge(spec, overrides))
        return plan

    def _planned(self, spec: TaskSpec) -> TaskPlan:
        encoded = spec.SerializeToString(deterministic=True)
        plan = self._by_spec.get(encoded)
        if plan is None:
            plan = self._by_spec[encoded] = plan_task(len(self._tasks), spec, encoded)
            self._tasks.append(plan)
        return plan
