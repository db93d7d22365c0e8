"""Storms over engines that share one home: any of them is killed, loses its runners, or stands still for too long."""

import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from godwit_core.store import engines
from godwit_core.store.connection import open_store
from processes import Engine, Person, godwit
from promises import SOURCE, Witness, require

ENGINES = 3
EXECUTIONS = 4
ITEMS = 120
LEASE_S = 1
STROKES = ("engine", "engine", "both", "both", "runner", "leave", "still")
"""What may be done to an engine: killed, alone or with its runners; its runners killed; sent away; stopped too long."""
DEADLINE_S = 120
PATIENCE_S = 30
LOCK_S = 2.0


class SharedStorm:
    """Some executions that nobody holds, and engines that take them."""

    def __init__(self, chance: random.Random, folder: Path, kills: Counter[str], answers: Counter[str]) -> None:
        self._chance = chance
        self._kills = kills
        self._home = folder / "home"
        self._ledger = folder / "ledger"
        self._witness = Witness(self._home, self._ledger, ITEMS)
        self._names = [f"e{number}" for number in range(EXECUTIONS)]
        self._people = [Person(self._home, name, self._witness, chance, answers) for name in self._names]
        self._engines: list[Engine] = []

    def run(self, most: int) -> int:
        """Kill up to *most* times, until all executions have ended; return how many attempts were repeated.

        Raises:
            BrokenPromiseError: a promise did not hold.
        """
        self._leave_work()
        self._engines = [self._start() for _ in range(ENGINES)]
        try:
            self._blow(most)
            for engine in self._engines:
                self._send_away(engine)
        finally:
            for engine in self._engines:
                engine.kill()
        for person in self._people:
            person.stop()
        return self._witness.check_end()

    def _leave_work(self) -> None:
        for name in self._names:
            arguments = ["--ledger", str(self._ledger), "--who", name, "--n", str(ITEMS), "--execution-name", name]
            command = godwit(self._home, "run", str(SOURCE), "storm", *arguments, "--detach")
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            require(done.returncode == 0, f"{name} was not accepted: {done.stdout} {done.stderr}")

    def _start(self) -> Engine:
        return Engine(self._home, ["engine", "run", "--workers", "2", "--lease", str(LEASE_S)])

    def _blow(self, most: int) -> None:
        kills = 0
        end = time.monotonic() + DEADLINE_S
        while True:
            self._let_pass(self._chance.uniform(0.0, 0.5))
            phases = self._witness.look()
            if all(phases[name] == "SUCCEEDED" for name in self._names):
                return
            require(not {"FAILED", "ABORTED"} & set(phases.values()), f"ended as {phases}")
            require(time.monotonic() < end, f"no end within {DEADLINE_S} s: {[one.said() for one in self._engines]}")
            if kills < most:
                kills += 1
                self._strike(self._chance.randrange(ENGINES), self._chance.choice(STROKES))

    def _strike(self, place: int, how: str) -> None:
        """Do to an engine what *how* says; when it is gone another one begins."""
        engine = self._engines[place]
        self._kills[f"{how} of {ENGINES}"] += 1
        if how in {"runner", "both"}:
            engine.kill_runners()
        if how in {"engine", "both"}:
            engine.kill()
        if how == "leave":
            self._send_away(engine)
        if how == "still":
            self._stand_still(engine)
        if how != "runner":
            self._engines[place] = self._start()

    def _send_away(self, engine: Engine) -> None:
        """Have an engine give back what it holds."""
        engine.process.send_signal(signal.SIGTERM)
        code = self._wait(engine)
        require(code in {0, -signal.SIGTERM}, f"an engine that was sent away ended with {code}: {engine.said()}")

    def _stand_still(self, engine: Engine) -> None:
        """Stop an engine for longer than its lease: then it must see that it has lost it, and write nothing more."""
        self._let_pass_until(lambda: "began" in engine.said(), "an engine does not begin")
        process = engine.process.pid
        os.kill(process, signal.SIGSTOP)
        while not self._can_be_written():
            # Stopped within a commit it holds the lock of the database, which nobody can take from it.
            os.kill(process, signal.SIGCONT)
            self._let_pass(0.05)
            os.kill(process, signal.SIGSTOP)
        self._let_pass_until(lambda: process not in self._registered(), "an engine that stands still keeps its lease")
        os.kill(process, signal.SIGCONT)
        code = self._wait(engine)
        is_told = "LEASE_LOST" in engine.said()
        require(code != 0 and is_told, f"an engine that stood still ended with {code}: {engine.said()}")

    def _let_pass(self, seconds: float) -> None:
        """Let time pass; people go on answering."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for person in self._people:
                person.look()
            time.sleep(0.01)

    def _let_pass_until(self, happens: Callable[[], bool], broken: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not happens():
            require(time.monotonic() < end, f"{broken}: {[one.said() for one in self._engines]}")
            self._let_pass(0.05)

    def _registered(self) -> set[int]:
        """Return the processes of the engines that have a lease."""
        connection = open_store(self._home / "godwit.db")
        try:
            return {row.process for row in engines.list_all(connection)}
        finally:
            connection.close()

    def _can_be_written(self) -> bool:
        """Return whether others can write to the database, with the patience for a commit under way."""
        connection = sqlite3.connect(self._home / "godwit.db", timeout=LOCK_S, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
        finally:
            connection.close()
        return True

    def _wait(self, engine: Engine) -> int:
        """Return the exit code of an engine that is about to end."""
        self._let_pass_until(engine.has_ended, f"process {engine.process.pid} does not end")
        return engine.process.returncode
