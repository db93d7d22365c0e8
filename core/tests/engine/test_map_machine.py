"""A Hypothesis machine drives one map node through random histories, with restarts, and holds it to its promises."""

import graphs
from godwit_core.compiler.plan import BindingPlan, Constant, MapPlan, NodePlan, RetrySettings
from godwit_core.engine.events import (
    AbortRequested,
    Began,
    CacheAnswered,
    CancelAttempt,
    Conclude,
    Ended,
    Enqueue,
    Gather,
    Gathered,
    LookUp,
    Outcome,
    Resumed,
    Started,
    Submitted,
    TimerFired,
    WakeAt,
)
from godwit_core.engine.failures import make_error
from godwit_core.engine.maps import take_records
from godwit_core.engine.phases import ExecutionPhase, NodePhase
from godwit_core.engine.restoration import attempts_under_way, restore
from godwit_core.engine.state import Finished, forget_changes
from godwit_core.engine.step import step
from godwit_core.store import packing
from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE, BLAME_USER, RETRY_ALLOWED
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.digest import literal_digest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

USER = make_error("USER_EXCEPTION", "x", blame=BLAME_USER, retry=RETRY_ALLOWED)
LOST = make_error("RUNNER_LOST", "x", blame=BLAME_INFRASTRUCTURE, retry=RETRY_ALLOWED)
ENGINE = make_error("ENGINE_LOST", "x", blame=BLAME_INFRASTRUCTURE, retry=RETRY_ALLOWED)
CANCELLED = make_error("CANCELLED", "x", blame=BLAME_USER)


def outputs_of(item):
    literal = Literal(int_value=item * 10)
    return {"result": (literal.SerializeToString(), literal_digest(literal))}


class MapMachine(RuleBasedStateMachine):
    """The shell, as far as a map can tell, with rows that survive a restart."""

    @initialize(
        count=st.integers(0, 12),
        concurrency=st.sampled_from([None, 1, 3]),
        tolerance=st.sampled_from([(None, None), (5, None), (None, 0.5)]),
        retries=st.integers(0, 2),
        cached=st.booleans(),
    )
    def begin(self, count, concurrency, tolerance, retries, cached):
        settings = RetrySettings(max_retries=retries, backoff_base_s=1.0, max_infrastructure_retries=1)
        task = graphs.task(0, retries=settings, cached=cached, attempt=5.0)
        items = Literal()
        items.list.SetInParent()
        for item in range(count):
            items.list.items.add().int_value = item
        constant = Constant(items.SerializeToString(), literal_digest(items))
        self.count, self.limit = count, concurrency or 512
        self.needed = count if tolerance == (None, None) else min(5, count) if tolerance[0] else -(-count // 2)
        root = graphs.workflow(0, [task], {})
        plan = MapPlan(task, ("x",), concurrency, *tolerance, {})
        node = NodePlan(0, "n0", "many", None, None, (BindingPlan("x", constant),), ("result",), (), (), {}, plan)
        root.nodes = (node,)
        self.make = lambda: graphs.execution(root)
        self.now = 10
        self.state = self.make()
        self.row, self.scopes, self.records, self.head = None, [], [], (ExecutionPhase.QUEUED, False)
        self.queue, self.running, self.held, self.timers = [], set(), set(), []
        self.stored = {}
        self.gathers = self.concluded = 0
        self.feed(Began(self.now))

    @property
    def node(self):
        return self.state.nodes[0]

    def feed(self, event):
        pending = [event]
        while pending:
            for effect in step(self.state, pending.pop(0)):
                match effect:
                    case LookUp(node=item):
                        hit = (self.now + item.item) % 4 == 0
                        answer = outputs_of(item.item) if hit else None
                        pending.append(CacheAnswered(self.now, 0, answer, item.item))
                    case Enqueue(node=item):
                        self.queue.append(item.item)
                    case WakeAt(node=item, due_us=due, kind=kind):
                        self.timers.append((due, item.item, kind, item.attempt))
                    case CancelAttempt(node=item):
                        assert (item.item, item.attempt) in self.running
                    case Gather():
                        self.gathers += 1
                    case Conclude():
                        self.concluded += 1
        self.commit()

    def commit(self):
        if 0 in self.state.dirty:
            names = [name for name in dir(self.node) if not name.startswith("_")]
            kept = {name: getattr(self.node, name) for name in names if name not in {"plan", "scope", "map", "path"}}
            self.row = type("Row", (), kept)()
            self.row.node = 0
            self.row.outputs = None if self.node.outputs is None else packing.pack(self.node.outputs)
        if self.node.map is not None:
            for record in take_records(self.node.map):
                self.records.append(record)
                if isinstance(record, Finished):
                    assert record.item not in self.stored, "an item counts once"
                    self.stored[record.item] = record.outputs
        self.scopes += graphs.scope_rows(self.state.new_scopes)
        self.head = (self.state.phase, self.state.aborting)
        forget_changes(self.state)

    def live(self, item):
        return self.node.map.live.get(item) if self.node.map is not None else None

    @precondition(lambda self: self.queue)
    @rule(data=st.data(), ahead=st.booleans())
    def is_taken(self, data, ahead):
        item = data.draw(st.sampled_from(sorted(set(self.queue))))
        self.queue.remove(item)
        node = self.live(item)
        if node is None or node.phase is not NodePhase.QUEUED or node.submitted:
            return
        if ahead:
            self.held.add((item, node.attempt + 1))
            self.feed(Submitted(self.now, 0, item))
        else:
            self.running.add((item, node.attempt + 1))
            self.feed(Started(self.now, 0, "", item))

    @precondition(lambda self: self.running or self.held)
    @rule(data=st.data(), how=st.sampled_from(["ok", "ok", "ok", "user", "lost"]))
    def ends(self, data, how):
        key = data.draw(st.sampled_from(sorted(self.running | self.held)))
        self.running.discard(key)
        self.held.discard(key)
        item, attempt = key
        node = self.live(item)
        if how == "ok":
            self.feed(Ended(self.now, 0, attempt, Outcome.SUCCEEDED, outputs_of(item), item=item))
        elif node is not None and node.cancelling:
            self.feed(Ended(self.now, 0, attempt, Outcome.FAILED, None, CANCELLED, item=item))
        else:
            kind = Outcome.LOST if how == "lost" else Outcome.FAILED
            self.feed(Ended(self.now, 0, attempt, kind, None, LOST if how == "lost" else USER, item=item))

    @precondition(lambda self: self.stored)
    @rule(data=st.data())
    def a_late_result_changes_nothing(self, data):
        item = data.draw(st.sampled_from(sorted(self.stored)))
        before = dict(self.stored)
        self.feed(Ended(self.now, 0, 1, Outcome.SUCCEEDED, {"result": (b"other", b"\0" * 32)}, item=item))
        assert self.stored == before

    @precondition(lambda self: self.timers)
    @rule()
    def time_passes(self):
        due, item, kind, attempt = min(self.timers)
        self.timers.remove((due, item, kind, attempt))
        self.now = max(self.now, due) + 1
        self.feed(TimerFired(self.now, 0, kind, attempt, item))

    @rule()
    def abort_is_asked_for(self):
        self.now += 1
        if self.now % 13 == 0:
            self.feed(AbortRequested(self.now, ""))

    @precondition(lambda self: self.gathers and not self.head[0].final)
    @rule()
    def is_gathered(self):
        self.gathers -= 1
        self.feed(Gathered(self.now, 0, {"result": graphs.OUTPUTS["result"]}))

    @precondition(lambda self: not self.head[0].final)
    @rule()
    def the_engine_dies(self):
        fresh = self.make()
        fresh.phase, fresh.aborting = self.head
        rows = [self.row] if self.row is not None else []
        restore(fresh, graphs.stored(self.scopes, rows, lambda _: (list(self.records), len(self.records))))
        self.state = fresh
        self.queue, self.held, self.timers, self.gathers = [], set(), [], 0
        under_way = {(node.item, node.attempt) for node in attempts_under_way(fresh)}
        assert under_way <= self.running, "what was not under way is looked for"
        self.running = set(under_way)
        self.feed(Resumed(self.now))
        for item, attempt in sorted(under_way):
            self.running.discard((item, attempt))
            self.feed(Ended(self.now, 0, attempt, Outcome.LOST, None, ENGINE, item=item))

    @invariant()
    def the_counts_are_those_of_the_items(self):
        assert self.node.items_succeeded == sum(outputs is not None for outputs in self.stored.values())
        assert self.node.items_failed == sum(outputs is None for outputs in self.stored.values())

    @invariant()
    def no_more_live_than_the_window(self):
        if self.node.map is not None:
            assert len(self.node.map.live) <= self.limit

    @invariant()
    def what_was_stored_is_what_the_item_gave(self):
        assert all(outputs in (None, outputs_of(item)) for item, outputs in self.stored.items())

    @invariant()
    def something_can_always_happen(self):
        waits = self.queue or self.running or self.held or self.timers or self.gathers
        assert self.state.phase is not ExecutionPhase.RUNNING or waits, "stuck"

    @invariant()
    def the_end_says_what_happened(self):
        phase = self.state.phase
        assert self.concluded == (1 if phase.final else 0)
        if phase is ExecutionPhase.SUCCEEDED:
            assert len(self.stored) == self.count
            assert self.node.items_succeeded >= self.needed
        if phase is ExecutionPhase.FAILED:
            assert self.node.items_failed > self.count - self.needed


TestMapMachine = MapMachine.TestCase
TestMapMachine.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
