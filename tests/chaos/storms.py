"""Kills engines, runners, or both, at random times, until the work is done all the same; then looks at every promise.

A person answers the gates meanwhile. Every fifth storm blows over three engines that share the executions of one home.

`make chaos` runs many kills; `make chaos SEED=7 KILLS=50` replays a failing seed. The seed decides who is killed, and
after how long; the machine decides what was under way then, so a replay is close, not exact.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from processes import Engine, Person
from promises import ITEMS, SOURCE, BrokenPromiseError, Witness, require
from shared_storms import EXECUTIONS, SharedStorm

DEADLINE_S = 120
SHARED_EVERY = 5
"""Of so many storms one blows over several engines that share a home."""
SHARED_KILLS = 8


@dataclass
class Tally:
    """What happened in the storms."""

    executions: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    answers: Counter[str] = field(default_factory=Counter)


def blow(seed: int, kills: int, folder: Path) -> Tally:
    """Kill *kills* times, over as many executions as that takes.

    Raises:
        BrokenPromiseError: something was lost, doubled or repeated that must not be.
    """
    chance = random.Random(seed)
    tally = Tally()
    storms = 0
    while (left := kills - tally.kills.total()) > 0:
        place = folder / f"storm{storms}"
        if storms % SHARED_EVERY == 1:
            shared = SharedStorm(chance, place, tally.kills, tally.answers)
            tally.repeated += shared.run(min(left, SHARED_KILLS))
            tally.executions += EXECUTIONS
        else:
            Storm(chance, place, tally).run(left)
            tally.executions += 1
        storms += 1
    return tally


class Storm:
    """One execution, resumed until it has ended."""

    def __init__(self, chance: random.Random, folder: Path, tally: Tally) -> None:
        self._chance = chance
        self._tally = tally
        self._home = folder / "home"
        self._ledger = folder / "ledger"
        self._witness = Witness(self._home, self._ledger)
        self._person = Person(self._home, "it", self._witness, chance, tally.answers)

    def run(self, most: int) -> None:
        """Run to the end through up to *most* kills.

        Raises:
            BrokenPromiseError: a promise did not hold.
        """
        arguments = ["run", str(SOURCE), "storm", "--ledger", str(self._ledger), "--n", str(ITEMS)]
        arguments += ["--execution-name", "it"]
        kills = 0
        phase = ""
        while phase != "SUCCEEDED":
            victim = self._chance.choice(["engine", "runner", "both"]) if kills < most else ""
            engine = Engine(self._home, arguments)
            kills += self._kill_soon(engine, victim, self._chance.uniform(0.0, 1.2))
            phase = self._witness.look().get("it", "")
            require(phase not in {"FAILED", "ABORTED"}, f"it ended as {phase}: {engine.said()}")
            if phase in {"QUEUED", "RUNNING"}:
                arguments = ["executions", "resume", "it"]
                if self._chance.random() < 0.2:
                    self._person.answer_all()
        self._person.stop()
        self._tally.repeated += self._witness.check_end()

    def _kill_soon(self, engine: Engine, victim: str, delay_s: float) -> bool:
        """Kill *victim* after a while, unless the engine has ended before; return whether somebody was killed."""
        end = time.monotonic() + (delay_s if victim else DEADLINE_S)
        while time.monotonic() < end:
            if engine.has_ended():
                return False
            self._person.look()
            time.sleep(0.005)
        if not victim:
            engine.kill()
            raise BrokenPromiseError(f"no end within {DEADLINE_S} s: {engine.said()}")
        self._tally.kills[victim] += 1
        if victim in {"runner", "both"}:
            engine.kill_runners()
        if victim in {"engine", "both"}:
            engine.kill()
            return True
        end = time.monotonic() + DEADLINE_S
        while not engine.has_ended():
            self._person.look()
            time.sleep(0.005)
            if time.monotonic() > end:
                engine.kill()
                raise BrokenPromiseError(f"an engine did not get over the loss of a runner: {engine.said()}")
        return True


def main() -> int:
    """Blow, and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=200)
    options = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            tally = blow(options.seed, options.kills, Path(folder))
        except BrokenPromiseError as broken:
            print(f"seed {options.seed}: {broken}")
            print(f"Replay it: make chaos SEED={options.seed} KILLS={options.kills}")
            return 1
    kills = ", ".join(f"{count} {victim}" for victim, count in sorted(tally.kills.items()))
    answers = ", ".join(f"{count} {how}" for how, count in sorted(tally.answers.items()))
    print(f"seed {options.seed}: killed {kills} over {tally.executions} executions; nothing lost, nothing doubled;")
    print(f"{tally.repeated} attempts that were under way ran again; answers: {answers};")
    print(f"{time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
