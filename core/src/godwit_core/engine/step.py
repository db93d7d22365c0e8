"""`step`: the state and an event in, the changed state and effects out.

Deterministic: times and chances come with the events.

Read `phases.py` for the transitions, `state.py` for the data, then this file from `step` downwards, then
`work.py`.
"""

from godwit_plugin_api.errors import DataError
from godwitidl.rules.digest import cache_key, inputs_digest

from godwit_core.compiler.plan import TaskPlan
from godwit_core.engine import branches, claims, damage, gates, handlers, item_recovery, natives, timers
from godwit_core.engine.bindings import BindingError, encode_named, resolve
from godwit_core.engine.events import (
    AbortRequested,
    Answered,
    Began,
    CacheAnswered,
    CancelAwaited,
    Conclude,
    EarlierAnswered,
    EarlierItems,
    Effect,
    Ended,
    Enqueue,
    Event,
    Examined,
    Gathered,
    Linked,
    LogStarted,
    LookUp,
    Outcome,
    Recover,
    Resumed,
    Started,
    Submitted,
    TimerFired,
    TimerKind,
    WakeAt,
)
from godwit_core.engine.failures import make_error
from godwit_core.engine.maps import item_inputs, make_map
from godwit_core.engine.phases import CacheStatus, ExecutionPhase, NodePhase, Trigger
from godwit_core.engine.recovery import is_recovered, reuse_key
from godwit_core.engine.scopes import is_aborting, leave, open_scope
from godwit_core.engine.state import Execution, MapState, Node, Scope, Values
from godwit_core.engine.work import ABORTED, Work


def step(execution: Execution, event: Event) -> list[Effect]:  # noqa: C901 - a line for each kind of event
    """Change *execution* by *event*, and return the effects it asks for, in order.

    What must be stored is noted in the execution: `dirty`, `new_scopes`, `history`, `changed`. An event that comes too
    late (of an attempt that is no longer the node's, a timer that is no longer wanted) changes nothing.
    """
    work = _Step(execution, event.now_us)
    match event:
        case Ended():
            work.ended(event)
        case Examined():
            if (node := _find(execution, event.node, event.item)) is not None:
                damage.examined(work, node, event)
        case Started():
            if (node := _find(execution, event.node, event.item)) is not None:
                work.started(node, event.worker)
        case LogStarted():
            node = _find(execution, event.node, event.item)
            if node is not None and node.phase is NodePhase.RUNNING:
                work.record("log_started", node, event.attempt, event.log)
        case Linked():
            node = _find(execution, event.node, event.item)
            if node is not None and not node.phase.final:
                work.record("attempt_linked", node, event.attempt, event.name, event.url)
        case CancelAwaited():
            if (node := _find(execution, event.node, event.item)) is not None and event.attempt == node.attempt:
                work.record("cancel_awaited", node, event.attempt, event.waiting_on, event.backend)
        case Submitted():
            if (node := _find(execution, event.node, event.item)) is not None:
                node.submitted = True
        case CacheAnswered():
            if (node := _find(execution, event.node, event.item)) is not None:
                claims.answered(work, node, event)
        case EarlierAnswered():
            if (node := execution.nodes.get(event.node)) is not None:
                work.earlier_answered(node, event.outputs)
        case EarlierItems():
            item_recovery.answered(work, event)
        case Answered():
            gates.answered(work, event)
        case TimerFired():
            timers.fired(work, _find(execution, event.node, event.item), event)
        case AbortRequested():
            work.abort(event)
        case Gathered():
            item_recovery.gathered(work, event)
        case Began():
            work.begin()
        case Resumed():
            work.resume()
    work.settle()
    return work.effects


class _Step(Work):
    """One call of `step`: the ways of each event, and what follows from it."""

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
            elif gates.waits(node):
                gates.go_on(self, node)
            elif node.map is not None:
                self.go_on_with_map(node, node.map)
        for scope in self.execution.scopes:
            if not scope.unfinished and (scope.parent is None or not scope.parent.phase.final):
                self.closable.append(scope)
        self.execution.released.extend(node for node in self.execution.nodes if node.unread <= 0)

    def go_on_with_map(self, node: Node, state: MapState) -> None:
        for item in state.live.values():
            if item.plan.task is not None:
                self.go_on_with_item(state, item, item.plan.task)
        item_recovery.go_on(self, node)

    def go_on_with_item(self, state: MapState, item: Node, task: TaskPlan) -> None:
        if task.cache is not None:
            item.cache = CacheStatus.OVERWRITTEN if self.execution.options.overwrite_cache else CacheStatus.MISS
            self.name_result(item, task, item_inputs(state, item.item))
        self.go_on(item, task)

    def go_on(self, node: Node, task: TaskPlan) -> None:
        if task.timeout_overall_s is not None:
            due_us = node.ready_us + round(task.timeout_overall_s * 1e6)
            self.effects.append(WakeAt(node, due_us, TimerKind.DEADLINE))
        if node.phase is NodePhase.QUEUED:
            self.effects.append(Enqueue(node))
        elif node.phase is NodePhase.WAITING:
            if task.native is None:
                self.effects.append(WakeAt(node, node.due_us, TimerKind.RETRY))
            else:
                gates.go_on(self, node)
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
        node = _find(self.execution, event.node, event.item)
        if node is None:
            return
        if node.phase is NodePhase.QUEUED and node.submitted and event.attempt == node.attempt + 1:
            if event.outcome is Outcome.LOST:
                node.submitted = False
                self.effects.append(Enqueue(node))
                return
            self.started(node, "")
        if node.phase is not NodePhase.RUNNING or event.attempt != node.attempt:
            return
        node.usage, node.log, node.handle = event.usage, event.log, b""
        self.record("attempt_finished", node, node.attempt, event.error, event.usage, event.log, event.report)
        if event.outcome is Outcome.SUCCEEDED:
            assert event.outputs is not None
            self.succeed(node, event.outputs, Trigger.FINISHED)
        elif not damage.is_asked(self, node, event):
            self.attempt_failed(node, event.error, event.draw)

    def earlier_answered(self, node: Node, outputs: Values | None) -> None:
        if node.phase is not NodePhase.PENDING:
            return
        if outputs is not None:
            self.succeed(node, outputs, Trigger.RECOVERED)
        elif node.plan.task is not None:
            self.look_up(node, node.plan.task)
        elif node.plan.gate is not None:
            gates.wait(self, node)

    def abort(self, event: AbortRequested) -> None:
        execution = self.execution
        if event.at_once:
            handlers.end_all(self, event.reason)
        if execution.phase.final or execution.aborting:
            return
        execution.aborting, execution.abort_reason, execution.changed = True, event.reason, True
        self.record("abort_requested", None, event.reason, event.at_once)
        if not execution.scopes:
            self.conclude(ExecutionPhase.ABORTED)
            return
        self.halt(execution.scopes[0], ABORTED)

    # What follows: nodes become ready, scopes close.

    def settle(self) -> None:
        """Bind what is ready, and close what is done, until nothing is left."""
        while self.ready or self.closable or self.filling:
            if self.ready:
                self.bind(self.ready.popleft())
            elif self.filling:
                if not (node := self.filling.popleft()).phase.final:
                    self.fill(node)
            else:
                self.close(scope := self.closable.popleft())
                if scope.parent is not None and scope.parent.phase.final:
                    leave(self.execution, scope)

    def bind(self, node: Node) -> None:
        """Give a pending node its inputs, and send it on its way."""
        if node.phase is not NodePhase.PENDING or (node.scope.halted and node is not node.scope.handler):
            return
        if self.execution.reproducing and damage.is_blocked(node):
            return
        try:
            values = resolve(node.scope, node.plan.inputs, self.execution.load)
        except BindingError as error:
            self.fail(node, make_error(error.code, str(error)), Trigger.BINDING_FAILED)
            return
        for index in node.plan.upstream:
            self.read(node.scope.nodes[index])
        node.ready_us = self.now_us
        if node.plan.gate is not None:
            gates.begin(self, node, node.plan.gate, values)
            return
        if node.plan.map is not None:
            self.open_map(node, values)
            return
        if node.plan.task is not None and node.plan.task.native is None:
            node.inputs = encode_named(values.items())
        self.send(node, values)

    def open_map(self, node: Node, values: Values) -> None:
        """Begin a map: make its items, as many as there is room for."""
        try:
            state = make_map(self.execution, node, values)
        except (BindingError, DataError) as error:
            self.fail(node, make_error(error.code, str(error)), Trigger.BINDING_FAILED)
            return
        node.map = state
        node.items = state.count
        self.move(node, Trigger.SCOPE_OPENED)
        node.started_us = self.now_us
        node.cache = CacheStatus.DISABLED
        item_recovery.begin(self, node)

    def send(self, node: Node, values: Values) -> None:
        """Send a node with its inputs on its way: to the cache, to its queue, or inside."""
        task = node.plan.task
        if task is None:
            self.enter(node, values)
            return
        if task.native is not None:
            natives.perform(self, node, task, values)
            return
        is_item = node.owner is not None
        if is_item and task.cache is None:
            self.look_up(node, task)
            return
        self.name_result(node, task, values)
        if node.reproductions:
            damage.produce(self, node, task)
        elif self.execution.recovers and not node.attempt and not is_item and not handlers.is_inside(node):
            self.effects.append(Recover(node))
        else:
            self.look_up(node, task)

    def name_result(self, node: Node, task: TaskPlan, values: Values) -> None:
        """Give a node the keys by which its result is known again."""
        ignored = task.cache.ignored_inputs if task.cache is not None else ()
        digest = inputs_digest((name, digest) for name, (_, digest) in values.items() if name not in ignored)
        node.reuse_key = reuse_key(task, digest)
        if task.cache is not None:
            node.cache_key = cache_key(
                project=self.execution.project,
                domain=self.execution.domain,
                task=task.name,
                version=task.cache.version,
                interface=task.cache.interface_digest,
                inputs=digest,
            )

    def look_up(self, node: Node, task: TaskPlan) -> None:
        """Have a bound node get its result from the cache, else compute it."""
        if task.timeout_overall_s is not None:
            self.wake(node, task.timeout_overall_s, TimerKind.DEADLINE)
        if task.cache is None:
            node.cache = CacheStatus.DISABLED
            self.enqueue(node, Trigger.READY)
        elif self.execution.options.overwrite_cache:
            node.cache = CacheStatus.OVERWRITTEN
            self.enqueue(node, Trigger.READY)
        else:
            node.cache = CacheStatus.MISS
            self.effects.append(LookUp(node))

    def enter(self, node: Node, values: Values) -> None:
        """Open the scope that is the work of a sub-workflow or branch."""
        branch = node.plan.branch
        workflow = node.plan.workflow if branch is None else branches.choose(self, node, branch, values)
        if workflow is None:
            return
        self.move(node, Trigger.SCOPE_OPENED)
        node.started_us = self.now_us
        self.record("scope_opened", node, workflow.name)
        self.open(open_scope(self.execution, workflow, node, values))

    def fail(self, node: Node, encoded: bytes, trigger: Trigger) -> None:
        if trigger is not Trigger.SCOPE_FAILED:
            damage.noted(self, node, encoded)
        super().fail(node, encoded, trigger)

    def end(self, node: Node, trigger: Trigger) -> None:
        claims.release(self, node)
        super().end(node, trigger)
        if node.reproductions:
            damage.settled(self, node)

    def open(self, scope: Scope) -> None:
        self.ready.extend(node for node in scope.nodes if not node.waiting_for)
        if not scope.unfinished:
            self.closable.append(scope)

    def close(self, scope: Scope) -> None:
        """End the node, or the execution, whose work *scope* was."""
        parent, aborting = scope.parent, is_aborting(self.execution, scope)
        outputs: Values | None = None
        if not (scope.failed or aborting or (scope.halted and parent is not None)):
            try:
                outputs = resolve(scope, scope.plan.outputs, self.execution.load)
            except BindingError as error:
                scope.failed = make_error(error.code, str(error))
        if not handlers.settled(self, scope):
            return
        if outputs is None:
            if parent is None:
                self.conclude(ExecutionPhase.ABORTED if aborting else ExecutionPhase.FAILED, scope.failed)
            elif scope.failed and not parent.cancelling:
                self.fail(parent, scope.failed, Trigger.SCOPE_FAILED)
            else:
                self.end(parent, Trigger.CANCELLED)
            return
        for node in scope.nodes:
            if node.unread:
                node.unread = 0
                self.execution.released.append(node)
        if parent is None:
            self.execution.outputs = outputs
            self.conclude(ExecutionPhase.SUCCEEDED)
        else:
            recovered = bool(self.execution.recovers) and is_recovered(scope)
            self.succeed(parent, outputs, Trigger.SCOPE_RECOVERED if recovered else Trigger.SCOPE_SUCCEEDED)

    def conclude(self, phase: ExecutionPhase, error: bytes = b"") -> None:
        execution = self.execution
        if phase is ExecutionPhase.ABORTED:
            error = make_error(ABORTED, execution.abort_reason or "The execution was aborted.")
        execution.phase, execution.error, execution.finished_us = phase, error, self.now_us
        execution.changed = True
        self.record("execution_finished", None, phase, error)
        self.effects.append(Conclude())


def _find(execution: Execution, number: int, item: int) -> Node | None:
    """Return the node, or the item of a map node; None for what is no longer in memory."""
    node = execution.nodes.get(number)
    if node is None or item < 0:
        return node
    return node.map.live.get(item) if node.map is not None else None
