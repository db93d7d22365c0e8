"""The check of a workflow's body: it finds Python operators on promises before the body is traced.

Most of them would fail while tracing; `is` would not, and quietly give the wrong answer. The check follows names from
parameters and calls through assignments, and reports only what is certain: where it cannot tell what a name holds, it
says nothing, and the promise itself refuses.
"""

import ast
import builtins
import inspect
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, NamedTuple, TypeAlias

from godwit.branches import conditional
from godwit.conditions import coalesce, drop_none, is_in, is_none
from godwit.errors import DeclarationError, WorkflowBodyError
from godwit.gates import wait_for_input
from godwit.mapping import map_task
from godwit.nodes import Callee
from godwit.signature import Shape, parse_function

_DECIDE = "decide in a task that is given the value"
_COMPUTE = "compute it in a task"
_PROMISING = (is_none, is_in, coalesce, drop_none)
_NODES = (conditional, wait_for_input)
_KNOWN = (*_PROMISING, *_NODES, map_task)
_STAYS_CALLABLE = frozenset({"with_overrides", "after"})


@dataclass(slots=True)
class _Plain:
    """A value that is there, or about which nothing is known."""


@dataclass(slots=True)
class _Promised:
    """A promise."""


@dataclass(slots=True)
class _Many:
    """A Python list of values of one sort."""

    item: "_Sort"


@dataclass(slots=True)
class _Fixed:
    """A Python tuple."""

    items: tuple["_Sort", ...]


@dataclass(slots=True)
class _Called:
    """What can be called in a workflow's body, perhaps with overrides; or a function of this package; or a module."""

    callee: Any


_Sort: TypeAlias = _Plain | _Promised | _Many | _Fixed | _Called

_PLAIN = _Plain()
_PROMISED = _Promised()


class Problem(NamedTuple):
    """An operator on a promise: where, which, and what to do instead."""

    line: int
    operator: str
    remedy: str


def check_body(function: Callable[..., Any]) -> None:
    """Check the body of a workflow's function; without its source, nothing is checked.

    Raises:
        WorkflowBodyError: the body uses Python operators on promises; all of them are named, with line and remedy.
    """
    definition = parse_function(function)
    if definition is None:
        return
    problems = find_problems(function, definition)
    if not problems:
        return
    file = PurePath(inspect.unwrap(function).__code__.co_filename).name
    lines = [f"{file}:{problem.line}: {problem.operator} on a promise: {problem.remedy}." for problem in problems]
    raise WorkflowBodyError(
        f"Workflow {function.__qualname__} uses what only values can do:\n  " + "\n  ".join(lines),
        hint="The body of a workflow is traced before any value is there.",
    )


def find_problems(function: Callable[..., Any], definition: ast.FunctionDef | ast.AsyncFunctionDef) -> list[Problem]:
    """Return the operators on promises in the body of *function*, in order."""
    checker = _Checker(function)
    arguments = definition.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        checker.names[argument.arg] = _PROMISED
    checker.run(definition.body)
    return sorted(set(checker.problems))


class _Checker:
    """Walks one body in order of execution."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.names: dict[str, _Sort] = {}
        self.problems: list[Problem] = []
        closure = inspect.getclosurevars(inspect.unwrap(function))
        self._outside = {**vars(builtins), **inspect.unwrap(function).__globals__, **closure.nonlocals}

    # Statements

    def run(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:  # noqa: C901 - one case for each statement
        match node:
            case ast.Assign(targets, value):
                sort = self.sort_of(value)
                for target in targets:
                    self._assign(target, sort)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._assign(target, self.sort_of(value))
            case ast.AugAssign(target, operator, value):
                sort = self._binary(node, operator, self._target_sort(target), self.sort_of(value))
                self._assign(target, sort)
            case ast.If(test, body, orelse):
                self._test(test, "`if`")
                self._branches(body, orelse)
            case ast.While(test, body, orelse):
                self._loop(lambda: self._test(test, "`while`"), body, orelse)
            case ast.For(target, iterable, body, orelse):
                element = _item_of(self.sort_of(iterable))
                self._loop(lambda: self._assign(target, element), body, orelse)
            case ast.Assert(test, _):
                self._test(test, "`assert`")
            case ast.Match(subject, cases):
                self._test(subject, "`match`")
                for case in cases:
                    self._branches(case.body, [])
            case ast.With(items, body):
                for item in items:
                    self.sort_of(item.context_expr)
                self.run(body)
            case ast.Try(body, handlers, orelse, finalbody):
                self._branches([*body, *orelse], [])
                for handler in handlers:
                    self._branches(handler.body, [])
                self.run(finalbody)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.names[node.name] = _PLAIN  # its own scope, run who knows when
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.sort_of(child)

    def _loop(self, begin: Callable[[], None], body: Sequence[ast.stmt], orelse: Sequence[ast.stmt]) -> None:
        """Run a loop: what a name holds at its head is certain only if it still holds it at the end."""
        known = list(self.problems)
        while True:
            head = dict(self.names)
            begin()
            self.run(body)
            self.names = _joined(head, self.names)
            if self.names == head:
                break
            self.problems = list(known)
        self.run(orelse)

    def _branches(self, first: Sequence[ast.stmt], second: Sequence[ast.stmt]) -> None:
        before = dict(self.names)
        self.run(first)
        after_first, self.names = self.names, before
        self.run(second)
        self.names = _joined(after_first, self.names)

    def _assign(self, target: ast.expr, sort: _Sort) -> None:
        match target:
            case ast.Name(name):
                self.names[name] = sort
            case ast.Tuple(targets) | ast.List(targets):
                starred = any(isinstance(item, ast.Starred) for item in targets)
                fits = isinstance(sort, _Fixed) and len(sort.items) == len(targets) and not starred
                for index, item in enumerate(targets):
                    part = sort.items[index] if fits and isinstance(sort, _Fixed) else _item_of(sort)
                    self._assign(item, _PLAIN if starred else part)
            case ast.Starred(value):
                self._assign(value, _PLAIN)
            case _:
                pass  # attributes and items of Python objects are not followed

    def _target_sort(self, target: ast.expr) -> _Sort:
        return self.names.get(target.id, _PLAIN) if isinstance(target, ast.Name) else _PLAIN

    # Expressions

    def sort_of(self, node: ast.expr) -> _Sort:  # noqa: C901 - one case for each expression
        match node:
            case ast.Name(name):
                return self._name(name)
            case ast.NamedExpr(target, value):
                sort = self.sort_of(value)
                self._assign(target, sort)
                return sort
            case ast.Attribute(value, attribute):
                return self._attribute(self.sort_of(value), attribute)
            case ast.Subscript(value, index):
                self.sort_of(index)
                return _element_of(self.sort_of(value), index)
            case ast.Call():
                return self._call(node)
            case ast.Compare():
                return self._comparison(node)
            case ast.BoolOp(operator, values):
                sign = "`and`" if isinstance(operator, ast.And) else "`or`"
                instead = "`&`" if isinstance(operator, ast.And) else "`|`"
                if _PROMISED in [self.sort_of(value) for value in values]:
                    self._report(node, sign, f"combine conditions by {instead}, or {_DECIDE}")
                return _PLAIN
            case ast.UnaryOp(operator, operand):
                return self._unary(node, operator, self.sort_of(operand))
            case ast.BinOp(left, operator, right):
                return self._binary(node, operator, self.sort_of(left), self.sort_of(right))
            case ast.IfExp(test, body, orelse):
                self._test(test, "`… if … else …`")
                first, second = self.sort_of(body), self.sort_of(orelse)
                return first if first == second else _PLAIN
            case ast.List(items):
                return _many([self.sort_of(item) for item in items])
            case ast.Tuple(items):
                sorts = tuple(self.sort_of(item) for item in items)
                return _PLAIN if any(isinstance(item, ast.Starred) for item in items) else _Fixed(sorts)
            case ast.ListComp(element, generators) | ast.GeneratorExp(element, generators):
                return self._comprehension(generators, element)
            case ast.FormattedValue(value):
                if self.sort_of(value) == _PROMISED:
                    self._report(node, "an f-string", "format the text in a task")
                return _PLAIN
            case ast.Lambda():
                return _PLAIN  # its own scope, run who knows when
            case ast.SetComp(element, generators):
                self._comprehension(generators, element)
                return _PLAIN
            case ast.DictComp(key, value, generators):
                self._comprehension(generators, key, value)
                return _PLAIN
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.sort_of(child)
                return _PLAIN

    def _name(self, name: str) -> _Sort:
        if name in self.names:
            return self.names[name]
        return self._outside_value(self._outside.get(name))

    def _outside_value(self, value: Any) -> _Sort:
        known = isinstance(value, Callee | types.ModuleType) or any(value is known for known in _KNOWN)
        return _Called(value) if known else _PLAIN

    def _attribute(self, of: _Sort, attribute: str) -> _Sort:
        match of:
            case _Promised():
                return _PROMISED
            case _Fixed(items) if items and all(item == _PROMISED for item in items):
                return _PROMISED  # a NamedTuple of outputs
            case _Called(types.ModuleType() as module):
                # Other modules' lazy attributes are not opened: that could import anything.
                lazy = getattr(module, attribute, None) if module.__name__ == __package__ else None
                return self._outside_value(vars(module).get(attribute, lazy))
            case _Called() if attribute in _STAYS_CALLABLE:
                return of
            case _:
                return _PLAIN

    def _call(self, node: ast.Call) -> _Sort:
        arguments = [self.sort_of(item) for item in (*node.args, *(keyword.value for keyword in node.keywords))]
        match self.sort_of(node.func):
            case _Called(callee) if isinstance(callee, Callee):
                changed = isinstance(node.func, ast.Attribute) and node.func.attr in _STAYS_CALLABLE
                return _Called(callee) if changed else _results(callee)
            case _Called(callee) if callee is map_task:
                of = self.sort_of(node.args[0]) if node.args else _PLAIN
                return of if isinstance(of, _Called) else _PLAIN
            case _Called(callee) if callee in _NODES:
                for part in ast.walk(node):
                    if isinstance(part, ast.Lambda):
                        self.sort_of(part.body)  # it is run at once, and sees what stands around it
                return _PROMISED
            case _Called(callee) if callee in _PROMISING:
                return _PROMISED if _PROMISED in arguments else _PLAIN
            case _:
                return _PLAIN

    def _comparison(self, node: ast.Compare) -> _Sort:
        sorts = [self.sort_of(side) for side in (node.left, *node.comparators)]
        if _PROMISED not in sorts:
            return _PLAIN
        if len(node.ops) > 1:
            self._report(node, "a chain of comparisons", "write `(a < b) & (b < c)`")
            return _PLAIN
        match node.ops[0]:
            case ast.Is() | ast.IsNot():
                self._report(node, "`is`", "ask gw.is_none(…), or compare by `==`")
                return _PLAIN
            case ast.In() | ast.NotIn():
                self._report(node, "`in`", "ask gw.is_in(value, container)")
                return _PLAIN
            case _:
                return _PROMISED

    def _unary(self, node: ast.expr, operator: ast.unaryop, operand: _Sort) -> _Sort:
        if operand != _PROMISED:
            return _PLAIN
        match operator:
            case ast.Not():
                self._report(node, "`not`", f"negate a condition by `~`, or {_DECIDE}")
                return _PLAIN
            case ast.Invert():
                return _PROMISED
            case _:
                self._report(node, "arithmetic", _COMPUTE)
                return _PLAIN

    def _binary(self, node: ast.AST, operator: ast.operator, left: _Sort, right: _Sort) -> _Sort:
        if _PROMISED not in (left, right):
            return left if left == right and isinstance(left, _Many) else _PLAIN
        if isinstance(operator, ast.BitAnd | ast.BitOr):
            return _PROMISED
        self._report(node, "arithmetic", _COMPUTE)
        return _PLAIN

    def _comprehension(self, generators: Sequence[ast.comprehension], *elements: ast.expr) -> _Sort:
        before = dict(self.names)
        for generator in generators:
            self._assign(generator.target, _item_of(self.sort_of(generator.iter)))
            for condition in generator.ifs:
                self._test(condition, "`if` in a comprehension")
        sorts = [self.sort_of(element) for element in elements]
        self.names = before
        return _Many(sorts[0])

    def _test(self, test: ast.expr, sign: str) -> None:
        if self.sort_of(test) == _PROMISED:
            self._report(test, sign, _DECIDE)

    def _report(self, node: Any, operator: str, remedy: str) -> None:
        self.problems.append(Problem(node.lineno, operator, remedy))


def _joined(one: dict[str, _Sort], other: dict[str, _Sort]) -> dict[str, _Sort]:
    """Return what names hold after one of two ways was taken: certain only where both agree."""
    names = one.keys() | other.keys()
    return {name: one[name] if name in one and one[name] == other.get(name) else _PLAIN for name in names}


def _many(sorts: Sequence[_Sort]) -> _Sort:
    return _Many(sorts[0]) if sorts and all(sort == sorts[0] for sort in sorts) else _PLAIN


def _item_of(sort: _Sort) -> _Sort:
    """Return what iterating over a value gives."""
    match sort:
        case _Many(item):
            return item
        case _Fixed(items) if items and all(item == items[0] for item in items):
            return items[0]
        case _Promised():
            return _PROMISED  # a promise of a tuple; any other refuses to be iterated over
        case _:
            return _PLAIN


def _element_of(sort: _Sort, index: ast.expr) -> _Sort:
    if isinstance(sort, _Promised):
        return sort
    if isinstance(index, ast.Slice):
        return sort if isinstance(sort, _Many) else _PLAIN
    if isinstance(sort, _Fixed) and isinstance(index, ast.Constant) and isinstance(index.value, int):
        return sort.items[index.value] if -len(sort.items) <= index.value < len(sort.items) else _PLAIN
    return sort.item if isinstance(sort, _Many) else _PLAIN


def _results(callee: Any) -> _Sort:
    """Return what a call of a task or workflow gives in a workflow's body."""
    try:
        signature = callee.signature
    except DeclarationError:
        return _PLAIN  # told when the call is traced
    if signature.shape in {Shape.TUPLE, Shape.NAMED_TUPLE}:
        return _Fixed(tuple(_PROMISED for _ in signature.outputs))
    return _PROMISED
