"""The command `godwit executions watch`."""

import sqlite3
import time

import click
from godwitidl.core.v1.event_pb2 import Event

from godwit_core.cli import output
from godwit_core.cli.execution_reports import exit_status, write_outcome
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import engine_of, is_served, opened_store, remedy
from godwit_core.cli.stored_executions import awaited_text, path_text, read_execution
from godwit_core.cli.tables import time_text
from godwit_core.engine.phases import NodePhase
from godwit_core.store import reading
from godwit_core.store.executions import ExecutionRow

POLL_S = 0.2


@click.command("watch", cls=Command)
@click.argument("name")
@click.pass_obj
def watch(session: Session, name: str) -> int:
    """Follow the execution NAME until it has ended, or nobody is there to run it.

    Events go to standard error as they come, the result to standard output; the exit status is that of `run`.
    """
    with opened_store(session) as connection:
        row = reading.get_execution(connection, name)
        alive = follow(connection, row, quiet=session.json)
        stored = read_execution(connection, row.name, session.registry())
    write_outcome(stored.outcome(), json=session.json, plain=session.plain)
    if not alive:
        output.tell(remedy(row.name, stored.engine))
        return 1
    return exit_status(stored.row.phase)


def follow(connection: sqlite3.Connection, row: ExecutionRow, *, quiet: bool) -> bool:
    """Tell the events of an execution until it has ended.

    Return False when it has not, and there is neither a living engine that holds it, nor one that serves the home and
    will take it.
    """
    sequence, waits = 0, False
    while True:
        row = reading.get_execution(connection, row.name)
        engine = engine_of(connection, row)
        for event in reading.list_events(connection, row.id, sequence):
            sequence = event.sequence
            if not quiet and (line := event_line(event)):
                output.tell(line)
        if engine is None or (engine != "ALIVE" and not is_served(connection)):
            row = reading.get_execution(connection, row.name)
            return row.phase.final
        if engine != "ALIVE" and not waits and not quiet:
            output.tell("It waits for an engine to take it.")
        waits = engine != "ALIVE"
        time.sleep(POLL_S)


def event_line(event: Event) -> str:
    """Return an event in one line for people; empty for what is of no interest to them."""
    clock = (time_text(event.time.ToMicroseconds()) or "")[11:23]
    path = path_text(event)
    kind = event.WhichOneof("kind")
    if kind == "attempt_started":
        again = f", attempt {event.attempt_started.attempt}" if event.attempt_started.attempt > 1 else ""
        return f"{clock} {path} started{again}"
    if kind == "attempt_finished" and event.attempt_finished.HasField("error"):
        reason = event.attempt_finished.error.message.partition("\n")[0]
        return f"{clock} {path} attempt {event.attempt_finished.attempt} failed: {reason}"
    if kind == "attempt_linked":
        return f"{clock} {path} {event.attempt_linked.link.name}: {event.attempt_linked.link.url}"
    if kind == "node_finished":
        return f"{clock} {path} {NodePhase(event.node_finished.phase).name}"
    if kind == "cancel_requested":
        return f"{clock} {path} attempt {event.cancel_requested.attempt} cancelling: {event.cancel_requested.reason}"
    if kind == "cancel_awaited":
        return f"{clock} {path} attempt {event.cancel_awaited.attempt} waiting on {awaited_text(event)} to end"
    if kind == "node_waiting":
        asked = f" for an answer: {event.node_waiting.prompt}" if event.node_waiting.prompt else ""
        due_us = event.node_waiting.due_time.ToMicroseconds()
        return f"{clock} {path} waits{f' until {time_text(due_us)}' if due_us else ''}{asked}"
    if kind == "abort_requested":
        return f"{clock} abort requested {event.abort_requested.reason}".rstrip()
    return ""
