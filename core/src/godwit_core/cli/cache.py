"""The commands `godwit cache explain` and `godwit cache evict`."""

from typing import Any

import click
from godwit_plugin_api.errors import InvalidInput

from godwit_core.cli import output
from godwit_core.cli.cache_explanations import Explanation, explain_node
from godwit_core.cli.code_changes import CodeChange, change_text
from godwit_core.cli.lazy_group import CommandPlace, LazyGroup
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import opened_store
from godwit_core.cli.stored_executions import read_execution
from godwit_core.cli.tables import time_text
from godwit_core.compiler.problems import suggest
from godwit_core.engine.cache_comparison import Difference
from godwit_core.store import cache as cached_results
from godwit_core.store import collection
from godwit_core.store.connection import transaction

cache = LazyGroup(
    "cache",
    {
        "explain": CommandPlace(f"{__name__}:explain", "Say which part of a node's key differs from earlier ones."),
        "evict": CommandPlace(f"{__name__}:evict", "Forget cached results."),
    },
    help="Explain and evict cached results.",
)


@click.command("explain", cls=Command)
@click.argument("execution")
@click.argument("node")
@click.pass_obj
def explain(session: Session, execution: str, node: str) -> int:
    """Say why the cache had a result for NODE of EXECUTION or had none: what differs from the nearest earlier entry."""
    with opened_store(session) as connection:
        explanation = explain_node(connection, read_execution(connection, execution, session.registry(), node), node)
    if session.json:
        output.write_json(_described(explanation))
        return 0
    output.write(f"{explanation.node} {explanation.task}: {explanation.cache.lower().replace('_', ' ')}")
    output.write(explanation.reason)
    for difference in explanation.differences:
        output.write(f"  {difference.part}: {_side(difference.theirs)} then, {_side(difference.ours)} now")
        for line in _code_lines(explanation) if difference.part == "version" else ():
            output.write(f"    {line}")
    if explanation.differences:
        output.write(f"The same: {', '.join(explanation.same) or 'nothing'}.")
    return 0


def _code_lines(explanation: Explanation) -> list[str]:
    """Return what of the code has changed, where the version is made from it."""
    if explanation.code is None:
        return ["what of the code differs is not known: the earlier execution has been deleted, or did not note it"]
    return [change_text(change) for change in explanation.code]


def _side(text: str) -> str:
    if not text:
        return "absent"
    if text.startswith("auto-"):
        return f"{text[:13]}…"
    return text[:12] if len(text) == 64 else repr(text.replace("\0", " "))


def _described(explanation: Explanation) -> dict[str, Any]:
    nearest = None
    if explanation.nearest is not None:
        nearest = {
            "execution": explanation.nearest_execution,
            "created": time_text(explanation.nearest.created_us),
            "differs": [_difference(one) for one in explanation.differences],
            "same": list(explanation.same),
            "code": None if explanation.code is None else [_change(one) for one in explanation.code],
        }
    return {
        "execution": explanation.execution,
        "node": explanation.node,
        "task": explanation.task,
        "cache": explanation.cache,
        "reason": explanation.reason,
        "nearest": nearest,
    }


def _change(one: CodeChange) -> dict[str, str | None]:
    return {"kind": one.kind, "name": one.name, "ours": one.ours or None, "theirs": one.theirs or None}


def _difference(one: Difference) -> dict[str, str | None]:
    return {"part": one.part, "ours": one.ours or None, "theirs": one.theirs or None}


@click.command("evict", cls=Command)
@click.argument("execution", required=False)
@click.argument("node", required=False)
@click.option("--task", metavar="NAME", help="All results of a task.")
@click.option("--all", "everything", is_flag=True, help="All results.")
@click.pass_obj
def evict(session: Session, execution: str | None, node: str | None, task: str | None, everything: bool) -> int:
    """Forget the result that NODE of EXECUTION has in the cache, or all of a task, or all; they are computed anew.

    With --project and --domain, --task and --all evict those of a project and domain only.
    """
    if sum((node is not None, task is not None, everything)) != 1 or (execution is not None) != (node is not None):
        raise click.UsageError("Say either EXECUTION and NODE, or --task NAME, or --all.")
    with opened_store(session) as connection:
        key = b""
        if execution is not None and node is not None:
            key = read_execution(connection, execution, session.registry(), node).node(node).cache_key
            if not key:
                raise InvalidInput(f"Node {node} has no cached result.", hint="Its task is not cached.")
        if task is not None and task not in (known := collection.cached_tasks(connection)):
            raise InvalidInput(f"No results of a task {task!r} are cached.", hint=suggest(task, known, what="tasks"))
        with transaction(connection):
            if key:
                count = int(cached_results.evict(connection, key))
            else:
                count = collection.evict_all(connection, task=task, project=session.project, domain=session.domain)
    if session.json:
        output.write_json({"evicted": count})
    else:
        output.write(f"Evicted {count} cached results.")
    return 0
