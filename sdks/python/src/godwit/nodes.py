"""What a traced workflow is made of: blocks of nodes of every kind, as plain data.

No dataclasses: defining one takes half a millisecond, every time that a runner starts.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from godwit.expression import Expression, OutputReference
from godwit.promise import Promise
from godwit.signature import OutputField, Signature
from godwit.task_settings import Overrides


class Callee:
    """What a workflow's body can call: a task, a workflow, a launch plan, or a map over one of them."""

    @property
    def kind(self) -> str:
        """What it is: `task`, `workflow`, `launch_plan`."""
        raise NotImplementedError

    @property
    def short_name(self) -> str:
        """Name for people."""
        raise NotImplementedError

    @property
    def signature(self) -> Signature:
        """What it takes and gives.

        Raises:
            DeclarationError: its annotations cannot be read.
        """
        raise NotImplementedError


Inputs = tuple[tuple[str, Expression], ...]
"""What parameters are bound to, in the order of the signature; those left to a default are missing."""


class Node:
    """A node of a traced workflow.

    Attributes:
        id: `n0`, `n1`, … in the order of calls, those inside of branches included.
        name: name for people; empty: that of what it calls.
        after: ids of nodes that must have ended before, beside those whose outputs it uses.
        scope: the trace that it belongs to.
    """

    def __init__(self, node_id: str, name: str, after: tuple[str, ...], scope: object) -> None:
        self.id = node_id
        self.name = name
        self.after = after
        self.scope = scope

    @property
    def result(self) -> Any:
        """Promises of its outputs, in the shape that a call of it returns; None where there are none."""
        return None

    def promises(self, outputs: Sequence[OutputField]) -> list[Promise]:
        """Return a promise of each of *outputs*."""
        return [Promise(OutputReference(self.id, entry.name), entry.annotation, self.scope) for entry in outputs]


class CallNode(Node):
    """A call of a task, workflow or launch plan.

    Attributes:
        callee: what it calls.
        inputs: what its parameters are bound to.
        overrides: what differs from the callee's settings.
    """

    def __init__(
        self,
        node_id: str,
        name: str,
        after: tuple[str, ...],
        scope: object,
        callee: Callee,
        inputs: Inputs,
        overrides: Overrides,
    ) -> None:
        super().__init__(node_id, name, after, scope)
        self.callee = callee
        self.inputs = inputs
        self.overrides = overrides

    @property
    def result(self) -> Any:  # noqa: D102 - see Node
        return self.callee.signature.pack(self.promises(self.callee.signature.outputs))


class Tolerance(NamedTuple):
    """How many items of a map must succeed: a number, or a share of them. One of the two is set; else all must."""

    min_successes: int | None = None
    min_success_ratio: float | None = None

    @property
    def is_given(self) -> bool:
        """Whether failures are tolerated, so that an item of the outputs may be None."""
        return self.min_successes is not None or self.min_success_ratio is not None


class MapNode(Node):
    """A call for each item of one or more lists.

    Attributes:
        callee: what is called for each item.
        over: mapped inputs, each a list.
        inputs: bound inputs, the same for each item.
        concurrency: most items at a time; None: no limit of its own.
        tolerance: how many must succeed.
        overrides: what differs from the callee's settings.
        signature: what the map as a whole gives.
    """

    def __init__(
        self,
        node_id: str,
        name: str,
        after: tuple[str, ...],
        scope: object,
        callee: Callee,
        over: Inputs,
        inputs: Inputs,
        concurrency: int | None,
        tolerance: Tolerance,
        overrides: Overrides,
        signature: Signature,
    ) -> None:
        super().__init__(node_id, name, after, scope)
        self.callee = callee
        self.over = over
        self.inputs = inputs
        self.concurrency = concurrency
        self.tolerance = tolerance
        self.overrides = overrides
        self.signature = signature

    @property
    def result(self) -> Any:  # noqa: D102 - see Node
        return self.signature.pack(self.promises(self.signature.outputs))


class Block:
    """Nodes in order and, in the end, the outputs that they make up."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.outputs: list[tuple[str, Expression]] = []


class Case(NamedTuple):
    """One case of a branch."""

    condition: Expression
    then: Block


class BranchNode(Node):
    """Runs the block of the first condition that is true.

    Attributes:
        cases: in order, one at least.
        otherwise: what happens when no condition is true: a block, or the message to fail with.
        signature: the outputs that every block gives.
    """

    def __init__(
        self,
        node_id: str,
        name: str,
        after: tuple[str, ...],
        scope: object,
        cases: tuple[Case, ...],
        otherwise: Block | str,
        signature: Signature,
    ) -> None:
        super().__init__(node_id, name, after, scope)
        self.cases = cases
        self.otherwise = otherwise
        self.signature = signature

    @property
    def result(self) -> Any:  # noqa: D102 - see Node
        return self.signature.pack(self.promises(self.signature.outputs))


class ApproveNode(Node):
    """Waits for a person's yes; at most for *timeout*."""

    def __init__(
        self, node_id: str, name: str, after: tuple[str, ...], scope: object, prompt: str, timeout: timedelta | None
    ) -> None:
        super().__init__(node_id, name, after, scope)
        self.prompt = prompt
        self.timeout = timeout


class SignalNode(Node):
    """Waits for a value; at most for *timeout*.

    Attributes:
        signal: name by which it is answered; empty: the node's id.
        annotation: of the value.
        prompt: what is asked.
        timeout: longest wait; None: none.
    """

    def __init__(
        self,
        node_id: str,
        name: str,
        after: tuple[str, ...],
        scope: object,
        signal: str,
        annotation: Any,
        prompt: str,
        timeout: timedelta | None,
    ) -> None:
        super().__init__(node_id, name, after, scope)
        self.signal = signal
        self.annotation = annotation
        self.prompt = prompt
        self.timeout = timeout

    @property
    def result(self) -> Any:  # noqa: D102 - see Node
        return Promise(OutputReference(self.id, "value"), self.annotation, self.scope)


class SleepNode(Node):
    """Waits for some time, the value of an expression."""

    def __init__(self, node_id: str, name: str, after: tuple[str, ...], scope: object, duration: Expression) -> None:
        super().__init__(node_id, name, after, scope)
        self.duration = duration
