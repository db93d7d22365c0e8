"""Breakdown: where the time of a call goes, by the parts of the engine's loop.

Clocks are put around parts of the engine, from outside: each part gets the time that passes in it, less that of the
parts within it. What the clocks themselves cost is the difference between the call with and without them.
"""

import functools
import os
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flows
from engines import DURABILITIES, FLOWS, WarmEngine, warm_engine
from godwit_core.backends.local import LocalBackend
from godwit_core.runtime import engine as engine_module
from godwit_core.runtime import writing
from godwit_core.runtime.answers import Answers
from godwit_core.runtime.dispatch import Dispatcher
from godwit_core.runtime.loop import Loop
from measurement import FOLDER, Measure, Result, options, parsed

Engine = engine_module.Engine
SCALE_FLOWS = FOLDER / "scale_flows.py"

WAITING = "waiting for runners"
COMMIT = "commit"
SQL = "SQL, without commits"
REST = "loop and bookkeeping"

PLACES: tuple[tuple[Any, str, str], ...] = (
    (Loop, "_ready", WAITING),
    (Loop, "wait", "read and decode answers"),
    (Engine, "accept", "accept: check, compile, first rows"),
    (engine_module, "step", "step (the rules)"),
    (Answers, "to", "look up in the cache"),
    (Dispatcher, "request", "make requests"),
    (LocalBackend, "submit", "encode and send attempts"),
    (writing, "write", "encode rows and events"),
)
"""What is clocked, and the part that its time counts as."""
PARTS = (WAITING, *(part for _, _, part in PLACES[1:]), SQL, COMMIT, REST)


class Clocks:
    """The time of each part. Parts nest: only the innermost runs."""

    def __init__(self) -> None:
        self.taken_s: dict[str, float] = {}
        self._stack: list[str] = []
        self._since = 0.0

    def start(self) -> None:
        """Begin anew, in the rest."""
        self.taken_s = dict.fromkeys(PARTS, 0.0)
        self._stack = [REST]
        self._since = time.perf_counter()

    def stop(self) -> dict[str, float]:
        """End, and return the time of each part."""
        self.switch(None)
        self._stack = []
        return self.taken_s

    def switch(self, part: str | None) -> None:
        """Enter a part; with None, leave the present one."""
        now = time.perf_counter()
        if self._stack:
            self.taken_s[self._stack[-1]] += now - self._since
            if part is None:
                self._stack.pop()
        if part is not None:
            self._stack.append(part)
        self._since = now

    def around(self, function: Callable[..., Any], part: str) -> Callable[..., Any]:
        """Return *function* with its time counted as that of *part*."""

        @functools.wraps(function)
        def clocked(*positional: Any, **named: Any) -> Any:
            if not self._stack:
                return function(*positional, **named)
            self.switch(part)
            try:
                return function(*positional, **named)
            finally:
                self.switch(None)

        return clocked


class ClockedConnection:
    """A connection to the store whose statements are counted."""

    def __init__(self, connection: sqlite3.Connection, clocks: Clocks) -> None:
        self._connection = connection
        self._plain = clocks.around(connection.execute, SQL)
        self._commit = clocks.around(connection.execute, COMMIT)
        self.executemany = clocks.around(connection.executemany, SQL)

    def execute(self, statement: str, *parameters: Any) -> Any:
        """Execute a statement."""
        return (self._commit if statement == "COMMIT" else self._plain)(statement, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@contextmanager
def clocked_engine() -> Iterator[Clocks]:
    """Put the clocks around the parts, for engines that are opened meanwhile."""
    clocks = Clocks()
    kept = [(owner, name, getattr(owner, name)) for owner, name, _ in PLACES]
    open_store = engine_module.open_store

    def clocked_store(*positional: Any, **named: Any) -> Any:
        return ClockedConnection(open_store(*positional, **named), clocks)

    try:
        for owner, name, part in PLACES:
            setattr(owner, name, clocks.around(getattr(owner, name), part))
        vars(engine_module)["open_store"] = clocked_store
        yield clocks
    finally:
        for owner, name, function in kept:
            setattr(owner, name, function)
        vars(engine_module)["open_store"] = open_store


def runners_cpu_s() -> float | None:
    """Return the processor time of this process's children so far; None where the system does not tell it."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    if not children.exists():
        return None
    ticks = 0
    for child in children.read_text(encoding="ascii").split():
        counted = Path(f"/proc/{child}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(counted[11]) + int(counted[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def measured(engine: WarmEngine, workflow: str, inputs: dict[str, int], runs: int, clocks: Clocks | None) -> list[Any]:
    """Return for each run what it took, its parts, and the processor time of its runners."""
    found = []
    for _ in range(runs):
        before_s = runners_cpu_s()
        if clocks is not None:
            engine.on_call = clocks.start
        taken = engine.call(workflow, **inputs)
        parts = clocks.stop() if clocks is not None else {}
        after_s = runners_cpu_s()
        found.append((taken, parts, None if before_s is None or after_s is None else after_s - before_s))
    return found


def measure(result: Result, what: str, file: Path, workflow: str, inputs: dict[str, int], runs: int) -> None:
    """Measure one workflow at both levels of durability."""
    for durability in DURABILITIES:
        case = f"{what}, {durability}"
        with warm_engine(durability, file) as engine:
            engine.prepare(workflow, times=3, **inputs)
            plain = measured(engine, workflow, inputs, runs, None)
        with clocked_engine() as clocks, warm_engine(durability, file) as engine:
            engine.prepare(workflow, times=3, **inputs)
            found = measured(engine, workflow, inputs, runs, clocks)
        for part in PARTS:
            if not any(parts[part] for _, parts, _ in found):
                continue
            result.measures.append(Measure(f"{case}: {part}", "ms", [parts[part] * 1e3 for _, parts, _ in found]))
        result.measures.append(Measure(f"{case}: the call, with the clocks", "ms", [one[0] * 1e3 for one in found]))
        result.measures.append(Measure(f"{case}: the call, without", "ms", [one[0] * 1e3 for one in plain]))
        cpu_s = [one[2] for one in plain if one[2] is not None]
        if cpu_s:  # the system counts it in steps of 10 ms
            each_ms = statistics.mean(cpu_s) * 1e3
            result.measures.append(Measure(f"{case}: beside it, processor time of the runners", "ms", [each_ms]))


def main() -> int:
    """Measure the row and print it."""
    parser = options(__doc__, runs=9)
    parser.add_argument("--steps", type=int, default=200, choices=flows.CHAINS)
    parser.add_argument("--nodes", type=int, default=1_000, choices=flows.FANS)
    parser.add_argument("--items", type=int, default=10_000)
    arguments = parsed(parser, steps=50, nodes=100, items=1_000)
    steps, nodes, items, runs = arguments.steps, arguments.nodes, arguments.items, arguments.runs
    result = Result("breakdown", {"steps": steps, "nodes": nodes, "items": items})
    measure(result, f"chain of {steps}", FLOWS, f"chain_{steps}", {}, runs)
    measure(result, f"fan-out of {nodes:,}", FLOWS, f"fan_{nodes}", {}, runs)
    measure(result, f"map of {items:,}", SCALE_FLOWS, "increments", {"n": items}, runs)
    result.deliver(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
