"""Gates that wait for an answer: what is asked, and how to answer."""

import shlex
from typing import Any

from godwitidl.rules.rendering import render_type

from godwit_core.cli.tables import time_text
from godwit_core.engine.gates import waits_for_answer
from godwit_core.engine.state import Execution, Node


def waiting_gates(execution: Execution) -> list[Node]:
    """Return the nodes of an execution that wait for an answer."""
    return [node for node in execution.nodes if waits_for_answer(node)]


def question(node: Node) -> str:
    """Return what a gate asks, and until when, in one line."""
    gate = node.plan.gate
    assert gate is not None, "only gates ask"
    of = "" if gate.type is None else f" ({render_type(gate.type)})"
    until = f", until {time_text(node.due_us)}" if node.due_us else ""
    return f"{gate.prompt or node.plan.name}{of}{until}"


def remedy(execution: str, node: Node) -> str:
    """Return the command that answers a gate."""
    gate = node.plan.gate
    value = "--approve" if gate is not None and gate.type is None else "VALUE"
    return f"godwit signal {execution} {shlex.quote(node.path)} {value}"


def gate_lines(execution: Execution) -> list[str]:
    """Return what an execution waits for, for people; empty when no answer is missing."""
    gates = waiting_gates(execution)
    lines = ["", "Waiting for an answer:"] if gates else []
    for node in gates:
        lines += [f"  {node.path}: {question(node)}", f"    {remedy(execution.name, node)}"]
    return lines


def gates_json(execution: Execution) -> list[dict[str, Any]]:
    """Return what an execution waits for, for programs."""
    described = []
    for node in waiting_gates(execution):
        gate = node.plan.gate
        assert gate is not None, "only gates wait for answers"
        described.append(
            {
                "node": node.path,
                "kind": gate.kind.value,
                "name": gate.name,
                "prompt": gate.prompt or node.plan.name,
                "type": None if gate.type is None else render_type(gate.type),
                "due": time_text(node.due_us) if node.due_us else None,
            }
        )
    return described
