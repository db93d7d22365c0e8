"""Items of maps that an earlier execution has computed, found by their inputs and read a batch at a time.

Nothing is kept with an item but its outputs: what its inputs were follows from the inputs of its map, which follow from
the rows of the nodes before it. `engine/item_recovery.py` takes over what is found here.
"""

import sqlite3
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from godwit_plugin_api.errors import DataError
from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.digest import literal_digest

from godwit_core.compiler.plan import BindingPlan, NodePlan, TaskPlan
from godwit_core.engine.bindings import BindingError
from godwit_core.engine.maps import mapped_lists
from godwit_core.engine.state import Finished, LoadItems, Node, Record, Values
from godwit_core.runtime import blobs
from godwit_core.store import map_items
from godwit_core.store.map_items import Standing

BATCH = 2_000
"""Items that are taken over in one turn, so that what is in memory at a time stays small."""

_WITH_OUTPUTS = frozenset({int(Standing.SUCCEEDED), int(Standing.RECOVERED)})

Found = list[tuple[int, Values]]


@dataclass(frozen=True, slots=True)
class MapInputs:
    """What the items of a map are made of.

    Attributes:
        task: of each item.
        lists: items of each mapped parameter, encoded.
        bound: values of the other parameters, and what the map has captured.
        made: bindings of parameters that are made of the item.
    """

    task: TaskPlan
    lists: Mapping[str, Sequence[bytes]]
    bound: Values
    made: tuple[BindingPlan, ...] = ()

    @property
    def frame(self) -> tuple[object, ...]:
        """What all items have in common: where it differs, none is that of the other map."""
        cache = self.task.cache
        bound = {name: self.bound[name][1] for name in self._counted(self.bound)}
        made = repr([binding for binding in self.made if cache is None or binding.name not in cache.ignored_inputs])
        return self.task.identity, cache.version if cache else "", bound, self._counted(self.lists), made

    def keys(self) -> Callable[[int], bytes]:
        """Return what gives the digest of an item's own inputs."""
        lists = [self.lists[name] for name in self._counted(self.lists)]

        def key(item: int) -> bytes:
            return b"".join([literal_digest(Literal.FromString(items[item])) for items in lists])

        return key

    @property
    def count(self) -> int:
        """How many items there are."""
        return min(map(len, self.lists.values()))

    def _counted(self, names: Mapping[str, object]) -> tuple[str, ...]:
        cache = self.task.cache
        return tuple(sorted(name for name in names if cache is None or name not in cache.ignored_inputs))


class EarlierMap(NamedTuple):
    """A map node of an earlier execution. *finished_us*: when the execution ended."""

    execution: int
    node: int
    finished_us: int
    inputs: MapInputs


def inputs_of_map(node: Node) -> MapInputs:
    """Return what the items of a map under way are made of."""
    assert node.map is not None, "it is a map node under way"
    assert node.map.plan.task is not None, "its items are tasks"
    return MapInputs(node.map.plan.task, node.map.lists, node.map.bound, node.map.made)


def map_inputs(plan: NodePlan, values: Values, load_items: LoadItems) -> MapInputs | None:
    """Return what the items of an earlier map were made of; None when its lists cannot be read any more."""
    try:
        lists = mapped_lists(plan, values, load_items)
    except (BindingError, DataError):
        return None
    if plan.map is None or plan.map.task is None:
        return None
    bound = {name: value for name, value in values.items() if name not in lists}
    return MapInputs(plan.map.task, lists, bound, plan.map.made)


class RecoveredItems:
    """What one map takes over from an earlier one. `next_batch` gives it, in the order in which it was stored."""

    def __init__(
        self, connection: sqlite3.Connection, registry: PluginRegistry, new: Node, earlier: EarlierMap
    ) -> None:
        self._connection = connection
        self._registry = registry
        self._earlier = earlier
        standings = map_items.standings(connection, earlier.execution, earlier.node, earlier.inputs.count)
        self._targets = _match(inputs_of_map(new), earlier.inputs, standings)
        self._left = sum(target >= 0 for target in self._targets)
        self._sequence = -1

    def next_batch(self) -> tuple[Found, bool]:
        """Return the next items with their outputs, and whether there are more. What is damaged is left out."""
        found: Found = []
        while self._left > 0 and len(found) < BATCH:
            row = map_items.next_row(self._connection, self._earlier.execution, self._earlier.node, self._sequence)
            if row is None:
                return found, False
            self._sequence, records = row
            found += self._of(records)
        return found, self._left > 0

    def _of(self, records: Iterator[Record]) -> Iterator[tuple[int, Values]]:
        for record in records:
            if not isinstance(record, Finished) or record.outputs is None or self._targets[record.item] < 0:
                continue
            self._left -= 1
            if blobs.are_sound(self._registry, record.outputs, self._earlier.finished_us):
                yield self._targets[record.item], record.outputs


def _match(new: MapInputs, old: MapInputs, standings: Sequence[int]) -> "array[int]":
    """Return for each earlier item the new one that takes it over; -1 for none.

    That of the same place comes first, then the first of equal inputs that has no other.
    """
    targets = array("q", [-1]) * old.count
    if new.frame != old.frame:
        return targets
    new_key, old_key = new.keys(), old.keys()
    moved: list[int] = []
    for item in range(new.count):
        is_there = item < old.count and standings[item] in _WITH_OUTPUTS
        if is_there and new_key(item) == old_key(item):
            targets[item] = item
        else:
            moved.append(item)
    # Of each key the first item that is left, and of each item the next of its key: less than a list for each key.
    first: dict[bytes, int] = {}
    following = array("q", [-1]) * (old.count if moved else 0)
    for item in reversed(range(len(following))):
        if standings[item] in _WITH_OUTPUTS and targets[item] < 0:
            key = old_key(item)
            following[item] = first.get(key, -1)
            first[key] = item
    for item in moved:
        key = new_key(item)
        if (same := first.get(key, -1)) >= 0:
            targets[same] = item
            first[key] = following[same]
    return targets
