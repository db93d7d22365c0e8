"""From a bundle to the checked graph of one of its entities."""

from collections.abc import Iterable

from godwitidl.core.v1.bundle_pb2 import Bundle

from godwit_core.compiler.catalog import Catalog, EntityKind, Reach, read_catalog
from godwit_core.compiler.constants import Constants
from godwit_core.compiler.graphs import downstream_of, find_tangle
from godwit_core.compiler.launch_plans import check_launch_plan, wrap_launch_plan
from godwit_core.compiler.plan import BindingPlan, InputSource, NodePlan, OutputSource, Plan, WorkflowPlan
from godwit_core.compiler.problems import Code, CompileFailed, CompileProblem, Problems, suggest
from godwit_core.compiler.references import check_references
from godwit_core.compiler.relations import TypeRelations
from godwit_core.compiler.scopes import Context
from godwit_core.compiler.settings import check_task
from godwit_core.compiler.signatures import read_signature
from godwit_core.compiler.targets import Plans, Targets
from godwit_core.compiler.workflows import WorkflowChecker


def compile_bundle(bundle: Bundle, entity: str) -> Plan:
    """Check an entity of *bundle*, with all that it calls, and return its graph.

    A task becomes a workflow of one node, `task`, that passes all through; a launch plan one of one node, `workflow`,
    that calls its workflow with the fixed inputs.

    Args:
        bundle: the specs. The plan shares its messages: neither may be changed afterwards.
        entity: full name of a task, workflow or launch plan.

    Raises:
        CompileFailed: with everything that is wrong.
    """
    problems = Problems()
    catalog = read_catalog(bundle, problems)
    kinds = catalog.kinds_of(entity)
    problems.enter("")
    if not kinds:
        hint = suggest(entity, sorted(set(catalog.names())), what="entities")
        problems.add(Code.UNKNOWN_ENTITY, f"The bundle has no task, workflow or launch plan {entity!r}.", hint)
    elif len(kinds) > 1:
        shown = " and ".join(f"a {kind.replace('_', ' ')}" for kind in kinds)
        problems.add(Code.AMBIGUOUS_ENTITY, f"{entity!r} is the name of {shown}.", "Give each a name of its own.")
    compilation = _Compilation(bundle, catalog, problems)
    if len(kinds) == 1:
        compilation.check([(kinds[0], entity)])
    if len(problems):
        raise CompileFailed(entity, compilation.found())
    return compilation.plan(kinds[0], entity)


def check_bundle(bundle: Bundle) -> tuple[CompileProblem, ...]:
    """Return everything that is wrong with the entities of *bundle*; empty if each of them compiles."""
    problems = Problems()
    catalog = read_catalog(bundle, problems)
    compilation = _Compilation(bundle, catalog, problems)
    launch_plans: list[tuple[EntityKind, str]] = [("launch_plan", name) for name in catalog.launch_plans]
    workflows: list[tuple[EntityKind, str]] = [("workflow", name) for name in catalog.workflows]
    tasks: list[tuple[EntityKind, str]] = [("task", name) for name in catalog.tasks]
    compilation.check([*launch_plans, *workflows, *tasks])
    return compilation.found()


class _Compilation:
    """Checks entities and all that they call, then plans one of them."""

    def __init__(self, bundle: Bundle, catalog: Catalog, problems: Problems) -> None:
        self._bundle = bundle
        self._catalog = catalog
        self._problems = problems
        self._context = Context(problems, TypeRelations(), Constants(problems))
        self._targets = Targets(catalog, problems)
        self._reach = Reach()
        self._entities: list[str] = []
        self._checkers: dict[str, WorkflowChecker] = {}

    def found(self) -> tuple[CompileProblem, ...]:
        """Return the problems in order."""
        return self._problems.sorted([*self._entities, *self._reach.entities()], self._reach.places)

    def check(self, entities: Iterable[tuple[EntityKind, str]]) -> None:
        """Record what is wrong with the entities, and with what they call."""
        entities = list(entities)
        self._entities = [name for _, name in entities]
        for kind, name in entities:
            if kind == "task":
                self._reach.tasks[name] = None
            elif kind == "workflow":
                self._reach.add(name, self._catalog)
            else:
                self._reach.launch_plans[name] = None
                workflow = self._catalog.launch_plans[name].workflow.name
                if workflow in self._catalog.workflows:
                    self._reach.add(workflow, self._catalog)
        self._read_signatures()
        check_references(self._bundle, self._targets, self._context)
        self._check_recursion()
        for name in self._reach.workflows:
            spec = self._catalog.workflows[name]
            signature = self._targets.signature("workflow", name)
            checker = WorkflowChecker(self._context, self._catalog, self._targets, spec, signature)
            self._checkers[name] = checker
            checker.check()

    def _read_signatures(self) -> None:
        for name in self._reach.tasks:
            task = self._catalog.tasks[name]
            self._problems.enter(name)
            signature = read_signature(task.interface, self._problems, self._context.constants)
            self._targets.add("task", name, signature)
            check_task(task, signature, self._problems)
        for name in self._reach.workflows:
            self._problems.enter(name)
            interface = self._catalog.workflows[name].interface
            self._targets.add("workflow", name, read_signature(interface, self._problems, self._context.constants))
        for name in self._reach.launch_plans:
            self._problems.enter(name)
            signature = check_launch_plan(self._catalog.launch_plans[name], self._targets, self._context)
            self._targets.add("launch_plan", name, signature)

    def _check_recursion(self) -> None:
        names = list(self._reach.workflows)
        upstream = self._reach.upstream()
        tangle = find_tangle(upstream, downstream_of(upstream))
        for cycle in () if tangle is None else tangle.cycles:
            calls = [names[position] for position in (cycle[0], *reversed(cycle))]
            self._problems.enter(calls[0])
            self._problems.add(
                Code.RECURSION,
                f"A workflow does not call itself, but {' → '.join(calls)}.",
                "Take one of these calls away, or loop in a task.",
            )

    def plan(self, kind: EntityKind, name: str) -> Plan:
        """Return the plan of an entity; nothing is wrong with it."""
        roots = 0 if kind == "workflow" else 1
        keys = {workflow: key for key, workflow in enumerate(self._reach.workflows, roots)}
        plans = Plans(roots + len(keys))
        for workflow in self._children_first():
            plans.workflows[workflow] = self._checkers[workflow].plan(keys[workflow], plans)
        if kind == "workflow":
            root = plans.workflows[name]
        elif kind == "task":
            root = self._wrap_task(name, plans)
        else:
            spec = self._catalog.launch_plans[name]
            root = wrap_launch_plan(spec, plans.workflows[spec.workflow.name], self._context)
        named = (plans.workflows[each] for each in keys)
        workflows = (*(() if kind == "workflow" else (root,)), *named, *plans.blocks)
        return Plan(entity=name, root=root, tasks=plans.tasks, workflows=workflows)

    def _children_first(self) -> list[str]:
        """Return the workflows so that each comes after those that it calls; there is no recursion."""
        ordered: dict[str, None] = {}
        pending = list(reversed(self._reach.workflows))
        while pending:
            name = pending[-1]
            missing = [callee for callee in self._reach.callees[name] if callee not in ordered]
            if missing:
                pending.extend(missing)
            else:
                ordered[pending.pop()] = None
        return list(ordered)

    def _wrap_task(self, name: str, plans: Plans) -> WorkflowPlan:
        spec = self._catalog.tasks[name]
        outputs = tuple(output.name for output in spec.interface.outputs)
        node = NodePlan(
            index=0,
            id="task",
            name=name.rpartition(".")[2],
            task=plans.task(spec, None),
            workflow=None,
            inputs=tuple(BindingPlan(item.name, InputSource(item.name)) for item in spec.interface.inputs),
            outputs=outputs,
            upstream=(),
            downstream=(),
            readers=dict.fromkeys(outputs, 1),
        )
        return WorkflowPlan(
            key=0,
            name=name,
            interface=spec.interface,
            nodes=(node,),
            outputs=tuple(BindingPlan(output, OutputSource(0, output)) for output in outputs),
            run_what_can_run=False,
        )
