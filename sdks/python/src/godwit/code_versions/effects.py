"""What running the top of a module may change beyond the names that it binds, and which values stay as they are.

Where that cannot be proven the answer is the one that has more code counted.
"""

import ast
from collections.abc import Iterator, Sequence

from godwit.code_versions.known_names import (
    CONSTRUCTORS,
    FIXED_BUILTINS,
    FIXED_STANDARD,
    METACLASSES,
    PURE_BUILTINS,
    PURE_OTHERS,
    PURE_STANDARD,
    READERS,
    READING,
)
from godwit.code_versions.names import Meaning, Names, Sort
from godwit.code_versions.references import chain_of
from godwit.code_versions.source import Function, SourceModule, Unit, children_of

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DISPLAYS = (ast.List, ast.Set, ast.Dict)


def _among(path: str, known: frozenset[str]) -> bool:
    """Return whether *path*, or what it is a part of, is *known*."""
    parts = path.split(".")
    return any(".".join(parts[:length]) in known for length in range(1, len(parts) + 1))


class Effects:
    """Judges statements. Keeps its answers."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._judged: dict[ast.AST, bool] = {}
        self._fixed: dict[tuple[str, str], bool] = {}
        self._uses: dict[str, dict[str, list[tuple[ast.AST, ast.AST | None]]]] = {}

    def runs_code(self, module: SourceModule, statement: ast.stmt) -> bool:
        """Return whether running *statement* may change more than the names that it binds."""
        match statement:
            case ast.Import() | ast.ImportFrom() | ast.Pass() | ast.Global():
                return False
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self._defining_runs(module, statement)
            case ast.ClassDef():
                return self._class_runs(module, statement)
            case ast.Assign(targets=targets, value=value):
                return not all(_is_plain(target) for target in targets) or not self._is_pure(module, value)
            case ast.AnnAssign(target=target, value=given):
                return not _is_plain(target) or (given is not None and not self._is_pure(module, given))
            case ast.Expr(value=value):
                return not isinstance(value, ast.Constant)
            case ast.If(test=test):
                return not self._is_pure(module, test) or self._any_runs(module, children_of(statement))
            case ast.Try() | ast.TryStar():
                return self._any_runs(module, children_of(statement))
            case _:
                return type(statement).__name__ != "TypeAlias"

    def _any_runs(self, module: SourceModule, statements: Sequence[ast.stmt]) -> bool:
        return any(self.runs_code(module, one) for one in statements)

    def _defining_runs(self, module: SourceModule, node: Function) -> bool:
        defaults = [*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)]
        return not all(self._is_pure(module, one) for one in defaults) or not all(
            self._decorates_only(module, one) for one in node.decorator_list
        )

    def _class_runs(self, module: SourceModule, node: ast.ClassDef) -> bool:
        if not all(self._decorates_only(module, one) for one in node.decorator_list):
            return True
        if not all(self._is_pure(module, base) for base in node.bases) or self._is_hooked(module, node, set()):
            return True
        return any(self.runs_code(module, one) for one in node.body if not self._is_accessor(node, one))

    @staticmethod
    def _is_accessor(node: ast.ClassDef, statement: ast.stmt) -> bool:
        """Return whether it is a method decorated by another of its class alone: `@size.setter`."""
        own = {one.name for one in node.body if isinstance(one, _FUNCTIONS)}
        return (
            isinstance(statement, _FUNCTIONS)
            and bool(statement.decorator_list)
            and all(
                isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id in own
                for one in statement.decorator_list
            )
        )

    def _is_hooked(self, module: SourceModule, node: ast.ClassDef, seen: set[ast.AST]) -> bool:
        """Return whether one's own code runs when a class is derived: by a metaclass, or `__init_subclass__`."""
        if node in seen:
            return False
        seen.add(node)
        for keyword in node.keywords:
            chain = chain_of(keyword.value)
            if keyword.arg != "metaclass" or chain is None or chain[-1] not in METACLASSES:
                return True
        for base in node.bases:
            chain = chain_of(base.value if isinstance(base, ast.Subscript) else base)
            for meaning in self._names.meanings(module, chain) if chain else ():
                parent = meaning.unit.node if meaning.unit else None
                if meaning.module is None or not isinstance(parent, ast.ClassDef):
                    continue
                hooks = [one for one in parent.body if isinstance(one, _FUNCTIONS) and one.name == "__init_subclass__"]
                if hooks or self._is_hooked(meaning.module, parent, seen):
                    return True
        return False

    def _decorates_only(self, module: SourceModule, decorator: ast.expr) -> bool:
        """Return whether a decorator changes nothing but what it decorates."""
        factory = isinstance(decorator, ast.Call)
        chain = chain_of(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if chain is None:
            return False
        if isinstance(decorator, ast.Call) and not all(
            self._is_pure(module, one) for one in (*decorator.args, *(word.value for word in decorator.keywords))
        ):
            return False
        return all(self._is_pure_call(meaning, factory=factory) for meaning in self._names.meanings(module, chain))

    # Expressions and calls.

    def _is_pure(self, module: SourceModule, node: ast.AST) -> bool:
        """Return whether evaluating *node* changes nothing, as far as calls go."""
        if isinstance(node, ast.Lambda):
            return True
        if isinstance(node, ast.Call) and not self._calls_purely(module, node):
            return False
        if isinstance(node, ast.Await | ast.Yield | ast.YieldFrom):
            return False
        return all(self._is_pure(module, child) for child in ast.iter_child_nodes(node))

    def _calls_purely(self, module: SourceModule, node: ast.Call) -> bool:
        chain = chain_of(node.func)
        if chain is not None:
            return all(self._is_pure_call(one) for one in self._names.meanings(module, chain))
        # A method of a value that was made right here.
        value: ast.AST = node.func
        while isinstance(value, ast.Attribute):
            value = value.value
        return isinstance(node.func, ast.Attribute) and isinstance(
            value, ast.Constant | ast.JoinedStr | ast.Call | ast.List | ast.Tuple | ast.Dict | ast.Set | ast.BinOp
        )

    def _is_pure_call(self, meaning: Meaning, *, factory: bool = False) -> bool:
        if meaning.sort is Sort.GODWIT:
            return True
        if meaning.sort is Sort.BUILTIN:
            return meaning.path in PURE_BUILTINS
        if meaning.sort is Sort.STANDARD:
            return _among(meaning.path, PURE_STANDARD)
        if meaning.sort is Sort.OTHER:
            return meaning.path.partition(".")[0] in PURE_OTHERS
        if meaning.unit is None or meaning.module is None:
            return False
        node = meaning.unit.node
        if meaning.rest:
            return not isinstance(node, ast.ClassDef) and self.is_fixed(meaning.module, meaning.name)
        known = self._judged.get(node)
        if known is None:
            self._judged[node] = False  # what calls itself is not followed
            if isinstance(node, _FUNCTIONS):
                known = self._body_is_pure(meaning.module, node, returned=factory)
            else:
                known = isinstance(node, ast.ClassDef) and self._makes_purely(meaning.module, node)
            self._judged[node] = known
        return known

    def _makes_purely(self, module: SourceModule, node: ast.ClassDef) -> bool:
        for base in node.bases:
            chain = chain_of(base.value if isinstance(base, ast.Subscript) else base)
            if chain is None or not all(self._is_pure_call(one) for one in self._names.meanings(module, chain)):
                return False
        made = [one for one in node.body if isinstance(one, _FUNCTIONS) and one.name in CONSTRUCTORS]
        return not self._is_hooked(module, node, set()) and all(self._body_is_pure(module, one) for one in made)

    def _body_is_pure(self, module: SourceModule, node: Function, *, returned: bool = False) -> bool:
        """Return whether calling a function changes nothing but what it makes, and itself where it is a method.

        *returned*: so does what it returns, when that is called: it makes a decorator.
        """
        first = node.args.args[0].arg if node.args.args else ""
        parameters = {one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)}
        for statement in _own_statements(node.body):
            if isinstance(statement, _FUNCTIONS):
                if self._defining_runs(module, statement) and not _is_wrapping(statement):
                    return False
                if returned and not self._body_is_pure(module, statement):
                    return False
            elif not self._statement_is_pure(module, statement, first, parameters):
                return False
        return True

    def _statement_is_pure(self, module: SourceModule, node: ast.stmt, first: str, parameters: set[str]) -> bool:
        match node:
            case ast.Return(value=None) | ast.Pass() | ast.Expr(value=ast.Constant()):
                return True
            case ast.Return(value=ast.expr() as value):
                return self._is_pure_here(module, value, parameters)
            case ast.Assign(targets=targets, value=value):
                return all(_is_own_target(target, first) for target in targets) and self._is_pure_here(
                    module, value, parameters
                )
            case ast.AnnAssign(target=target, value=given):
                return _is_own_target(target, first) and (
                    given is None or self._is_pure_here(module, given, parameters)
                )
            case ast.If(test=test):
                return self._is_pure_here(module, test, parameters)
            case ast.Raise():
                return True
            case _:
                return False

    def _is_pure_here(self, module: SourceModule, value: ast.expr, parameters: set[str]) -> bool:
        calls = [one for one in ast.walk(value) if isinstance(one, ast.Call)]
        roots = [chain_of(one.func) for one in calls]
        return all(root is None or root[0] not in parameters for root in roots) and self._is_pure(module, value)

    # Values.

    def is_fixed(self, module: SourceModule, name: str) -> bool:
        """Return whether the statements that bind *name* alone decide what it is, whatever else runs."""
        key = (module.key, name)
        known = self._fixed.get(key)
        if known is None:
            self._fixed[key] = False  # what is made of itself is not followed
            units = [one for one in module.bindings.get(name, ()) if isinstance(one, Unit)]
            known = name not in module.rebound and all(self._binds_fixed(module, one.node, name) for one in units)
            self._fixed[key] = known
        return known

    def _binds_fixed(self, module: SourceModule, node: ast.stmt, name: str) -> bool:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Import() | ast.ImportFrom():
                return True
            case ast.Assign(value=value, targets=[ast.Name()]) | ast.AnnAssign(value=ast.expr() as value):
                return self._is_immutable(module, value, name) or (
                    self._is_flat(module, value, name) and self._is_only_read(module, name)
                )
            case ast.AugAssign(value=value) | ast.Assign(value=value):
                return self._is_immutable(module, value, name)
            case ast.AnnAssign():
                return True
            case ast.If() | ast.Try() | ast.TryStar():
                return all(
                    self._binds_fixed(module, child, name)
                    for child in children_of(node)
                    if any(isinstance(one, ast.Name) and one.id == name for one in ast.walk(child))
                )
            case _:
                return type(node).__name__ == "TypeAlias"

    def _is_immutable(self, module: SourceModule, node: ast.expr, name: str) -> bool:
        match node:
            case ast.Constant() | ast.JoinedStr() | ast.Lambda() | ast.Compare():
                return True
            case ast.Tuple(elts=parts) | ast.BoolOp(values=parts):
                return all(self._is_immutable(module, part, name) for part in parts)
            case ast.UnaryOp(operand=part):
                return self._is_immutable(module, part, name)
            case ast.BinOp(left=left, right=right) | ast.IfExp(body=left, orelse=right):
                return self._is_immutable(module, left, name) and self._is_immutable(module, right, name)
            case ast.Name(id=other):
                return other != name and self._refers_to_fixed(module, (other,))
            case ast.Attribute():
                chain = chain_of(node)
                return chain is not None and chain[0] != name and self._refers_to_fixed(module, chain)
            case ast.Call():
                return self._makes_immutable(module, node, name)
            case _:
                return False

    def _refers_to_fixed(self, module: SourceModule, chain: tuple[str, ...]) -> bool:
        for one in self._names.meanings(module, chain):
            if one.unit is not None and one.module is not None:
                if not self.is_fixed(one.module, one.name):
                    return False
            elif one.sort in {Sort.MODULE, Sort.UNKNOWN}:
                return False
        return True

    def _makes_immutable(self, module: SourceModule, node: ast.Call, name: str) -> bool:
        chain = chain_of(node.func)
        if chain is None:
            return False
        for one in self._names.meanings(module, chain):
            if one.sort is Sort.BUILTIN:
                if one.path not in FIXED_BUILTINS:
                    return False
                if one.path in {"frozenset", "tuple", "type"} and not all(
                    self._is_immutable(module, arg, name) or self._is_flat(module, arg, name) for arg in node.args
                ):
                    return False
            elif one.sort is Sort.STANDARD:
                if not _among(one.path, FIXED_STANDARD):
                    return False
            elif one.sort is not Sort.GODWIT:
                return False
        return True

    def _is_flat(self, module: SourceModule, node: ast.expr, name: str) -> bool:
        """Return whether it is a list, set or dict of values that cannot change."""
        if not isinstance(node, _DISPLAYS):
            return False
        parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        return all(self._is_immutable(module, part, name) for part in parts)

    def _is_only_read(self, module: SourceModule, name: str) -> bool:
        """Return whether nothing in *module* may change the list, set or dict that *name* is."""
        uses = self._uses.get(module.key)
        if uses is None:
            uses = self._uses[module.key] = _uses_in(module)
        return all(_reads(parent, above, name) for parent, above in uses.get(name, ()))


def _is_plain(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(_is_plain(one) for one in target.elts)
    return isinstance(target.value if isinstance(target, ast.Starred) else target, ast.Name)


def _is_own_target(target: ast.expr, first: str) -> bool:
    """Return whether it is a name of the function's own, or an attribute of its first parameter."""
    return _is_plain(target) or (
        isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == first
    )


def _is_wrapping(node: Function) -> bool:
    """Return whether it is decorated by `functools.wraps` alone."""
    found = [chain_of(one.func) if isinstance(one, ast.Call) else None for one in node.decorator_list]
    return all(chain is not None and chain[-1] == "wraps" for chain in found)


def _own_statements(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements with those in conditions; other compound statements as they are."""
    for statement in statements:
        yield statement
        if isinstance(statement, ast.If):
            yield from _own_statements(children_of(statement))


def _uses_in(module: SourceModule) -> dict[str, list[tuple[ast.AST, ast.AST | None]]]:
    """Return where each name is used in *module*: the node around it, and the one around that."""
    found: dict[str, list[tuple[ast.AST, ast.AST | None]]] = {}
    waiting: list[tuple[ast.AST, ast.AST | None]] = [(unit.node, None) for unit in module.units]
    while waiting:
        node, above = waiting.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load):
                found.setdefault(child.id, []).append((node, above))
            waiting.append((child, node))
    return found


def _reads(parent: ast.AST, above: ast.AST | None, name: str) -> bool:
    """Return whether the node around a use of *name* only reads it."""
    match parent:
        case ast.Subscript(value=ast.Name(id=used), ctx=ast.Load()) if used == name:
            return True
        case ast.Attribute(attr=attribute):
            return attribute in READING and isinstance(above, ast.Call) and above.func is parent
        case ast.Call(func=ast.Name(id=called)):
            return called in READERS
        case ast.For(iter=ast.Name(id=used)) | ast.comprehension(iter=ast.Name(id=used)):
            return used == name
        case ast.keyword(arg=None):
            return True
        case _:
            return isinstance(parent, ast.Compare | ast.Starred | ast.FormattedValue | ast.BinOp)
