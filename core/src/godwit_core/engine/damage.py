"""Results that a reader found damaged: nobody shall take them from the cache again."""

from collections.abc import Iterator

from godwitidl.core.v1.errors_pb2 import ExecutionError

from godwit_core.engine.events import Evict
from godwit_core.engine.scopes import parent_of
from godwit_core.engine.state import Node
from godwit_core.engine.work import Work

CODES = frozenset({"DATA_CORRUPT", "BLOB_MISSING"})
"""Errors of a reader whose input is not what was stored."""


def noted(work: Work, node: Node, encoded: bytes) -> None:
    """Have the results that *node* reads evicted, if *encoded* says that one of them is damaged."""
    if ExecutionError.FromString(encoded).code in CODES:
        work.effects.extend(Evict(one) for one in _cached_producers(node))


def _cached_producers(node: Node) -> Iterator[Node]:
    """Yield the cached nodes whose results *node* may read: those before it, and before the sub-workflows around it."""
    reader: Node | None = node
    while reader is not None:
        for index in reader.plan.upstream:
            before = reader.scope.nodes[index]
            if before.cache_key:
                yield before
        reader = parent_of(reader)
