"""The tracer: it records what a workflow's body calls."""

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from godwit.annotation import near
from godwit.binding import bind
from godwit.errors import DeclarationError, PromiseError
from godwit.expression import Constant, Expression, InputReference, OutputReference
from godwit.nodes import Block, Callee, CallNode, Inputs, Node
from godwit.promise import Promise, promise_parts
from godwit.signature import MISSING, Parameter, Signature
from godwit.task_settings import Overrides


class Trace:
    """What a workflow's body does: its nodes in order and, in the end, its outputs.

    Args:
        workflow: the workflow's name, for messages.
    """

    def __init__(self, workflow: str) -> None:
        self.workflow = workflow
        self.body = Block()
        self._open = [self.body]
        self._in_sight: set[str] = set()
        self._count = 0

    @property
    def nodes(self) -> list[Node]:
        """Nodes in the order of calls, without those inside of branches."""
        return self.body.nodes

    @property
    def outputs(self) -> list[tuple[str, Expression]]:
        """Outputs; empty until the body has returned."""
        return self.body.outputs

    def inputs(self, signature: Signature) -> dict[str, Promise]:
        """Return a promise of each input."""
        return {
            parameter.name: Promise(InputReference(parameter.name), parameter.annotation, self)
            for parameter in signature.parameters
        }

    def next_id(self) -> str:
        """Return the id of the next node, which is distinct in the whole workflow."""
        self._count += 1
        return f"n{self._count - 1}"

    def add(self, node: Node) -> None:
        """Append *node* to the innermost open block."""
        self._open[-1].nodes.append(node)
        self._in_sight.add(node.id)

    @contextlib.contextmanager
    def block(self, block: Block | None = None) -> Iterator[Block]:
        """Have nodes appended to a block while the context is open: a new one, or one that was closed before.

        Its nodes are in sight only there.
        """
        block = Block() if block is None else block
        self._open.append(block)
        self._in_sight.update(node.id for node in block.nodes)
        try:
            yield block
        finally:
            self._open.pop()
            self._in_sight.difference_update(node.id for node in block.nodes)

    def call(
        self,
        callee: Callee,
        arguments: tuple[tuple[Any, ...], Mapping[str, Any]],
        overrides: Overrides,
        after: tuple[object, ...],
    ) -> CallNode:
        """Record a call and return its node.

        Raises:
            DeclarationError: the arguments do not fit the callee's signature.
            PromiseError: an argument is a promise of another workflow, or of a branch that has ended.
        """
        given = match_arguments(callee, *arguments)
        where = f"{callee.kind.replace('_', ' ')} {callee.short_name}"
        inputs: Inputs = tuple(
            (entry.name, self.bind(value, entry.annotation, f"input {entry.name} of {where}")) for entry, value in given
        )
        node = CallNode(self.next_id(), overrides.name or "", self.upstream(after), self, callee, inputs, overrides)
        self.add(node)
        return node

    def bind(self, value: Any, annotation: Any, where: str) -> Expression:
        """Return the expression of *value* for a place of type *annotation*, as `binding.bind`.

        Raises:
            PromiseError: a promise is of another workflow, or of a branch that has ended; the message says *where*.
        """
        expression = bind(value, annotation, self, where)
        for node_id in _referenced(expression):
            if node_id not in self._in_sight:
                raise PromiseError(
                    f"{where[0].upper()}{where[1:]} is given the result of node {node_id}, which runs only inside "
                    "another branch.",
                    hint="Return the value from each branch, and use what gw.conditional returns.",
                    code="PROMISE_OF_ANOTHER_BRANCH",
                )
        return expression

    def upstream(self, after: tuple[object, ...]) -> tuple[str, ...]:
        """Return the ids of the nodes that *after* names by what their calls returned.

        Raises:
            PromiseError: it names something else.
        """
        return tuple(dict.fromkeys(node_id for thing in after for node_id in self._node_ids(thing)))

    def _node_ids(self, thing: object) -> Iterator[str]:
        if isinstance(thing, Node) and thing.scope is self and thing.id in self._in_sight:
            yield thing.id
        elif isinstance(thing, Promise) and promise_parts(thing)[2] is self:
            yield from _referenced(promise_parts(thing)[0])
        elif isinstance(thing, tuple | list):
            for item in thing:
                yield from self._node_ids(item)
        else:
            raise PromiseError(
                f"`after` takes results of calls in the same workflow; got {thing!r}.",
                hint="Give it what a call returned, or the node that `task.node(…)` makes.",
                code="NOT_A_NODE",
            )


def _referenced(expression: Any) -> Iterator[str]:
    if isinstance(expression, OutputReference):
        yield expression.node_id
    elif isinstance(expression, tuple) and not isinstance(expression, Constant):
        for part in expression:
            yield from _referenced(part)


def match_arguments(
    callee: Callee, positional: tuple[Any, ...], named: Mapping[str, Any]
) -> list[tuple[Parameter, Any]]:
    """Return the parameters of *callee* that are given a value, in order, each with it.

    Raises:
        DeclarationError: an argument has no name, an unknown one, or one without default is missing.
    """
    target = f"{callee.kind.replace('_', ' ')} {callee.short_name}"
    parameters = callee.signature.parameters
    names = [parameter.name for parameter in parameters]
    if positional:
        example = ", ".join(f"{name}=…" for name in names) or "no arguments"
        raise DeclarationError(
            f"In a workflow, {target} is called with keyword arguments; got {len(positional)} without a name.",
            hint=f"Write {callee.short_name}({example}).",
            code="POSITIONAL_ARGUMENT",
        )
    for name in named:
        if name not in names:
            raise DeclarationError(
                f"{_capital(target)} has no input {name}.{near(name, names)}", code="UNKNOWN_PARAMETER"
            )
    missing = [entry.name for entry in parameters if entry.default is MISSING and entry.name not in named]
    if missing:
        raise DeclarationError(
            f"{_capital(target)} is called without {', '.join(missing)}.",
            hint="Give each input that has no default.",
            code="UNBOUND_PARAMETER",
        )
    return [(entry, named[entry.name]) for entry in parameters if entry.name in named]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


_current: ContextVar[Trace | None] = ContextVar("godwit_trace", default=None)


def current_trace() -> Trace | None:
    """Return the trace that calls are recorded in; None outside of a workflow's body."""
    return _current.get()


def needed_trace(what: str, hint: str) -> Trace:
    """Return the trace that calls are recorded in, for *what* makes a node.

    Raises:
        DeclarationError: no workflow's body is being traced; *hint* says what to do instead.
    """
    trace = _current.get()
    if trace is None:
        raise DeclarationError(
            f"{what} makes a node of a workflow; no workflow's body is being traced.",
            hint=hint,
            code="NOT_IN_A_WORKFLOW",
        )
    return trace


@contextlib.contextmanager
def tracing(trace: Trace) -> Iterator[Trace]:
    """Have calls recorded in *trace* while the context is open."""
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)
