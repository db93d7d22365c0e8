"""Claims: of several nodes that need one result, one computes it, and the others wait.

A claim is a row, made in one transaction with the look into the cache that found nothing, and removed in the one that
stores the end of its node. It holds as long as its execution is under way in an engine that lives.
"""

import sqlite3
from collections.abc import Callable, Iterable

from godwit_core.engine.events import Evict, Release, Remember, TimerFired, TimerKind
from godwit_core.engine.state import Execution, Node, Values
from godwit_core.runtime import lease
from godwit_core.runtime.clock import Clock
from godwit_core.store import claims, engines
from godwit_core.store.claims import ClaimRow
from godwit_core.store.connection import transaction


class CacheClaims:
    """The claims, as one engine sees them."""

    def __init__(self, connection: sqlite3.Connection, engine: int, clock: Clock) -> None:
        self._connection = connection
        self._engine = engine
        self._clock = clock
        self._waiting: dict[bytes, set[tuple[int, int, int]]] = {}

    def take(
        self, execution: Execution, node: Node, find: Callable[[Node], Values | None]
    ) -> tuple[Values | None, bool]:
        """Look once more with *find*, and claim what is not there; return outputs, and whether another one has it.

        Raises:
            LeaseLost: another engine has taken over.
        """
        with transaction(self._connection):
            lease.check(self._connection, self._engine)
            lease.check_held(self._connection, self._engine, [(execution.id, execution.name)])
            outputs = find(node)
            if outputs is not None or self._claim(ClaimRow(node.cache_key, execution.id, node.number, node.item)):
                return outputs, False
        self._waiting.setdefault(node.cache_key, set()).add((execution.id, node.number, node.item))
        return None, True

    def woken(
        self, results: Iterable[tuple[Execution, Remember | Evict | Release]], now_us: int
    ) -> list[tuple[int, TimerFired]]:
        """Return events that have those ask again who wait here for what is released now, with their executions."""
        return [
            (execution, TimerFired(now_us, number, TimerKind.RETRY, 0, item))
            for _, result in results
            if isinstance(result, Release)
            for execution, number, item in sorted(self._waiting.pop(result.node.cache_key, ()))
        ]

    def _claim(self, wanted: ClaimRow) -> bool:
        """Claim a result, unless another one that is alive has; return whether it is ours."""
        claim = claims.find(self._connection, wanted.key)
        if claim == wanted:
            return True
        if claim is not None and self._is_alive(claim):
            return False
        claims.put(self._connection, wanted)
        return True

    def _is_alive(self, claim: ClaimRow) -> bool:
        holder = claims.holder(self._connection, claim)
        row = None if holder is None else engines.get(self._connection, holder)
        return row is not None and lease.is_alive(row, self._clock)
