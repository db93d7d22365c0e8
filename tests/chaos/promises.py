"""What must hold at every moment, whoever was killed: what is stored, and a ledger outside, are compared."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from godwit_core.cli.stored_executions import StoredExecution, read_execution
from godwit_core.engine.phases import CacheStatus, NodePhase
from godwit_core.engine.state import Finished
from godwit_core.store import map_items, nodes, reading
from godwit_core.store.connection import open_store
from godwit_plugin_api.loading import load_plugins
from godwitidl.core.v1.values_pb2 import Literal

SOURCE = Path(__file__).with_name("flows") / "storm.py"
ITEMS = 150
MAP = "n1"
PAIRS = "n7"
PAIR_INPUTS = (0, 10, 20, 30, 40, 50)
PAIR_LINES = [line for x in PAIR_INPUTS for line in (f"first {x}", f"second {x + 1}")]
"""What the items of the map over a workflow leave in the ledger: two lines each."""
FACTOR = 7
GATES = {"n8": ("factor", str(FACTOR)), "n9": ("n9", "--approve")}
"""How each gate is answered: the arguments of `godwit signal` after the execution. The root's nodes are numbered."""
CACHED = {"n4": "remembered", "n5": "remembered"}
OWN = {
    "n0": "numbers",
    "n2/n0": "inner a",
    "n2/n1": "inner b",
    "n2/n2": "inner c",
    "n3/n0": "planned",
    "n6": "unsteady",
    "n11": "total",
}
"""The line in the ledger that each node leaves, after the name of its execution."""


class BrokenPromiseError(AssertionError):
    """What is promised did not hold."""


def result_of(items: int) -> int:
    """Return what the workflow gives."""
    return sum(x * x for x in range(items)) + 4 + 5 + 5 + 5 + 6 + FACTOR + sum(x + 2 for x in PAIR_INPUTS)


def require(holds: bool, broken: object) -> None:
    """Make sure of a promise.

    Raises:
        BrokenPromiseError: it does not hold.
    """
    if not holds:
        raise BrokenPromiseError(str(broken))


class Witness:
    """Looks at one home and its ledger, again and again, and knows what may not happen any more."""

    def __init__(self, home: Path, ledger: Path, items: int = ITEMS, *, runners_die: bool = True) -> None:
        self._home = home
        self._ledger = ledger
        self._items = items
        self._runners_die = runners_die
        self._registry = load_plugins()
        self._stored: dict[str, int] = {}

    def look(self) -> dict[str, str]:
        """Make sure that no success that was stored has run again; return the phase of each execution.

        Raises:
            BrokenPromiseError: one has.
        """
        lines = self.lines()
        again = {line: lines[line] for line, count in self._stored.items() if lines[line] > count}
        require(not again, f"stored successes were run again: {again}")
        phases: dict[str, str] = {}
        found = self._read()
        lines = self.lines()
        for execution, done in found:
            phases[execution.row.name] = execution.row.phase.name
            for line in self._successes(execution, done):
                self._stored.setdefault(line, lines[line])
        return phases

    def lines(self) -> Counter[str]:
        """Return how often each line stands in the ledger."""
        return Counter(self._ledger.read_text().splitlines()) if self._ledger.exists() else Counter()

    def waiting(self, execution: str) -> list[str]:
        """Return the paths of the gates that wait for an answer."""
        path = self._home / "godwit.db"
        if not path.exists():
            return []
        connection = open_store(path)
        try:
            found = [row for row in reading.list_executions(connection, limit=1000) if row.name == execution]
            rows = {f"n{row.node}": row for row in nodes.load(connection, found[0].id)} if found else {}
        finally:
            connection.close()
        return [gate for gate in GATES if gate in rows and rows[gate].phase is NodePhase.WAITING]

    def check_end(self, repeated: int | None = None) -> int:
        """Make sure that all has ended well: every result right, every task run, and nothing doubled.

        Return how many attempts ran that were not needed; *repeated* says how many there may be at most.

        Raises:
            BrokenPromiseError: something was lost or doubled.
        """
        self.look()
        lines = self.lines()
        found = self._read()
        wanted = {"remembered"} if found else set()
        for execution, done in found:
            self._check_execution(execution, done)
            name = execution.row.name
            wanted |= {f"{name} {line}" for line in OWN.values()}
            wanted |= {f"{name} {line}" for line in PAIR_LINES}
            wanted |= {f"{name} square {item}" for item in range(self._items)}
        require(wanted == set(lines), f"never ran, or nobody asked for: {sorted(wanted ^ set(lines))}")
        again = sum(lines.values()) - len(wanted) - len(found)  # the unsteady one runs twice
        require(repeated is None or again <= repeated, f"{again} attempts were repeated, {repeated} might be: {lines}")
        return again

    def _check_execution(self, execution: StoredExecution, done: "Items") -> None:
        name, state = execution.row.name, execution.state
        require(execution.row.phase.name == "SUCCEEDED", f"{name} ended as {execution.row.phase.name}")
        bad = [f"{node.path} {node.phase.name}" for node in state.nodes if not node.phase.succeeded]
        require(not bad, f"{name} has nodes that ended badly: {bad}")
        value = execution.outcome().outputs["result"][0]
        require(value == _encoded(result_of(self._items)), f"{name} has a wrong result: {value!r}")
        every = (list(range(self._items)), list(range(len(PAIR_INPUTS))))
        stored = (sorted(done.squares), sorted(done.pairs))
        require(stored == every, f"{name} stored {[len(one) for one in stored]} items")
        spent = [node.path for node in state.nodes if node.failures and node.path != "n6"]
        require(not spent, f"retries of {spent} paid for what was not their fault")
        lost = [node.path for node in state.nodes if node.infrastructure_failures]
        require(self._runners_die or not lost, f"{lost} paid for the death of an engine")
        computed = [node.path for node in state.nodes if node.path in CACHED and node.cache is CacheStatus.MISS]
        require(len(computed) <= 1, f"{name} computed one cached result twice: {computed}")

    def _successes(self, execution: StoredExecution, done: "Items") -> Iterator[str]:
        name = execution.row.name
        for node in execution.state.nodes:
            if node.path in OWN and node.phase is NodePhase.SUCCEEDED:
                yield f"{name} {OWN[node.path]}"
            if node.path.startswith(PAIRS) and node.phase is NodePhase.SUCCEEDED and node.plan.task is not None:
                number, place = re.findall(r"\d+", node.path)[-2:]
                yield f"{name} {PAIR_LINES[2 * int(number) + int(place)]}"
        yield from (f"{name} square {item}" for item in done.squares)
        yield from (f"{name} {line}" for item in done.pairs for line in PAIR_LINES[2 * item : 2 * item + 2])

    def _read(self) -> "list[tuple[StoredExecution, Items]]":
        """Return each execution, with the items whose success was stored."""
        path = self._home / "godwit.db"
        if not path.exists():
            return []
        connection = open_store(path)
        try:
            integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
            require(integrity == "ok", f"the database is damaged: {integrity}")
            names = [row.name for row in reading.list_executions(connection, limit=1000)]
            found = [read_execution(connection, name, self._registry) for name in names]
            for execution in found:
                events = list(reading.list_events(connection, execution.row.id))
                sequences = [event.sequence for event in events]
                times = [event.time.ToMicroseconds() for event in events]
                require(sequences == list(range(1, len(events) + 1)), f"{execution.row.name}: the history has gaps")
                require(times == sorted(times), f"{execution.row.name}: the history turns around")
            return [
                (execution, Items(_done(connection, execution, MAP), _done(connection, execution, PAIRS)))
                for execution in found
            ]
        finally:
            connection.close()


class Items(NamedTuple):
    """The items of each map whose success was stored, as often as it was."""

    squares: list[int]
    pairs: list[int]


def _done(connection: sqlite3.Connection, execution: StoredExecution, path: str) -> list[int]:
    (number,) = [node.number for node in execution.state.nodes if node.path == path] or [-1]
    records = map_items.load(connection, execution.row.id, number)
    return [record.item for record in records if isinstance(record, Finished) and record.outputs is not None]


def _encoded(value: int) -> bytes:
    return Literal(int_value=value).SerializeToString(deterministic=True)
