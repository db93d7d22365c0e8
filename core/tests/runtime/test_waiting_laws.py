"""Whose turn it is: limits hold, nobody starves, executions take turns, priorities come first."""

from collections import Counter

import pytest
from godwit_core.runtime.limits import Claim, Limits
from godwit_core.runtime.waiting import WaitingList
from hypothesis import given
from hypothesis import strategies as st

CPU = ("cpu", "local")


def cpu(amount):
    return (Claim(CPU, amount, 4, is_resource=True),)


def one_of(name, limit):
    return (Claim(("task", name), 1, limit),)


DEMANDS = st.sampled_from([(), cpu(1), cpu(3), cpu(4), one_of("a", 1), one_of("b", 2), (*cpu(2), *one_of("a", 1))])
WAITERS = st.lists(st.tuples(st.integers(0, 3), DEMANDS), max_size=40)


def take(waiting, limits, room):
    """Take up to *room* items, with what each claims."""
    taken, ready = [], waiting.pick_all(limits)
    while len(taken) < room and (picked := next(ready, None)) is not None:
        limits.take(picked[1])
        taken.append(picked)
    return taken


@given(WAITERS, st.integers(1, 8), st.data())
def test_limits_hold_and_everything_gets_its_turn(waiters, room, data):
    waiting, limits, running, ended = WaitingList(), Limits(), [], []
    for number, (group, demand) in enumerate(waiters):
        waiting.add(group, number, demand, priority=group % 2)
    while waiting or running:
        running += take(waiting, limits, room - len(running))
        claimed = Counter()
        for _, demand in running:
            for claim in demand:
                claimed[claim.name] += claim.amount
                assert claimed[claim.name] <= claim.limit
        assert running, "something waits, nothing runs, and nothing starts"
        item, demand = running.pop(data.draw(st.integers(0, len(running) - 1)))
        limits.release(demand)
        ended.append(item)
    assert sorted(ended) == list(range(len(waiters)))


@given(WAITERS)
def test_what_claims_the_same_keeps_its_order(waiters):
    waiting, order = WaitingList(), {}
    for number, (group, demand) in enumerate(waiters):
        waiting.add(group, (number, group), demand)
    limits = Limits()
    while waiting:
        (((number, group), demand),) = take(waiting, limits, 1)
        limits.release(demand)
        assert order.get((group, demand), -1) < number
        order[group, demand] = number


@given(st.lists(st.integers(1, 9), min_size=2, max_size=6))
def test_executions_take_turns(sizes):
    waiting = WaitingList()
    for group, size in enumerate(sizes):
        for _ in range(size):
            waiting.add(group, group)
    picked = [group for group, _ in take(waiting, Limits(), sum(sizes))]
    for round_number in range(min(sizes)):
        begin = round_number * len(sizes)
        assert sorted(picked[begin : begin + len(sizes)]) == list(range(len(sizes)))


def test_a_higher_priority_comes_first():
    waiting = WaitingList()
    for group, priority in ((1, 0), (2, 5), (3, -1), (4, 5)):
        waiting.add(group, group, priority=priority)
        waiting.add(group, group, priority=priority)
    assert [group for group, _ in take(waiting, Limits(), 9)] == [2, 4, 2, 4, 1, 1, 3, 3]


def test_what_is_not_under_a_limit_passes_what_waits_for_it():
    waiting, limits = WaitingList(), Limits()
    limits.take(one_of("a", 1))
    waiting.add(1, "limited", one_of("a", 1))
    waiting.add(1, "free")
    assert [item for item, _ in take(waiting, limits, 9)] == ["free"]


def test_a_large_one_is_not_passed_by_small_ones_for_ever():
    waiting, limits = WaitingList(), Limits()
    limits.take(cpu(1))
    waiting.add(1, "large", cpu(4))
    for number in range(3):
        waiting.add(2, f"small {number}", cpu(1))
    assert take(waiting, limits, 9) == []
    limits.release(cpu(1))
    assert [item for item, _ in take(waiting, limits, 9)] == ["large"]
    limits.release(cpu(4))
    assert len(take(waiting, limits, 9)) == 3


def test_nothing_is_kept_for_what_waits_for_something_else_as_well():
    waiting, limits = WaitingList(), Limits()
    limits.take((*cpu(1), *one_of("a", 1)))
    waiting.add(1, "large", (*cpu(4), *one_of("a", 1)))
    waiting.add(2, "small", cpu(1))
    assert [item for item, _ in take(waiting, limits, 9)] == ["small"]


def test_a_higher_priority_passes_what_a_resource_is_kept_for():
    waiting, limits = WaitingList(), Limits()
    limits.take(cpu(1))
    waiting.add(1, "large", cpu(4))
    waiting.add(2, "urgent", cpu(1), priority=1)
    assert [item for item, _ in take(waiting, limits, 9)] == ["urgent"]


@pytest.mark.parametrize("demand", [(), cpu(1)])
def test_what_was_withdrawn_is_passed_over(demand):
    withdrawn = {"b", "c", "d"}
    waiting = WaitingList(lambda item: item not in withdrawn)
    for group, item in enumerate("abcd"):
        waiting.add(group // 2, item, demand)
    assert [item for item, _ in take(waiting, Limits(), 9)] == ["a"]
    assert not waiting
