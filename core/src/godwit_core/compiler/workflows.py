"""A workflow: its blocks and nodes checked, its graph made."""

from collections.abc import Iterable, Mapping
from re import compile as pattern
from types import MappingProxyType
from typing import Final, NamedTuple

from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.workflow_pb2 import Block, FailurePolicy, Node, Overrides, WorkflowSpec
from godwitidl.rules.validation import MAX_BRANCH_DEPTH

from godwit_core.compiler.bindings import Binder, Bound
from godwit_core.compiler.catalog import Catalog, walk
from godwit_core.compiler.gates import plan_gate
from godwit_core.compiler.graphs import downstream_of, find_tangle
from godwit_core.compiler.launch_plans import bind_launch_plan
from godwit_core.compiler.map_plans import Called, plan_map
from godwit_core.compiler.nodes import BlockPlace, NodeChecker
from godwit_core.compiler.plan import (
    BindingPlan,
    BranchPlan,
    CasePlan,
    HandlerPlan,
    InputSource,
    NodePlan,
    OutputSource,
    WorkflowPlan,
    captured,
)
from godwit_core.compiler.problems import Code, suggest
from godwit_core.compiler.scopes import Context, Scope
from godwit_core.compiler.signatures import Signature, Slot, repeated
from godwit_core.compiler.targets import Plans, Target, Targets
from godwit_core.compiler.words import outputs_of, parameters_of

HANDLER_ID: Final = "on_failure"
"""Id of the node that a failure handler is."""
_NODE_ID: Final = pattern(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_NO_NODES: Final[Mapping[str, Mapping[str, Slot]]] = MappingProxyType({})
_POLICIES: Final = frozenset({FailurePolicy.FAILURE_POLICY_FAIL_FAST, FailurePolicy.FAILURE_POLICY_RUN_WHAT_CAN_RUN})


class _Step(NamedTuple):
    """A checked node of a block."""

    node: Node
    target: Target | None
    outputs: Mapping[str, Slot]
    bound: Bound
    upstream: list[int]


class _CheckedBlock(NamedTuple):
    """A checked block: its steps, its outputs, what waits for what, and what it reads of the blocks around it."""

    steps: list[_Step]
    downstream: list[list[int]]
    outputs: Bound
    outside: list[tuple[str, str]]


class WorkflowChecker:
    """Checks one workflow, and plans it.

    Args:
        context: what the compilation shares.
        catalog: the bundle.
        targets: what nodes call.
        spec: the workflow.
        signature: what it takes and gives.
    """

    __slots__ = (
        "_blocks",
        "_body",
        "_catalog",
        "_context",
        "_handler",
        "_hidden",
        "_nodes",
        "_problems",
        "_signature",
        "_spec",
        "_targets",
    )

    def __init__(
        self, context: Context, catalog: Catalog, targets: Targets, spec: WorkflowSpec, signature: Signature
    ) -> None:
        self._context = context
        self._problems = context.problems
        self._catalog = catalog
        self._targets = targets
        self._spec = spec
        self._signature = signature
        self._nodes = NodeChecker(context, catalog, targets, self._check_inner)
        self._hidden: frozenset[str] = frozenset()
        self._body: _CheckedBlock | None = None
        self._blocks: dict[BlockPlace, _CheckedBlock] = {}
        self._handler: tuple[Target, Bound] | None = None

    def check(self) -> None:
        """Record what is wrong with the workflow."""
        spec = self._spec
        self._problems.enter(spec.id.name)
        if spec.failure_policy not in _POLICIES:
            self._problems.add(
                Code.UNSPECIFIED,
                "failure_policy: expected to fail fast or to run what can run, came neither.",
            )
        if not spec.body.nodes and not spec.interface.outputs:
            self._problems.add(
                Code.EMPTY_WORKFLOW, "The workflow has neither nodes nor outputs.", "Call a task, or give an output."
            )
        for key in repeated(label.key for label in spec.labels):
            self._problems.add(Code.DUPLICATE_SETTING, f"label {key!r} stands twice.")
        self._check_ids()
        scope = Scope(self._signature.inputs, _NO_NODES, self._hidden)
        self._body = self._check_block(spec.body, scope, self._signature.outputs, f"workflow {spec.id.name!r}")
        self._problems.at("")
        if spec.HasField("on_failure"):
            self._check_failure_handler()

    def _check_ids(self) -> None:
        ids = [node.id for node in walk(self._spec.body)]
        self._hidden = frozenset(ids)
        for node_id in repeated(ids):
            self._problems.at(node_id)
            self._problems.add(
                Code.DUPLICATE_NODE_ID, f"Ids of nodes are distinct in a workflow, but {node_id!r} stands twice."
            )
        for node_id in ids:
            if not _NODE_ID.fullmatch(node_id):
                self._problems.at(node_id)
                self._problems.add(
                    Code.BAD_NAME,
                    f"An id is a letter, then at most 63 letters, digits, hyphens, underscores; came {node_id[:80]!r}.",
                )
        self._problems.at("")

    def _check_failure_handler(self) -> None:
        handler = self._spec.on_failure
        target = self._targets.find(handler.target)
        scope = Scope(self._signature.inputs, _NO_NODES, self._hidden, handles_error=True)
        if HANDLER_ID in self._hidden:
            self._problems.add(
                Code.DUPLICATE_NODE_ID,
                f"The failure handler is node {HANDLER_ID!r}; another one is called so, too.",
            )
        if target is not None:
            words = parameters_of(f"failure handler {target}")
            bound = Binder(self._context, scope, {}).bind_all(target.signature.inputs, handler.inputs, words)
            self._handler = (target, bound)

    def _check_inner(
        self, block: Block, scope: Scope, wanted: Mapping[str, Slot], place: BlockPlace
    ) -> list[tuple[str, str]]:
        checked = self._blocks[place] = self._check_block(block, scope, wanted, str(place))
        return checked.outside

    def _check_block(self, block: Block, outer: Scope, wanted: Mapping[str, Slot], owner: str) -> _CheckedBlock:
        place = self._problems.node_id
        if outer.depth > MAX_BRANCH_DEPTH:
            self._problems.add(
                Code.TOO_DEEP,
                f"Branches nest {MAX_BRANCH_DEPTH} deep at most.",
                "Make a sub-workflow of the inner ones.",
            )
            return _CheckedBlock([], [], Bound(), [])
        declared = []
        visible = dict(outer.nodes)
        positions: dict[str, int] = {}
        for position, node in enumerate(block.nodes):
            self._problems.at(node.id)
            declared.append(self._nodes.declare(node))
            visible[node.id] = declared[-1].outputs
            positions.setdefault(node.id, position)
        scope = Scope(outer.inputs, visible, self._hidden, depth=outer.depth + 1)
        binder = Binder(self._context, scope, positions)
        steps: list[_Step] = []
        outside: list[tuple[str, str]] = []
        for node, given in zip(block.nodes, declared, strict=True):
            self._problems.at(node.id)
            if node.WhichOneof("kind") == "call":
                bound = self._nodes.check_call(node, given.target, binder)
            elif node.WhichOneof("kind") == "map":
                bound = self._nodes.check_map(node, given.target, binder, scope)
            else:
                bound = self._nodes.check_other(node, given, binder, scope)
            upstream: set[int] = set()
            for use in bound.uses:
                if use[0] in positions:
                    upstream.add(positions[use[0]])
                else:
                    outside.append(use)
            if node.after:
                self._add_after(node, scope, positions, upstream, outside)
            steps.append(_Step(node, given.target, given.outputs, bound, sorted(upstream)))
        downstream = self._check_order(steps)
        self._problems.at(place)
        outputs = binder.bind_all(wanted, block.outputs, outputs_of(owner))
        outside += [use for use in outputs.uses if use[0] not in positions]
        return _CheckedBlock(steps, downstream, outputs, outside)

    def _add_after(
        self,
        node: Node,
        scope: Scope,
        positions: Mapping[str, int],
        upstream: set[int],
        outside: list[tuple[str, str]],
    ) -> None:
        for before in node.after:
            if before in positions:
                upstream.add(positions[before])
            elif before in scope.nodes:
                outside.append((before, ""))
            elif before in self._hidden:
                self._problems.add(
                    Code.OUT_OF_SCOPE,
                    f"after: node {before!r} stands in another block, whose nodes are not in sight here.",
                    "Wait for the branch that it stands in.",
                )
            else:
                self._problems.add(
                    Code.UNKNOWN_NODE,
                    f"after: there is no node {before!r}.",
                    suggest(before, scope.nodes, what="nodes"),
                )

    def _check_order(self, steps: list[_Step]) -> list[list[int]]:
        upstream = [step.upstream for step in steps]
        downstream = downstream_of(upstream)
        tangle = find_tangle(upstream, downstream)
        if tangle is not None:
            for cycle in tangle.cycles:
                ids = [steps[position].node.id for position in (*cycle, cycle[0])]
                self._problems.at(ids[0])
                self._problems.add(
                    Code.CYCLE,
                    f"Nodes wait for each other: {' → '.join(ids)}.",
                    "Take one of these dependencies away.",
                )
            for position in tangle.stuck:
                self._problems.at(steps[position].node.id)
                self._problems.add(Code.UNREACHABLE_NODE, "The node waits for nodes that wait for each other.")
        return downstream

    def plan(self, key: int, plans: Plans) -> WorkflowPlan:
        """Return the graph of a workflow without problems, whose sub-workflows are planned already."""
        assert self._body is not None
        return self._plan_block(self._body, key, self._spec.id.name, self._spec.interface, plans)

    def _plan_block(
        self, block: _CheckedBlock, key: int, name: str, interface: Interface, plans: Plans
    ) -> WorkflowPlan:
        readers: list[dict[str, int]] = []
        nodes = []
        positions = {step.node.id: position for position, step in enumerate(block.steps)}
        for position, (step, downstream) in enumerate(zip(block.steps, block.downstream, strict=True)):
            outputs = tuple(step.outputs)
            readers.append(dict.fromkeys(outputs, 0))
            node = self._plan_node(position, step, outputs, downstream, readers[position], plans)
            if step.node.WhichOneof("kind") == "branch":
                node.branch = self._plan_branch(step.node, plans)
                node.inputs = self._captures(step, positions)
            nodes.append(node)
        _count(positions, readers, (use for step in block.steps for use in step.bound.uses))
        _count(positions, readers, block.outputs.uses)
        return WorkflowPlan(
            key=key,
            name=name,
            interface=interface,
            nodes=tuple(nodes),
            outputs=tuple(block.outputs.plans),
            run_what_can_run=self._spec.failure_policy == FailurePolicy.FAILURE_POLICY_RUN_WHAT_CAN_RUN,
            is_block=block is not self._body,
            on_failure=self._plan_handler(len(nodes), plans) if block is self._body else None,
        )

    def _plan_handler(self, index: int, plans: Plans) -> HandlerPlan | None:
        if self._handler is None:
            return None
        target, bound = self._handler
        called, name = self._called(target, bound, None, plans), target.name.rpartition(".")[2]
        outputs = tuple(target.signature.outputs)
        node = NodePlan(index, HANDLER_ID, name, called.task, called.workflow, called.inputs, outputs, (), ())
        return HandlerPlan(node, self._spec.on_failure.run_on_abort)

    def _captures(self, step: _Step, positions: Mapping[str, int]) -> tuple[BindingPlan, ...]:
        """Return bindings of all that the conditions and blocks of a branch may refer to."""
        captures = [BindingPlan(name, InputSource(name)) for name in self._signature.inputs]
        for node_id, output in dict.fromkeys(step.bound.uses):
            name, position = captured(node_id, output), positions.get(node_id)
            if output:
                source = InputSource(name) if position is None else OutputSource(position, output)
                captures.append(BindingPlan(name, source))
        return tuple(captures)

    def _plan_branch(self, node: Node, plans: Plans) -> BranchPlan:
        def block(case: int) -> WorkflowPlan:
            place = f"case {case}" if case else "otherwise"
            name, interface = f"{self._spec.id.name}/{node.id}/{place}", Interface(outputs=node.branch.outputs)
            planned = self._plan_block(self._blocks[BlockPlace(node.id, case)], 0, name, interface, plans)
            plans.add_block(planned)
            return planned

        cases = tuple(CasePlan(case.condition, block(number)) for number, case in enumerate(node.branch.cases, 1))
        otherwise = block(0) if node.branch.HasField("otherwise") else None
        return BranchPlan(cases, otherwise, node.branch.fail)

    def _plan_node(
        self,
        position: int,
        step: _Step,
        outputs: tuple[str, ...],
        downstream: list[int],
        readers: dict[str, int],
        plans: Plans,
    ) -> NodePlan:
        node, target = step.node, step.target
        if target is None:
            name, bindings = node.display_name or node.id, tuple(step.bound.plans)
            upstream, gate = tuple(step.upstream), plan_gate(node)
            after = tuple(downstream)
            return NodePlan(position, node.id, name, None, None, bindings, outputs, upstream, after, readers, gate=gate)
        is_map = node.WhichOneof("kind") == "map"
        message = node.map if is_map else node.call
        overrides = message.overrides if message.HasField("overrides") else None
        called = self._called(target, step.bound, overrides, plans)
        planned, inputs = plan_map(node.map, called, target.signature) if is_map else (None, called.inputs)
        return NodePlan(
            position,
            node.id,
            node.display_name or target.name.rpartition(".")[2],
            None if is_map else called.task,
            None if is_map else called.workflow,
            inputs,
            outputs,
            tuple(step.upstream),
            tuple(downstream),
            readers,
            planned,
        )

    def _called(self, target: Target, bound: Bound, overrides: Overrides | None, plans: Plans) -> Called:
        if target.kind == "task":
            return Called(plans.task(self._catalog.tasks[target.name], overrides), None, tuple(bound.plans))
        if target.kind == "workflow":
            return Called(None, plans.workflows[target.name], tuple(bound.plans))
        spec = self._catalog.launch_plans[target.name]
        workflow = plans.workflows[spec.workflow.name]
        return Called(None, workflow, bind_launch_plan(spec, workflow, bound.plans, self._context))


def _count(positions: Mapping[str, int], readers: list[dict[str, int]], uses: Iterable[tuple[str, str]]) -> None:
    for node_id, output in uses:
        if output and node_id in positions:
            readers[positions[node_id]][output] += 1
