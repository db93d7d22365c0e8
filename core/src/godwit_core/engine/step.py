"""`step`: the state and an event in, the changed state and effects out.

Deterministic: times and chances come with the events.

Read `phases.py` for the transitions, `state.py` for the data, then this file from `step` downwards.
"""

from collections import deque

from godwitidl.core.v1.errors_pb2 import BLAME_SYSTEM, ExecutionError
from godwitidl.rules.digest import cache_key, inputs_digest

from godwit_core.compiler.plan import TaskPlan
from godwit_core.engine.bindings import BindingError, encode_named, resolve
from godwit_core.engine.events import (
    AbortRequested,
    Began,
    CacheAnswered,
    CancelAttempt,
    Conclude,
    Effect,
    Ended,
    Enqueue,
    Event,
    LookUp,
    Outcome,
    Remember,
    Resumed,
    Started,
    Submitted,
    TimerFired,
    TimerKind,
    WakeAt,
    Withdraw,
)
from godwit_core.engine.failures import MAX_ENGINE_LOSSES, Budget, backoff_s, make_error, payer, timeout_error
from godwit_core.engine.phases import CacheStatus, ExecutionPhase, NodePhase, Trigger, next_phase
from godwit_core.engine.state import Execution, Node, Scope, Values, open_scope

FAIL_FAST = "FAIL_FAST"
ABORTED = "ABORTED"
TIMEOUT_ATTEMPT = "TIMEOUT_ATTEMPT"
TIMEOUT_DEADLINE = "TIMEOUT_DEADLINE"

_WEIGHT = {"": 0, TIMEOUT_ATTEMPT: 1, TIMEOUT_DEADLINE: 2, FAIL_FAST: 3, ABORTED: 4}
"""Of several reasons to cancel an attempt, the heaviest decides what follows: a retry is for the lightest alone."""


def step(execution: Execution, event: Event) -> list[Effect]:
    """Change *execution* by *event*, and return the effects it asks for, in order.

    What must be stored is noted in the execution: `dirty`, `new_scopes`, `history`, `changed`. An event that comes too
    late (of an attempt that is no longer the node's, a timer that is no longer wanted) changes nothing.
    """
    work = _Step(execution, event.now_us)
    match event:
        case Ended():
            work.ended(event)
        case Started():
            work.started(execution.nodes[event.node], event.worker)
        case Submitted():
            execution.nodes[event.node].submitted = True
        case CacheAnswered():
            work.cache_answered(execution.nodes[event.node], event.outputs)
        case TimerFired():
            work.timer_fired(event)
        case AbortRequested():
            work.abort(event.reason)
        case Began():
            work.begin()
        case Resumed():
            work.resume()
    work.settle()
    return work.effects


class _Step:
    """One call of `step`: what it collects on its way."""

    __slots__ = ("closable", "effects", "execution", "now_us", "ready")

    def __init__(self, execution: Execution, now_us: int) -> None:
        self.execution = execution
        self.now_us = now_us
        self.effects: list[Effect] = []
        self.ready: deque[Node] = deque()
        self.closable: deque[Scope] = deque()

    # The ways of an event.

    def begin(self) -> None:
        execution = self.execution
        if execution.phase is not ExecutionPhase.QUEUED:
            return
        execution.phase = ExecutionPhase.RUNNING
        execution.changed = True
        self.open(open_scope(execution, execution.plan.root, None, execution.inputs))

    def resume(self) -> None:
        """Ask again for what was asked for before the engine died, and drop what nobody will read."""
        if self.execution.phase is not ExecutionPhase.RUNNING:
            return
        for node in self.execution.nodes:
            task = node.plan.task
            if node.phase is NodePhase.PENDING and not node.waiting_for:
                self.ready.append(node)
            elif task is not None and node.phase in {NodePhase.QUEUED, NodePhase.WAITING, NodePhase.RUNNING}:
                self.go_on(node, task)
        for scope in self.execution.scopes:
            if not scope.unfinished and (scope.parent is None or not scope.parent.phase.final):
                self.closable.append(scope)
        self.execution.released.extend(node for node in self.execution.nodes if node.unread <= 0)

    def go_on(self, node: Node, task: TaskPlan) -> None:
        if task.timeout_overall_s is not None:
            due_us = node.ready_us + round(task.timeout_overall_s * 1e6)
            self.effects.append(WakeAt(node, due_us, TimerKind.DEADLINE))
        if node.phase is NodePhase.QUEUED:
            self.effects.append(Enqueue(node))
        elif node.phase is NodePhase.WAITING:
            self.effects.append(WakeAt(node, node.due_us, TimerKind.RETRY))
        elif task.timeout_attempt_s is not None:
            self.wake(node, task.timeout_attempt_s, TimerKind.ATTEMPT)

    def started(self, node: Node, worker: str) -> None:
        if node.phase is not NodePhase.QUEUED:
            return
        self.move(node, Trigger.STARTED)
        node.submitted = False
        node.attempt += 1
        if not node.started_us:
            node.started_us = self.now_us
        self.record("attempt_started", node, node.attempt, worker)
        limit = node.plan.task.timeout_attempt_s if node.plan.task else None
        if limit is not None:
            self.wake(node, limit, TimerKind.ATTEMPT)

    def ended(self, event: Ended) -> None:
        node = self.execution.nodes[event.node]
        if node.phase is NodePhase.QUEUED and node.submitted and event.attempt == node.attempt + 1:
            if event.outcome is Outcome.LOST:
                node.submitted = False
                self.effects.append(Enqueue(node))
                return
            self.started(node, "")
        if node.phase is not NodePhase.RUNNING or event.attempt != node.attempt:
            return
        node.usage, node.log, node.handle = event.usage, event.log, b""
        self.record("attempt_finished", node, node.attempt, event.error, event.usage, event.log)
        if event.outcome is Outcome.SUCCEEDED:
            assert event.outputs is not None
            self.succeed(node, event.outputs, Trigger.FINISHED)
        else:
            self.attempt_failed(node, event.error, event.draw)

    def cache_answered(self, node: Node, outputs: Values | None) -> None:
        if node.phase is not NodePhase.PENDING:
            return
        if outputs is not None:
            node.cache = CacheStatus.HIT
            self.succeed(node, outputs, Trigger.CACHE_HIT)
        else:
            self.enqueue(node, Trigger.READY)

    def timer_fired(self, event: TimerFired) -> None:
        node = self.execution.nodes[event.node]
        task = node.plan.task
        if node.phase.final or task is None:
            return
        if event.kind is TimerKind.RETRY:
            if node.phase is NodePhase.WAITING and event.attempt == node.attempt:
                node.due_us = 0
                self.enqueue(node, Trigger.DUE)
        elif event.kind is TimerKind.ATTEMPT:
            if node.phase is NodePhase.RUNNING and event.attempt == node.attempt:
                self.cancel(node, TIMEOUT_ATTEMPT)
        elif event.kind is TimerKind.QUEUE:
            if node.phase is NodePhase.QUEUED and event.attempt == node.attempt:
                limit = task.timeout_queue_s or 0.0
                self.give_up(node, timeout_error("TIMEOUT_QUEUE", "Waiting for a place", limit))
        elif node.phase is NodePhase.RUNNING:
            self.cancel(node, TIMEOUT_DEADLINE)
        else:
            self.give_up(node, timeout_error(TIMEOUT_DEADLINE, "The node", task.timeout_overall_s or 0.0))

    def abort(self, reason: str) -> None:
        execution = self.execution
        if execution.phase.final or execution.aborting:
            return
        execution.aborting, execution.abort_reason, execution.changed = True, reason, True
        self.record("abort_requested", None, reason)
        if not execution.scopes:
            self.conclude(ExecutionPhase.ABORTED)
            return
        self.halt(execution.scopes[0], ABORTED)

    # What follows: nodes become ready, scopes close.

    def settle(self) -> None:
        """Bind what is ready, and close what is done, until nothing is left."""
        while self.ready or self.closable:
            if self.ready:
                self.bind(self.ready.popleft())
            else:
                self.close(self.closable.popleft())

    def bind(self, node: Node) -> None:
        """Give a pending node its inputs, and send it on its way."""
        if node.phase is not NodePhase.PENDING or node.scope.halted:
            return
        try:
            values = resolve(node.scope, node.plan.inputs, self.execution.load)
        except BindingError as error:
            self.fail(node, make_error(error.code, str(error)), Trigger.BINDING_FAILED)
            return
        for index in node.plan.upstream:
            self.read(node.scope.nodes[index])
        node.ready_us = self.now_us
        if node.plan.workflow is not None:
            self.move(node, Trigger.SCOPE_OPENED)
            node.started_us = self.now_us
            self.record("scope_opened", node, node.plan.workflow.name)
            self.open(open_scope(self.execution, node.plan.workflow, node, values))
            return
        task = node.plan.task
        assert task is not None, "a node calls a task or a workflow"
        node.inputs = encode_named(values.items())
        if task.timeout_overall_s is not None:
            self.wake(node, task.timeout_overall_s, TimerKind.DEADLINE)
        if task.cache is None:
            node.cache = CacheStatus.DISABLED
            self.enqueue(node, Trigger.READY)
            return
        ignored = task.cache.ignored_inputs
        node.cache_key = cache_key(
            project=self.execution.project,
            domain=self.execution.domain,
            task=task.name,
            version=task.cache.version,
            interface=task.cache.interface_digest,
            inputs=inputs_digest((name, digest) for name, (_, digest) in values.items() if name not in ignored),
        )
        if self.execution.options.overwrite_cache:
            node.cache = CacheStatus.OVERWRITTEN
            self.enqueue(node, Trigger.READY)
        else:
            node.cache = CacheStatus.MISS
            self.effects.append(LookUp(node))

    def enqueue(self, node: Node, trigger: Trigger) -> None:
        self.move(node, trigger)
        self.effects.append(Enqueue(node))
        limit = node.plan.task.timeout_queue_s if node.plan.task else None
        if limit is not None:
            self.wake(node, limit, TimerKind.QUEUE)

    def open(self, scope: Scope) -> None:
        self.ready.extend(node for node in scope.nodes if not node.waiting_for)
        if not scope.unfinished:
            self.closable.append(scope)

    def close(self, scope: Scope) -> None:
        """End the node, or the execution, whose work *scope* was."""
        parent = scope.parent
        if scope.failed or self.execution.aborting or (scope.halted and parent is not None):
            if parent is None:
                self.conclude(
                    ExecutionPhase.ABORTED if self.execution.aborting else ExecutionPhase.FAILED, scope.failed
                )
            elif scope.failed and not parent.cancelling:
                self.fail(parent, scope.failed, Trigger.SCOPE_FAILED)
            else:
                self.end(parent, Trigger.CANCELLED)
            return
        try:
            outputs = resolve(scope, scope.plan.outputs, self.execution.load)
        except BindingError as error:
            failed = make_error(error.code, str(error))
            if parent is None:
                self.conclude(ExecutionPhase.FAILED, failed)
            else:
                self.fail(parent, failed, Trigger.SCOPE_FAILED)
            return
        for node in scope.nodes:
            if node.unread:
                node.unread = 0
                self.execution.released.append(node)
        if parent is None:
            self.execution.outputs = outputs
            self.conclude(ExecutionPhase.SUCCEEDED)
        else:
            self.succeed(parent, outputs, Trigger.SCOPE_SUCCEEDED)

    def conclude(self, phase: ExecutionPhase, error: bytes = b"") -> None:
        execution = self.execution
        if phase is ExecutionPhase.ABORTED:
            error = make_error(ABORTED, execution.abort_reason or "The execution was aborted.")
        execution.phase, execution.error, execution.finished_us = phase, error, self.now_us
        execution.changed = True
        self.record("execution_finished", None, phase, error)
        self.effects.append(Conclude())

    # How a node ends, or goes on.

    def succeed(self, node: Node, outputs: Values, trigger: Trigger) -> None:
        if node.cache_key and trigger is Trigger.FINISHED:
            self.effects.append(Remember(node, node.inputs, outputs))
        node.outputs = outputs
        self.end(node, trigger)
        if not node.unread:
            self.execution.released.append(node)
        siblings = node.scope.nodes
        for index in node.plan.downstream:
            waiting = siblings[index]
            waiting.waiting_for -= 1
            if not waiting.waiting_for:
                self.ready.append(waiting)

    def attempt_failed(self, node: Node, encoded: bytes, draw: float) -> None:
        """Decide what follows a failed or lost attempt: another one, or the end."""
        task = node.plan.task
        assert task is not None, "only tasks have attempts"
        reason, node.cancelling = node.cancelling, ""
        if reason in {FAIL_FAST, ABORTED}:
            self.end(node, Trigger.CANCELLED)
            return
        if reason == TIMEOUT_DEADLINE:
            self.fail(node, timeout_error(reason, "The node", task.timeout_overall_s or 0.0), Trigger.EXHAUSTED)
            return
        if reason == TIMEOUT_ATTEMPT:
            encoded = timeout_error(reason, "The attempt", task.timeout_attempt_s or 0.0)
        budget = payer(ExecutionError.FromString(encoded), task.retries)
        wait_s = 0.0
        if budget is Budget.USER:
            node.failures += 1
            again = node.failures <= task.retries.max_retries
            wait_s = backoff_s(task.retries, node.failures, draw)
        elif budget is Budget.INFRASTRUCTURE:
            node.infrastructure_failures += 1
            again = node.infrastructure_failures <= task.retries.max_infrastructure_retries
        elif budget is Budget.ENGINE:
            node.engine_losses += 1
            again = node.engine_losses < MAX_ENGINE_LOSSES
        else:
            again = False
        if not again:
            self.fail(node, encoded, Trigger.EXHAUSTED)
        elif budget is Budget.ENGINE:
            self.enqueue(node, Trigger.REQUEUED)
        elif wait_s <= 0:
            self.record("retry_scheduled", node, node.attempt + 1, self.now_us, budget is Budget.INFRASTRUCTURE)
            self.enqueue(node, Trigger.RETRY_NOW)
        else:
            self.move(node, Trigger.RETRY_LATER)
            node.due_us = self.now_us + round(wait_s * 1e6)
            self.record("retry_scheduled", node, node.attempt + 1, node.due_us, False)
            self.effects.append(WakeAt(node, node.due_us, TimerKind.RETRY))

    def fail(self, node: Node, encoded: bytes, trigger: Trigger) -> None:
        """End *node* with an error for good, and do to the others what the policy says."""
        node.error = _located(encoded, node.path)
        scope = node.scope
        self.end(node, trigger)
        scope.failed = scope.failed or node.error
        if self.runs_what_can_run(scope):
            self.skip_downstream(node)
        else:
            self.halt(scope, FAIL_FAST)

    def give_up(self, node: Node, error: bytes) -> None:
        """Fail a node that has no attempt under way."""
        if node.phase is NodePhase.QUEUED:
            self.effects.append(Withdraw(node))
        if node.phase in {NodePhase.QUEUED, NodePhase.WAITING}:
            self.fail(node, error, Trigger.EXHAUSTED)

    def runs_what_can_run(self, scope: Scope) -> bool:
        if self.execution.aborting:
            return False
        chosen = self.execution.options.run_what_can_run
        return scope.plan.run_what_can_run if scope.parent is not None or chosen is None else chosen

    def skip_downstream(self, failed: Node) -> None:
        """Skip every pending node that can no longer get its inputs."""
        reached = [failed]
        while reached:
            node = reached.pop()
            for index in node.plan.downstream:
                after = node.scope.nodes[index]
                if after.phase is NodePhase.PENDING:
                    self.end(after, Trigger.NOT_REACHED)
                    reached.append(after)

    def halt(self, scope: Scope, reason: str) -> None:
        """Start nothing more in *scope*, and cancel what runs there."""
        if scope.halted and reason != ABORTED:
            return
        scope.halted = True
        for node in scope.nodes:
            if node.phase is NodePhase.PENDING:
                self.end(node, Trigger.NOT_REACHED)
            elif not node.phase.final:
                self.cancel(node, reason)

    def cancel(self, node: Node, reason: str) -> None:
        """Bring a live node to its end: at once, or when its backend confirms."""
        if node.child is not None:
            if _WEIGHT[reason] > _WEIGHT[node.cancelling]:
                node.cancelling = reason
                self.execution.dirty[node.number] = node
                self.halt(node.child, reason)
        elif node.phase is NodePhase.RUNNING:
            if not node.cancelling:
                self.effects.append(CancelAttempt(node))
            if _WEIGHT[reason] > _WEIGHT[node.cancelling]:
                node.cancelling = reason
                self.execution.dirty[node.number] = node
        else:
            if node.phase is NodePhase.QUEUED:
                self.effects.append(Withdraw(node))
            self.end(node, Trigger.CANCELLED)

    def end(self, node: Node, trigger: Trigger) -> None:
        """Bring *node* to a final phase, and its scope one step closer to its own end."""
        self.move(node, trigger)
        node.finished_us = self.now_us
        node.inputs = b""
        node.child = None
        self.record("node_finished", node, node.phase, node.cache, node.error)
        scope = node.scope
        scope.unfinished -= 1
        if not scope.unfinished:
            self.closable.append(scope)

    # Notes for the rows.

    def move(self, node: Node, trigger: Trigger) -> None:
        node.phase = next_phase(node.phase, trigger)
        self.execution.dirty[node.number] = node

    def read(self, node: Node) -> None:
        """Note that one reader has read the outputs of *node*."""
        node.unread -= 1
        if not node.unread:
            self.execution.released.append(node)

    def record(self, kind: str, node: Node | None, *data: object) -> None:
        self.execution.history.append((kind, self.now_us, node, *data))

    def wake(self, node: Node, delay_s: float, kind: TimerKind) -> None:
        self.effects.append(WakeAt(node, self.now_us + round(delay_s * 1e6), kind))


def _located(encoded: bytes, path: str) -> bytes:
    """Return the error with the node that it comes from, unless it says so already."""
    error = ExecutionError.FromString(encoded) if encoded else ExecutionError()
    if not error.code:
        error.code, error.message, error.blame = "UNKNOWN", "The attempt failed without an error.", BLAME_SYSTEM
    if not error.node_path:
        error.node_path = path
    return error.SerializeToString()
