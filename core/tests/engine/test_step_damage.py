"""Readers that find their input damaged: what they read is taken from the cache no more."""

import graphs
import pytest
from godwit_core.engine.events import Began, CacheAnswered, Ended, Evict, Outcome, Started
from godwit_core.engine.failures import make_error
from godwit_core.engine.step import step


def read(root, *others, error):
    """Run *root*, whose first node is a hit, until the last node fails with *error*; return the evicted nodes."""
    state = graphs.execution(root, *others)
    step(state, Began(1))
    step(state, CacheAnswered(2, 0, graphs.OUTPUTS))
    last = list(state.nodes)[-1].number
    step(state, Started(3, last))
    effects = step(state, Ended(4, last, 1, Outcome.FAILED, None, make_error(error, "x")))
    return [effect.node.number for effect in effects if isinstance(effect, Evict)]


@pytest.mark.parametrize(("error", "evicted"), [("DATA_CORRUPT", [0]), ("BLOB_MISSING", [0]), ("OTHER", [])])
def test_what_a_reader_finds_damaged_is_evicted(error, evicted):
    root = graphs.workflow(0, [graphs.task(0, cached=True), graphs.task(1)], {1: [0]})
    assert read(root, error=error) == evicted


def test_what_is_not_cached_is_not_evicted():
    root = graphs.workflow(0, [graphs.task(0, cached=True), graphs.task(1)], {})
    assert read(root, error="DATA_CORRUPT") == []


def test_what_comes_from_outside_of_a_sub_workflow_is_evicted():
    inner = graphs.workflow(1, [graphs.task(1)], {})
    root = graphs.workflow(0, [graphs.task(0, cached=True), inner], {1: [0]})
    assert read(root, inner, error="DATA_CORRUPT") == [0]
