"""How a node ends or goes on, with what that asks of its neighbours. The lower half of `step`."""

from collections import deque

from godwit_plugin_api.errors import DataError
from godwitidl.core.v1.errors_pb2 import BLAME_SYSTEM, ExecutionError

from godwit_core.compiler.plan import TaskPlan
from godwit_core.engine.bindings import BindingError, encode_named
from godwit_core.engine.events import CancelAttempt, Effect, Enqueue, Gather, Remember, TimerKind, WakeAt, Withdraw
from godwit_core.engine.failures import MAX_ENGINE_LOSSES, Budget, backoff_s, make_error, payer, timeout_error
from godwit_core.engine.maps import has_next, item_inputs, next_item, settle_item
from godwit_core.engine.memory import comes_back_larger, memory_after
from godwit_core.engine.phases import CacheStatus, NodePhase, Trigger, next_phase
from godwit_core.engine.scopes import runs_what_can_run
from godwit_core.engine.state import Execution, MapState, Node, Scope, Values

FAIL_FAST = "FAIL_FAST"
ABORTED = "ABORTED"
TIMEOUT_ATTEMPT = "TIMEOUT_ATTEMPT"
TIMEOUT_DEADLINE = "TIMEOUT_DEADLINE"

_TOLD_OF_ITEMS = frozenset({"attempt_linked", "log_started", "cancel_requested", "cancel_awaited"})
_WEIGHT = {"": 0, TIMEOUT_ATTEMPT: 1, TIMEOUT_DEADLINE: 2, FAIL_FAST: 3, ABORTED: 4}
"""Of several reasons to cancel an attempt, the heaviest decides what follows: a retry is for the lightest alone."""
LONGEST_STEP = 1_000
"""Items of maps that begin in one step at most, so that what is to be stored at a time stays small."""


class Work:
    """What one call of `step` collects on its way, and the rules of endings."""

    __slots__ = ("begun", "closable", "effects", "execution", "filling", "now_us", "postponed", "ready")

    def __init__(self, execution: Execution, now_us: int) -> None:
        self.execution = execution
        self.now_us = now_us
        self.effects: list[Effect] = []
        self.ready: deque[Node] = deque()
        self.closable: deque[Scope] = deque()
        self.filling: deque[Node] = deque()
        self.begun = 0
        self.postponed: list[Node] = []

    def enqueue(self, node: Node, trigger: Trigger) -> None:
        """Have a node wait for its place."""
        self.move(node, trigger)
        self.effects.append(Enqueue(node))
        limit = node.plan.task.timeout_queue_s if node.plan.task else None
        if limit is not None:
            self.wake(node, limit, TimerKind.QUEUE)

    # How a node ends, or goes on.

    def succeed(self, node: Node, outputs: Values, trigger: Trigger) -> None:
        """End a node with its outputs, and make ready what waited for it alone."""
        if node.cache_key and trigger is Trigger.FINISHED:
            self.effects.append(Remember(node, node.inputs, outputs))
        node.outputs = outputs
        self.end(node, trigger)
        if node.owner is not None:
            return
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
        error = ExecutionError.FromString(encoded)
        budget = Budget.MEMORY if comes_back_larger(task, node.growths, error) else payer(error, task.retries)
        if not _pay(node, task, budget):
            self.fail(node, encoded, Trigger.EXHAUSTED)
        elif budget in {Budget.ENGINE, Budget.NOBODY}:
            self.enqueue(node, Trigger.REQUEUED)
        else:
            wait_s = backoff_s(task.retries, node.failures, draw) if budget is Budget.USER else 0.0
            memory = memory_after(task, node.growths) if budget is Budget.MEMORY else 0
            self.try_again(node, wait_s, infrastructure=budget is Budget.INFRASTRUCTURE, memory=memory)

    def try_again(self, node: Node, wait_s: float, *, infrastructure: bool, memory: int) -> None:
        """Have another attempt of *node* follow, after *wait_s* seconds; *memory*: what it is given, if more."""
        if wait_s <= 0:
            self.record("retry_scheduled", node, node.attempt + 1, self.now_us, infrastructure, memory)
            self.enqueue(node, Trigger.RETRY_NOW)
            return
        self.move(node, Trigger.RETRY_LATER)
        node.due_us = self.now_us + round(wait_s * 1e6)
        self.record("retry_scheduled", node, node.attempt + 1, node.due_us, infrastructure, memory)
        self.effects.append(WakeAt(node, node.due_us, TimerKind.RETRY))

    def fail(self, node: Node, encoded: bytes, trigger: Trigger) -> None:
        """End *node* with an error for good, and do to the others what the policy says."""
        node.error = _located(encoded, node.path, node.attempt)
        scope = node.scope
        self.end(node, trigger)
        if node.owner is not None:
            return
        scope.failed = scope.failed or node.error
        if runs_what_can_run(self.execution, scope):
            self.skip_downstream(node)
        else:
            self.halt(scope, FAIL_FAST)

    def give_up(self, node: Node, error: bytes) -> None:
        """Fail a node that has no attempt under way."""
        if node.phase is NodePhase.QUEUED:
            self.effects.append(Withdraw(node))
        if node.phase in {NodePhase.QUEUED, NodePhase.WAITING}:
            self.fail(node, error, Trigger.EXHAUSTED)

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
        handler = scope.handler
        if handler is not None and reason == ABORTED and self.stops_on_abort(scope, handler):
            self.cancel(handler, reason)
        for node in scope.nodes:
            if node.phase is NodePhase.PENDING:
                self.end(node, Trigger.NOT_REACHED)
            elif not node.phase.final:
                self.cancel(node, reason)

    def stops_on_abort(self, scope: Scope, handler: Node) -> bool:
        """Return whether an abort ends the failure handler of *scope*, which has been called."""
        on_failure = scope.plan.on_failure
        is_live = handler.phase is not NodePhase.PENDING and not handler.phase.final
        return is_live and on_failure is not None and (self.execution.ends_handlers or not on_failure.run_on_abort)

    def cancel(self, node: Node, reason: str) -> None:
        """Bring a live node to its end: at once, or when its backend confirms."""
        if node.map is not None:
            if _WEIGHT[reason] > _WEIGHT[node.cancelling]:
                node.cancelling = reason
                self.touch(node)
            self.stop_map(node, reason)
        elif node.child is not None:
            if _WEIGHT[reason] > _WEIGHT[node.cancelling]:
                node.cancelling = reason
                self.touch(node)
                self.halt(node.child, reason)
        elif node.phase is NodePhase.RUNNING:
            if not node.cancelling:
                self.effects.append(CancelAttempt(node))
                self.record("cancel_requested", node, node.attempt, reason)
            if _WEIGHT[reason] > _WEIGHT[node.cancelling]:
                node.cancelling = reason
                self.touch(node)
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
        if node.owner is not None:
            self.item_ended(node.owner, node)
            return
        self.record("node_finished", node, node.phase, node.cache, node.error)
        scope = node.scope
        scope.unfinished -= 1
        if not scope.unfinished:
            self.closable.append(scope)

    # Items of maps.

    def fill(self, node: Node) -> None:
        """Make items of a map as long as there is room, and end the map when none is left.

        Items that end at once leave room at once: after `LONGEST_STEP` of them the map goes on when all is stored.
        """
        state = node.map
        assert state is not None, "it is a map node"
        if state.recovering and not state.stopping:
            return
        while self.begun < LONGEST_STEP and (item := next_item(node)) is not None:
            self.begun += 1
            self.begin_item(state, item)
        if self.begun >= LONGEST_STEP and has_next(state):
            if node not in self.postponed:
                self.postponed.append(node)
                self.effects.append(WakeAt(node, self.now_us, TimerKind.WAIT))
            return
        if state.live:
            return
        if state.stopping:
            self.map_stopped(node, state)
        elif not state.gathering:
            state.gathering = True
            self.effects.append(Gather(node))

    def begin_item(self, state: MapState, item: Node) -> None:
        """Give an item its inputs, and send it on its way."""
        try:
            values = item_inputs(state, item.item)
        except (BindingError, DataError) as error:
            self.fail(item, make_error(error.code, str(error)), Trigger.BINDING_FAILED)
            return
        if item.plan.task is not None:
            item.inputs = encode_named(values.items())
        else:
            item.cache = CacheStatus.DISABLED
        self.send(item, values)

    def send(self, node: Node, values: Values) -> None:
        """Send a node with its inputs on its way: to the cache, to its queue, or inside. `step` says how."""
        raise NotImplementedError

    def item_ended(self, node: Node, item: Node) -> None:
        """Take an item that has ended into its map; stop the map when more have failed than may."""
        state = node.map
        if state is None or node.phase.final:
            return
        settle_item(node, item)
        node.items_succeeded, node.items_failed = state.succeeded, state.failed
        self.execution.dirty_maps[node.number] = node
        self.touch(node)
        tolerant = runs_what_can_run(self.execution, node.scope)
        if state.failed > state.allowed and not state.stopping and not tolerant:
            self.stop_map(node, FAIL_FAST)
        elif not state.stopping and state.failed > state.allowed and state.succeeded + state.failed == state.count:
            state.stopping = True
        self.filling.append(node)

    def stop_map(self, node: Node, reason: str) -> None:
        """Start no further item, and cancel those that are live."""
        state = node.map
        assert state is not None, "it is a map node"
        state.stopping = True
        for item in list(state.live.values()):
            self.cancel(item, reason)
        self.filling.append(node)

    def map_stopped(self, node: Node, state: MapState) -> None:
        """End a map node that was stopped, and has no live item any more."""
        if node.cancelling in {FAIL_FAST, ABORTED}:
            self.end(node, Trigger.CANCELLED)
        else:
            self.fail(node, state.first_error, Trigger.SCOPE_FAILED)

    # Notes for the rows.

    def move(self, node: Node, trigger: Trigger) -> None:
        """Change a node's phase."""
        node.phase = next_phase(node.phase, trigger)
        self.touch(node)

    def touch(self, node: Node) -> None:
        """Note that what is stored of *node* has changed."""
        owner = node.owner
        if owner is None:
            self.execution.dirty[node.number] = node
            return
        assert owner.map is not None, "the owner of an item is a map node"
        owner.map.touched[node.item] = node
        self.execution.dirty_maps[owner.number] = owner

    def read(self, node: Node) -> None:
        """Note that one reader has read the outputs of *node*."""
        node.unread -= 1
        if not node.unread:
            self.execution.released.append(node)

    def record(self, kind: str, node: Node | None, *data: object) -> None:
        """Note an event of the history; *kind* and *data* as `runtime/history.py` encodes them.

        Of items only attempts that failed, left a report or are being cancelled are told, links, and logs of those that
        take a while: a map of many items has a row for each turn, not events for each item.
        """
        is_told = kind in _TOLD_OF_ITEMS or (kind == "attempt_finished" and (data[1] or data[4]))
        if node is not None and node.owner is not None and not is_told:
            return
        self.execution.history.append((kind, self.now_us, node, *data))

    def wake(self, node: Node, delay_s: float, kind: TimerKind) -> None:
        """Ask for a timer."""
        self.effects.append(WakeAt(node, self.now_us + round(delay_s * 1e6), kind))


def _pay(node: Node, task: TaskPlan, budget: Budget) -> bool:
    """Charge *budget* with the attempt of *node* that failed; return whether it pays for another."""
    if budget is Budget.USER:
        node.failures += 1
        return node.failures <= task.retries.max_retries
    if budget is Budget.INFRASTRUCTURE:
        node.infrastructure_failures += 1
        return node.infrastructure_failures <= task.retries.max_infrastructure_retries
    if budget is Budget.ENGINE:
        node.engine_losses += 1
        return node.engine_losses < MAX_ENGINE_LOSSES
    node.growths += budget is Budget.MEMORY
    return budget in {Budget.MEMORY, Budget.NOBODY}


def _located(encoded: bytes, path: str, attempt: int) -> bytes:
    """Return the error with the node and the attempt that it comes from, unless it says so already."""
    error = ExecutionError.FromString(encoded) if encoded else ExecutionError()
    if not error.code:
        error.code, error.message, error.blame = "UNKNOWN", "The attempt failed without an error.", BLAME_SYSTEM
    if not error.node_path:
        error.node_path, error.attempt = path, attempt
    return error.SerializeToString()
