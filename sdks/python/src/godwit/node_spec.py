"""Nodes of traced workflows as messages of the contract."""

from collections.abc import Callable

from godwit_plugin_api.errors import GodwitError
from godwitidl.core.v1.expression_pb2 import Binding, Expression
from godwitidl.core.v1.workflow_pb2 import Block as BlockMessage
from godwitidl.core.v1.workflow_pb2 import BranchNode as BranchMessage
from godwitidl.core.v1.workflow_pb2 import CallNode as CallMessage
from godwitidl.core.v1.workflow_pb2 import CallTarget
from godwitidl.core.v1.workflow_pb2 import MapNode as MapMessage
from godwitidl.core.v1.workflow_pb2 import Node as NodeMessage

from godwit import nodes as nd
from godwit.errors import DeclarationError
from godwit.expression import Expression as SourceExpression
from godwit.expression_spec import binding_message
from godwit.settings_spec import duration, overrides_message
from godwit.types.registry import TypeRegistry

_NAMES = {
    nd.BranchNode: "conditional",
    nd.ApproveNode: "approve",
    nd.SignalNode: "wait_for_input",
    nd.SleepNode: "sleep",
}
"""Names that people see of nodes that call nothing."""

Note = Callable[[str, GodwitError], None]
"""Takes down what is wrong: where, and the error."""


class NodeWriter:
    """Writes the nodes of one workflow.

    Args:
        workflow: its name, for messages.
        target: returns the target that a callee is in the contract.
        types: gives types and literals.
        note: takes down what is wrong.
    """

    def __init__(
        self, workflow: str, target: Callable[[nd.Callee], CallTarget], types: TypeRegistry, note: Note
    ) -> None:
        self._workflow = workflow
        self._target = target
        self._types = types
        self._note = note

    def fill_block(self, message: BlockMessage, block: nd.Block, where: str) -> None:
        """Write *block* into *message*, which is empty; *where* names it, beginning with a small letter."""
        message.SetInParent()
        for node in block.nodes:
            self.fill_node(message.nodes.add(), node)
        for name, value in block.outputs:
            self.bind(message.outputs.add, name, value, f"Output {name} of {where}")

    def fill_node(self, message: NodeMessage, node: nd.Node) -> None:
        """Write *node* into *message*, which is empty."""
        message.id = node.id
        message.display_name = node.name or _NAMES.get(type(node), "")
        message.after.extend(node.after)
        match node:
            case nd.CallNode():
                self._fill_call(message, node)
            case nd.MapNode():
                message.display_name = node.name or node.callee.short_name
                self._fill_map(message.map, node)
            case nd.BranchNode():
                self._fill_branch(message.branch, node)
            case nd.ApproveNode():
                message.approve.prompt = node.prompt
                if node.timeout is not None:
                    message.approve.timeout.CopyFrom(duration(node.timeout))
            case nd.SignalNode():
                self._fill_signal(message, node)
            case nd.SleepNode():
                self._fill_expression(message.sleep.duration, node.duration, f"The duration of node {node.id}")

    def _fill_call(self, message: NodeMessage, node: nd.CallNode) -> None:
        message.display_name = node.name or node.callee.short_name
        message.call.target.CopyFrom(self._target(node.callee))
        for name, value in node.inputs:
            self.bind(message.call.inputs.add, name, value, self._input(name, node, node.callee))
        self._fill_overrides(message.call, node)

    def _fill_map(self, message: MapMessage, node: nd.MapNode) -> None:
        message.target.CopyFrom(self._target(node.callee))
        for name, value in node.over:
            self.bind(message.over.add, name, value, self._input(name, node, node.callee))
        for name, value in node.inputs:
            self.bind(message.inputs.add, name, value, self._input(name, node, node.callee))
        if node.concurrency is not None:
            message.concurrency = node.concurrency
        if node.tolerance.min_successes is not None:
            message.min_successes = node.tolerance.min_successes
        if node.tolerance.min_success_ratio is not None:
            message.min_success_ratio = node.tolerance.min_success_ratio
        self._fill_overrides(message, node)

    def _fill_overrides(self, message: CallMessage | MapMessage, node: nd.CallNode | nd.MapNode) -> None:
        try:
            overrides = overrides_message(node.overrides)
        except GodwitError as error:
            self._note(f"The config of {node.callee.short_name}, node {node.id} of {self._workflow}", error)
            return
        if overrides is not None:
            message.overrides.CopyFrom(overrides)

    def _fill_branch(self, message: BranchMessage, node: nd.BranchNode) -> None:
        for output in node.signature.outputs:
            entry = message.outputs.add(name=output.name)
            try:
                entry.type.CopyFrom(self._types.type_of(output.annotation))
            except GodwitError as error:
                self._note(f"Output {output.name} of branch {node.id} of {self._workflow}", error)
        for number, case in enumerate(node.cases, 1):
            entry_case = message.cases.add()
            where = f"case {number} of branch {node.id} of {self._workflow}"
            self._fill_expression(entry_case.condition, case.condition, f"The condition of {where}")
            self.fill_block(entry_case.then, case.then, where)
        if isinstance(node.otherwise, str):
            message.fail = node.otherwise
        else:
            self.fill_block(message.otherwise, node.otherwise, f"the default of branch {node.id} of {self._workflow}")

    def _fill_signal(self, message: NodeMessage, node: nd.SignalNode) -> None:
        message.signal.name = node.signal
        message.signal.prompt = node.prompt
        if node.timeout is not None:
            message.signal.timeout.CopyFrom(duration(node.timeout))
        try:
            message.signal.type.CopyFrom(self._types.type_of(node.annotation))
        except GodwitError as error:
            self._note(f"What node {node.id} of {self._workflow} waits for", error)

    def _input(self, name: str, node: nd.Node, callee: nd.Callee) -> str:
        kind = callee.kind.replace("_", " ")
        return f"Input {name} of {kind} {callee.short_name}, node {node.id} of {self._workflow}"

    def bind(self, add: Callable[[], Binding], name: str, value: SourceExpression, where: str) -> None:
        """Add what *name* is bound to; *where* says for what, beginning with a capital."""
        try:
            message = binding_message(name, value, self._types, where)
        except DeclarationError as error:
            self._note("", error)
            return
        add().CopyFrom(message)

    def _fill_expression(self, message: Expression, value: SourceExpression, where: str) -> None:
        try:
            message.CopyFrom(binding_message("value", value, self._types, where).value)
        except DeclarationError as error:
            self._note("", error)
