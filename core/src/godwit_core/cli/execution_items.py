"""The command `godwit executions items`."""

from typing import Any

import click

from godwit_core.cli import output
from godwit_core.cli.execution_reports import error_json
from godwit_core.cli.map_item_pages import ItemPage, MapItem, find_map, read_page
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import opened_store
from godwit_core.cli.stored_executions import read_execution
from godwit_core.cli.tables import duration_text, format_table
from godwit_core.engine.phases import NodePhase
from godwit_core.engine.state import Node


@click.command("items", cls=Command)
@click.argument("name")
@click.argument("node", required=False)
@click.option("--failed", is_flag=True, help="Those that have failed only.")
@click.option(
    "--phase",
    "names",
    type=click.Choice([phase.name for phase in NodePhase], case_sensitive=False),
    multiple=True,
    metavar="PHASE",
    help="Those in a phase only; may be repeated.",
)
@click.option(
    "--page-size", type=click.IntRange(1, 10_000), default=50, show_default=True, metavar="N", help="How many at most."
)
@click.option("--after", type=click.IntRange(0), metavar="INDEX", help="Go on after an item: the `next` of its JSON.")
@click.pass_obj
def items(
    session: Session,
    name: str,
    node: str | None,
    failed: bool,
    names: tuple[str, ...],
    page_size: int,
    after: int | None,
) -> int:
    """List the items of the map NODE of the execution NAME, page by page. NODE may be left out where there is one map.

    The log of an item: `godwit executions logs NAME 'NODE[3]'`.
    """
    phases = {NodePhase[one.upper()] for one in names} | ({NodePhase.FAILED} if failed else set())
    with opened_store(session) as connection:
        stored = read_execution(connection, name, session.registry(), f"{node or ''}/")
        of = find_map(stored, node)
        start = -1 if after is None else after
        page = read_page(connection, stored, of, after=start, size=page_size, phases=phases)
    if session.json:
        output.write_json(_described(stored.row.name, of, page))
        return 0
    for line in _lines(of, page, plain=session.plain):
        output.write(line)
    if page.next is not None:
        output.tell(f"There are more: --after {page.next}")
    return 0


def _described(execution: str, node: Node, page: ItemPage) -> dict[str, Any]:
    return {
        "execution": execution,
        "node": node.path,
        "total": node.items,
        "succeeded": node.items_succeeded,
        "failed": node.items_failed,
        "items": [_item_json(item) for item in page.items],
        "next": page.next,
    }


def _item_json(item: MapItem) -> dict[str, Any]:
    return {
        "item": item.index,
        "phase": item.phase.name,
        "attempts": item.attempts,
        "cache": None if item.cache is None else item.cache.name,
        "duration_s": item.duration_s,
        "error": error_json(item.error),
    }


def _lines(node: Node, page: ItemPage, *, plain: bool) -> list[str]:
    failed = f", {node.items_failed} failed" if node.items_failed else ""
    head = f"{node.path} {node.plan.name}: {node.items_succeeded}/{node.items} succeeded{failed}"
    if not page.items:
        return [head, "No items to show."]
    rows = [
        (
            f"[{item.index}]",
            item.phase.name,
            "" if item.cache is None else item.cache.name.lower(),
            str(item.attempts),
            "" if item.duration_s is None else duration_text(item.duration_s),
            "" if item.error is None else f"{item.error.code}: {item.error.message.partition(chr(10))[0]}",
        )
        for item in page.items
    ]
    headings = ("ITEM", "PHASE", "CACHE", "ATTEMPTS", "DURATION", "ERROR")

    def style(column: int, cell: str) -> str:
        return output.coloured_phase(cell, plain=plain) if column == 1 else cell

    return [head, *format_table(headings, rows, right=(0, 3, 4), cut=5, style=style)]
