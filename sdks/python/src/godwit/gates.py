"""Nodes that wait: for a person's yes, for a value, for some time. They hold no runner, and survive restarts."""

from datetime import timedelta
from typing import Any, TypeVar, overload

from godwit.amounts import invalid
from godwit.annotation import UNKNOWN, name_of, strip
from godwit.errors import DeclarationError
from godwit.nodes import ApproveNode, SignalNode, SleepNode
from godwit.promise import Promise, promise_parts
from godwit.settings import Length, seconds_of
from godwit.tracing import Trace, needed_trace

T = TypeVar("T")

_IN_A_WORKFLOW = "Call it in the body of a @gw.workflow."


def approve(prompt: str = "", *, timeout: Length | None = None, name: str = "", after: object = ()) -> ApproveNode:
    """Wait for a person's yes: `ok = gw.approve("Publish?", after=model)`, then `publish.after(ok)(model=model)`.

    `godwit signal EXECUTION NODE --approve` answers it, and `--reject` fails the node with code REJECTED.

    Args:
        prompt: what is asked.
        timeout: longest wait, a timedelta or seconds; then the node fails with code TIMEOUT_GATE. None: no limit.
        name: name of the node for people.
        after: what must have ended before: what calls returned, or a tuple of these.

    Returns:
        The node, for `after`.

    Raises:
        DeclarationError: this is no workflow's body, or a setting is not as expected.
    """
    trace = needed_trace("gw.approve", _IN_A_WORKFLOW)
    _check_texts(prompt=prompt, name=name)
    upstream = _upstream(trace, after)
    node = ApproveNode(trace.next_id(), name, upstream, trace, prompt, _timeout(timeout))
    trace.add(node)
    return node


@overload
def wait_for_input(
    of: type[T],
    /,
    *,
    name: str = "",
    prompt: str = "",
    timeout: Length | None = None,
    after: object = (),
) -> T: ...
@overload
def wait_for_input(
    of: Any,
    /,
    *,
    name: str = "",
    prompt: str = "",
    timeout: Length | None = None,
    after: object = (),
) -> Any: ...


def wait_for_input(
    of: Any,
    /,
    *,
    name: str = "",
    prompt: str = "",
    timeout: Length | None = None,
    after: object = (),
) -> Any:
    """Wait for a value: `rate = gw.wait_for_input(float, name="rate", prompt="Which rate?")`.

    `godwit signal EXECUTION NODE VALUE` gives it. It is checked against the type before it is taken.

    Args:
        of: annotation of the value.
        name: name by which it is answered, beside the node's path, and which people see; empty: the node's id.
        prompt: what is asked.
        timeout: longest wait, a timedelta or seconds; then the node fails with code TIMEOUT_GATE. None: no limit.
        after: what must have ended before, as for `approve`.

    Returns:
        A promise of the value.

    Raises:
        DeclarationError: this is no workflow's body, or a setting is not as expected.
    """
    trace = needed_trace("gw.wait_for_input", _IN_A_WORKFLOW)
    _check_texts(prompt=prompt, name=name)
    upstream = _upstream(trace, after)
    node = SignalNode(trace.next_id(), name, upstream, trace, name, of, prompt, _timeout(timeout))
    trace.add(node)
    return node.result


def sleep(duration: timedelta | float, *, name: str = "", after: object = ()) -> SleepNode:
    """Wait for some time: `pause = gw.sleep(timedelta(hours=1), after=first)`, then `second.after(pause)(…)`.

    Args:
        duration: how long: a timedelta, seconds, or a promise of a timedelta.
        name: name of the node for people.
        after: what must have ended before, as for `approve`.

    Returns:
        The node, for `after`.

    Raises:
        DeclarationError: this is no workflow's body, or the duration is none.
    """
    trace = needed_trace("gw.sleep", _IN_A_WORKFLOW)
    _check_texts(name=name)
    length: object = duration
    if isinstance(length, Promise):
        annotation = strip(promise_parts(length)[1])
        if annotation not in {timedelta, UNKNOWN}:
            raise DeclarationError(
                f"gw.sleep takes a timedelta; got a promise of {name_of(annotation)}.",
                hint="Make the timedelta in a task, or take one as input.",
                code="INVALID_SETTING",
            )
        expression = trace.bind(length, timedelta, "the duration of gw.sleep")
    else:
        expression = trace.bind(seconds_of("duration", duration), timedelta, "the duration of gw.sleep")
    node = SleepNode(trace.next_id(), name, _upstream(trace, after), trace, expression)
    trace.add(node)
    return node


def _upstream(trace: Trace, after: object) -> tuple[str, ...]:
    return trace.upstream(after if isinstance(after, tuple) else (after,))


def _timeout(timeout: Length | None) -> timedelta | None:
    return None if timeout is None else seconds_of("timeout", timeout)


def _check_texts(**texts: object) -> None:
    for setting, text in texts.items():
        if not isinstance(text, str):
            raise invalid(setting, "a text", text)
