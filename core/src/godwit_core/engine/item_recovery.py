"""Single items of a map that an earlier execution has: they are taken over, a batch a turn, before any other begins.

`runtime/earlier_items.py` finds them, by their inputs. A map of which every item was taken over is itself recovered.
"""

from godwit_core.engine import handlers
from godwit_core.engine.events import EarlierItems, Gathered, RecoverItems
from godwit_core.engine.maps import take_over
from godwit_core.engine.phases import NodePhase, Trigger
from godwit_core.engine.state import Node
from godwit_core.engine.work import Work


def begin(work: Work, node: Node) -> None:
    """Ask for the items of a map that was just opened, where there is an earlier execution; else fill it."""
    state = node.map
    assert state is not None, "it is a map node under way"
    task = state.plan.task
    is_asked = task is not None and task.native is None and not handlers.is_inside(node)
    if work.execution.recovers and state.count and is_asked:
        state.recovering = True
        work.effects.append(RecoverItems(node))
    else:
        work.fill(node)


def go_on(work: Work, node: Node) -> None:
    """Go on with a map after a restart: with asking, unless an item has begun, which none does before the last answer.

    What was taken over before the restart is told once more, and passed over.
    """
    state = node.map
    assert state is not None, "it is a map node under way"
    if state.stopping or state.live or state.succeeded + state.failed > state.recovered:
        work.filling.append(node)
    else:
        begin(work, node)


def answered(work: Work, event: EarlierItems) -> None:
    """Take over the items of one answer; ask for more, or let the others begin."""
    node = work.execution.nodes.get(event.node)
    state = node.map if node is not None else None
    if node is None or node.phase is not NodePhase.RUNNING or state is None or not state.recovering:
        return
    for item, outputs in () if state.stopping else event.found:
        take_over(state, item, outputs)
    if event.found:
        node.items_succeeded = state.succeeded
        work.execution.dirty_maps[node.number] = node
        work.touch(node)
    if event.more and not state.stopping:
        work.effects.append(RecoverItems(node))
        return
    state.recovering = False
    work.filling.append(node)


def gathered(work: Work, event: Gathered) -> None:
    """End a map whose outputs have been put together: as recovered, if every item was taken over."""
    node = work.execution.nodes.get(event.node)
    if node is None or node.phase is not NodePhase.RUNNING or node.map is None:
        return
    if event.outputs is None:
        work.fail(node, event.error, Trigger.SCOPE_FAILED)
        return
    is_recovered = node.map.count and node.map.recovered == node.map.count
    work.succeed(node, event.outputs, Trigger.SCOPE_RECOVERED if is_recovered else Trigger.FINISHED)
