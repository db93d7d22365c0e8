"""What the storms kill: engines with their runners, and who answers gates, each in processes of their own."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from promises import FACTOR, GATES, Witness, require

LOOK_S = 0.1
CONTRADICTIONS = {"n8": str(FACTOR + 1), "n9": "--reject"}
"""What somebody says who comes too late."""


def godwit(home: Path, *arguments: str) -> list[str]:
    """Return the command line of the program on *home*."""
    return [sys.executable, "-m", "godwit_core", "--home", str(home), *arguments]


class Engine:
    """An engine in a process of its own."""

    def __init__(self, home: Path, arguments: list[str]) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._log = home / f"said{len(list(home.glob('said*')))}.txt"
        with self._log.open("wb") as sink:
            command = [*godwit(home, *arguments), "--json"]
            self.process = subprocess.Popen(command, stdout=sink, stderr=sink, start_new_session=True)

    def said(self) -> str:
        """Return what it has said."""
        return self._log.read_text(errors="replace")[-2000:]

    def has_ended(self) -> bool:
        """Return whether it is gone."""
        return self.process.poll() is not None

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()

    def kill_runners(self) -> None:
        """End the processes that it has started."""
        for child in children(self.process.pid):
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                continue


def children(process: int) -> list[int]:
    """Return the ids of the children of a process."""
    try:
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []


class Person:
    """Answers gates by the command line: at any time, killed meanwhile, and more often than is wanted."""

    def __init__(
        self, home: Path, execution: str, witness: Witness, chance: random.Random, tally: Counter[str]
    ) -> None:
        self._home = home
        self._execution = execution
        self._witness = witness
        self._chance = chance
        self._tally = tally
        self._answer: Answer | None = None
        self._next = 0.0
        self._answered: set[str] = set()
        self._in_doubt: set[str] = set()

    def look(self) -> None:
        """Answer a gate that waits, or see how that goes. Never waits itself."""
        if self._answer is not None:
            self._watch(self._answer)
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + LOOK_S
            for gate in self._witness.waiting(self._execution)[:1]:
                self._begin(gate, in_danger=self._chance.random() < 0.2)

    def answer_all(self) -> None:
        """Answer what waits, while no engine may be there to hear it."""
        self.stop()
        for gate in self._witness.waiting(self._execution):
            self._begin(gate, in_danger=False)
            self.stop()

    def stop(self) -> None:
        """Wait until nothing is being answered."""
        while self._answer is not None:
            self._watch(self._answer)
            time.sleep(0.005)

    def _begin(self, gate: str, *, in_danger: bool) -> None:
        """Give the right answer; where that was taken, perhaps another one, which must be refused."""
        contradicts = gate in self._answered
        if contradicts and self._chance.random() < 0.7:
            return
        name, right = GATES[gate]
        answer = CONTRADICTIONS[gate] if contradicts else right
        process = subprocess.Popen(
            godwit(self._home, "signal", self._execution, name, answer),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        killed_at = time.monotonic() + self._chance.uniform(0.0, 0.3) if in_danger else None
        self._answer = Answer(process, gate, contradicts, killed_at)

    def _watch(self, answer: "Answer") -> None:
        if answer.process.poll() is None:
            if answer.killed_at is None or time.monotonic() < answer.killed_at:
                return
            answer.process.kill()
        said = answer.process.communicate()[0].decode()
        code, self._answer = answer.process.returncode, None
        if code == -signal.SIGKILL:
            self._tally["killed"] += 1
            self._in_doubt.add(answer.gate)
        elif answer.contradicts:
            require(code != 0, f"a second answer to {answer.gate} was taken: {said}")
            self._tally["refused"] += 1
        else:
            require(code == 0 or answer.gate in self._in_doubt, f"an answer was refused: {said}")
            self._tally["taken"] += code == 0
            self._answered.add(answer.gate)


class Answer(NamedTuple):
    """A command that answers a gate. *killed_at*: when it is killed; None: not at all."""

    process: "subprocess.Popen[bytes]"
    gate: str
    contradicts: bool
    killed_at: float | None
