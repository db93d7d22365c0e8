"""A module as its source says it is: statements at its top, with the names that each binds."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef

_COMPOUND = (ast.If, ast.Try, ast.TryStar, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Match)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


class ImportedName(NamedTuple):
    """What an import binds: *name* of *module*, an absolute dotted name; an empty *name*: the module itself."""

    module: str
    name: str


@dataclass(slots=True, eq=False)
class Unit:
    """One statement at the top of a module. *index* is its place among them."""

    index: int
    node: ast.stmt
    names: frozenset[str]


Binding: TypeAlias = Unit | ImportedName


@dataclass(slots=True, eq=False)
class SourceModule:
    """A module of one's own code.

    Attributes:
        name: absolute dotted name.
        key: path of its file as it counts in digests, the same on every machine.
        is_package: whether it has submodules.
        folder: folder of its submodules.
        units: statements at its top, those aside that never run when it is imported.
        bindings: what may give each name its value, in order.
        imports: modules that it imports when it is imported, in order; of `from a import b` both a and a.b.
        stars: modules of which it imports all.
        rebound: names that functions rebind by `global`.
        unreadable: its bytes, when it is no Python source that this interpreter reads.
    """

    name: str
    key: str
    is_package: bool
    folder: Path
    units: list[Unit] = field(default_factory=list)
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    imports: list[str] = field(default_factory=list)
    stars: list[str] = field(default_factory=list)
    rebound: frozenset[str] = frozenset()
    unreadable: bytes = b""


def read_module(name: str, key: str, file: Path | None, folder: Path, *, is_package: bool) -> SourceModule:
    """Return the module in *file*; None stands for a package without code."""
    module = SourceModule(name, key, is_package, folder)
    if file is None:
        return module
    content = file.read_bytes()
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        module.unreadable = content
        return module
    for statement in _executed(tree.body):
        _add(module, statement)
    module.rebound = frozenset(
        global_name for node in ast.walk(tree) if isinstance(node, ast.Global) for global_name in node.names
    )
    return module


def _executed(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield *statements*, without what only type checkers read and what only scripts run."""
    for statement in statements:
        if isinstance(statement, ast.If) and _never_true(statement.test):
            yield from _executed(statement.orelse)
        else:
            yield statement


def _never_true(test: ast.expr) -> bool:
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(value=ast.Name(id="typing"), attr="TYPE_CHECKING"):
            return True
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return True
        case _:
            return False


def _add(module: SourceModule, statement: ast.stmt) -> None:
    imported = list(imports_in([statement], module))
    for alias, bound in imported:
        module.imports += imported_modules(bound)
        if alias == "*":
            module.stars.append(bound.module)
    if isinstance(statement, ast.Import | ast.ImportFrom):
        for alias, bound in imported:
            if alias not in {"*", ""}:
                module.bindings.setdefault(alias, []).append(bound)
        return
    names = bound_names([statement])
    unit = Unit(len(module.units), statement, frozenset(names))
    module.units.append(unit)
    for alias, bound in imported:
        if alias not in {"*", ""}:
            module.bindings.setdefault(alias, []).append(bound)
    for name in sorted(names):
        module.bindings.setdefault(name, []).append(unit)


def imported_modules(bound: ImportedName) -> list[str]:
    """Return the modules that an import may run."""
    return [bound.module] if bound.name in {"", "*"} else [bound.module, f"{bound.module}.{bound.name}"]


def imports_in(statements: Sequence[ast.AST], module: SourceModule) -> Iterator[tuple[str, ImportedName]]:
    """Yield the imports among *statements*, nested ones too but not in functions: name bound (`*`: all), and what."""
    for statement in statements:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                top = alias.name.partition(".")[0]
                if alias.asname:
                    yield alias.asname, ImportedName(alias.name, "")
                else:
                    yield top, ImportedName(top, "")
                    if top != alias.name:
                        yield "", ImportedName(alias.name, "")
        elif isinstance(statement, ast.ImportFrom):
            source = absolute_name(statement.module or "", statement.level, module)
            for alias in statement.names:
                yield alias.asname or alias.name, ImportedName(source, alias.name)
        elif not isinstance(statement, _SCOPES) or isinstance(statement, ast.ClassDef):
            yield from imports_in(list(ast.iter_child_nodes(statement)), module)


def absolute_name(name: str, level: int, module: SourceModule) -> str:
    """Return what *name*, relative by *level* dots, means in *module*."""
    if not level:
        return name
    parts = module.name.split(".")
    package = parts[: len(parts) - level + (1 if module.is_package else 0)]
    return ".".join([*package, name] if name else package)


def bound_names(statements: Sequence[ast.AST]) -> set[str]:
    """Return the names that *statements* bind in their own scope, by imports too."""
    names: set[str] = set()
    waiting: list[ast.AST] = list(statements)
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
                waiting += node.decorator_list
                continue
            case ast.Lambda():
                continue
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                names |= {one.target.id for one in ast.walk(node) if isinstance(one, ast.NamedExpr)}
                continue
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
            case ast.MatchMapping(rest=str(name)):
                names.add(name)
            case ast.alias():
                if node.name != "*":
                    names.add(node.asname or node.name.partition(".")[0])
            case _:
                pass
        waiting += ast.iter_child_nodes(node)
    return names


def children_of(statement: ast.stmt) -> list[ast.stmt]:
    """Return the statements in a compound statement, in its own scope; none of one that is not compound."""
    if not isinstance(statement, _COMPOUND):
        return []
    return [
        child for node in ast.iter_child_nodes(statement) for child in ([node] if isinstance(node, ast.stmt) else [])
    ] + [
        child
        for node in ast.iter_child_nodes(statement)
        if isinstance(node, ast.ExceptHandler | ast.match_case)
        for child in node.body
    ]
