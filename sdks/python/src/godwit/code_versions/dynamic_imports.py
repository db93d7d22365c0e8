"""Imports by a function: which module, as far as the call says."""

import ast
from typing import NamedTuple

from godwit.code_versions.source import SourceModule, absolute_name


class Imported(NamedTuple):
    """The module *name*; with *is_prefix*, any that begins with it and a dot."""

    name: str
    is_prefix: bool


def imported_by(call: ast.Call, module: SourceModule) -> Imported | None:
    """Return what *call*, of `importlib.import_module` or the like, imports in *module*; None if it may be anything."""
    given = [*call.args, *(word.value for word in call.keywords if word.arg == "name")]
    if not given:
        return None
    text, is_whole = _beginning(given[0])
    if not is_whole:
        package, dot, _ = text.rpartition(".")
        text = package if dot else ""
    if not text.strip("."):
        return None
    name = text.lstrip(".")
    level = len(text) - len(name)
    if level:
        package_name = _package(call, module)
        if package_name is None:
            return None
        parts = package_name.split(".")
        if level > len(parts):
            return None
        name = ".".join([*parts[: len(parts) - level + 1], name])
    return Imported(name, is_prefix=not is_whole)


def _beginning(node: ast.expr) -> tuple[str, bool]:
    """Return the text that *node* begins with, as far as it is known, and whether that is all of it."""
    match node:
        case ast.Constant(value=str(text)):
            return text, True
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *more]):
            return text, not more
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            text, is_whole = _beginning(left)
            if not is_whole:
                return text, False
            more_text, is_whole = _beginning(right)
            return text + more_text, is_whole
        case _:
            return "", False


def _package(call: ast.Call, module: SourceModule) -> str | None:
    given = [*call.args[1:2], *(word.value for word in call.keywords if word.arg == "package")]
    match given:
        case [ast.Constant(value=str(text))]:
            return text
        case [ast.Name(id="__package__")]:
            return module.name if module.is_package else absolute_name("", 1, module)
        case [ast.Name(id="__name__")]:
            return module.name
        case _:
            return None
