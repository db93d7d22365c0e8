"""Gates: nodes that wait for a person, a value or a time."""

from godwitidl.core.v1.values_pb2 import SimpleType
from godwitidl.core.v1.workflow_pb2 import ApproveNode, Node, SignalNode

from godwit_core.compiler.bindings import Binder, Bound
from godwit_core.compiler.plan import GateKind, GatePlan
from godwit_core.compiler.problems import Problems
from godwit_core.compiler.relations import simple_type
from godwit_core.compiler.settings import check_duration, seconds
from godwit_core.compiler.signatures import slot_of


def check_gate(node: Node, binder: Binder, problems: Problems) -> Bound:
    """Record what is wrong with a gate; return what it reads."""
    bound = Bound()
    kind = node.WhichOneof("kind")
    if kind == "approve" and node.approve.HasField("timeout"):
        check_duration(node.approve.timeout, "timeout", problems)
    elif kind == "signal" and node.signal.HasField("timeout"):
        check_duration(node.signal.timeout, "timeout", problems)
    elif kind == "sleep":
        slot = slot_of("duration", simple_type(SimpleType.SIMPLE_TYPE_DURATION))
        plan = binder.bind(slot, node.sleep.duration, "duration", bound.uses)
        if plan is not None:
            bound.plans.append(plan)
    return bound


def plan_gate(node: Node) -> GatePlan | None:
    """Return the gate that a checked node is; None if it is none."""
    kind = node.WhichOneof("kind")
    if kind == "sleep":
        return GatePlan(GateKind.SLEEP)
    if kind == "approve":
        return GatePlan(GateKind.APPROVE, "", node.approve.prompt, None, _timeout_s(node.approve))
    if kind == "signal":
        signal = node.signal
        return GatePlan(GateKind.SIGNAL, signal.name, signal.prompt, signal.type, _timeout_s(signal))
    return None


def _timeout_s(gate: ApproveNode | SignalNode) -> float | None:
    return seconds(gate.timeout) if gate.HasField("timeout") else None
