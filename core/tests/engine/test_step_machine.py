"""A Hypothesis machine drives `step` through random graphs and histories, and holds it to what is promised."""

import os
from types import SimpleNamespace

import graphs
from godwit_core.compiler.plan import GateKind, GatePlan, NativeKind, RetrySettings
from godwit_core.engine.damage import is_blocked
from godwit_core.engine.events import (
    AbortRequested,
    Answer,
    Answered,
    Began,
    CacheAnswered,
    CancelAttempt,
    Conclude,
    EarlierAnswered,
    Ended,
    Enqueue,
    Examine,
    Examined,
    Gather,
    Gathered,
    LookUp,
    Outcome,
    Recover,
    Release,
    Remember,
    Resumed,
    Started,
    Submitted,
    TimerFired,
    WakeAt,
)
from godwit_core.engine.failures import make_error
from godwit_core.engine.gates import waits_for_answer
from godwit_core.engine.maps import take_records
from godwit_core.engine.phases import ExecutionPhase, NodePhase
from godwit_core.engine.restoration import attempts_under_way, restore
from godwit_core.engine.state import Execution, forget_changes
from godwit_core.engine.step import step
from godwit_core.store import packing
from godwitidl.core.v1.errors_pb2 import (
    BLAME_INFRASTRUCTURE,
    BLAME_USER,
    RETRY_ALLOWED,
    RETRY_FORBIDDEN,
    ExecutionError,
)
from godwitidl.core.v1.values_pb2 import NamedLiterals
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from turned_clock import TurnedClock

USER_ERROR = make_error("USER_EXCEPTION", "x", blame=BLAME_USER, retry=RETRY_ALLOWED)
LIVE = {NodePhase.QUEUED, NodePhase.RUNNING, NodePhase.WAITING}


@st.composite
def graph(draw, depth=1, keys=None, run_what_can_run=None, *, is_block=False, maps=False):
    """A workflow of up to six nodes: tasks of all settings, sub-workflows, branches; where asked, *maps*."""
    keys = keys if keys is not None else iter(range(1000))
    if run_what_can_run is None:
        run_what_can_run = draw(st.booleans())
    key = next(keys)
    inner = []
    targets = []
    edges = {}
    for index in range(draw(st.integers(0 if depth else 1, 6))):
        if depth and draw(st.integers(0, 3)) == 0:
            sub, more = draw(graph(depth - 1, keys, maps=maps))
            if sub.nodes:
                inner += [sub, *more]
                targets.append(draw(mapped(sub)) if maps and draw(st.booleans()) else sub)
                edges[index] = draw(st.lists(st.sampled_from(range(index)), unique=True)) if index else []
                continue
        edges[index] = draw(st.lists(st.sampled_from(range(index)), unique=True)) if index else []
        if depth and draw(st.integers(0, 5)) == 0:
            made = [
                draw(graph(depth - 1, keys, run_what_can_run, is_block=True, maps=maps))
                for _ in range(draw(st.integers(1, 2)))
            ]
            inner += [one for block, more in made for one in (block, *more)]
            conditions = [draw(st.booleans()) for _ in made[1:]]
            otherwise = made[0][0] if draw(st.booleans()) else None
            blocks = [block for block, _ in made[1:]]
            targets.append(graphs.branch(conditions, blocks, otherwise))
            continue
        if draw(st.integers(0, 5)) == 0:
            timeout_s = draw(st.sampled_from([None, 4.0]))
            targets.append(GatePlan(draw(st.sampled_from(list(GateKind))), timeout_s=timeout_s))
            continue
        if draw(st.integers(0, 4)) == 0:
            kind = draw(st.sampled_from(list(NativeKind)))
            targets.append(graphs.native(next(keys), kind, overall=draw(st.sampled_from([None, 1.0]))))
            continue
        retries = RetrySettings(
            max_retries=draw(st.integers(0, 2)),
            backoff_base_s=draw(st.sampled_from([0.0, 1.0])),
            max_infrastructure_retries=draw(st.integers(0, 2)),
        )
        timeouts = {name: draw(st.sampled_from([None, 5.0])) for name in ("attempt", "queue", "overall")}
        cache = {"cached": draw(st.booleans()), "serialize": draw(st.booleans())}
        targets.append(graphs.task(next(keys), retries=retries, **cache, **timeouts))
    made = {}
    if not is_block and draw(st.integers(0, 2)) == 0:
        made["run_on_abort"] = draw(st.booleans())
        made["handler"] = graphs.task(next(keys), retries=RetrySettings(max_retries=1))
        if depth and draw(st.booleans()):
            sub, more = draw(graph(depth - 1, keys, maps=maps))
            inner += [sub, *more]
            made["handler"] = sub
    return graphs.workflow(key, targets, edges, run_what_can_run=run_what_can_run, **made), inner


@st.composite
def mapped(draw, target):
    """A map of *target* over up to five items."""
    tolerance = draw(st.sampled_from([(None, None), (2, None), (None, 0.5), (0, None)]))
    return graphs.over(target, draw(st.integers(0, 5)), draw(st.sampled_from([None, 1, 2])), tolerance)


class StepMachine(RuleBasedStateMachine):
    """The shell, as far as `step` can tell, with rows that survive a restart."""

    @initialize(made=graph(), recovers=st.booleans())
    def begin(self, made, recovers):
        self.start(made, recovers)

    def start(self, made, recovers):
        root, inner = made
        workflows = [root, *inner]
        for position, one in enumerate(workflows):
            one.key = position
        self.plan_of = lambda: self.with_rows(graphs.execution(root, *inner, recovers=7 if recovers else 0))
        self.clock = TurnedClock()
        self.last_us = 0
        self.state = self.plan_of()
        self.rows = {}
        self.scopes = []
        self.head = SimpleNamespace(
            phase=ExecutionPhase.QUEUED, aborting=False, ends_handlers=False, abort_reason="", error=b""
        )
        self.queue = []  # nodes that wait for a place
        self.running = {}  # (node, attempt) that a backend has under way
        self.over = []  # (node, attempt) whose end was told
        self.held = {}  # (node, attempt) that a backend holds, not started
        self.cancelling = set()
        self.timers = []
        self.successes = {}  # node → times that a success was stored
        self.started = {}  # node → attempts that were ever started
        self.concluded = 0
        self.claimed = set()
        self.gathers = []  # maps whose outputs are to be put together
        self.records = {}  # map → what was stored of its items
        self.feed(Began(self.now))

    def with_rows(self, execution):
        execution.load_outputs = lambda number: packing.unpack(self.rows[number].outputs)
        return execution

    @property
    def now(self):
        return self.clock.now

    def feed(self, event):  # noqa: C901 - a line for each kind of effect
        pending = [event]
        while pending:
            for effect in step(self.state, pending.pop(0)):
                match effect:
                    case LookUp(node=node):
                        outputs = graphs.OUTPUTS if self.now % 3 == 0 else None
                        serialize = node.plan.task.cache.serialize
                        is_claimed = serialize and outputs is None and (self.now + node.number) % 5 < 2
                        if serialize and outputs is None and not is_claimed:
                            self.claimed.add(node.number)
                        pending.append(CacheAnswered(self.now, node.number, outputs, is_claimed=is_claimed))
                    case Release(node=node):
                        assert node.phase.final, "a claim is let go before its node has ended"
                        self.claimed.discard(node.number)
                    case Recover(node=node):
                        assert node.reuse_key
                        found = (self.now + node.number) % 2 == 0
                        pending.append(EarlierAnswered(self.now, node.number, graphs.OUTPUTS if found else None))
                    case Examine(node=node, error=error, draw=draw):
                        names = [one.name for one in NamedLiterals.FromString(node.inputs).values]
                        damaged = tuple(names if self.now % 4 else names[1:])
                        pending.append(Examined(self.now, node.number, node.attempt, damaged, error, draw))
                    case Enqueue(node=node):
                        self.queue.append(node.number)
                    case WakeAt(node=node, due_us=due, kind=kind):
                        self.timers.append((self.clock.timer_of(due), node.number, kind, node.attempt))
                    case CancelAttempt(node=node):
                        assert (node.number, node.attempt) in self.running
                        self.cancelling.add((node.number, node.attempt))
                    case Conclude():
                        self.concluded += 1
                    case Gather(node=node):
                        self.gathers.append(node.number)
                    case Remember(node=node):
                        assert node.phase is NodePhase.SUCCEEDED
        self.commit()

    def commit(self):
        """Write the rows, as one transaction."""
        for _, time_us, *_ in self.state.history:
            assert time_us >= self.last_us, "history turns around"
            self.last_us = time_us
        for node in self.state.dirty.values():
            before = self.rows.get(node.number)
            if before is not None and before.phase.final and node.reproductions == before.reproductions:
                assert node.phase == before.phase, "a final phase is left"
            if node.phase.succeeded and (before is None or not before.phase.succeeded):
                self.successes[node.number] = self.successes.get(node.number, 0) + 1
                assert node.outputs is not None, "a success is stored without its outputs"
            names = [name for name in dir(node) if not name.startswith("_")]
            row = SimpleNamespace(**{n: getattr(node, n) for n in names if n not in {"plan", "scope", "child", "path"}})
            row.node = node.number
            row.outputs = None if node.outputs is None else packing.pack(node.outputs)
            self.rows[node.number] = row
        for node in self.state.dirty_maps.values():
            if node.map is not None:
                self.records.setdefault(node.number, []).extend(take_records(node.map))
        for scope in self.state.new_scopes:
            self.scopes += graphs.scope_rows([scope])
        state = self.state
        self.head = SimpleNamespace(
            phase=state.phase,
            aborting=state.aborting,
            ends_handlers=state.ends_handlers,
            abort_reason=state.abort_reason,
            error=state.error,
        )
        forget_changes(self.state)

    # What may happen.

    def take(self, data):
        number = data.draw(st.sampled_from(sorted(set(self.queue))))
        self.queue.remove(number)
        return self.state.nodes.get(number)

    @precondition(lambda self: self.queue)
    @rule(data=st.data())
    def starts(self, data):
        node = self.take(data)
        if node is None or node.phase is not NodePhase.QUEUED or node.submitted:
            return
        attempt = node.attempt + 1
        self.feed(Started(self.now, node.number))
        self.running[node.number, attempt] = True
        self.started[node.number] = self.started.get(node.number, 0) + 1

    @precondition(lambda self: self.queue)
    @rule(data=st.data())
    def is_sent_ahead(self, data):
        node = self.take(data)
        if node is None or node.phase is not NodePhase.QUEUED or node.submitted:
            return
        self.held[node.number, node.attempt + 1] = True
        self.feed(Submitted(self.now, node.number))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def starts_what_was_held(self, data):
        key = data.draw(st.sampled_from(sorted(self.held)))
        del self.held[key]
        node = self.state.nodes.get(key[0])
        if node is not None and node.phase is NodePhase.QUEUED:
            self.running[key] = True
            self.started[key[0]] = self.started.get(key[0], 0) + 1
            self.feed(Started(self.now, key[0]))

    @precondition(lambda self: self.running)
    @rule(
        data=st.data(),
        outcome=st.sampled_from(["ok", "ok", "ok", "user", "forbidden", "infrastructure", "lost"]),
        draw=st.floats(0, 0.999),
    )
    def ends(self, data, outcome, draw):
        key = data.draw(st.sampled_from(sorted(self.running)))
        del self.running[key]
        cancelled = key in self.cancelling
        self.cancelling.discard(key)
        number, attempt = key
        self.over.append(key)
        errors = {
            "user": USER_ERROR,
            "forbidden": make_error("USER_EXCEPTION", "x", blame=BLAME_USER, retry=RETRY_FORBIDDEN),
            "infrastructure": make_error("BROKEN", "x", blame=BLAME_INFRASTRUCTURE, retry=RETRY_ALLOWED),
            "lost": make_error("RUNNER_LOST", "x", blame=BLAME_INFRASTRUCTURE, retry=RETRY_ALLOWED),
        }
        if cancelled and outcome != "ok":
            error = make_error("CANCELLED", "x", blame=BLAME_USER, retry=RETRY_FORBIDDEN)
            self.feed(Ended(self.now, number, attempt, Outcome.FAILED, None, error, draw=draw))
        elif outcome == "ok":
            self.feed(Ended(self.now, number, attempt, Outcome.SUCCEEDED, graphs.OUTPUTS))
            assert self.rows[number].phase is NodePhase.SUCCEEDED
        else:
            kind = Outcome.LOST if outcome == "lost" else Outcome.FAILED
            self.feed(Ended(self.now, number, attempt, kind, None, errors[outcome], draw=draw))

    def reading(self):
        return sorted(key for key in self.running if self.state.nodes[key[0]].inputs and key not in self.cancelling)

    @precondition(lambda self: self.reading())
    @rule(data=st.data())
    def finds_its_input_damaged(self, data):
        key = data.draw(st.sampled_from(self.reading()))
        del self.running[key]
        self.over.append(key)
        error = make_error("DATA_CORRUPT", "x", blame=BLAME_USER, retry=RETRY_ALLOWED)
        self.feed(Ended(self.now, *key, Outcome.FAILED, None, error))

    @precondition(lambda self: self.state.nodes)
    @rule(data=st.data(), shift=st.integers(1, 3))
    def a_late_result_changes_nothing(self, data, shift):
        node = data.draw(st.sampled_from(list(self.state.nodes)))
        if node.plan.task is None or node.attempt - shift < 1:
            return
        before = (node.phase, node.attempt, node.failures)
        self.feed(Ended(self.now, node.number, node.attempt - shift, Outcome.SUCCEEDED, graphs.OUTPUTS))
        assert (node.phase, node.attempt, node.failures) == before

    @precondition(lambda self: self.over)
    @rule(data=st.data(), outcome=st.sampled_from(list(Outcome)))
    def a_result_that_comes_twice_changes_nothing(self, data, outcome):
        key = data.draw(st.sampled_from(self.over))
        node = self.rows[key[0]]
        before = (node.phase, node.attempt, node.failures, node.infrastructure_failures)
        outputs = graphs.OUTPUTS if outcome is Outcome.SUCCEEDED else None
        self.feed(Ended(self.now, *key, outcome, outputs, b"" if outputs else USER_ERROR))
        node = self.rows[key[0]]
        assert (node.phase, node.attempt, node.failures, node.infrastructure_failures) == before

    @precondition(lambda self: self.gathers)
    @rule(data=st.data())
    def is_gathered(self, data):
        number = data.draw(st.sampled_from(self.gathers))
        self.gathers.remove(number)
        self.feed(Gathered(self.now, number, graphs.OUTPUTS))

    def asking(self):
        return [node for node in self.state.nodes if waits_for_answer(node)]

    @precondition(lambda self: self.asking())
    @rule(data=st.data(), accepted=st.booleans())
    def somebody_answers(self, data, accepted):
        node = data.draw(st.sampled_from(self.asking()))
        outputs = graphs.OUTPUTS if node.plan.outputs else {}
        answer = Answer.REJECTED if not accepted else Answer.VALUE if outputs else Answer.APPROVED
        self.feed(Answered(self.now, node.number, answer, outputs if accepted else {}))
        assert node.phase is (NodePhase.SUCCEEDED if accepted else NodePhase.FAILED)

    @precondition(lambda self: self.state.nodes)
    @rule(data=st.data())
    def an_answer_that_nobody_waits_for_changes_nothing(self, data):
        node = data.draw(st.sampled_from(list(self.state.nodes)))
        if waits_for_answer(node):
            return
        before = node.phase
        self.feed(Answered(self.now, node.number, Answer.REJECTED, {}))
        assert node.phase is before

    @precondition(lambda self: self.timers)
    @rule()
    def time_passes(self):
        due, number, kind, attempt = min(self.timers)
        self.timers.remove((due, number, kind, attempt))
        self.clock.let_pass_until(due)
        self.feed(TimerFired(self.now, number, kind, attempt))

    @rule(at_once=st.booleans())
    def abort_is_asked_for(self, at_once):
        if self.now % 7 == 0:
            self.feed(AbortRequested(self.now, "enough", at_once))
        self.clock.let_pass(1)

    @rule(hours=st.sampled_from([-9000, -1, 1, 9000]))
    def the_clock_is_set(self, hours):
        self.clock.set_by(hours)

    @precondition(lambda self: not self.head.phase.final)
    @rule()
    def the_engine_dies(self):
        fresh: Execution = self.plan_of()
        fresh.phase, fresh.aborting = self.head.phase, self.head.aborting
        fresh.abort_reason, fresh.error = self.head.abort_reason, self.head.error
        fresh.ends_handlers = self.head.ends_handlers
        restore(fresh, graphs.stored(self.scopes, self.rows.values(), self.map_records))
        before = {node.number: node.phase for node in self.state.nodes}
        assert {node.number: node.phase for node in fresh.nodes} == before, "rows and state differ"
        for old, new in zip(self.state.scopes, fresh.scopes, strict=True):
            assert (old.unfinished, bool(old.failed), old.number) == (new.unfinished, bool(new.failed), new.number)
            if old.parent is not None:
                assert old.parent.path == new.parent.path
                assert bool(old.parent.cancelling) == bool(new.parent.cancelling)
        self.state = fresh
        self.clock.restart(self.last_us)
        self.queue, self.timers, self.held, self.gathers = [], [], {}, []
        under_way = {(node.number, node.attempt) for node in attempts_under_way(fresh)}
        assert under_way == set(self.running), "an attempt under way is not known after a restart"
        self.cancelling = {(n, a) for n, a in under_way if fresh.nodes[n].cancelling}
        self.feed(Resumed(self.now))
        if self.now % 2:
            lost = make_error("ENGINE_LOST", "x", blame=BLAME_INFRASTRUCTURE, retry=RETRY_ALLOWED)
            for key in sorted(self.running):
                self.cancelling.discard(key)
                node = fresh.nodes.get(key[0])
                if node is None:  # one before it has ended the item that it was part of
                    self.feed(Ended(self.now, *key, Outcome.LOST, None, lost))
                    continue
                failures, timed_out = (node.failures, node.infrastructure_failures), bool(node.cancelling)
                self.feed(Ended(self.now, *key, Outcome.LOST, None, lost))
                unchanged = (node.failures, node.infrastructure_failures) == failures
                assert unchanged or timed_out, "the engine's death costs a retry"
            self.over += sorted(self.running)
            self.running = {}

    def map_records(self, number):
        records = self.records.get(number, [])
        return list(records), len(records)

    def retryable(self, node):
        return ExecutionError.FromString(node.error).retry == RETRY_ALLOWED

    # What always holds.

    @invariant()
    def a_success_is_stored_once(self):
        for number, count in self.successes.items():
            assert count <= 1 + self.rows[number].reproductions

    @invariant()
    def what_has_ended_has_no_claim(self):
        live = {node.number for node in self.state.live_nodes()}
        assert self.claimed <= live

    @invariant()
    def nothing_starts_before_what_it_needs(self):
        for node in self.state.nodes:
            if node.phase in LIVE or node.phase.succeeded:
                siblings = node.scope.nodes
                assert all(siblings[up].phase.succeeded or siblings[up].reproductions for up in node.plan.upstream)

    @invariant()
    def what_can_go_on_does(self):
        if self.state.phase is not ExecutionPhase.RUNNING:
            return
        wanted = set(self.queue) | {n for n, _ in self.running} | {n for n, _ in self.held}
        wanted |= {number for _, number, _, _ in self.timers}
        for node in self.state.nodes:
            if node.plan.task is not None and node.phase in LIVE:
                assert node.number in wanted, "a live node is forgotten"
            if node.phase is NodePhase.PENDING:
                assert node.waiting_for or is_blocked(node), "a pending node waits for nothing"

    @invariant()
    def a_task_is_produced_again_once(self):
        for node in self.state.nodes:
            assert node.plan.task is None or node.reproductions <= 1
            is_under_way = node.reproductions > 0 and not node.phase.final
            assert (node.number in self.state.reproducing) == is_under_way

    @invariant()
    def something_can_always_happen(self):
        waits = self.queue or self.running or self.held or self.timers or self.asking() or self.gathers
        assert self.state.phase is not ExecutionPhase.RUNNING or waits, "stuck"

    @invariant()
    def budgets_hold(self):
        for node in self.state.nodes:
            if node.plan.task is not None:
                retries = node.plan.task.retries
                assert node.failures <= retries.max_retries + 1
                assert node.infrastructure_failures <= retries.max_infrastructure_retries + 1
                assert node.attempt == self.started.get(node.number, 0)
                if node.phase in {NodePhase.QUEUED, NodePhase.WAITING}:
                    assert node.failures <= retries.max_retries
                if node.phase is NodePhase.FAILED and b"USER_EXCEPTION" in node.error and self.retryable(node):
                    assert node.failures == retries.max_retries + 1, "an attempt was withheld"

    @invariant()
    def the_end_is_the_end(self):
        final = self.state.phase.final
        assert self.concluded == (1 if final else 0)
        if final:
            assert all(node.phase.final for node in self.state.nodes)
        if self.state.phase is ExecutionPhase.SUCCEEDED:
            handlers = {id(scope.handler) for scope in self.state.scopes}
            for node in self.state.nodes:
                assert node.phase is NodePhase.SKIPPED if id(node) in handlers else node.phase.succeeded
        for node in self.state.nodes:
            if node.phase is NodePhase.RECOVERED:
                assert self.state.recovers
                assert node.attempt == 0, "what was taken over was computed, too"
        if self.state.phase is ExecutionPhase.FAILED:
            assert self.state.error
            assert any(node.phase is NodePhase.FAILED for node in self.state.nodes)

    @invariant()
    def a_handler_is_called_when_all_else_has_ended_badly(self):
        for scope in self.state.scopes:
            handler = scope.handler
            if handler is None or handler.phase is NodePhase.PENDING:
                continue
            assert all(node.phase.final for node in scope.nodes)
            failed = any(node.phase is NodePhase.FAILED for node in scope.nodes)
            if handler.phase is NodePhase.SKIPPED:
                assert not failed or self.state.aborting, "a handler was not called"
            else:
                assert failed or scope.plan.on_failure.run_on_abort, "a handler was called for nothing"
                assert scope.handled

    @invariant()
    def an_abort_at_once_waits_for_no_handler(self):
        for scope in self.state.scopes if self.state.ends_handlers else ():
            if scope.handler is not None and not scope.handler.phase.final:
                assert scope.handler.phase is NodePhase.PENDING or scope.handler.cancelling

    @invariant()
    def fail_fast_starts_nothing_more(self):
        for scope in self.state.scopes:
            if scope.failed and not scope.plan.run_what_can_run:
                assert not any(node.phase in {NodePhase.QUEUED, NodePhase.WAITING} for node in scope.nodes)

    @invariant()
    def what_can_run_is_not_stopped_by_a_failure(self):
        if self.state.aborting:
            return
        for scope in self.state.scopes:
            enclosing = scope.parent
            halted = False
            while enclosing is not None:
                halted = halted or bool(enclosing.cancelling) or enclosing.phase is NodePhase.ABORTED
                enclosing = enclosing.scope.parent
            if halted or not scope.plan.run_what_can_run:
                continue
            for node in scope.nodes:
                if node.phase is NodePhase.SKIPPED:
                    ups = [scope.nodes[up].phase for up in node.plan.upstream]
                    assert any(phase in {NodePhase.FAILED, NodePhase.SKIPPED, NodePhase.ABORTED} for phase in ups)


TestStepMachine = StepMachine.TestCase
if os.environ.get("GODWIT_MUTANT"):  # a planted defect need only be found, not be explained
    phases, examples = (Phase.explicit, Phase.generate), 400
else:
    phases, examples = tuple(Phase), 150
TestStepMachine.settings = settings(max_examples=examples, stateful_step_count=60, deadline=None, phases=phases)
