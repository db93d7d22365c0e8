"""The command `godwit executions logs`."""

import sys
import time

import click

from godwit_core.cli import output
from godwit_core.cli.attempt_logs import AttemptLogs, LogPiece, is_over
from godwit_core.cli.map_item_pages import check_item, find_map, item_path, split_item
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import is_served, opened_store
from godwit_core.cli.stored_executions import StoredExecution, read_execution
from godwit_core.runtime.locations import Locations

POLL_S = 0.2


@click.command("logs", cls=Command)
@click.argument("name")
@click.argument("node", required=False)
@click.option("--attempt", type=click.IntRange(1), metavar="N", help="Of one attempt only. [all]")
@click.option("--follow", is_flag=True, help="Go on, line by line, until what is asked for has ended.")
@click.pass_obj
def logs(session: Session, name: str, node: str | None, attempt: int | None, follow: bool) -> int:
    """Print what the tasks of the execution NAME wrote, all or those of NODE, attempt by attempt.

    Of attempts under way it prints what there is. An item of a map is NODE[INDEX].
    With --json: {"logs": [{node, attempt, text, ended}]}.
    """
    read = AttemptLogs(Locations(session.home.absolute()).logs, attempt)
    told = _Told(json=session.json, alone=node is not None and attempt is not None)
    with opened_store(session) as connection:
        while True:
            read.look()
            stored = read_execution(connection, name, session.registry(), node or "")
            only = log_path(stored, node) if node else None
            over = only is not None and is_over(connection, stored, only, attempt)
            goes_on = stored.engine == "ALIVE" or (stored.engine is not None and is_served(connection))
            follows = follow and goes_on and not over
            for piece in read.take(connection, stored, only, at_end=not follows):
                told.add(piece)
            if not follows and not read.has_unread():
                break
            if not read.has_unread():
                time.sleep(POLL_S)
    told.end()
    return 0


class _Told:
    """What has been told. *alone*: of one attempt, so that it need not be said which."""

    def __init__(self, *, json: bool, alone: bool) -> None:
        self._json = json
        self._alone = alone
        self._last: tuple[str, int] | None = None
        self._collected: dict[tuple[str, int], LogPiece] = {}

    def add(self, piece: LogPiece) -> None:
        """Print a piece, or keep it for the end."""
        key = (piece.node, piece.attempt)
        if self._json:
            before = self._collected.get(key)
            text = piece.text if before is None else before.text + piece.text
            self._collected[key] = LogPiece(*key, text, ended=piece.ended)
        elif piece.text:
            if not self._alone and self._last != key:
                again = f", attempt {piece.attempt}" if piece.attempt > 1 else ""
                output.write(f"--- {piece.node}{again}")
            self._last = key
            output.write(piece.text.removesuffix("\n"))
            sys.stdout.flush()

    def end(self) -> None:
        """Tell programs everything."""
        if self._json:
            told = [
                {"node": one.node, "attempt": one.attempt, "text": one.text, "ended": one.ended}
                for one in self._collected.values()
            ]
            output.write_json({"logs": told})


def log_path(stored: StoredExecution, node: str) -> str:
    """Return the path that *node* names: of a node, of an item of a map, or of a node in the workflow of an item.

    Nodes in items that have ended are known by their attempts alone.

    Raises:
        InvalidInput: there is none.
    """
    path = item_path(node)
    if path in stored.attempts:
        return path
    of, item = split_item(path)
    if item is None or any(one.path == path for one in stored.state.nodes):
        return stored.node(path).path
    owner = find_map(stored, of)
    check_item(owner, item)
    return f"{owner.path}/[{item}]"
