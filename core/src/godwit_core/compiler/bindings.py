"""Bindings: each parameter or output gets one value of a type that fits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from godwitidl.core.v1.expression_pb2 import Binding, Expression
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules.castability import CastError, Level, coerce
from godwitidl.rules.digest import literal_digest
from godwitidl.rules.rendering import render_type
from godwitidl.rules.validation import MAX_EXPRESSION_DEPTH

from godwit_core.compiler.evaluation import EvaluationError, evaluate
from godwit_core.compiler.expressions import Typing
from godwit_core.compiler.plan import (
    BindingPlan,
    Cast,
    Computed,
    Constant,
    InputSource,
    OutputSource,
    Source,
    captured,
)
from godwit_core.compiler.problems import Code, suggest
from godwit_core.compiler.relations import is_bool
from godwit_core.compiler.scopes import Context, Scope, is_too_deep
from godwit_core.compiler.signatures import Slot
from godwit_core.compiler.words import Words

_NO_SLOTS: Final[Mapping[str, Slot]] = MappingProxyType({})


@dataclass(slots=True, eq=False, repr=False)
class Bound:
    """Bindings of one node or block.

    Attributes:
        plans: in the order of the interface; complete only if there was no problem.
        uses: the node outputs that each binding reads, as (node id, output); one entry for each binding that reads.
    """

    plans: list[BindingPlan] = field(default_factory=list)
    uses: list[tuple[str, str]] = field(default_factory=list)


class Binder:
    """Binds values in one scope.

    Args:
        context: what the compilation shares.
        scope: what values may refer to.
        positions: index of each node of the block, by id.
    """

    __slots__ = ("_constants", "_context", "_positions", "_problems", "_relations", "_scope")

    def __init__(self, context: Context, scope: Scope, positions: Mapping[str, int]) -> None:
        self._context = context
        self._problems = context.problems
        self._relations = context.relations
        self._constants = context.constants
        self._scope = scope
        self._positions = positions

    def within(self, scope: Scope) -> "Binder":
        """Return a binder of the same nodes that sees *scope*."""
        return Binder(self._context, scope, self._positions)

    def bind_all(self, slots: Mapping[str, Slot], bindings: Iterable[Binding], words: Words) -> Bound:
        """Bind each of *slots*, by one of *bindings* or by its default."""
        bound = Bound()
        plans: dict[str, BindingPlan | None] = {}
        for binding in bindings:
            name = binding.name
            slot = slots.get(name)
            if slot is None:
                self.add_unknown(name, slots, words)
                slot = Slot(name, None, b"")
            elif name in plans:
                self._problems.add(
                    words.twice, f"{words.noun} {name!r} of {words.owner} is bound twice.", "Bind it once."
                )
            plans[name] = self.bind(slot, binding.value, f"{words.noun} {name!r}", bound.uses)
        for name, slot in slots.items():
            if name not in plans:
                plan = None if slot.default is None else BindingPlan(name, slot.default)
                if plan is None and (slot.required or words.noun == "output"):
                    self._add_unbound(slot, words)
            else:
                plan = plans[name]
            if plan is not None:
                bound.plans.append(plan)
        return bound

    def add_unknown(self, name: str, slots: Mapping[str, Slot], words: Words) -> None:
        """Record that there is no slot of a name."""
        hint = suggest(name, slots, what=f"{words.noun}s of {words.owner}")
        self._problems.add(words.unknown, f"{words.owner} has no {words.noun} {name!r}.", hint)

    def _add_unbound(self, slot: Slot, words: Words) -> None:
        of = "" if slot.type is None else f", of type {render_type(slot.type)},"
        self._problems.add(words.unbound, f"{words.noun} {slot.name!r} of {words.owner}{of} is not bound.", "Bind it.")

    def bind(self, slot: Slot, value: Expression, what: str, uses: list[tuple[str, str]]) -> BindingPlan | None:
        """Bind one slot; None, and problems, if the value does not fit. Appends what it reads to *uses*."""
        kind = value.WhichOneof("kind")
        if kind == "literal":
            if slot.type is None:
                return None
            if is_too_deep(value):
                self._add_too_deep(what)
                return None
            constant = self._constants.constant(value.literal, slot.type, slot.key, what=what)
            return None if constant is None else BindingPlan(slot.name, constant)
        if kind == "node_output":
            output = value.node_output
            use = (output.node_id, output.output)
            uses.append(use)
            came = self._scope.nodes.get(use[0], _NO_SLOTS).get(use[1])
        elif kind == "workflow_input":
            use = ("", "")
            came = self._scope.inputs.get(value.workflow_input)
        else:
            return self._bind_computed(slot, value, what, uses)
        if came is None:
            Typing(self._context, self._scope, what).reference(value)
            return None
        if came.type is None or slot.type is None:
            return None
        level = self._relations.level(came.type, came.key, slot.type, slot.key)
        if level is Level.NO:
            self.add_mismatch(came.type, slot.type, what)
            return None
        cast = None if level is Level.SAME else Cast(came.type, slot.type)
        if kind == "workflow_input":
            return BindingPlan(slot.name, InputSource(came.name), cast)
        position = self._positions.get(use[0])
        source = InputSource(captured(*use)) if position is None else OutputSource(position, came.name)
        return BindingPlan(slot.name, source, cast)

    def _bind_computed(
        self, slot: Slot, value: Expression, what: str, uses: list[tuple[str, str]]
    ) -> BindingPlan | None:
        if is_too_deep(value):
            self._add_too_deep(what)
            return None
        before = len(self._problems)
        typing = Typing(self._context, self._scope, what)
        came = typing.type_of(value, slot.type)
        uses += typing.uses
        if came is None or slot.type is None or len(self._problems) > before:
            return None
        level = self._relations.level_of(came, slot.type)
        if level is Level.NO:
            self.add_mismatch(came, slot.type, what)
            return None
        if typing.is_constant:
            return self._fold(slot, value, came, what)
        nodes = {node_id: self._positions[node_id] for node_id, _ in typing.uses if node_id in self._positions}
        computed: Source = Computed(value, nodes)
        return BindingPlan(slot.name, computed, None if level is Level.SAME else Cast(came, slot.type))

    def _add_too_deep(self, what: str) -> None:
        self._problems.add(
            Code.TOO_DEEP,
            f"{what}: expressions nest {MAX_EXPRESSION_DEPTH} deep at most, with their constants.",
            "Compute it in a task, or pass it as an input.",
        )

    def _fold(self, slot: Slot, value: Expression, came: Type, what: str) -> BindingPlan | None:
        """Evaluate what refers to nothing: an error shows at once, and nothing is left to do at run time."""
        assert slot.type is not None
        try:
            literal = coerce(evaluate(value, _nothing), came, slot.type)
        except (EvaluationError, CastError) as error:
            self._problems.add(Code.EXPRESSION_FAILED, f"{what}: {error}")
            return None
        return BindingPlan(slot.name, Constant(literal.SerializeToString(deterministic=True), literal_digest(literal)))

    def add_mismatch(self, came: Type, wanted: Type, what: str) -> None:
        """Record that a value of one type does not fit another."""
        self._problems.add(
            Code.MISMATCHING_TYPES,
            f"{what}: expected {render_type(wanted)}, came {render_type(came)}{_difference(came, wanted)}.",
            _remedy(came, wanted),
        )

    def condition(self, value: Expression, what: str, uses: list[tuple[str, str]]) -> None:
        """Check a condition."""
        of = self.type_of(value, what, uses)
        if of is not None and not is_bool(of):
            self._problems.add(Code.CONDITION_NOT_BOOL, f"{what}: expected a bool, came {render_type(of)}.")

    def type_of(
        self, value: Expression, what: str, uses: list[tuple[str, str]], expected: Type | None = None
    ) -> Type | None:
        """Return the type of an expression; None, and problems, if it has none. Appends what it reads to *uses*."""
        if is_too_deep(value):
            self._add_too_deep(what)
            return None
        typing = Typing(self._context, self._scope, what)
        of = typing.type_of(value, expected)
        uses += typing.uses
        return of


def _nothing(reference: Expression) -> Literal:
    raise AssertionError(f"a constant refers to nothing: {reference}")


def _difference(came: Type, wanted: Type) -> str:
    """Return in words how two records of one name differ."""
    if render_type(came) != render_type(wanted) or came.WhichOneof("kind") != "record":
        return ""
    came_fields = {item.name: render_type(item.type) for item in came.record.fields}
    wanted_fields = {item.name: render_type(item.type) for item in wanted.record.fields}
    names = sorted(
        name for name in came_fields.keys() | wanted_fields.keys() if came_fields.get(name) != wanted_fields.get(name)
    )
    return f" (another record of that name, which differs in {', '.join(names)})" if names else ""


def _remedy(came: Type, wanted: Type) -> str:
    if came.nullable and not wanted.nullable:
        return "The value may be none: give a substitute by coalesce, or let the parameter be nullable."
    return "Convert it in a task."
