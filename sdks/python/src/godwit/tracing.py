"""The tracer: it records what a workflow's body calls."""

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

from godwit.annotation import near
from godwit.binding import bind
from godwit.errors import DeclarationError, PromiseError
from godwit.expression import Constant, Expression, InputReference, OutputReference
from godwit.promise import Promise, promise_parts
from godwit.settings import Overrides
from godwit.signature import MISSING, Signature


class Callee(Protocol):
    """What a workflow's body can call: a task or a workflow."""

    @property
    def short_name(self) -> str:
        """Name for people: the function's."""

    @property
    def kind(self) -> str:
        """`task` or `workflow`."""

    @property
    def signature(self) -> Signature:
        """What it takes and gives."""


@dataclass(slots=True, eq=False)
class Node:
    """A node of a traced workflow.

    Attributes:
        id: `n0`, `n1`, … in the order of calls.
        callee: what it calls.
        inputs: what its parameters are bound to, in the order of the signature; those left to a default are missing.
        overrides: what differs from the callee's settings.
        after: ids of nodes that must have ended before, beside those whose outputs it uses.
        scope: the trace that it belongs to.
    """

    id: str
    callee: Callee
    inputs: tuple[tuple[str, Expression], ...]
    overrides: Overrides
    after: tuple[str, ...]
    scope: object = field(repr=False)

    @property
    def result(self) -> Any:
        """Promises of its outputs, in the shape that the callee returns."""
        return self.callee.signature.pack(
            [
                Promise(OutputReference(self.id, output.name), output.annotation, self.scope)
                for output in self.callee.signature.outputs
            ]
        )


@dataclass(slots=True, eq=False)
class Trace:
    """What a workflow's body does: its nodes in order and, in the end, its outputs."""

    workflow: str
    nodes: list[Node] = field(default_factory=list)
    outputs: list[tuple[str, Expression]] = field(default_factory=list)

    def inputs(self, signature: Signature) -> dict[str, Promise]:
        """Return a promise of each input."""
        return {
            parameter.name: Promise(InputReference(parameter.name), parameter.annotation, self)
            for parameter in signature.parameters
        }

    def call(
        self,
        callee: Callee,
        arguments: tuple[tuple[Any, ...], Mapping[str, Any]],
        overrides: Overrides,
        after: tuple[object, ...],
    ) -> Node:
        """Record a call and return its node.

        Raises:
            DeclarationError: the arguments do not fit the callee's signature.
            PromiseError: an argument is a promise of another workflow.
        """
        inputs = _bind_arguments(callee, *arguments, scope=self)
        upstream = tuple(dict.fromkeys(node_id for thing in after for node_id in self._node_ids(thing)))
        node = Node(f"n{len(self.nodes)}", callee, inputs, overrides, upstream, self)
        self.nodes.append(node)
        return node

    def _node_ids(self, thing: object) -> Iterator[str]:
        if isinstance(thing, Node) and thing.scope is self:
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


def _bind_arguments(
    callee: Callee, positional: tuple[Any, ...], named: Mapping[str, Any], *, scope: object
) -> tuple[tuple[str, Expression], ...]:
    target = f"{callee.kind} {callee.short_name}"
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
    return tuple(
        (entry.name, bind(named[entry.name], entry.annotation, scope, f"input {entry.name} of {target}"))
        for entry in parameters
        if entry.name in named
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


_current: ContextVar[Trace | None] = ContextVar("godwit_trace", default=None)


def current_trace() -> Trace | None:
    """Return the trace that calls are recorded in; None outside of a workflow's body."""
    return _current.get()


@contextlib.contextmanager
def tracing(trace: Trace) -> Iterator[Trace]:
    """Have calls recorded in *trace* while the context is open."""
    token = _current.set(trace)
    try:
        yield trace
    finally:
        _current.reset(token)
