"""Putting the outputs of a map node together: one list for each output, in the order of the items.

The items are read from their rows, so that the engine need not keep them while the map runs. A list above the inline
limit is stored item by item with a footer of offsets (`docs/contract/values.md`), so that one item is read alone.
"""

import sqlite3
import sys
from array import array
from pathlib import Path
from typing import BinaryIO

from godwit_plugin_api.errors import DataError
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.errors_pb2 import BLAME_SYSTEM, RETRY_FORBIDDEN
from godwitidl.core.v1.values_pb2 import Literal, NoneValue, Type
from godwitidl.rules.literal_encoding import list_digest, literal_token
from godwitidl.rules.validation import INLINE_LIMIT_BYTES

from godwit_core.engine.events import Gathered
from godwit_core.engine.failures import make_error
from godwit_core.engine.state import Execution, Finished, Node, Value, Values
from godwit_core.runtime.locations import Locations
from godwit_core.store import map_items

_NONE = Literal(none=NoneValue()).SerializeToString()


class Gatherer:
    """Gathers for one engine."""

    def __init__(
        self, connection: sqlite3.Connection, registry: PluginRegistry, locations: Locations, *, durable: bool
    ) -> None:
        self._connection = connection
        self._registry = registry
        self._locations = locations
        self._durable = durable

    def gather(self, execution: Execution, node: Node, now_us: int) -> Gathered:
        """Return the outputs of a map node whose items have all ended and are stored."""
        assert node.map is not None, "it is a map node under way"
        assert node.plan.map is not None, "it is a map node"
        columns = {name: Column(node.map.count) for name in node.plan.outputs}
        for record in map_items.load(self._connection, execution.id, node.number):
            if isinstance(record, Finished) and record.outputs is not None:
                for name, (value, _) in record.outputs.items():
                    columns[name].put(record.item, value)
        outputs: Values = {}
        try:
            for name, column in columns.items():
                outputs[name] = self._value(execution, node, name, column, node.plan.map.outputs[name])
        except (DataError, OSError) as error:
            message = f"The outputs of the items could not be stored: {error}"
            encoded = make_error("OUTPUT_NOT_STORED", message, blame=BLAME_SYSTEM, retry=RETRY_FORBIDDEN)
            return Gathered(now_us, node.number, None, encoded)
        return Gathered(now_us, node.number, outputs)

    def _value(self, execution: Execution, node: Node, name: str, column: "Column", of: Type) -> Value:
        digest = column.digest()
        if column.size <= INLINE_LIMIT_BYTES:
            literal = Literal()
            literal.list.SetInParent()
            for item in range(column.count):
                literal.list.items.add().MergeFromString(column.get(item))
            return literal.SerializeToString(), digest
        uri = f"{self._locations.outputs(execution.name, f'{node.number}-map')}/{name}.pb"
        made = self._locations.home / "blobs" / f".{execution.name}-{node.number}-{name}.part"
        made.parent.mkdir(parents=True, exist_ok=True)
        footer_offset = _write(made, column)
        literal = Literal()
        reference = literal.reference
        reference.uri, reference.size_bytes, reference.digest = uri, made.stat().st_size, digest
        reference.item_count, reference.index.footer_offset = column.count, footer_offset
        reference.type.CopyFrom(of)
        scheme = uri.partition("://")[0]
        self._registry.create(Kind.PERSISTENCE, scheme, durable=self._durable).put_file(made, uri)
        made.unlink(missing_ok=True)  # where it was copied, and not moved
        return literal.SerializeToString(), digest


class Column:
    """The encoded items of one output, end to end as they come, found by their index."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._data = bytearray(_NONE)
        self._begin = array("Q", bytes(8 * count))
        self._end = array("Q", [len(_NONE)]) * count

    @property
    def size(self) -> int:
        """About how many bytes an inline list would take."""
        return len(self._data) + 3 * self.count

    def put(self, item: int, value: bytes) -> None:
        """Take the value of an item. Items without one are none."""
        self._begin[item] = len(self._data)
        self._data += value
        self._end[item] = len(self._data)

    def get(self, item: int) -> bytes:
        """Return the encoded value of an item."""
        return bytes(self._data[self._begin[item] : self._end[item]])

    def digest(self) -> bytes:
        """Return the digest of the list, the same inline and offloaded."""
        return list_digest(self.count, (literal_token(Literal.FromString(self.get(i))) for i in range(self.count)))

    def write(self, sink: BinaryIO) -> int:
        """Write the items in order, then the footer of their offsets; return where the footer begins."""
        offsets = array("Q", [0])
        at = 0
        view = memoryview(self._data)
        for item in range(self.count):
            part = view[self._begin[item] : self._end[item]]
            sink.write(part)
            at += len(part)
            offsets.append(at)
        if sys.byteorder == "little":
            offsets.byteswap()
        sink.write(offsets.tobytes())
        return at


def _write(path: Path, column: Column) -> int:
    with path.open("wb") as sink:
        return column.write(sink)
