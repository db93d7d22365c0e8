"""Kills engines, runners, or both, at random times, until the work is done all the same; then looks at every promise.

`make chaos` runs many kills; `make chaos SEED=7 KILLS=50` replays a failing seed. The seed decides who is killed, and
after how long; the machine decides what was under way then, so a replay is close, not exact.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from godwit_core.engine.phases import NodePhase
from godwit_core.engine.state import Finished
from godwit_core.store import map_items, nodes, reading
from godwit_core.store.connection import open_store

SOURCE = Path(__file__).with_name("flows") / "storm.py"
ITEMS = 150
RESULT = sum(x * x for x in range(ITEMS)) + 4 + 5 + 6
DEADLINE_S = 120
SINGLE = ("numbers", "remembered", "unsteady", "inner a", "inner b", "inner c", "total")


class BrokenPromiseError(AssertionError):
    """What is promised did not hold."""


@dataclass
class Tally:
    """What happened in the storms."""

    executions: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    repeated: int = 0


def blow(seed: int, kills: int, folder: Path) -> Tally:
    """Kill *kills* times, over as many executions as that takes.

    Raises:
        BrokenPromiseError: something was lost, doubled or repeated that must not be.
    """
    chance = random.Random(seed)
    tally = Tally()
    while sum(tally.kills.values()) < kills:
        home = folder / f"home{tally.executions}"
        ledger = folder / f"ledger{tally.executions}"
        one_storm(chance, home, ledger, kills - sum(tally.kills.values()), tally)
        tally.executions += 1
    return tally


def one_storm(chance: random.Random, home: Path, ledger: Path, most: int, tally: Tally) -> None:
    """Run one execution to its end through up to *most* kills."""
    arguments = ["run", str(SOURCE), "storm", "--ledger", str(ledger), "--n", str(ITEMS), "--execution-name", "storm"]
    interruptions = 0
    stored: dict[str, int] = {}
    while True:
        engine = start(home, arguments)
        victim = chance.choice(["engine", "runner", "both"]) if interruptions < most else ""
        done = kill_soon(engine, victim, chance.uniform(0.0, 1.2), tally)
        interruptions += bool(victim and not done)
        check_ledger(ledger, stored, "a stored success was run again")
        phase = remember_stored(home, ledger, stored)
        if phase == "SUCCEEDED":
            break
        if phase in {"FAILED", "ABORTED"}:
            raise BrokenPromiseError(f"the execution ended as {phase}: {engine.stderr_text}")
        arguments = ["executions", "resume", "storm"] if phase else arguments
    check_end(home, ledger, tally)


class Engine:
    """An engine in a process of its own."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def stderr_text(self) -> str:
        """What it has said."""
        return self._log.read_text(errors="replace")[-2000:]


def start(home: Path, arguments: list[str]) -> Engine:
    """Start the command line on *home*."""
    home.mkdir(parents=True, exist_ok=True)
    log = home / "said.txt"
    command = [sys.executable, "-m", "godwit_core", "--home", str(home), *arguments, "--json"]
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink, start_new_session=True)
    return Engine(process, log)


def kill_soon(engine: Engine, victim: str, delay_s: float, tally: Tally) -> bool:
    """Kill *victim* after a while; return whether the engine had ended before, or went on to its end."""
    end = time.monotonic() + (delay_s if victim else DEADLINE_S)
    while time.monotonic() < end:
        if engine.process.poll() is not None:
            return True
        time.sleep(0.005)
    if not victim:
        engine.process.kill()
        raise BrokenPromiseError(f"no end within {DEADLINE_S} s: {engine.stderr_text}")
    tally.kills[victim] += 1
    if victim in {"runner", "both"}:
        for child in children(engine.process.pid):
            kill(child)
    if victim in {"engine", "both"}:
        kill(engine.process.pid)
        engine.process.wait()
        return False
    try:
        engine.process.wait(DEADLINE_S)
    except subprocess.TimeoutExpired:
        engine.process.kill()
        raise BrokenPromiseError("an engine did not get over the loss of a runner") from None
    return False


def kill(process: int) -> None:
    """Kill a process that may be gone."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def children(process: int) -> Iterator[int]:
    """Yield the ids of the children of a process."""
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:
        return iter(())
    return (int(child) for child in text.split())


def remember_stored(home: Path, ledger: Path, stored: dict[str, int]) -> str:
    """Note, of each success that is stored now, how often it stands in the ledger; return the execution's phase."""
    if not (home / "godwit.db").exists():
        return ""
    connection = open_store(home / "godwit.db")
    try:
        found = reading.list_executions(connection, limit=1)
        if not found:
            return ""
        row = found[0]
        rows = nodes.load(connection, row.id)
        lines = Counter(ledger.read_text().splitlines()) if ledger.exists() else Counter()
        for node in rows:
            for record in map_items.load(connection, row.id, node.node):
                if isinstance(record, Finished) and record.outputs is not None:
                    line = f"square {record.item}"
                    stored.setdefault(line, lines[line])
        done = sum(node.phase is NodePhase.SUCCEEDED for node in rows)
        if done == len(rows) and row.phase.final:
            stored.update({line: lines[line] for line in SINGLE})
        return row.phase.name if row.phase.final else "RUNNING"
    finally:
        connection.close()


def check_ledger(ledger: Path, stored: dict[str, int], what: str) -> None:
    """Make sure that no stored success was run again."""
    lines = Counter(ledger.read_text().splitlines()) if ledger.exists() else Counter()
    again = {line: lines[line] for line, count in stored.items() if lines[line] > count}
    if again:
        raise BrokenPromiseError(f"{what}: {again}, stored at {[stored[line] for line in again]}")


def check_end(home: Path, ledger: Path, tally: Tally) -> None:
    """Make sure that the result is right, every task ran, and history is without gaps."""
    connection = open_store(home / "godwit.db")
    try:
        row = reading.list_executions(connection, limit=1)[0]
        rows = nodes.load(connection, row.id)
        sequences = [event.sequence for event in reading.list_events(connection, row.id)]
        integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
        items = [record.item for record in map_items.load(connection, row.id, 1) if isinstance(record, Finished)]
    finally:
        connection.close()
    lines = Counter(ledger.read_text().splitlines())
    missing = [name for name in (*SINGLE, *(f"square {x}" for x in range(ITEMS))) if not lines[name]]
    if missing:
        raise BrokenPromiseError(f"never ran: {missing}")
    if sequences != list(range(1, len(sequences) + 1)):
        raise BrokenPromiseError("the history has gaps")
    if sorted(items) != list(range(ITEMS)):
        raise BrokenPromiseError(f"items were stored {len(items)} times, not {ITEMS}")
    if integrity != "ok":
        raise BrokenPromiseError(f"the database is damaged: {integrity}")
    if not all(node.phase is NodePhase.SUCCEEDED for node in rows):
        raise BrokenPromiseError(f"nodes ended as {[node.phase.name for node in rows]}")
    said = (home / "said.txt").read_text()
    if f'"result": {RESULT}' not in said:
        raise BrokenPromiseError(f"expected {RESULT}, came {said}")
    tally.repeated += sum(lines.values()) - len(SINGLE) - ITEMS - 1


def main() -> int:
    """Blow, and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            tally = blow(options.seed, options.kills, Path(folder))
        except BrokenPromiseError as broken:
            print(f"seed {options.seed}: {broken}")
            print(f"Replay it: make chaos SEED={options.seed} KILLS={options.kills}")
            return 1
    kills = ", ".join(f"{count} {victim}" for victim, count in sorted(tally.kills.items()))
    print(f"seed {options.seed}: killed {kills} over {tally.executions} executions; nothing lost, nothing doubled;")
    print(f"{tally.repeated} attempts that were under way ran again")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
