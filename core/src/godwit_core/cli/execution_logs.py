"""The command `godwit executions logs`."""

import sys
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import click
from godwitidl.core.v1.event_pb2 import LogSlice

from godwit_core.cli import output
from godwit_core.cli.map_item_pages import check_item, find_map, item_attempts, split_item
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import opened_store
from godwit_core.cli.stored_executions import Attempt, StoredExecution, read_execution
from godwit_core.runtime.locations import Locations

POLL_S = 0.2


@click.command("logs", cls=Command)
@click.argument("name")
@click.argument("node", required=False)
@click.option("--attempt", type=click.IntRange(1), metavar="N", help="Of one attempt only. [all]")
@click.option("--follow", is_flag=True, help="Go on until the execution has ended.")
@click.pass_obj
def logs(session: Session, name: str, node: str | None, attempt: int | None, follow: bool) -> int:
    """Print what the tasks of the execution NAME wrote, all or those of NODE, attempt by attempt.

    What an attempt wrote is there once the attempt has ended. An item of a map is NODE[INDEX].
    With --json: {"logs": [{node, attempt, text}]}.
    """
    folder = Locations(session.home.absolute()).logs
    told: set[tuple[str, int]] = set()
    collected = []
    with opened_store(session) as connection:
        while True:
            stored = read_execution(connection, name, session.registry())
            only = log_path(stored, node) if node else None
            follows = follow and stored.engine == "ALIVE"
            ended = _finished(stored.attempts, only, attempt)
            for path, one in chain(ended, () if follows else item_attempts(connection, stored, only, attempt)):
                if (path, one.number) in told:
                    continue
                told.add((path, one.number))
                text = read_slice(folder, one.log) if one.log is not None else ""
                if session.json:
                    collected.append({"node": path, "attempt": one.number, "text": text})
                elif text:
                    _print(path, one.number, text, headed=only is None or attempt is None)
            if not follows:
                break
            time.sleep(POLL_S)
    if session.json:
        output.write_json({"logs": collected})
    return 0


def log_path(stored: StoredExecution, node: str) -> str:
    """Return the path that *node* names: of a node, or of an item of a map.

    Raises:
        InvalidInput: there is none.
    """
    of, item = split_item(node)
    if item is None or any(one.path == node for one in stored.state.nodes):
        return stored.node(node).path
    owner = find_map(stored, of)
    check_item(owner, item)
    return f"{owner.path}/[{item}]"


def _finished(
    attempts: dict[str, list[Attempt]], only: str | None, number: int | None
) -> Iterator[tuple[str, Attempt]]:
    """Yield the ended attempts that are wanted, in the order in which they ended."""
    found = [
        (path, one)
        for path, listed in attempts.items()
        if only is None or path == only or path.startswith(f"{only}/")
        for one in listed
        if one.finished_us and number in {None, one.number}
    ]
    yield from sorted(found, key=lambda pair: pair[1].finished_us)


def read_slice(folder: Path, part: LogSlice) -> str:
    """Return the text of a part of a log file; a note where it has been deleted."""
    try:
        with (folder / part.segment).open("rb") as file:
            file.seek(part.begin)
            return file.read(part.end - part.begin).decode(errors="replace")
    except OSError:
        return f"[the log {part.segment} is gone]\n"


def _print(path: str, number: int, text: str, *, headed: bool) -> None:
    if headed:
        again = f", attempt {number}" if number > 1 else ""
        output.write(f"--- {path}{again}")
    output.write(text.removesuffix("\n"))
    sys.stdout.flush()
