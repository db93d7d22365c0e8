"""Engines, as people start them, that use backends elsewhere: servers and engines are killed while jobs run."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

GODWIT = Path(sys.executable).parent / "godwit"
SOURCE = '''
import time
from pathlib import Path

import godwit as gw


@gw.task
def step(number: int, folder: str) -> int:
    """Say that it begins, and wait until it may end."""
    with (Path(folder) / "ledger").open("a") as ledger:
        ledger.write(f"{number} {gw.current_context().attempt_id}\\n")
    print("waits in step", number, flush=True)
    until = time.monotonic() + 300
    while not (Path(folder) / f"go{number}").exists() and time.monotonic() < until:
        time.sleep(0.01)
    return number + 1


@gw.task
def note(number: int, folder: str) -> int:
    with (Path(folder) / "ledger").open("a") as ledger:
        ledger.write(f"{number} {gw.current_context().attempt_id}\\n")
    time.sleep(0.1)
    return number


@gw.task
def count(folder: str) -> list[int]:
    return list(range(25))


@gw.task
def quick(x: int) -> int:
    return 2 * x


@gw.workflow
def steps(folder: str) -> int:
    first = step(number=0, folder=folder)
    second = step(number=first, folder=folder)
    return step(number=second, folder=folder)


@gw.task
def total(xs: list[int]) -> int:
    return sum(xs)


@gw.workflow
def noted(folder: str) -> int:
    numbers = gw.map_task(note)(number=count(folder=folder), folder=gw.bound(folder))
    return total(xs=numbers)


@gw.workflow
def doubled(xs: list[int]) -> list[int]:
    return gw.map_task(quick)(x=xs)


@gw.workflow
def summed(xs: list[int]) -> int:
    return total(xs=gw.map_task(quick)(x=xs))
'''


class Engine:
    """Calls of `godwit` on one home."""

    def __init__(self, folder, server, **settings):
        self.folder = folder
        self.processes = []
        self.source = folder / "flows.py"
        self.source.write_text(SOURCE)
        self.home = folder / "engine"
        self.home.mkdir()
        told = {"server": server.address, "backend": server.backend, **settings}
        lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
        (self.home / "config.toml").write_text("\n".join(["[backends.far]", *lines]))

    def command(self, *words):
        return [str(word) for word in (GODWIT, "--home", self.home, *words)]

    def start(self, *words):
        with (self.folder / "engine.log").open("ab") as log:
            self.processes.append(subprocess.Popen(self.command(*words), stdout=log, stderr=log))
        return self.processes[-1]

    def call(self, *words, status=0):
        done = subprocess.run(self.command("--json", *words), capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == status, f"{words}: {done.stdout}\n{done.stderr}"
        return json.loads(done.stdout), done.stderr

    def ledger(self):
        path = self.folder / "ledger"
        return path.read_text().split("\n")[:-1] if path.exists() else []

    def wait_for_steps(self, count):
        until = time.monotonic() + 300
        while len(self.ledger()) < count:
            assert time.monotonic() < until, f"{self.ledger()}\n{(self.folder / 'engine.log').read_text()}"
            time.sleep(0.01)

    def let_go(self, number):
        (self.folder / f"go{number}").touch()


@pytest.fixture
def engine_on(tmp_path):
    """Make the home of an engine that knows a server: `engine_on(server, give_up_s=1)`."""
    engines = []

    def make(server, folder=tmp_path, **settings):
        engines.append(Engine(folder, server, **settings))
        return engines[-1]

    yield make
    for process in [process for engine in engines for process in engine.processes]:
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["once", "node"])
def test_nothing_is_lost_or_started_twice_when_server_and_engine_are_killed(serve, engine_on, tmp_path, backend):
    server = serve(backend)
    engine = engine_on(server)
    run = ("run", engine.source, "steps", "--folder", tmp_path, "--backend", "far", "--execution-name", "walk")
    process = engine.start(*run)
    # The server, while a job of it runs; the engine goes on.
    engine.wait_for_steps(1)
    server.end(signal.SIGKILL)
    server.start()
    engine.let_go(0)
    # The engine.
    engine.wait_for_steps(2)
    process.kill()
    process.wait()
    process = engine.start("executions", "resume", "walk")
    engine.let_go(1)
    # Both, and the job ends while nobody is there.
    engine.wait_for_steps(3)
    process.kill()
    process.wait()
    server.end(signal.SIGKILL)
    engine.let_go(2)
    server.start()
    result, _ = engine.call("executions", "resume", "walk")
    assert result["outputs"] == {"result": 3}
    assert [node["attempts"] for node in result["nodes"]] == [1, 1, 1]
    assert set(Counter(engine.ledger()).values()) == {1}
    assert len(engine.ledger()) == 3
    logs, _ = engine.call("executions", "logs", "walk")
    assert [f"waits in step {number}" in one["text"] for number, one in enumerate(logs["logs"])] == [True] * 3


def test_jobs_of_an_execution_that_is_aborted_are_gone(serve, engine_on, tmp_path):
    server = serve("once")
    engine = engine_on(server)
    process = engine.start("run", engine.source, "steps", "--folder", tmp_path, "--backend", "far",
                           "--execution-name", "walk")  # fmt: skip
    engine.wait_for_steps(1)
    engine.call("executions", "abort", "walk")
    process.wait(300)
    (folder,) = (tmp_path / "server" / "home" / "served" / "once").glob("*/jobs/*")
    job = json.loads((folder / "job.json").read_text())["process"]
    with pytest.raises(ProcessLookupError):
        os.kill(job, 0)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["once", "node"])
def test_a_map_goes_through_a_storm(serve, engine_on, tmp_path, backend):
    """Kills come whenever so many items have begun, so some hit what is on its way: that may be lost, never doubled."""
    server = serve(backend)
    engine = engine_on(server)
    process = engine.start("run", engine.source, "noted", "--folder", tmp_path, "--backend", "far",
                           "--execution-name", "storm")  # fmt: skip
    for number, begun in enumerate((2, 5, 9, 12, 16, 19)):
        engine.wait_for_steps(begun)
        if number % 2:
            process.kill()
            process.wait()
            process = engine.start("executions", "resume", "storm")
        else:
            server.end(signal.SIGKILL)
            server.start()
    process.wait(300)
    result, _ = engine.call("executions", "watch", "storm")
    assert result["outputs"] == {"result": 300}
    assert set(Counter(line.split()[1] for line in engine.ledger()).values()) == {1}


@pytest.mark.slow
def test_a_server_that_stays_away_costs_the_infrastructure_budget_and_that_is_said(serve, engine_on, tmp_path):
    server = serve("once")
    engine = engine_on(server, give_up_s=1.5)
    process = engine.start("run", engine.source, "steps", "--folder", tmp_path, "--backend", "far",
                           "--execution-name", "walk")  # fmt: skip
    engine.wait_for_steps(1)
    server.end(signal.SIGKILL)
    assert process.wait(300) == 1
    shown, _ = engine.call("executions", "show", "walk", "--attempts")
    assert shown["error"]["code"] == "BACKEND_UNAVAILABLE"
    assert len(shown["nodes"][0]["history"]) == 4
    assert "The backend far is away." in (tmp_path / "engine.log").read_text()
    logs, _ = engine.call("executions", "logs", "walk")
    assert "the attempt is lost in" in logs["logs"][0]["text"]
    engine.let_go(0)  # the job that nobody waits for any more


def test_engines_of_two_homes_share_a_server_and_know_nothing_of_each_other(serve, engine_on, tmp_path):
    server = serve("local")
    for number in (3, 5):
        (tmp_path / str(number)).mkdir()
        engine = engine_on(server, tmp_path / str(number))
        words = ("--xs", f"[1, {number}]", "--backend", "far", "--execution-name", "same")
        result, _ = engine.call("run", engine.source, "doubled", *words)
        assert result["outputs"]["result"] == [2, 2 * number]
    assert len(list((tmp_path / "server" / "home" / "served" / "local").iterdir())) == 2


def test_tasks_here_and_elsewhere_are_in_one_workflow(serve, engine_on):
    server = serve("local")
    engine = engine_on(server)
    engine.source.write_text(SOURCE.replace("@gw.task\ndef quick", '@gw.task(backend="far")\ndef quick'))
    result, _ = engine.call("run", engine.source, "summed", "--xs", json.dumps(list(range(50))))
    assert result["outputs"] == {"result": 2450}
