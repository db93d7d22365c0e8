"""Conditions that decide which calls of a workflow are made: `conditional`, and `fail`."""

import types
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar, overload

from godwit.annotation import UNKNOWN, members, name_of, strip
from godwit.errors import ConditionFailed, DeclarationError, PromiseError
from godwit.expression import Constant, Expression
from godwit.nodes import Block, BranchNode, Case, Node
from godwit.outputs import bind_outputs
from godwit.promise import Promise, promise_parts
from godwit.signature import OutputField, Shape, Signature, read_outputs
from godwit.tracing import Trace, current_trace

T = TypeVar("T")

_WHERE = "gw.conditional"


class _FailRequested(DeclarationError):  # noqa: N818 - an error only where no `conditional` takes it
    """Raised by `fail` while a workflow is traced."""

    code = "INVALID_CONDITIONAL"
    reason: str = ""


@overload
def conditional(
    condition: bool,
    /,
    *,
    then: Callable[[], T],
    otherwise: Callable[[], T] | None = None,
    returns: Any = None,
    name: str = "",
    after: object = (),
) -> T: ...
@overload
def conditional(
    *,
    cases: Sequence[tuple[bool, Callable[[], T]]],
    otherwise: Callable[[], T] | None = None,
    returns: Any = None,
    name: str = "",
    after: object = (),
) -> T: ...


def conditional(
    condition: Any = None,
    /,
    *,
    then: Callable[[], Any] | None = None,
    cases: Sequence[tuple[Any, Callable[[], Any]]] = (),
    otherwise: Callable[[], Any] | None = None,
    returns: Any = None,
    name: str = "",
    after: object = (),
) -> Any:
    """Make the calls of the first case whose condition is true: of the others, none runs.

    `gw.conditional(x > 0, then=lambda: f(x=x), otherwise=lambda: g(x=x))`, or, with several conditions in order,
    `gw.conditional(cases=[(x > 9, lambda: f(x=x)), (x > 0, lambda: g(x=x))], otherwise=lambda: gw.fail("too small"))`.
    In a workflow's body this makes one node, and every lambda is traced; anywhere else it is plain Python.

    Args:
        condition: a comparison of promises, or several combined by `&`, `|`, `~`.
        then: makes the calls of that case.
        cases: conditions with what makes their calls, instead of *condition* and *then*.
        otherwise: makes the calls when no condition is true. Needed where the cases return something.
        returns: annotation of what every case returns; needed only where the cases do not tell it.
        name: name of the node for people.
        after: what must have ended before, as in `Task.after`.

    Returns:
        What the case returned: a promise, a tuple of promises, or the node if the cases return nothing.

    Raises:
        DeclarationError: the cases do not return the same.
        ConditionFailed: outside of a workflow, `fail` was reached.
    """
    listed = [(condition, then), *cases] if then is not None else list(cases)
    if not listed or (then is None) != (condition is None) or (then is not None and cases):
        raise DeclarationError(
            f"{_WHERE} takes a condition with then=…, or cases=[(condition, lambda: …), …].",
            hint="Write gw.conditional(x > 0, then=lambda: …, otherwise=lambda: …).",
            code="INVALID_CONDITIONAL",
        )
    trace = current_trace()
    if trace is None:
        chosen = next((call for holds, call in listed if holds), otherwise)
        return None if chosen is None else chosen()
    upstream = trace.upstream(after if isinstance(after, tuple) else (after,))
    node = _Tracing(trace, returns).branch(listed, otherwise, name, upstream)
    return node.result if node.signature.outputs else node


def fail(message: str) -> NoReturn:
    """Fail when this case of a `conditional` is reached: `otherwise=lambda: gw.fail("no rows")`.

    The node fails with code NO_CASE and *message*, which is not retried.

    Raises:
        DeclarationError: the message is empty.
        ConditionFailed: outside of a workflow.
    """
    if not isinstance(message, str) or not message:
        raise DeclarationError(f"gw.fail takes a text that is not empty; got {message!r}.", code="INVALID_CONDITIONAL")
    if current_trace() is None:
        raise ConditionFailed(message)
    request = _FailRequested(
        "gw.fail stands alone in a case of a gw.conditional, and nowhere else.",
        hint="Write gw.conditional(…, otherwise=lambda: gw.fail(…)), or raise an exception in a task.",
    )
    request.reason = message
    raise request


class _Traced:
    """A block whose lambda has been traced, with what that returned."""

    def __init__(self, block: Block, returned: Any) -> None:
        self.block = block
        self.returned = returned


class _Tracing:
    """Traces the cases of one `conditional`."""

    def __init__(self, trace: Trace, returns: Any) -> None:
        self._trace = trace
        self._returns = returns

    def branch(
        self,
        cases: Sequence[tuple[Any, Callable[[], Any]]],
        otherwise: Callable[[], Any] | None,
        name: str,
        after: tuple[str, ...],
    ) -> BranchNode:
        """Make the node.

        A case that fails becomes the default of its node, and what stands behind it a case for when its condition is
        false: only a default can fail.
        """
        node_id = self._trace.next_id()
        traced: list[tuple[Expression, _Traced]] = []
        default: _Traced | str | None = None
        for number, (condition, call) in enumerate(cases):
            made = self._traced(call)
            if isinstance(made, str):
                rest = self._rest(cases[number + 1 :], otherwise, name)
                traced.append((self._condition(condition, inverted=True), rest))
                default = made
                break
            traced.append((self._condition(condition), made))
        else:
            default = None if otherwise is None else self._traced(otherwise)
        blocks = [made for _, made in traced] + ([default] if isinstance(default, _Traced) else [])
        signature = common_signature([made.returned for made in blocks], self._returns)
        if default is None and signature.outputs:
            raise DeclarationError(
                f"{_WHERE} returns something in its cases, and does not say what it returns otherwise.",
                hint='Give otherwise=lambda: …; or otherwise=lambda: gw.fail("why").',
                code="MISSING_OTHERWISE",
            )
        for made in blocks:
            with self._trace.block(made.block):
                made.block.outputs.extend(bind_outputs(made.returned, signature, self._trace, f"a case of {_WHERE}"))
        listed = tuple(Case(condition, made.block) for condition, made in traced)
        last = default.block if isinstance(default, _Traced) else default or Block()
        node = BranchNode(node_id, name, after, self._trace, listed, last, signature)
        self._trace.add(node)
        return node

    def _traced(self, call: Callable[[], Any]) -> "_Traced | str":
        """Return the block of what *call* does, or the message that it fails with."""
        with self._trace.block() as block:
            try:
                returned = call()
            except _FailRequested as request:
                if block.nodes:
                    raise
                return request.reason
        return _Traced(block, returned)

    def _rest(
        self, cases: Sequence[tuple[Any, Callable[[], Any]]], otherwise: Callable[[], Any] | None, name: str
    ) -> _Traced:
        """Return the block of what stands behind a case that fails."""
        if cases:
            with self._trace.block() as block:
                node = self.branch(cases, otherwise, name, ())
            return _Traced(block, node.result if node.signature.outputs else node)
        made = _Traced(Block(), None) if otherwise is None else self._traced(otherwise)
        if isinstance(made, str):
            raise DeclarationError(
                "Every case from one on fails, each with a message of its own.",
                hint="Let one gw.fail in otherwise=… stand for them.",
                code="INVALID_CONDITIONAL",
            )
        return made

    def _condition(self, condition: Any, *, inverted: bool = False) -> Expression:
        if isinstance(condition, Promise):
            annotation = strip(promise_parts(condition)[1])
            if annotation in {bool, UNKNOWN}:
                return self._trace.bind(~condition if inverted else condition, bool, f"a condition of {_WHERE}")
        elif isinstance(condition, bool):
            return Constant(condition is not inverted, bool)
        raise PromiseError(
            f"{_WHERE} takes conditions; got {condition!r}.",
            hint="Compare: x > 0, gw.is_none(x), gw.is_in(x, choices); combine by `&`, `|`, `~`.",
            code="INVALID_CONDITIONAL",
        )


def common_signature(returned: Sequence[Any], annotation: Any) -> Signature:
    """Return the outputs that all cases give, of what each returned; or as *annotation* says, if it is not None.

    Raises:
        DeclarationError: the cases do not return the same.
    """
    if annotation is not None:
        return Signature((), *read_outputs(annotation, None, _WHERE))
    shapes = [_shape(value) for value in returned]
    if Shape.SINGLE in shapes:  # then None is a value, too
        shapes = [Shape.SINGLE if value is None else shape for value, shape in zip(returned, shapes, strict=True)]
    records = {type(value) for value, shape in zip(returned, shapes, strict=True) if shape is Shape.NAMED_TUPLE}
    counts = {len(value) for value, shape in zip(returned, shapes, strict=True) if shape is Shape.TUPLE}
    if len(set(shapes)) > 1 or len(records) > 1 or len(counts) > 1:
        raise DeclarationError(
            f"The cases of {_WHERE} do not return the same: {'; '.join(_told(value) for value in returned)}.",
            hint="Let each return as many values, of the same types; None for what is not there.",
            code="DIFFERENT_CASES",
        )
    shape = shapes[0] if shapes else Shape.NOTHING
    if shape is Shape.NOTHING:
        return Signature((), (), shape)
    if shape is Shape.SINGLE:
        return Signature((), (OutputField("result", _common(returned, "result")),), shape)
    record = records.pop() if records else None
    names = record._fields if record else [f"result_{number}" for number in range(len(returned[0]))]
    columns = zip(names, zip(*returned, strict=True), strict=True)
    return Signature((), tuple(OutputField(name, _common(column, name)) for name, column in columns), shape, record)


def _shape(value: Any) -> Shape:
    if value is None or isinstance(value, Node):
        return Shape.NOTHING
    if isinstance(value, tuple):
        return Shape.NAMED_TUPLE if hasattr(value, "_fields") else Shape.TUPLE
    return Shape.SINGLE


def _told(value: Any) -> str:
    return "nothing" if value is None or isinstance(value, Node) else repr(value)


def _common(values: Sequence[Any], output: str) -> Any:
    """Return the annotation of an output that is given one of *values*."""
    found: list[Any] = []
    nullable = False
    for value in values:
        annotation = annotation_of(value)
        parts = [part for part in members(annotation) if part is not type(None)]
        nullable = nullable or len(parts) < len(members(annotation))
        kind = strip(annotation) if nullable and len(parts) == 1 else annotation
        if parts and kind is not UNKNOWN and kind not in found:
            found.append(kind)
    if len(found) > 1 and set(map(id, found)) == {id(int), id(float)}:
        found = [float]
    if len(found) != 1:
        came = ", ".join(name_of(kind) for kind in found) or "none that is known"
        raise DeclarationError(
            f"The cases of {_WHERE} do not tell the type of {output}: got {came}.",
            hint="Say it: gw.conditional(…, returns=list[int]).",
            code="DIFFERENT_CASES",
        )
    return found[0] | None if nullable else found[0]


def annotation_of(value: Any) -> Any:
    """Return the annotation of *value*, a promise or not, as far as it shows; UNKNOWN where it does not."""
    if isinstance(value, Promise):
        return promise_parts(value)[1]
    if isinstance(value, list):
        items = {annotation_of(item) for item in value}
        item = items.pop() if len(items) == 1 else UNKNOWN
        return UNKNOWN if item is UNKNOWN else types.GenericAlias(list, (item,))
    return UNKNOWN if isinstance(value, dict | tuple | set | frozenset) else type(value)
