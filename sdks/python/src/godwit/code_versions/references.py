"""What a piece of code refers to beyond itself: names with the attributes asked of them, and what hides more."""

import ast
import builtins
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from godwit.code_versions.source import ImportedName, SourceModule, bound_names, imported_modules, imports_in

Chain = tuple[str, ...]
"""A name, and attributes asked of it: `("pkg", "helpers", "scale")`."""

_OPENING = frozenset({"eval", "exec", "compile", "globals"})
_OPENING_BARE = frozenset({"vars", "dir", "locals"})
_OPENING_ATTRIBUTES = frozenset({"__globals__", "f_globals", "f_builtins", "__subclasses__", "gi_frame", "tb_frame"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_NOBODY: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class References:
    """What a piece of code refers to.

    Attributes:
        chains: each name with attributes; True: it only stands in annotations, and need not exist.
        calls: calls of a chain, by chain.
        uncalled: chains that are used otherwise than by a call.
        local: what imports in functions bind, by name.
        imports: modules that imports in functions run.
        asks_attributes: whether an attribute is asked for whose name is not known beforehand.
        opens: whether it may reach anything that its module can.
    """

    chains: dict[Chain, bool] = field(default_factory=dict)
    calls: dict[Chain, list[ast.Call]] = field(default_factory=dict)
    uncalled: set[Chain] = field(default_factory=set)
    local: dict[str, list[ImportedName]] = field(default_factory=dict)
    imports: list[str] = field(default_factory=list)
    asks_attributes: bool = False
    opens: bool = False


def references_of(nodes: Iterable[ast.AST], module: SourceModule) -> References:
    """Return what *nodes*, which stand at the top of *module*, refer to."""
    reader = _Reader(module)
    for node in nodes:
        reader.visit(node, _NOBODY)
    return reader.found


def chain_of(node: ast.AST) -> Chain | None:
    """Return the name and attributes that *node* is; None when it is anything else."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    return (node.id, *reversed(attributes)) if isinstance(node, ast.Name) else None


class _Reader:
    """Walks code with the names that are local where it is."""

    def __init__(self, module: SourceModule) -> None:
        self.found = References()
        self._module = module
        self._in_annotation = False

    def visit(self, node: ast.AST, local: frozenset[str]) -> None:
        """Note what *node* refers to; names in *local* are the code's own."""
        if isinstance(node, _FUNCTIONS):
            self._function(node, local, local)
        elif isinstance(node, ast.Lambda):
            self._arguments(node.args, local)
            self.visit(node.body, local | _parameters(node.args))
        elif isinstance(node, ast.ClassDef):
            self._class(node, local)
        elif isinstance(node, _COMPREHENSIONS):
            self._comprehension(node, local)
        elif isinstance(node, ast.AnnAssign):
            self._annotation(node.annotation, local)
            self._all([node.target, *([node.value] if node.value else [])], local)
        elif isinstance(node, ast.Call):
            self._call(node, local)
        elif isinstance(node, ast.Attribute | ast.Name):
            self._chain(node, local, called=False)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self._all([ast.Name(node.target.id, ast.Load()), node.value], local)
        elif isinstance(node, ast.Constant) and self._in_annotation and isinstance(node.value, str):
            self._text(node.value, local)
        else:
            self._all(ast.iter_child_nodes(node), local)

    def _all(self, nodes: Iterable[ast.AST], local: frozenset[str]) -> None:
        for node in nodes:
            self.visit(node, local)

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, local: frozenset[str], around: frozenset[str]
    ) -> None:
        """Read a function: what is evaluated when it is defined knows the names *around*, its body those in *local*."""
        self._all(node.decorator_list, around)
        parameters = _type_parameters(node)
        self._arguments(node.args, around | parameters)
        if node.returns is not None:
            self._annotation(node.returns, around | parameters)
        local |= parameters
        self._note_imports(node.body)
        own = bound_names(node.body) - _declared(node.body, ast.Global) | _parameters(node.args)
        imported = {alias for alias, _ in imports_in(node.body, self._module)}
        self._all(node.body, (local | own) - imported)

    def _note_imports(self, body: Sequence[ast.stmt]) -> None:
        for alias, bound in imports_in(body, self._module):
            self.found.imports += imported_modules(bound)
            if alias:
                self.found.local.setdefault(alias, []).append(bound)

    def _class(self, node: ast.ClassDef, local: frozenset[str]) -> None:
        self._all([*node.decorator_list], local)
        local |= _type_parameters(node)
        self._all([*node.bases, *node.keywords], local)
        self._note_imports(node.body)
        # A name of the class hides the module's from what follows it, so one of both may mean either.
        around = local | (bound_names(node.body) - self._module.bindings.keys())
        for statement in node.body:
            if isinstance(statement, _FUNCTIONS):
                self._function(statement, local, around)
            else:
                self.visit(statement, around)

    def _comprehension(self, node: ast.AST, local: frozenset[str]) -> None:
        generators: list[ast.comprehension] = getattr(node, "generators", [])
        self.visit(generators[0].iter, local)
        targets = {name.id for each in generators for name in ast.walk(each.target) if isinstance(name, ast.Name)}
        inner = local | targets
        for position, each in enumerate(generators):
            self._all([each.target, *([each.iter] if position else []), *each.ifs], inner)
        self._all([child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.comprehension)], inner)

    def _arguments(self, arguments: ast.arguments, local: frozenset[str]) -> None:
        self._all([*arguments.defaults, *(one for one in arguments.kw_defaults if one is not None)], local)
        for one in _each_parameter(arguments):
            if one.annotation is not None:
                self._annotation(one.annotation, local)

    def _annotation(self, node: ast.AST, local: frozenset[str]) -> None:
        before, self._in_annotation = self._in_annotation, True
        self.visit(node, local)
        self._in_annotation = before

    def _text(self, text: str, local: frozenset[str]) -> None:
        """Read an annotation that stands in quotes."""
        try:
            self.visit(ast.parse(text, mode="eval").body, local)
        except (SyntaxError, ValueError, RecursionError):
            return

    def _call(self, node: ast.Call, local: frozenset[str]) -> None:
        asked = self._asked(node)
        if asked is not None:
            self._chain(asked, local, called=False)
            self._all(node.args[2:], local)
        else:
            if isinstance(node.func, ast.Attribute | ast.Name):
                self._chain(node.func, local, called=True, call=node)
            else:
                self.visit(node.func, local)
            self._all([*node.args, *node.keywords], local)

    def _asked(self, node: ast.Call) -> ast.Attribute | None:
        """Return `value.name` for `getattr(value, "name")`; note an attribute of any other name."""
        if not isinstance(node.func, ast.Name):
            return None
        if node.func.id in _OPENING_BARE and not node.args:
            self.found.opens = True
        if node.func.id != "getattr" or len(node.args) < 2:
            return None
        name = node.args[1]
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            return ast.Attribute(node.args[0], name.value, ast.Load())
        self.found.asks_attributes = True
        return None

    def _chain(self, node: ast.expr, local: frozenset[str], *, called: bool, call: ast.Call | None = None) -> None:
        chain = chain_of(node)
        if isinstance(node, ast.Attribute) and node.attr in _OPENING_ATTRIBUTES:
            self.found.opens = True
        if chain is None:
            assert isinstance(node, ast.Attribute), "a name is a chain"
            self.visit(node.value, local)
            return
        if not _OPENING_ATTRIBUTES.isdisjoint(chain):
            self.found.opens = True
        if chain[0] in local:
            return
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            return
        if chain[0] in _OPENING and len(chain) == 1 and hasattr(builtins, chain[0]):
            self.found.opens = True
        self.found.chains[chain] = self.found.chains.get(chain, True) and self._in_annotation
        if call is not None:
            self.found.calls.setdefault(chain, []).append(call)
        elif not called:
            self.found.uncalled.add(chain)


def _each_parameter(arguments: ast.arguments) -> list[ast.arg]:
    more = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *more]


def _parameters(arguments: ast.arguments) -> frozenset[str]:
    return frozenset(one.arg for one in _each_parameter(arguments))


def _type_parameters(node: ast.AST) -> frozenset[str]:
    return frozenset(one.name for one in getattr(node, "type_params", ()))


def _declared(body: Sequence[ast.stmt], kind: type[ast.Global]) -> set[str]:
    """Return the names that statements of *kind* name, in the scope of *body* alone."""
    names: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, kind):
            names.update(node.names)
        if not isinstance(node, (*_FUNCTIONS, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)
    return names
