"""Promises: what stands in a workflow's body for values that are not there yet.

A promise is typed as the value it stands for, so that attribute access, indexing and comparison type-check as usual.
Each makes a new promise; what needs the value itself is refused, with what to do instead.
"""

from collections.abc import Iterator
from typing import Any, NoReturn

from godwit.annotation import UNKNOWN, Part, field_part, item_part, name_of, strip
from godwit.errors import PromiseAttributeError, PromiseError
from godwit.expression import (
    Access,
    AllOf,
    AnyOf,
    Comparison,
    Constant,
    Expression,
    InputReference,
    ItemReference,
    Negation,
    Operator,
    OutputReference,
)

IN_A_TASK = "Do it in a task, which is given the value."


class Promise:
    """A value of a workflow that is being traced. Made by the tracer, never by users."""

    __slots__ = ("_godwit_annotation", "_godwit_expression", "_godwit_scope")

    _godwit_annotation: Any
    _godwit_expression: Expression
    _godwit_scope: object

    def __init__(self, expression: Expression, annotation: Any, scope: object) -> None:
        object.__setattr__(self, "_godwit_expression", expression)
        object.__setattr__(self, "_godwit_annotation", annotation)
        object.__setattr__(self, "_godwit_scope", scope)

    def __getattr__(self, name: str) -> "Promise":
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)  # what libraries ask of any object: copying, arrays, display
        part = field_part(self._godwit_annotation, name)
        if isinstance(part, str):
            raise PromiseAttributeError(part, hint=IN_A_TASK)
        return _access(self, part)

    def __getitem__(self, key: Any) -> "Promise":
        if isinstance(key, Promise):
            raise PromiseError(f"{key!r} cannot be an index or key of another promise.", hint=IN_A_TASK)
        part = item_part(self._godwit_annotation, key)
        if isinstance(part, str):
            raise PromiseError(part, hint=IN_A_TASK, code="UNKNOWN_ITEM")
        return _access(self, part)

    def __iter__(self) -> Iterator["Promise"]:
        count = fixed_length(self._godwit_annotation)
        if count is None:
            raise PromiseError(f"{self!r} cannot be iterated over: its length is not known yet.", hint=IN_A_TASK)
        return (self[index] for index in range(count))

    def __eq__(self, other: object) -> "Promise":  # type: ignore[override]  # a promise of the answer
        return compare(Operator.EQUAL, self, other)

    def __ne__(self, other: object) -> "Promise":  # type: ignore[override]  # a promise of the answer
        return compare(Operator.NOT_EQUAL, self, other)

    def __lt__(self, other: object) -> "Promise":
        return compare(Operator.LESS, self, other)

    def __le__(self, other: object) -> "Promise":
        return compare(Operator.LESS_OR_EQUAL, self, other)

    def __gt__(self, other: object) -> "Promise":
        return compare(Operator.GREATER, self, other)

    def __ge__(self, other: object) -> "Promise":
        return compare(Operator.GREATER_OR_EQUAL, self, other)

    def __hash__(self) -> int:
        return id(self)

    def __and__(self, other: object) -> "Promise":
        return Promise(AllOf(_operands(AllOf, "&", self, other)), bool, self._godwit_scope)

    def __rand__(self, other: object) -> "Promise":
        return Promise(AllOf(_operands(AllOf, "&", other, self)), bool, self._godwit_scope)

    def __or__(self, other: object) -> "Promise":
        return Promise(AnyOf(_operands(AnyOf, "|", self, other)), bool, self._godwit_scope)

    def __ror__(self, other: object) -> "Promise":
        return Promise(AnyOf(_operands(AnyOf, "|", other, self)), bool, self._godwit_scope)

    def __invert__(self) -> "Promise":
        return Promise(Negation(_operand(self, "~")), bool, self._godwit_scope)

    def __bool__(self) -> bool:
        raise PromiseError(
            f"{self!r} has no truth value yet, so `if`, `while`, `and`, `or`, `not` and `in` cannot use it.",
            hint="Decide in a task; combine conditions by `&`, `|`, `~`, gw.is_none and gw.is_in.",
        )

    def __setattr__(self, name: str, value: object) -> None:
        raise PromiseError(f"Field {name} of {self!r} cannot be set.", hint=IN_A_TASK)

    def __repr__(self) -> str:
        return f"<promise of {render(self._godwit_expression)}: {name_of(self._godwit_annotation)}>"


def _refuse(sign: str) -> Any:
    def method(self: Promise, *_: object) -> NoReturn:
        raise PromiseError(f"{sign} needs the value of {self!r}, which is not there yet.", hint=IN_A_TASK)

    return method


_REFUSED = {
    "Arithmetic": "add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow matmul rmatmul "
    "divmod rdivmod lshift rlshift rshift rrshift xor rxor neg pos abs round",
    "Formatting": "str format bytes",
    "Conversion to a number": "int float complex index trunc floor ceil",
    "len()": "len length_hint",
    "`in`": "contains",
    "Item assignment": "setitem delitem delattr",
    "A call": "call",
    "`with`": "enter exit aenter aexit",
    "`await`": "await",
    "`async for`": "aiter",
    "Pickling": "reduce_ex",
}
for _sign, _names in _REFUSED.items():
    for _name in _names.split():
        setattr(Promise, f"__{_name}__", _refuse(_sign))


def promise_parts(promise: Promise) -> tuple[Expression, Any, object]:
    """Return a promise's expression, the annotation of its value, and the scope that it is valid in."""
    return promise._godwit_expression, promise._godwit_annotation, promise._godwit_scope  # noqa: SLF001 - fields of a promise must not collide with those of its value


def compare(operator: Operator, left: object, right: object) -> Promise:
    """Return the promise of a comparison, of which one side at least is a promise."""
    scope = next(promise_parts(side)[2] for side in (left, right) if isinstance(side, Promise))
    return Promise(Comparison(operator, operand_of(left, right), operand_of(right, left)), bool, scope)


def operand_of(value: object, other: object) -> Expression:
    """Return *value* as an operand beside *other*: a constant is read by the other's annotation where it fits."""
    if isinstance(value, Promise):
        return promise_parts(value)[0]
    annotation = strip(promise_parts(other)[1]) if isinstance(other, Promise) else UNKNOWN
    fits = isinstance(annotation, type) and type(value) is annotation
    return Constant(value, annotation if fits or not isinstance(annotation, type) else type(value))


def _operands(kind: type[AllOf | AnyOf], sign: str, left: object, right: object) -> tuple[Expression, ...]:
    """Return the operands of `left & right`, those of an inner `&` among them, so that `a & b & c` does not nest."""
    operands: list[Expression] = []
    for value in (left, right):
        operand = _operand(value, sign)
        operands += operand.operands if isinstance(operand, kind) else (operand,)
    return tuple(operands)


def _operand(value: object, sign: str) -> Expression:
    if isinstance(value, bool):
        return Constant(value, bool)
    if not isinstance(value, Promise) or strip(promise_parts(value)[1]) not in {bool, UNKNOWN}:
        raise PromiseError(
            f"{sign} combines conditions; got {value!r}.",
            hint="Put parentheses around each comparison: `(x > 0) & (y > 0)`.",
        )
    return promise_parts(value)[0]


def _access(promise: Promise, part: Part) -> Promise:
    expression, _, scope = promise_parts(promise)
    if isinstance(expression, Access):
        return Promise(Access(expression.of, (*expression.steps, part.step)), part.annotation, scope)
    return Promise(Access(expression, (part.step,)), part.annotation, scope)


def fixed_length(annotation: Any) -> int | None:
    """Return how many items every value of *annotation* has; None when they differ."""
    kind = strip(annotation)
    if hasattr(kind, "_fields"):
        return len(kind._fields)
    items = getattr(kind, "__args__", ()) if getattr(kind, "__origin__", None) is tuple else ()
    return len(items) if items and items[-1] is not Ellipsis else None


def render(expression: Expression) -> str:
    """Return a short text of what a promise stands for, for people."""
    match expression:
        case InputReference(name):
            return f"input {name}"
        case ItemReference(name):
            return f"the item of {name}"
        case OutputReference(node_id, output):
            return f"{node_id}.{output}"
        case Access(of, _):
            return f"a part of {render(of)}"
        case Constant(value, _):
            return repr(value)
        case _:
            return "a condition" if isinstance(expression, Comparison | AllOf | AnyOf | Negation) else "an expression"
