"""Types of expressions."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

from godwitidl.core.v1.expression_pb2 import ComparisonOperator, Expression
from godwitidl.core.v1.values_pb2 import Literal, RecordField, SimpleType, Type
from godwitidl.rules.castability import Level
from godwitidl.rules.rendering import render_literal, render_type
from godwitidl.rules.type_validation import type_depth
from godwitidl.rules.validation import MAX_DEPTH, check_depth

from godwit_core.compiler.accesses import type_of_access
from godwit_core.compiler.comparison import add_incomparable, is_comparable, is_operator
from godwit_core.compiler.problems import Code, suggest
from godwit_core.compiler.relations import (
    is_bool,
    join_items,
    list_type,
    map_type,
    natural_type,
    simple_type,
    with_none,
    without_none,
)
from godwit_core.compiler.scopes import Context, Scope
from godwit_core.compiler.signatures import Slot, repeated, valid_type
from godwit_core.compiler.type_parts import enum_of, member_types, part_of


class Typing:
    """Finds the type of one expression in a scope, and what the expression refers to.

    Where a type is None the reason is recorded already, and nothing more is said of what depends on it.

    Attributes:
        uses: node outputs that were referred to, as (node id, output), in order.
        is_constant: whether nothing at all was referred to.
    """

    __slots__ = ("_context", "_problems", "_scope", "_what", "is_constant", "uses")

    def __init__(self, context: Context, scope: Scope, what: str) -> None:
        self._context = context
        self._problems = context.problems
        self._scope = scope
        self._what = what
        self.uses: dict[tuple[str, str], None] = {}
        self.is_constant = True

    def type_of(self, expression: Expression, expected: Type | None = None) -> Type | None:
        """Return the type of *expression*.

        Args:
            expression: nested no deeper than allowed.
            expected: what it is to feed; tells the types of constants, and promises nothing about the result.
        """
        kind = expression.WhichOneof("kind")
        if kind is None:
            self._problems.add(Code.UNSPECIFIED, f"{self._what}: expected an expression, came an empty one.")
            return None
        return self._TABLE[kind](self, expression, expected)

    def reference(self, expression: Expression) -> Slot | None:
        """Return the slot that a `workflow_input` or `node_output` expression refers to."""
        self.is_constant = False
        if expression.WhichOneof("kind") == "workflow_input":
            name = expression.workflow_input
            slot = self._scope.inputs.get(name)
            if slot is None:
                self._problems.add(
                    Code.UNKNOWN_INPUT,
                    f"{self._what}: the workflow has no input {name!r}.",
                    suggest(name, self._scope.inputs, what="inputs"),
                )
            return slot
        node_id, output = expression.node_output.node_id, expression.node_output.output
        self.uses[node_id, output] = None
        outputs = self._scope.nodes.get(node_id)
        if outputs is None:
            self._add_unknown_node(node_id)
            return None
        slot = outputs.get(output)
        if slot is None:
            self._problems.add(
                Code.UNKNOWN_OUTPUT,
                f"{self._what}: node {node_id!r} has no output {output!r}.",
                suggest(output, outputs, what=f"outputs of {node_id}"),
            )
        return slot

    def _add_unknown_node(self, node_id: str) -> None:
        if node_id in self._scope.hidden:
            self._problems.add(
                Code.OUT_OF_SCOPE,
                f"{self._what}: node {node_id!r} stands in another block, whose nodes are not in sight here.",
                "Make the value an output of the branch.",
            )
        else:
            self._problems.add(
                Code.UNKNOWN_NODE,
                f"{self._what}: there is no node {node_id!r}.",
                suggest(node_id, self._scope.nodes, what="nodes"),
            )

    def _reference(self, expression: Expression, _: Type | None) -> Type | None:
        slot = self.reference(expression)
        return None if slot is None else slot.type

    def _map_item(self, expression: Expression, _: Type | None) -> Type | None:
        self.is_constant = False
        items = self._scope.items
        if items is None:
            self._problems.add(Code.OUT_OF_SCOPE, f"{self._what}: there are map items inside a map node only.")
            return None
        slot = items.get(expression.map_item)
        if slot is None:
            self._problems.add(
                Code.UNKNOWN_INPUT,
                f"{self._what}: no input {expression.map_item!r} is mapped.",
                suggest(expression.map_item, items, what="mapped inputs"),
            )
            return None
        return slot.type

    def _handled_error(self, _: Expression, __: Type | None) -> Type | None:
        self.is_constant = False
        if not self._scope.handles_error:
            self._problems.add(Code.OUT_OF_SCOPE, f"{self._what}: there is a handled error in a failure handler only.")
            return None
        return simple_type(SimpleType.SIMPLE_TYPE_ERROR)

    def _literal(self, expression: Expression, expected: Type | None) -> Type | None:
        literal = expression.literal
        if expected is not None:
            return expected if self._context.constants.check(literal, expected, what=self._what) else None
        if check_depth(literal):
            self._problems.add(Code.TOO_DEEP, f"{self._what}: values nest {MAX_DEPTH} deep at most.")
            return None
        natural = natural_type(literal)
        if natural is None:
            self._problems.add(
                Code.UNTYPED_CONSTANT,
                f"{self._what}: nothing here tells the type of the constant {render_literal(literal)}.",
                "Use it where a type is expected; ask for none by is_null.",
            )
        return natural

    def _list(self, expression: Expression, expected: Type | None) -> Type | None:
        items = expression.list.items
        target = part_of(expected, "list", "tuple")
        if target is not None and target.WhichOneof("kind") == "tuple":
            hints: Sequence[Type | None] = (
                list(target.tuple.items) if len(target.tuple.items) == len(items) else [None] * len(items)
            )
        else:
            hints = [target.list.item if target is not None else None] * len(items)
            if target is not None and not items:
                return without_none(target)
        types = [self.type_of(item, hint) for item, hint in zip(items, hints, strict=True)]
        known = [of for of in types if of is not None]
        return self._limited(join_items(known)) if len(known) == len(types) else None

    def _limited(self, of: Type) -> Type | None:
        """Return the type of a container, unless it nests deeper than values may."""
        if type_depth(of) <= MAX_DEPTH:
            return of
        self._problems.add(
            Code.TOO_DEEP, f"{self._what}: values nest {MAX_DEPTH} deep at most.", "Flatten it, or build it in a task."
        )
        return None

    def _map(self, expression: Expression, expected: Type | None) -> Type | None:
        entries = expression.map.entries
        target = part_of(expected, "map")
        if not entries:
            if target is None:
                self._problems.add(Code.UNTYPED_CONSTANT, f"{self._what}: nothing here tells the type of an empty map.")
            return target if target is None else without_none(target)
        for shown in repeated(render_literal(entry.key, limit=200) for entry in entries):
            self._problems.add(Code.DUPLICATE_KEY, f"{self._what}: key {shown} stands twice.")
        keys = [self._key_type(entry.key, target) for entry in entries]
        values = [self.type_of(entry.value, target.map.value if target is not None else None) for entry in entries]
        key = self._common(keys, target.map.key if target is not None else None, "keys of a map")
        value = self._common(values, target.map.value if target is not None else None, "values of a map")
        return None if key is None or value is None else self._limited(map_type(key, value))

    def _key_type(self, key: Literal, target: Type | None) -> Type | None:
        wrapped = Expression()
        wrapped.literal.CopyFrom(key)
        return self._literal(wrapped, target.map.key if target is not None else None)

    def _record(self, expression: Expression, _: Type | None) -> Type | None:
        declared = Type()
        declared.record.CopyFrom(expression.record.type)
        if valid_type(declared, self._what, self._problems) is None:
            return None
        fields = {field.name: field for field in declared.record.fields}
        for name in repeated(binding.name for binding in expression.record.fields):
            self._problems.add(Code.DUPLICATE_FIELD, f"{self._what}: field {name!r} is given twice.")
        types: dict[str, Type | None] = {}
        for binding in expression.record.fields:
            field = fields.get(binding.name)
            if field is None:
                self._problems.add(
                    Code.UNKNOWN_FIELD,
                    f"{self._what}: {render_type(declared)} has no field {binding.name!r}.",
                    suggest(binding.name, fields, what="fields"),
                )
            types[binding.name] = self._field(binding.value, field)
        return self._record_of(declared, types)

    def _field(self, value: Expression, field: RecordField | None) -> Type | None:
        of = self.type_of(value, None if field is None else field.type)
        if of is None or field is None:
            return None
        if self._context.relations.level_of(of, field.type) is Level.NO:
            self._problems.add(
                Code.MISMATCHING_TYPES,
                f"{self._what}: field {field.name!r} expects {render_type(field.type)}, came {render_type(of)}.",
            )
            return None
        return of

    def _record_of(self, declared: Type, types: Mapping[str, Type | None]) -> Type | None:
        """Return the record as its values make it, so that one cast, to what it is bound to, serves all its fields."""
        made = Type()
        made.CopyFrom(declared)
        for field in made.record.fields:
            if field.name not in types:
                if not field.HasField("default_value"):
                    self._problems.add(
                        Code.FIELD_NOT_BOUND,
                        f"{self._what}: field {field.name!r} of {render_type(declared)} is missing.",
                    )
                    return None
                continue
            of = types[field.name]
            if of is None:
                return None
            if self._context.relations.level_of(of, field.type) is not Level.SAME:
                field.type.CopyFrom(of)
                field.ClearField("default_value")
        return self._limited(made) if all(of is not None for of in types.values()) else None

    def _access(self, expression: Expression, _: Type | None) -> Type | None:
        of = self.type_of(expression.access.of)
        if of is None:
            return None
        return type_of_access(of, expression.access.steps, self._what, self._problems)

    def _comparison(self, expression: Expression, _: Type | None) -> Type | None:
        comparison = expression.comparison
        left, right = self._operands(comparison.left, comparison.right)
        if not is_operator(comparison.operator):
            self._problems.add(Code.UNSPECIFIED, f"{self._what}: expected an operator of comparison, came none.")
        elif left is not None and right is not None and not is_comparable(comparison.operator, left, right):
            add_incomparable(left, right, self._what, self._problems)
        return simple_type(SimpleType.SIMPLE_TYPE_BOOL)

    def _operands(self, left: Expression, right: Expression) -> tuple[Type | None, Type | None]:
        """Return the types of two sides; a constant beside an enum must be one of its symbols."""
        if left.WhichOneof("kind") == "literal":
            second = self.type_of(right)
            return self.type_of(left, enum_of(second)), second
        first = self.type_of(left)
        return first, self.type_of(right, enum_of(first) if right.WhichOneof("kind") == "literal" else None)

    def _operation(self, expression: Expression, _: Type | None) -> Type | None:
        kind = expression.WhichOneof("kind")
        operands = expression.all_of.items if kind == "all_of" else expression.any_of.items
        if not operands:
            self._problems.add(Code.UNSPECIFIED, f"{self._what}: {kind} expects an operand at least, came none.")
        for operand in operands:
            self._expect_bool(operand)
        return simple_type(SimpleType.SIMPLE_TYPE_BOOL)

    def _negation(self, expression: Expression, _: Type | None) -> Type | None:
        self._expect_bool(expression.negation)
        return simple_type(SimpleType.SIMPLE_TYPE_BOOL)

    def _expect_bool(self, operand: Expression) -> None:
        of = self.type_of(operand)
        if of is not None and not is_bool(of):
            self._problems.add(
                Code.CONDITION_NOT_BOOL, f"{self._what}: expected a condition, of type bool, came {render_type(of)}."
            )

    def _membership(self, expression: Expression, _: Type | None) -> Type | None:
        container = self.type_of(expression.membership.container)
        items = () if container is None else member_types(container)
        if container is not None and (items is None or container.nullable):
            self._problems.add(
                Code.NOT_ACCESSIBLE,
                f"{self._what}: expected a list, set or map to look in, came {render_type(container)}.",
            )
            items = ()
        value = expression.membership.value
        is_literal = value.WhichOneof("kind") == "literal"
        of = self.type_of(value, enum_of(items[0]) if is_literal and items else None)
        for item in items or ():
            if of is not None and not self._is_equatable(of, without_none(item)):
                add_incomparable(of, without_none(item), self._what, self._problems)
        return simple_type(SimpleType.SIMPLE_TYPE_BOOL)

    def _is_equatable(self, value: Type, item: Type) -> bool:
        if is_comparable(ComparisonOperator.COMPARISON_OPERATOR_EQUAL, value, item):
            return True
        is_key = item.WhichOneof("kind") == "tuple" and not value.nullable
        return is_key and self._context.relations.level_of(value, item) is Level.SAME

    def _is_null(self, expression: Expression, _: Type | None) -> Type | None:
        of = self.type_of(expression.is_null)
        if of is not None and not of.nullable:
            self._add_not_nullable(of, "Leave the question out: the answer is no.")
        return simple_type(SimpleType.SIMPLE_TYPE_BOOL)

    def _add_not_nullable(self, of: Type, hint: str) -> None:
        self._problems.add(
            Code.NOT_NULLABLE, f"{self._what}: expected a value that may be none, came {render_type(of)}.", hint
        )

    def _coalesce(self, expression: Expression, expected: Type | None) -> Type | None:
        operands = expression.coalesce.items
        if not operands:
            self._problems.add(Code.UNSPECIFIED, f"{self._what}: coalesce expects a value at least, came none.")
            return None
        first = None if operands[0].WhichOneof("kind") == "literal" else self.type_of(operands[0], expected)
        hint = without_none(first) if first is not None else expected
        types = [
            first if first is not None and index == 0 else self.type_of(operand, hint)
            for index, operand in enumerate(operands)
        ]
        known = [of for of in types if of is not None]
        if len(known) != len(types):
            return None
        for of in known[:-1]:
            if not of.nullable:
                self._add_not_nullable(of, "Only the last value of coalesce may be one that is never none.")
        common = self._common([without_none(of) for of in known], expected, "values of coalesce")
        return common if common is None or not known[-1].nullable else with_none(common)

    def _drop_none(self, expression: Expression, expected: Type | None) -> Type | None:
        target = part_of(expected, "list")
        of = self.type_of(expression.drop_none, None if target is None else list_type(with_none(target.list.item)))
        if of is None:
            return None
        items = () if of.WhichOneof("kind") not in {"list", "tuple"} or of.nullable else member_types(of)
        if not items:
            self._problems.add(Code.NOT_ACCESSIBLE, f"{self._what}: drop_none expects a list, came {render_type(of)}.")
            return None
        if not any(item.nullable for item in items):
            self._add_not_nullable(items[0], "Leave drop_none out.")
            return None
        common = self._common([without_none(item) for item in items], None, "items of drop_none")
        return None if common is None else list_type(common)

    def _common(self, types: Sequence[Type | None], wanted: Type | None, what: str) -> Type | None:
        """Return the one type that values of all *types* are of as they stand: one of them, or *wanted*."""
        known = [of for of in types if of is not None]
        if len(known) != len(types):
            return None
        candidates = known if wanted is None else [*known, without_none(wanted)]
        for candidate in candidates:
            if all(self._context.relations.level_of(of, candidate) is Level.SAME for of in known):
                return candidate
        shown = ", ".join(dict.fromkeys(render_type(of) for of in known))
        self._problems.add(
            Code.INCONSISTENT_TYPES,
            f"{self._what}: {what} are of one type, came {shown}.",
            "Bring them to one type in a task.",
        )
        return None

    _TABLE: ClassVar[Mapping[str, Callable[["Typing", Expression, Type | None], Type | None]]] = MappingProxyType(
        {
            "literal": _literal,
            "workflow_input": _reference,
            "node_output": _reference,
            "map_item": _map_item,
            "handled_error": _handled_error,
            "access": _access,
            "list": _list,
            "map": _map,
            "record": _record,
            "comparison": _comparison,
            "all_of": _operation,
            "any_of": _operation,
            "negation": _negation,
            "membership": _membership,
            "is_null": _is_null,
            "coalesce": _coalesce,
            "drop_none": _drop_none,
        }
    )
