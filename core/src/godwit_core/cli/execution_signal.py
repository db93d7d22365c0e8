"""The command `godwit signal`."""

import sqlite3

import click
from godwit_plugin_api.errors import InvalidInput

from godwit_core.cli import output
from godwit_core.cli.gate_reports import waiting_gates
from godwit_core.cli.input_values import read_value
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.cli.store_access import is_served, opened_store, remedy
from godwit_core.cli.stored_executions import StoredExecution, read_execution
from godwit_core.engine.events import Answer
from godwit_core.engine.phases import NodePhase
from godwit_core.engine.state import Node
from godwit_core.runtime import signals
from godwit_core.store import commands, nodes
from godwit_core.store.connection import transaction


@click.command("signal", cls=Command)
@click.argument("execution")
@click.argument("node")
@click.argument("value", required=False)
@click.option("--approve", is_flag=True, help="Say yes.")
@click.option("--reject", is_flag=True, help="Say no: the node fails with REJECTED.")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is kept with the execution.")
@click.pass_obj
def signal(
    session: Session, execution: str, node: str, value: str | None, approve: bool, reject: bool, reason: str
) -> int:
    """Answer NODE of EXECUTION: say yes or no, or give the VALUE it waits for.

    NODE is a path as `godwit executions show` has it, or the name of a signal. The
    VALUE is checked against the type that the node waits for; a negative number
    stands after --.
    """
    if (value is not None) + approve + reject != 1:
        raise click.UsageError("Say one of VALUE, --approve and --reject.", click.get_current_context())
    with opened_store(session) as connection:
        stored = read_execution(connection, execution, session.registry())
        if stored.row.phase.final:
            raise InvalidInput(f"Execution {stored.row.name} has ended: {stored.row.phase.name}.", code="ALREADY_ENDED")
        answered = find_gate(stored, node)
        data = answer_data(answered, value, approved=approve, reason=reason)
        leave_answer(connection, stored, answered, data)
        served = is_served(connection)
    if session.json:
        output.write_json({"execution": stored.row.name, "node": answered.path, "engine": stored.engine})
        return 0
    output.write(f"Answered {answered.path} of execution {stored.row.name}.")
    if stored.engine != "ALIVE" and not served:
        output.tell(remedy(stored.row.name, stored.engine))
    return 0


def find_gate(stored: StoredExecution, name: str) -> Node:
    """Return the node of a path or name, or the one gate that waits for a signal of that name.

    Raises:
        InvalidInput: there is none, or more than one.
    """
    named = [node for node in waiting_gates(stored.state) if node.plan.gate and node.plan.gate.name == name]
    return named[0] if len(named) == 1 and name else stored.node(name)


def answer_data(node: Node, value: str | None, *, approved: bool, reason: str) -> str:
    """Return the data of the command that answers *node*.

    Raises:
        InvalidInput: the node does not wait for that.
    """
    if value is None:
        return signals.command(node, Answer.APPROVED if approved else Answer.REJECTED, None, reason)
    gate = signals.gate_of(node)
    literal = None if gate.type is None else read_value("value", value, gate.type)
    return signals.command(node, Answer.VALUE, literal, reason)


def leave_answer(connection: sqlite3.Connection, stored: StoredExecution, node: Node, data: str) -> None:
    """Leave the command for the engine that holds the execution, now or later.

    Raises:
        InvalidInput: the node has been answered; its engine may not have seen it yet, or *stored* may be older.
    """
    with transaction(connection):
        waiting = commands.of_execution(connection, stored.row.id, commands.SIGNAL)
        is_settled = nodes.phase(connection, stored.row.id, node.number) is not NodePhase.WAITING
        if is_settled or any(signals.node_of(one) == node.number for one in waiting):
            raise InvalidInput(f"Node {node.path} has been answered already.", code="NOT_WAITING")
        commands.insert(connection, stored.row.id, commands.SIGNAL, data)
