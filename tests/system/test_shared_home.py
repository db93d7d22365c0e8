"""Several engine processes on one home: they share executions, and end without anything lost or stored twice."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest
from godwit_core.cli.session import Session
from godwit_core.cli.sources import find_entity, load_source
from godwit_core.engine.phases import ExecutionPhase
from godwit_core.runtime.engine import Engine
from godwit_core.runtime.settings import EngineSettings, ExecutionOptions
from godwit_core.store import packing, reading
from godwit_core.store.connection import open_store
from godwitidl.core.v1.values_pb2 import Literal

GODWIT = Path(sys.executable).with_name("godwit")
FLOWS = Path(__file__).parent / "sharing" / "flows.py"
DEADLINE_S = 90


class SharedHome:
    """A home with its engines, and the ledger of what ran."""

    def __init__(self, folder):
        self.folder = folder
        self.home = folder / "home"
        self.session = Session(self.home)
        self.engines = []
        self._source = load_source(self.session, FLOWS)

    def submit(self, entity, count=1, **options):
        """Leave executions in the home; return their names."""
        registration, summary, _ = find_entity(self._source, entity)
        settings = EngineSettings(home=self.home, runs=False)
        names = []
        with Engine(settings, self.session.registry()) as engine:
            for n in range(count):
                inputs = {"n": Literal(int_value=n), "folder": Literal(string_value=str(self.folder))}
                chosen = ExecutionOptions(**options)
                names.append(engine.submit(registration, summary.full_name, inputs, chosen))
        return names

    def start(self, *options, workers=2):
        """Start an engine."""
        log = self.folder / f"engine{len(self.engines)}"
        command = [GODWIT, "--home", self.home, "engine", "run", "--json", "--workers", workers, *options]
        with log.open("w") as out:
            process = subprocess.Popen(list(map(str, command)), stdout=out, stderr=out, cwd=self.folder)
        process.log = log
        self.engines.append(process)
        return process

    def __call__(self, *arguments, status=0):
        command = [GODWIT, "--home", self.home, *arguments, "--json"]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=DEADLINE_S)
        assert done.returncode == status, done
        return json.loads(done.stdout)

    def wait(self, condition):
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, [one.log.read_text() for one in self.engines]
            time.sleep(0.01)

    def ledger(self, *begin):
        """Return the lines that begin so."""
        file = self.folder / "ledger"
        lines = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
        return [line for line in lines if line[: len(begin)] == list(begin)]

    def row(self, name):
        with closing(open_store(self.home / "godwit.db")) as connection:
            return reading.get_execution(connection, name)

    def rows(self, names):
        with closing(open_store(self.home / "godwit.db")) as connection:
            return [reading.get_execution(connection, name) for name in names]

    def events(self, name):
        with closing(open_store(self.home / "godwit.db")) as connection:
            return list(reading.list_events(connection, reading.get_execution(connection, name).id))

    def have_ended(self, names):
        return all(row.phase.final for row in self.rows(names))

    def holders(self):
        return {one["process"]: one["executions"] for one in self("engine", "list")["engines"]}

    def release(self):
        (self.folder / "go").touch()

    def close(self):
        for process in self.engines:
            process.kill()
            process.wait()


@pytest.fixture
def shared(tmp_path):
    home = SharedHome(tmp_path)
    yield home
    home.close()


def result(row):
    return Literal.FromString(packing.unpack(row.outputs)["result"][0]).string_value


def told(process):
    return [json.loads(line) for line in process.log.read_text().splitlines() if line.startswith("{")]


@pytest.mark.parametrize(("count", "seed"), [(2, 1), (3, 2)])
def test_engines_that_are_killed_in_turn_lose_and_double_nothing(shared, count, seed):
    drawn = random.Random(seed)
    names = shared.submit("pair", 30)
    living = [shared.start() for _ in range(count)]
    kills = sorted(drawn.sample(range(3, 50), 2 * count))
    for turn, lines in enumerate(kills):
        shared.wait(lambda lines=lines: len(shared.ledger()) >= lines)
        living[turn % count].kill()
        living[turn % count] = shared.start()
    shared.wait(lambda: shared.have_ended(names))
    for process in living:
        process.terminate()
        assert process.wait(DEADLINE_S) == 0
    rows = shared.rows(names)
    assert {row.phase for row in rows} == {ExecutionPhase.SUCCEEDED}
    began, reread = defaultdict(set), defaultdict(set)
    for kind, n, token in shared.ledger():
        (began if kind == "draw" else reread)[int(n)].add(token)
    for n, row in enumerate(rows):
        assert reread[n] == {result(row)}, "what was stored once is what everyone read"
        assert result(row) in began[n]
        events = shared.events(row.name)
        assert [event.sequence for event in events] == list(range(1, len(events) + 1))
        finished = [event.node.steps[-1].node for event in events if event.WhichOneof("kind") == "node_finished"]
        assert sorted(finished) == ["n0", "n1"], "each node ended once"
    with closing(sqlite3.connect(shared.home / "godwit.db")) as connection:
        assert connection.execute("SELECT count(*) FROM engines").fetchone() == (0,), "nobody is left to hold anything"
    assert len({one for name in names for one in engines_of(shared, name)}) > count, "others went on"


def engines_of(shared, name):
    return [event.execution_started.epoch for event in shared.events(name) if event.HasField("execution_started")]


def test_engines_take_as_much_as_they_have_room_for(shared):
    shared.submit("hold", 9)
    engines = [shared.start(workers=2) for _ in range(3)]
    shared.wait(lambda: len(shared.ledger("began")) == 6)
    assert shared.holders() == {one.pid: 2 for one in engines}
    assert shared("engine", "list")["waiting"] == 3
    shared.release()
    shared.wait(lambda: len(shared.ledger("ended")) == 9)


def test_the_highest_priority_comes_first_then_the_oldest(shared):
    low, usual, high = (shared.submit("hold", 1, priority=priority)[0] for priority in (-1, 0, 5))
    later = shared.submit("hold", 1, priority=0)[0]
    shared.release()
    engine = shared.start("--until-idle", workers=1)
    assert engine.wait(DEADLINE_S) == 0
    assert [one["execution"] for one in told(engine) if one["event"] == "taken"] == [high, usual, later, low]


def test_an_engine_that_is_told_to_go_gives_back_what_it_holds(shared):
    (name,) = shared.submit("hold")
    first = shared.start()
    shared.wait(lambda: len(shared.ledger("began")) == 1)
    first.terminate()
    assert first.wait(DEADLINE_S) == 0
    assert [one["event"] for one in told(first)][-3:] == ["leaving", "given_back", "done"]
    assert shared("executions", "show", name)["engine"] == "WAITING"
    second = shared.start("--until-idle")
    shared.wait(lambda: len(shared.ledger("began")) == 2)
    shared.release()
    assert second.wait(DEADLINE_S) == 0
    shown = shared("executions", "show", name)
    assert shown["phase"] == "SUCCEEDED", "the attempt that was lost cost no retry: there are none"
    assert [one["error"]["code"] for one in shown["nodes"][0]["history"] if one["error"]] == ["ENGINE_LEFT"]


def test_an_engine_that_was_stopped_for_longer_than_its_lease_writes_nothing_more(shared):
    (name,) = shared.submit("hold")
    first = shared.start("--lease", 1)
    shared.wait(lambda: len(shared.ledger("began")) == 1)
    os.kill(first.pid, signal.SIGSTOP)
    second = shared.start()
    shared.wait(lambda: len(shared.ledger("began")) == 2)
    shared.release()
    shared.wait(lambda: shared.have_ended([name]) and len(shared.ledger("ended")) == 2)
    second.terminate()
    assert second.wait(DEADLINE_S) == 0
    before = dump(shared)
    os.kill(first.pid, signal.SIGCONT)
    assert first.wait(DEADLINE_S) == 1
    assert [(one["event"], one["error"]["code"]) for one in told(first)[-1:]] == [("failed", "LEASE_LOST")]
    assert dump(shared) == before
    tokens = {token for _, _, token in shared.ledger("ended")}
    assert len(tokens) == 2, "both runners came to an end, and gave different results"
    row = shared.row(name)
    assert row.phase is ExecutionPhase.SUCCEEDED
    assert result(row) == shared.ledger("began")[1][2], "that of the first engine's runner was refused"


def dump(shared):
    with closing(sqlite3.connect(shared.home / "godwit.db")) as connection:
        return list(connection.iterdump())


def test_one_of_two_engines_computes_what_both_need(shared):
    names = shared.submit("computing", 2)
    engines = [shared.start(workers=1) for _ in range(2)]
    shared.wait(lambda: all(count == 1 for count in shared.holders().values()) and len(shared.holders()) == 2)
    shared.wait(lambda: sorted(node_phases(shared, names)) == ["RUNNING", "WAITING"])
    shared.release()
    shared.wait(lambda: shared.have_ended(names))
    assert len(shared.ledger("began")) == 1
    caches = sorted(shared("executions", "show", name)["nodes"][0]["cache"] for name in names)
    assert caches == ["HIT", "MISS"]
    assert len(engines) == 2


def test_a_claim_goes_with_the_engine_that_is_killed(shared):
    names = shared.submit("computing", 2)
    engines = [shared.start(workers=1) for _ in range(2)]
    shared.wait(lambda: sorted(node_phases(shared, names)) == ["RUNNING", "WAITING"])
    (runner,) = [int(line[2]) for line in shared.ledger("began")]
    owner = next(one for one in engines if one.pid == parent_of(runner))
    owner.kill()
    shared.wait(lambda: len(shared.ledger("began")) == 2)
    shared.release()
    shared.wait(lambda: shared.have_ended(names))
    assert [row.phase for row in shared.rows(names)] == [ExecutionPhase.SUCCEEDED] * 2
    assert len(shared.ledger("began")) <= 3, "one computed for both; the attempt that was lost may have run again"


def node_phases(shared, names):
    return [node["phase"] for name in names for node in shared("executions", "show", name)["nodes"]]


def parent_of(process):
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def test_answers_and_aborts_reach_the_engine_that_holds_the_execution(shared):
    names = shared.submit("asking", 4)
    for _ in range(2):
        shared.start()
    shared.wait(lambda: all(row.phase is ExecutionPhase.RUNNING for row in shared.rows(names)))
    shared.wait(lambda: all(shared("executions", "show", name)["waiting"] for name in names))
    for n, name in enumerate(names[:3]):
        shared("signal", name, "answer", n)
    assert shared("executions", "abort", names[3], "--reason", "enough")["phase"] == "ABORTED"
    shared.wait(lambda: shared.have_ended(names))
    outputs = [shared("executions", "watch", name)["outputs"] for name in names[:3]]
    assert outputs == [{"result": 0}, {"result": 1}, {"result": 2}]


def test_what_waits_for_busy_engines_is_aborted_at_once(shared):
    held, waiting = shared.submit("hold")[0], shared.submit("hold")[0]
    shared.start(workers=1)
    shared.wait(lambda: len(shared.ledger("began")) == 1)
    assert shared("executions", "show", waiting)["engine"] == "WAITING"
    assert shared("executions", "abort", waiting)["phase"] == "ABORTED"
    assert shared("executions", "show", held)["phase"] == "RUNNING"
