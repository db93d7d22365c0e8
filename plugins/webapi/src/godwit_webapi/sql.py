"""Statements with names of inputs in them: `:name` outside of texts, quoted names and comments."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.interface_pb2 import Output
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.rendering import render_datetime

_PART = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | `[^`]*` | --[^\n]* | /\*.*?\*/ | :: | :([A-Za-z_][A-Za-z0-9_]*)""",
    re.VERBOSE | re.DOTALL,
)
_QUOTED = re.compile(r"^[A-Za-z_][A-Za-z0-9_-]*$")


def names_of(sql: str) -> Iterator[str]:
    """Yield the names of inputs that a statement uses, in order, as often as it does."""
    yield from (match[1] for match in _PART.finditer(sql) if match[1])


def with_markers(
    sql: str, marker: str | Callable[[str], str], tables: dict[str, str] | None = None
) -> tuple[str, list[str]]:
    """Return *sql* with *marker* in place of each name, and the names of the markers in order.

    *tables*: what stands in place of names that are tables; they get no marker.
    """
    names: list[str] = []

    def replaced(match: re.Match[str]) -> str:
        name = match[1]
        if not name:
            return match[0]
        if tables and name in tables:
            return tables[name]
        names.append(name)
        return marker if isinstance(marker, str) else marker(name)

    return _PART.sub(replaced, sql.strip().rstrip(";")), names


def query_output(spec: TaskSpec) -> Output | None:
    """Return the one output of a query; None where it has none."""
    return spec.interface.outputs[0] if spec.interface.outputs else None


def sql_faults(sql: str, spec: TaskSpec) -> list[str]:
    """Return what is wrong with a statement for a task: names that are no inputs, more than one output."""
    inputs = [item.name for item in spec.interface.inputs]
    known = ", ".join(inputs) or "none"
    faults = [
        f"The statement names :{name}, which is no input; there are: {known}."
        for name in dict.fromkeys(names_of(sql))
        if name not in inputs
    ]
    if len(spec.interface.outputs) > 1:
        faults.append(f"A query has one output at most, not {len(spec.interface.outputs)}.")
    return faults


def table_names(literals: dict[str, Literal], scheme: str, quote: str) -> dict[str, str]:
    """Return how a statement names the inputs that are tables of the service: `scheme://a/b/c` is `a.b.c`, quoted.

    Raises:
        InvalidInput: a table lies elsewhere, or has a name that no table has.
    """
    names = {}
    for name, literal in literals.items():
        if literal.WhichOneof("kind") != "table":
            continue
        found, _, path = literal.table.uri.partition("://")
        parts = path.split("/")
        if found != scheme or not all(_QUOTED.match(part) for part in parts):
            raise InvalidInput(
                f"The table {name} is at {literal.table.uri}; a statement can name tables at {scheme}://… only.",
                hint="Load it into the service first.",
                code="TABLE_ELSEWHERE",
            )
        names[name] = quoted(parts, quote)
    return names


def quoted(parts: Iterable[str], quote: str) -> str:
    """Return the name of a table, each part in quotes.

    Raises:
        InvalidInput: a part is none.
    """
    parts = list(parts)
    if not all(_QUOTED.match(part) for part in parts):
        raise InvalidInput(f"{'.'.join(parts)!r} is the name of no table.", code="TABLE_ELSEWHERE")
    return ".".join(f"{quote}{part}{quote}" for part in parts)


def scalar(literal: Literal, name: str) -> tuple[str, Any]:
    """Return kind and value of an input that a statement can take: `int`, `float`, `bool`, `text`, `none`, `timestamp`.

    Raises:
        InvalidInput: it is no scalar.
    """
    kind = literal.WhichOneof("kind") or ""
    plain = {
        "none": "none",
        "bool_value": "bool",
        "int_value": "int",
        "float_value": "float",
        "decimal": "decimal",
        "string_value": "text",
        "date": "date",
        "uuid": "text",
        "json": "text",
    }
    if kind == "datetime":
        return "timestamp", render_datetime(literal.datetime).partition("[")[0].replace("T", " ")
    if kind not in plain:
        raise InvalidInput(
            f"The input {name} is no number, text, date or truth value, which is what a statement can take.",
            code="PARAMETER_TYPE",
        )
    return plain[kind], None if kind == "none" else getattr(literal, kind)


def literal_text(literal: Literal, name: str) -> str:
    """Return an input as a literal of SQL, with quotes doubled.

    Raises:
        InvalidInput: it is no scalar.
    """
    kind, value = scalar(literal, name)
    if kind == "none":
        return "NULL"
    if kind == "bool":
        return "TRUE" if value else "FALSE"
    if kind in {"int", "float", "decimal"}:
        return str(value)
    text = "'" + str(value).replace("'", "''") + "'"
    return {"date": "DATE ", "timestamp": "TIMESTAMP "}.get(kind, "") + text
