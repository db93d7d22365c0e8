"""What people are told about executions and nodes."""

from collections.abc import Sequence

from godwitidl.core.v1.errors_pb2 import ExecutionError

from godwit_core.engine.phases import NodePhase
from godwit_core.engine.state import Execution, Node
from godwit_core.runtime.settings import NodeReport, Outcome


def outcome(execution: Execution, edited: Sequence[str] = ()) -> Outcome:
    """Return how *execution* ended. *edited*: see `Outcome`."""
    return Outcome(
        execution.name,
        execution.phase,
        execution.plan.root.interface,
        execution.outputs or {},
        ExecutionError.FromString(execution.error) if execution.error else None,
        max(0, execution.finished_us - execution.created_us) / 1e6,
        [node_report(node, execution.finished_us) for node in execution.nodes],
        tuple(edited),
    )


def node_report(node: Node, now_us: int) -> NodeReport:
    """Return one node as people see it."""
    begin = node.ready_us or node.finished_us
    end = node.finished_us or now_us
    started = node.phase not in {NodePhase.PENDING, NodePhase.SKIPPED}
    return NodeReport(
        node.path,
        node.plan.name,
        node.phase,
        node.cache,
        node.attempt,
        max(0, end - begin) / 1e6 if started else 0.0,
        ExecutionError.FromString(node.error) if node.error else None,
        None if node.plan.map is None else (node.items, node.items_succeeded, node.items_failed),
    )
