"""Answers to gates: checked at the door, carried as commands, taken as events."""

import base64
import json

from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.digest import literal_digest
from godwitidl.rules.rendering import render_type
from godwitidl.rules.validation import INLINE_LIMIT_BYTES

from godwit_core.compiler.inputs import bind_inputs
from godwit_core.compiler.plan import GateKind, GatePlan
from godwit_core.engine.events import AbortRequested, Answer, Answered
from godwit_core.engine.gates import waits_for_answer
from godwit_core.engine.state import Node, Values
from godwit_core.store import commands


def command(node: Node, answer: Answer, value: Literal | None = None, reason: str = "") -> str:
    """Return the data of a command `signal` that gives *answer*, with *value* where it is one, to the gate *node*.

    Raises:
        InvalidInput: the node waits for no answer, or for one of another kind or type.
    """
    gate = gate_of(node)
    if gate.kind is GateKind.APPROVE and answer is Answer.VALUE:
        raise InvalidInput(
            f"Node {node.path} waits for a yes or no, and takes no value.", hint="Say --approve or --reject."
        )
    if gate.kind is GateKind.SIGNAL and answer is not Answer.VALUE:
        of = "" if gate.type is None else f" of type {render_type(gate.type)}"
        raise InvalidInput(f"Node {node.path} waits for a value{of}; none came.", hint="Say the value.")
    data: dict[str, str | int] = {"node": node.number, "answer": answer, "reason": reason}
    if value is not None:
        data["value"] = base64.b64encode(_checked(gate, value)).decode()
    return json.dumps(data)


def gate_of(node: Node) -> GatePlan:
    """Return the gate that *node* is, if it waits for an answer.

    Raises:
        InvalidInput: it waits for none.
    """
    gate = node.plan.gate
    if gate is None or gate.kind is GateKind.SLEEP:
        raise InvalidInput(
            f"Node {node.path} is no gate that is answered.",
            hint="See what waits for an answer with `godwit executions show`.",
            code="NOT_A_GATE",
        )
    if not waits_for_answer(node):
        raise InvalidInput(f"Node {node.path} does not wait for an answer: {node.phase.name}.", code="NOT_WAITING")
    return gate


def _checked(gate: GatePlan, value: Literal) -> bytes:
    """Return the value, converted to the gate's type, encoded."""
    interface = Interface()
    assert gate.type is not None, "a gate that takes a value has its type"
    interface.inputs.add(name="value").type.CopyFrom(gate.type)
    encoded, _ = bind_inputs(interface, {"value": value})["value"]
    if len(encoded) > INLINE_LIMIT_BYTES:
        raise InvalidInput(
            f"A value of {len(encoded)} bytes is too large for an answer, of {INLINE_LIMIT_BYTES} at most.",
            hint="Put it into a file, and let the gate wait for that.",
        )
    return encoded


def node_of(data: str) -> int:
    """Return the number of the node that a command answers."""
    return int(json.loads(data)["node"])


def event_of(kind: str, data: str, now_us: int) -> AbortRequested | Answered | None:
    """Return what a command means to the execution; None of a kind that is not known."""
    if kind in {commands.ABORT, commands.ABORT_NOW}:
        return AbortRequested(now_us, data, at_once=kind == commands.ABORT_NOW)
    if kind != commands.SIGNAL:
        return None
    answer = json.loads(data)
    return Answered(now_us, answer["node"], Answer(answer["answer"]), _outputs(answer.get("value")), answer["reason"])


def _outputs(value: str | None) -> Values:
    if value is None:
        return {}
    literal = Literal.FromString(base64.b64decode(value))
    return {"value": (literal.SerializeToString(deterministic=True), literal_digest(literal))}
