"""What the engine asks of the shell and is told in the same turn: results of the cache, and of earlier executions."""

import sqlite3
from collections.abc import Sequence

from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.errors_pb2 import ExecutionError

from godwit_core.engine.events import CacheAnswered, EarlierAnswered, EarlierItems, Examine, Examined, LookUp, Recover
from godwit_core.engine.state import Execution, Node
from godwit_core.runtime import blobs
from godwit_core.runtime.cache_claims import CacheClaims
from godwit_core.runtime.cached_values import CachedValues
from godwit_core.runtime.clock import Clock
from godwit_core.runtime.recovery import EarlierResults


class Answers:
    """Answers the questions of one engine."""

    def __init__(self, connection: sqlite3.Connection, registry: PluginRegistry, engine: int, clock: Clock) -> None:
        self._connection = connection
        self._registry = registry
        self._cached = CachedValues(connection, registry)
        self.claims = CacheClaims(connection, engine, clock)
        self._earlier: dict[int, EarlierResults] = {}

    def to(
        self, execution: Execution, question: LookUp | Recover | Examine, now_us: int
    ) -> CacheAnswered | EarlierAnswered | Examined:
        """Return the answer to what *execution* asks.

        Raises:
            LeaseLost: another engine has taken over.
        """
        node = question.node
        if isinstance(question, Examine):
            message = ExecutionError.FromString(question.error).message
            damaged = blobs.damaged(self._registry, node.inputs, message)
            return Examined(now_us, node.number, node.attempt, damaged, question.error, question.draw, node.item)
        if isinstance(question, LookUp):
            cached, is_claimed = self._cached.find(node), False
            settings = node.plan.task.cache if node.plan.task is not None else None
            if cached is None and settings is not None and settings.serialize:
                cached, is_claimed = self.claims.take(execution, node, self._cached.find)
            return CacheAnswered(now_us, node.number, cached, node.item, is_claimed)
        return EarlierAnswered(now_us, node.number, self._results(execution).take(node))

    def items(self, execution: Execution, node: Node, now_us: int) -> EarlierItems:
        """Return the next items that a map takes over from the execution that *execution* recovers."""
        return self._results(execution).next_items(node, now_us)

    def forget(self, execution: Execution) -> Sequence[str]:
        """Drop what was kept for an execution that has ended; return the paths of what it ran again as edited."""
        earlier = self._earlier.pop(execution.id, None)
        return earlier.edited if earlier is not None else ()

    def _results(self, execution: Execution) -> EarlierResults:
        earlier = self._earlier.get(execution.id)
        if earlier is None:
            earlier = EarlierResults(self._connection, self._registry, execution)
            self._earlier[execution.id] = earlier
        return earlier
