"""Nodes of every kind: what they give, and whether what they take fits."""

from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from types import MappingProxyType
from typing import Final, NamedTuple

from godwitidl.core.v1.expression_pb2 import Binding
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.values_pb2 import Type
from godwitidl.core.v1.workflow_pb2 import Block, MapNode, Node
from godwitidl.rules.castability import Level
from godwitidl.rules.rendering import render_type
from godwitidl.rules.validation import MAX_EXPRESSION_DEPTH, is_type_deeper

from godwit_core.compiler.bindings import Binder, Bound
from godwit_core.compiler.catalog import Catalog
from godwit_core.compiler.gates import check_gate
from godwit_core.compiler.problems import Code
from godwit_core.compiler.relations import list_type, with_none
from godwit_core.compiler.scopes import Context, Scope
from godwit_core.compiler.settings import check_overrides
from godwit_core.compiler.signatures import Signature, Slot, read_signature, slot_of, valid_type
from godwit_core.compiler.targets import Target, Targets
from godwit_core.compiler.words import Words, parameters_of

_NO_SLOTS: Final[Mapping[str, Slot]] = MappingProxyType({})


class BlockPlace(NamedTuple):
    """A block of a branch: number *case*, from 1, or 0 for the default one."""

    branch: str
    case: int

    def __str__(self) -> str:
        return f"{f'block {self.case}' if self.case else 'default block'} of branch {self.branch!r}"


CheckBlock = Callable[[Block, Scope, Mapping[str, Slot], BlockPlace], list[tuple[str, str]]]


class Declared(NamedTuple):
    """A node before its inputs are looked at: what it calls, if it calls, and what it gives."""

    target: Target | None
    outputs: Mapping[str, Slot]


class NodeChecker:
    """Checks the nodes of one workflow.

    Args:
        context: what the compilation shares.
        catalog: the bundle.
        targets: what nodes call.
        check_block: checks an inner block in a scope, against the outputs it is to give; returns what it reads.
    """

    __slots__ = ("_catalog", "_check_block", "_context", "_problems", "_targets")

    def __init__(self, context: Context, catalog: Catalog, targets: Targets, check_block: CheckBlock) -> None:
        self._context = context
        self._problems = context.problems
        self._catalog = catalog
        self._targets = targets
        self._check_block = check_block

    def declare(self, node: Node) -> Declared:
        """Return what *node* gives, and record what is wrong with that."""
        kind = node.WhichOneof("kind")
        if kind == "call":
            target = self._targets.find(node.call.target)
            return Declared(target, _NO_SLOTS if target is None else target.signature.outputs)
        if kind is None:
            self._problems.add(Code.UNSPECIFIED, "Expected a kind of node, came none.")
            return Declared(None, _NO_SLOTS)
        if kind == "map":
            target = self._targets.find(node.map.target)
            return Declared(target, _NO_SLOTS if target is None else listed_outputs(target.signature, node.map))
        if kind == "branch":
            for output in node.branch.outputs:
                self._check_depth(output.type, f"output {output.name!r}")
            interface = Interface(outputs=node.branch.outputs)
            return Declared(None, read_signature(interface, self._problems, self._context.constants).outputs)
        if kind == "signal":
            self._check_depth(node.signal.type, "value")
            of = valid_type(node.signal.type, "value", self._problems)
            return Declared(None, {"value": slot_of("value", of)})
        return Declared(None, _NO_SLOTS)

    def _check_depth(self, of: Type, what: str) -> None:
        if is_type_deeper(of, MAX_EXPRESSION_DEPTH):
            self._problems.add(
                Code.TOO_DEEP,
                f"{what}: types in the body of a workflow nest {MAX_EXPRESSION_DEPTH} deep at most.",
                "Flatten it, or use JSON.",
            )

    def check_call(self, node: Node, target: Target | None, binder: Binder) -> Bound:
        """Bind the inputs of a call."""
        call = node.call
        if target is None:
            bound = Bound()
            self._type_loosely(call.inputs, binder, bound)
            return bound
        if call.HasField("overrides"):
            self._check_overrides(node, target)
        return binder.bind_all(target.signature.inputs, call.inputs, target.words)

    def check_other(self, node: Node, declared: Declared, binder: Binder, scope: Scope) -> Bound:
        """Check a branch or gate; return what it reads."""
        if node.WhichOneof("kind") != "branch":
            return check_gate(node, binder, self._problems)
        bound = Bound()
        self._check_branch(node, declared, binder, scope, bound.uses)
        return bound

    def _type_loosely(self, bindings: Iterable[Binding], binder: Binder, bound: Bound) -> None:
        """Look at values whose parameters are not known: what they refer to must be there all the same."""
        for binding in bindings:
            if binding.value.WhichOneof("kind") != "literal":
                binder.type_of(binding.value, f"parameter {binding.name!r}", bound.uses)

    def _check_overrides(self, node: Node, target: Target) -> None:
        overrides = node.map.overrides if node.WhichOneof("kind") == "map" else node.call.overrides
        if target.kind == "task":
            check_overrides(overrides, self._catalog.tasks[target.name], target.signature, self._problems)
        elif overrides.ListFields():
            self._problems.add(
                Code.INVALID_OVERRIDE,
                f"Overrides are of tasks, but {target} is called.",
                "Override the settings of the tasks inside it.",
            )

    def _check_branch(
        self, node: Node, declared: Declared, binder: Binder, scope: Scope, uses: list[tuple[str, str]]
    ) -> None:
        branch = node.branch
        if not branch.cases:
            self._problems.add(Code.BRANCH_WITHOUT_CASE, "A branch expects a case at least, came none.")
        if branch.WhichOneof("default_case") is None:
            self._problems.add(
                Code.BRANCH_WITHOUT_DEFAULT,
                "A branch says what happens when no condition is true, but this one does not.",
                "Add a block for it, or let it fail with a message.",
            )
        for number, case in enumerate(branch.cases, 1):
            self._problems.at(node.id)
            binder.condition(case.condition, f"condition {number}", uses)
            uses += self._check_block(case.then, scope, declared.outputs, BlockPlace(node.id, number))
        if branch.HasField("otherwise"):
            uses += self._check_block(branch.otherwise, scope, declared.outputs, BlockPlace(node.id, 0))
        self._problems.at(node.id)

    def check_map(self, node: Node, target: Target | None, binder: Binder, scope: Scope) -> Bound:
        """Bind the inputs of a map node: lists to what is mapped, values to the rest, in the interface's order."""
        _check_map_settings(node.map, self._context)
        if target is not None and node.map.HasField("overrides"):
            self._check_overrides(node, target)
        slots = _NO_SLOTS if target is None else target.signature.inputs
        words = parameters_of("the map node") if target is None else target.words
        bound = Bound()
        items: dict[str, Slot] = {}
        for binding in node.map.over:
            slot = slots.get(binding.name)
            if binding.name in items:
                self._problems.add(words.twice, f"parameter {binding.name!r} of {words.owner} is bound twice.")
            if slot is None and target is not None:
                binder.add_unknown(binding.name, slots, words)
            item = self._item_type(binding, slot, binder, bound.uses)
            typed = slot is not None and slot.type is not None and item is not None
            items[binding.name] = slot_of(binding.name, slot.type if slot is not None and typed else item)
            if item is not None and slot is not None and slot.type is not None:
                listed = slot_of(binding.name, list_type(slot.type))
                plan = binder.bind(listed, binding.value, f"mapped parameter {binding.name!r}", [])
                if plan is not None:
                    bound.plans.append(plan)
        self._bind_rest(node.map, target, items, slots, words, binder, scope, bound)
        order = list(slots)
        bound.plans.sort(key=lambda plan: order.index(plan.name))
        return bound

    def _bind_rest(
        self,
        node: MapNode,
        target: Target | None,
        items: Mapping[str, Slot],
        slots: Mapping[str, Slot],
        words: Words,
        binder: Binder,
        scope: Scope,
        bound: Bound,
    ) -> None:
        """Bind the inputs of a map that are the same for each item, or made of it."""
        inside = binder.within(_with_items(scope, items))
        for binding in node.inputs:
            if binding.name in items:
                self._problems.add(words.twice, f"parameter {binding.name!r} of {words.owner} is mapped and bound.")
        rest = {name: slot for name, slot in slots.items() if name not in items}
        bindings = [binding for binding in node.inputs if binding.name not in items]
        if target is None:
            self._type_loosely(bindings, inside, bound)
            return
        others = inside.bind_all(rest, bindings, words)
        bound.plans += others.plans
        bound.uses += others.uses

    def _item_type(
        self, binding: Binding, slot: Slot | None, binder: Binder, uses: list[tuple[str, str]]
    ) -> Type | None:
        what = f"mapped parameter {binding.name!r}"
        wanted = None if slot is None else slot.type
        came = binder.type_of(binding.value, what, uses, None if wanted is None else list_type(wanted))
        if came is None:
            return None
        if came.WhichOneof("kind") != "list" or came.nullable:
            self._problems.add(
                Code.MISMATCHING_TYPES, f"{what}: expected a list to map over, came {render_type(came)}."
            )
            return None
        item = came.list.item
        if wanted is not None and self._context.relations.level_of(item, wanted) is Level.NO:
            binder.add_mismatch(came, list_type(wanted), what)
        return item


def listed_outputs(signature: Signature, node: MapNode) -> Mapping[str, Slot]:
    """Return the outputs of a map node: lists, whose items may be none where failures are tolerated."""
    tolerates = node.WhichOneof("tolerance") is not None

    def listed(of: Type) -> Type:
        return list_type(with_none(of) if tolerates else of)

    return {
        name: slot_of(name, None if slot.type is None else listed(slot.type))
        for name, slot in signature.outputs.items()
    }


def _check_map_settings(node: MapNode, context: Context) -> None:
    problems = context.problems
    if not node.over:
        problems.add(Code.MAP_WITHOUT_LIST, "A map node expects a mapped parameter at least, came none.")
    if node.HasField("concurrency") and node.concurrency < 1:
        problems.add(Code.INVALID_SETTING, f"concurrency: expected 1 or more, came {node.concurrency}.")
    if node.min_successes < 0:
        problems.add(Code.INVALID_SETTING, f"min_successes: expected 0 or more, came {node.min_successes}.")
    ratio = node.min_success_ratio
    if not isfinite(ratio) or not 0 <= ratio <= 1:
        problems.add(Code.INVALID_SETTING, f"min_success_ratio: expected a share from 0 to 1, came {ratio}.")


def _with_items(scope: Scope, items: Mapping[str, Slot]) -> Scope:
    return scope._replace(items=items)
