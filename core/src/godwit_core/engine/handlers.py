"""Failure handlers: when one is called, and with which error."""

from godwit_core.engine.bindings import BindingError, resolve
from godwit_core.engine.failures import make_error
from godwit_core.engine.phases import NodePhase, Trigger
from godwit_core.engine.scopes import is_aborting
from godwit_core.engine.state import Execution, Node, Scope
from godwit_core.engine.work import ABORTED, Work

CANCELLED = "CANCELLED"


def settled(work: Work, scope: Scope) -> bool:
    """Return whether *scope*, whose nodes have ended, may be closed; call its handler, or pass it by, before.

    What was called makes the scope unfinished again; it comes back here when that has ended.
    """
    handler = scope.handler
    if handler is None or handler.phase.final:
        return True
    scope.unfinished += 1
    if _is_wanted(work.execution, scope):
        scope.handled = handled_error(work.execution, scope)
        work.ready.append(handler)
    else:
        work.end(handler, Trigger.NOT_REACHED)
    return False


def _is_wanted(execution: Execution, scope: Scope) -> bool:
    on_failure = scope.plan.on_failure
    assert on_failure is not None, "it has a handler"
    if is_aborting(execution, scope) or (scope.halted and not scope.failed):
        return on_failure.run_on_abort and not execution.ends_handlers
    return bool(scope.failed)


def end_all(work: Work, reason: str) -> None:
    """Call no handler any more, and cancel those under way: an abort asks for it that waits for none."""
    execution = work.execution
    if execution.phase.final or execution.ends_handlers:
        return
    execution.ends_handlers, execution.changed = True, True
    if not execution.aborting:
        return
    work.record("abort_requested", None, reason, True)
    for scope in list(execution.scopes):
        if scope.handler is not None and work.stops_on_abort(scope, scope.handler):
            work.cancel(scope.handler, ABORTED)


def handled_error(execution: Execution, scope: Scope) -> bytes:
    """Return the error that the handler of *scope* is called with: the first cause, or why it was cancelled."""
    if scope.failed:
        return scope.failed
    if execution.aborting:
        return make_error(ABORTED, execution.abort_reason or "The execution was aborted.")
    return make_error(CANCELLED, "The workflow was cancelled because of a failure around it.")


def is_inside(node: Node) -> bool:
    """Return whether *node* is a failure handler, or part of what one does."""
    at: Node | None = node
    while at is not None:
        if at is at.scope.handler:
            return True
        at = at.scope.parent
    return False


def restore_handler(execution: Execution, scope: Scope) -> None:
    """Give a handler that was called before a restart its error again."""
    handler = scope.handler
    if handler is None or handler.phase is NodePhase.PENDING:
        return
    scope.unfinished += not handler.phase.final
    cancelled = scope.parent is not None and bool(scope.parent.cancelling)
    if not (scope.failed or execution.aborting or cancelled):
        scope.failed = outputs_error(execution, scope)
    scope.handled = handled_error(execution, scope)


def outputs_error(execution: Execution, scope: Scope) -> bytes:
    """Return why the outputs of *scope* cannot be computed; empty if they can."""
    try:
        resolve(scope, scope.plan.outputs, execution.load)
    except BindingError as error:
        return make_error(error.code, str(error))
    return b""
