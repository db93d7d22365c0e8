"""Map nodes: one node, however many items. Only items that are live are objects; the rest is a byte each.

An item is a `Node` of its own while it is live, with `item` and `owner` set, so that attempts, retries, timeouts, cache
and cancellation follow the same rules as everywhere; where a workflow is mapped, a scope is its work. It is made when
there is room in the map's window, and dropped with its scope when it has ended; what it gave goes into the row of its
turn, and is gathered into lists at the end.
"""

from collections.abc import Iterable, Sequence
from math import ceil
from typing import overload

from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.castability import CastError, coerce
from godwitidl.rules.digest import literal_digest

from godwit_core.compiler.plan import Cast, MapPlan, NativeKind, NodePlan
from godwit_core.engine.bindings import BindingError, encode_named, resolve_for_item
from godwit_core.engine.phases import CacheStatus, NodePhase
from godwit_core.engine.scopes import runs_what_can_run
from godwit_core.engine.state import Execution, Finished, LoadItems, MapState, Node, Progress, Record, Value, Values

WINDOW = 512
"""Most items that are live at a time, where the author sets no limit."""

_OPEN, _SUCCEEDED, _FAILED = 0, 1, 2


def make_map(execution: Execution, node: Node, values: Values) -> MapState:
    """Return the state of a map node that is about to begin.

    Raises:
        BindingError: its lists are of unequal length, or one cannot be read.
    """
    plan = node.plan.map
    assert plan is not None, "it is a map node"
    lists = mapped_lists(node.plan, values, execution.load_items)
    lengths = {name: len(items) for name, items in lists.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise BindingError("UNEQUAL_LENGTHS", f"The lists that are mapped are of unequal length: {told}.")
    count = next(iter(lengths.values()))
    bound = {name: value for name, value in values.items() if name not in lists}
    return MapState(
        plan=_item_plan(node.plan, plan),
        lists=lists,
        bound=bound,
        order=plan.order or tuple(values),
        made=plan.made,
        load=execution.load,
        window=min(plan.concurrency or WINDOW, WINDOW),
        allowed=_allowed(plan, count),
        status=bytearray(count),
    )


def _allowed(plan: MapPlan, count: int) -> int:
    if plan.min_successes is not None:
        return max(0, count - plan.min_successes)
    if plan.min_success_ratio is not None:
        return count - min(count, ceil(plan.min_success_ratio * count - 1e-9))
    return 0


def _item_plan(of: NodePlan, plan: MapPlan) -> NodePlan:
    return NodePlan(0, of.id, of.name, plan.task, plan.workflow, (), of.outputs, (), ())


def mapped_lists(plan: NodePlan, values: Values, load_items: LoadItems) -> dict[str, Sequence[bytes]]:
    """Return the encoded items of each list that a map goes over, each item of the type of its parameter.

    Raises:
        BindingError, DataError: one is no list, or cannot be read.
    """
    assert plan.map is not None, "it is a map node"
    casts = {binding.name: binding.cast for binding in plan.inputs}
    lists: dict[str, Sequence[bytes]] = {}
    for name in plan.map.over:
        items, cast = items_of(values[name], load_items), casts[name]
        # An inline list was converted when it was bound.
        lists[name] = items if cast is None or isinstance(items, list) else _ConvertedItems(items, cast)
    return lists


class _ConvertedItems(Sequence[bytes]):
    """Items of a list that is stored elsewhere, converted as they are asked for."""

    def __init__(self, items: Sequence[bytes], cast: Cast) -> None:
        self._items = items
        self._source, self._target = cast.source.list.item, cast.target.list.item

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...

    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        try:
            literal = coerce(Literal.FromString(self._items[index]), self._source, self._target)
        except CastError as error:
            raise BindingError("CAST_FAILED", f"item {index}: {error}") from error
        return literal.SerializeToString(deterministic=True)


def items_of(value: Value, load_items: LoadItems) -> Sequence[bytes]:
    """Return the encoded items of a list: of an inline one at once, of an offloaded one as they are asked for."""
    literal = Literal.FromString(value[0])
    kind = literal.WhichOneof("kind")
    if kind == "reference":
        return load_items(literal.reference)
    return encoded_items(literal)


def encoded_items(literal: Literal) -> Sequence[bytes]:
    """Return the encoded items of an inline list, packed or not.

    Raises:
        BindingError: it is no list.
    """
    kind = literal.WhichOneof("kind")
    if kind == "list":
        return [item.SerializeToString() for item in literal.list.items]
    if kind == "ints":
        return [Literal(int_value=item).SerializeToString() for item in literal.ints.items]
    if kind == "floats":
        return [Literal(float_value=item).SerializeToString() for item in literal.floats.items]
    raise BindingError("VALUE_UNKNOWN", "What is mapped is no list.")


def next_item(node: Node) -> Node | None:
    """Return the next item, pending; None when there is no room, or none is left."""
    state = node.map
    assert state is not None, "it is a map node"
    if state.stopping or len(state.live) >= state.window:
        return None
    while state.next < state.count and (state.status[state.next] != _OPEN or state.next in state.live):
        state.next += 1
    if state.next >= state.count:
        return None
    item = make_item(node, state, state.next)
    state.next += 1
    return item


def has_next(state: MapState) -> bool:
    """Return whether an item could begin now."""
    ended = state.succeeded + state.failed
    return not state.stopping and len(state.live) < state.window and ended + len(state.live) < state.count


def make_item(node: Node, state: MapState, index: int) -> Node:
    """Return a new live item."""
    item = state.live[index] = _new_item(node, state, index)
    return item


def _new_item(node: Node, state: MapState, index: int) -> Node:
    item = Node(state.plan, node.scope, node.number, 0)
    item.item, item.owner = index, node
    item.unread = 1
    return item


def ended_item(node: Node, state: MapState, index: int) -> Node:
    """Return an item that is not live any more, to be shown: failed, succeeded, or ended with its map."""
    item = _new_item(node, state, index)
    phases = {_SUCCEEDED: NodePhase.SUCCEEDED, _FAILED: NodePhase.FAILED}
    item.phase = phases.get(state.status[index], NodePhase.ABORTED)
    return item


def live_item(node: Node, state: MapState, index: int) -> Node | None:
    """Return the item of a map under way whose scope was open before a restart; None if it has ended."""
    if state.status[index] != _OPEN:
        return None
    item = make_item(node, state, index)
    item.phase, item.cache = NodePhase.RUNNING, CacheStatus.DISABLED
    if state.stopping:
        item.cancelling = node.cancelling or "FAIL_FAST"
    return item


def item_inputs(state: MapState, index: int) -> Values:
    """Return the inputs of one item, in the order of the interface.

    Digests only where they are needed: by the cache, by nodes inside, or by an echo, whose inputs are outputs.

    Raises:
        BindingError: a value that is made of the item could not be computed.
        DataError: the item cannot be read.
    """
    task = state.plan.task
    digested = task is None or task.cache is not None or task.native is NativeKind.ECHO
    mapped = {name: items[index] for name, items in state.lists.items()}
    made = resolve_for_item(state.made, state.bound, mapped, state.load) if state.made else {}
    values: Values = {}
    for name in state.order:
        encoded = mapped.get(name)
        if encoded is None:
            values[name] = made[name] if name in made else state.bound[name]
            continue
        values[name] = (encoded, literal_digest(Literal.FromString(encoded)) if digested else b"")
    return values


def settle_item(node: Node, item: Node) -> None:
    """Take an item that has ended into the counts of its map."""
    state = node.map
    assert state is not None, "it is a map node"
    state.live.pop(item.item, None)
    state.touched.pop(item.item, None)
    if item.phase.succeeded:
        state.status[item.item] = _SUCCEEDED
        state.succeeded += 1
        state.recovered += item.phase is NodePhase.RECOVERED
    elif item.phase is NodePhase.FAILED:
        state.status[item.item] = _FAILED
        state.failed += 1
        state.first_error = state.first_error or item.error
    else:
        # Cancelled: it counts for nothing; that it is no longer under way is noted.
        state.touched[item.item] = item
        return
    state.finished.append(Finished(item.item, item.attempt, item.cache, item.outputs, item.error, item.log))


def take_over(state: MapState, item: int, outputs: Values) -> None:
    """Take the outputs that an earlier execution has of an item that has not begun."""
    if state.status[item] == _OPEN:
        state.status[item] = _SUCCEEDED
        state.succeeded += 1
        state.recovered += 1
        state.finished.append(Finished(item, 0, CacheStatus.UNSPECIFIED, outputs, b"", b""))


def take_records(state: MapState) -> list[Record]:
    """Return what must be stored of the items, and forget it."""
    records: list[Record] = list(state.finished)
    # An item that was never started begins anew after a restart: there is nothing to remember of it.
    records += [_progress(item) for item in state.touched.values() if item.attempt]
    state.finished.clear()
    state.touched.clear()
    return records


def _progress(item: Node) -> Progress:
    return Progress(
        item.item,
        item.attempt,
        item.phase is NodePhase.RUNNING,
        item.failures,
        item.infrastructure_failures,
        item.engine_losses,
        item.growths,
        item.due_us,
        item.cancelling,
    )


def restore_map(execution: Execution, node: Node, values: Values, records: Iterable[Record], rows: int) -> None:
    """Give a map node under way its state from what was stored of its items; of one item the last record counts.

    Items whose work is a scope are made by `live_item`: nothing is stored of them but that scope.
    """
    state = node.map = make_map(execution, node, values)
    state.rows = rows
    under_way: dict[int, Progress] = {}
    for record in records:
        if isinstance(record, Progress):
            under_way[record.item] = record
            continue
        under_way.pop(record.item, None)
        failed = bool(record.error)
        state.status[record.item] = _FAILED if failed else _SUCCEEDED
        state.succeeded += not failed
        state.failed += failed
        state.recovered += record.recovered
        state.first_error = state.first_error or record.error
    for record in under_way.values():
        item = make_item(node, state, record.item)
        item.inputs = encode_named(item_inputs(state, record.item).items())
        item.attempt, item.failures = record.attempt, record.failures
        item.infrastructure_failures, item.engine_losses = record.infrastructure_failures, record.engine_losses
        item.growths, item.due_us, item.cancelling = record.growths, record.due_us, record.cancelling
        item.cache = CacheStatus.DISABLED
        if record.running:
            item.phase = NodePhase.RUNNING
        else:
            item.phase = NodePhase.WAITING if record.due_us else NodePhase.QUEUED
    is_tolerant = runs_what_can_run(execution, node.scope) and state.succeeded + state.failed < state.count
    state.stopping = bool(node.cancelling) or (state.failed > state.allowed and not is_tolerant)
    if state.stopping:
        # What waited was cancelled at once, which needs no record; only what ran is still to be brought to its end.
        for index in [index for index, item in state.live.items() if item.phase is not NodePhase.RUNNING]:
            del state.live[index]
