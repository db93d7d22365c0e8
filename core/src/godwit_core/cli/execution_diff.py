"""The command `godwit executions diff`."""

import json
from collections.abc import Sequence
from typing import Any

import click

from godwit_core.cli import output
from godwit_core.cli.earlier_executions import read_earlier
from godwit_core.cli.execution_comparison import Side, compare
from godwit_core.cli.execution_reports import LONGEST_TABLE
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import opened_store
from godwit_core.cli.stored_executions import read_execution
from godwit_core.cli.tables import duration_text, format_table, shorten

_WIDTH = 60
"""Characters of a value that are shown."""

_DIGESTS = frozenset({"version", "code_version", "environment"})
"""Facts of which twelve characters are enough."""


@click.command("diff", cls=Command)
@click.argument("a")
@click.argument("b")
@click.pass_obj
def diff(session: Session, a: str, b: str) -> int:
    """Show what differs between the executions A and B: inputs, versions, tasks, outputs, and nodes with durations."""
    sides = []
    with opened_store(session) as connection:
        for name in (a, b):
            stored = read_execution(connection, name, session.registry())
            registration = read_earlier(connection, stored.row.name).registration
            sides.append(Side(stored, registration, stored.outcome()))
    compared = compare(sides[0], sides[1])
    if session.json:
        output.write_json(compared)
        return 0
    for line in _lines(compared):
        output.write(line)
    return 0


def _lines(compared: dict[str, Any]) -> Sequence[str]:
    headings = ("", compared["a"], compared["b"])
    facts = [
        (one["name"], *(_fact_text(one["name"], one[side]) for side in ("a", "b"))) for one in compared["execution"]
    ]
    lines = format_table(headings, facts)
    for title in ("inputs", "outputs"):
        rows = [(f"  {one['name']}", _text(one["a"]), _text(one["b"])) for one in compared[title]]
        lines += [
            "",
            *(format_table((title.capitalize(), "", ""), rows) if rows else [f"{title.capitalize()}: the same."]),
        ]
    if compared["tasks"]:
        lines += ["", "Tasks:", *(f"  {one['name']}: {_task_text(one)}" for one in compared["tasks"])]
    else:
        lines += ["", "Tasks: the same."]
    return [*lines, "", *_node_lines(compared["nodes"])]


def _task_text(task: dict[str, Any]) -> str:
    a, b = task["a"], task["b"]
    if a is None or b is None:
        return "only in A" if b is None else "only in B"
    parts = []
    if "cache_version" in task["differs"]:
        parts.append(f"cache version {_text(a['cache_version'])} → {_text(b['cache_version'])}")
    if "code" in task["differs"] and None not in (a["code"], b["code"]):
        parts.append("code")
    if "work" in task["differs"]:
        parts.append("what it runs, or its interface")
    elif "settings" in task["differs"]:
        parts.append("how it is tried, cached or documented")
    return "; ".join(parts)


def _node_lines(nodes: Sequence[dict[str, Any]]) -> list[str]:
    """Return the table of nodes; of a great many, of those that differ."""
    shown = nodes
    if len(nodes) > LONGEST_TABLE:
        shown = [one for one in nodes if one["differs"]][:LONGEST_TABLE]
    rows = [
        (
            one["id"],
            one["name"],
            _pair(one, "phase"),
            _pair(one, "cache").lower().replace("_", " "),
            duration_text(one["a"]["duration_s"]) if one["a"] else "-",
            duration_text(one["b"]["duration_s"]) if one["b"] else "-",
            _differs_text(one),
        )
        for one in shown
    ]
    headings = ("NODE", "NAME", "PHASE", "CACHE", "DURATION A", "DURATION B", "DIFFERS")
    left_out = len(nodes) - len(shown)
    more = [f"… and {left_out} more nodes."] if left_out else []
    return [*(format_table(headings, rows, right=(4, 5), cut=1) if rows else []), *more]


def _pair(node: dict[str, Any], key: str) -> str:
    values = dict.fromkeys(node[side][key] for side in ("a", "b") if node[side])
    return " → ".join(values)


def _differs_text(node: dict[str, Any]) -> str:
    if "there" in node["differs"]:
        return "only in A" if node["b"] is None else "only in B"
    return ", ".join(node["differs"])


def _fact_text(name: str, value: Any) -> str:
    if name == "duration_s":
        return duration_text(value)
    return _text(value)[:12] if name in _DIGESTS else _text(value)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shorten(text.replace("\n", " "), _WIDTH)
