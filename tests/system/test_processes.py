"""The local backend with real processes: what hangs is killed, what is lost is tried again, nothing survives."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from godwit_core.runtime.clock import process_start
from godwit_core.runtime.engine import Engine
from godwit_core.runtime.settings import EngineSettings
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwitidl.core.v1.event_pb2 import LogSlice
from godwitidl.core.v1.values_pb2 import Literal

SOURCE = Path(__file__).with_name("processes") / "unruly.py"
DEADLINE_S = 60


def until(happened, what):
    """Wait for a condition that another process brings about; how long it takes is not what is tested."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        found = happened()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"not within {DEADLINE_S} s: {what}")


def is_gone(process):
    return process_start(process) is None


@pytest.fixture(scope="module")
def registry():
    return load_plugins()


@pytest.fixture(scope="module")
def source(registry):
    return registry.create(Kind.ENTITY_LOADER, ".py").load(SOURCE, project=None, domain=None)


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "place"
    folder.mkdir()
    return folder


@pytest.fixture
def engine(tmp_path, registry):
    with Engine(EngineSettings(home=tmp_path / "home", workers=2, grace_s=0.5), registry) as one:
        yield one


def accept(engine, source, entity, **inputs):
    registration = source.registration(entity)
    (full_name,) = [one.full_name for one in source.entities() if one.name == entity]
    literals = {
        name: Literal(string_value=str(value)) if isinstance(value, (str, Path)) else Literal(int_value=value)
        for name, value in inputs.items()
    }
    return engine.accept(registration, full_name, literals)


def announced(place, name):
    return [int(file.name.split(".")[1]) for file in place.glob(f"{name}.*")]


def test_an_attempt_that_takes_too_long_is_killed_with_all_that_it_started(engine, source, place):
    outcome = engine.run(accept(engine, source, "too_long", place=place))
    assert outcome.phase.name == "FAILED"
    assert outcome.error.code == "TIMEOUT_ATTEMPT"
    (process,) = announced(place, "too_long")
    assert is_gone(process)
    if (place / "child").exists():
        assert until(lambda: is_gone(int((place / "child").read_text())), "the child is gone")


def test_a_task_that_is_told_to_end_may_clean_up(engine, source, place):
    outcome = engine.run(accept(engine, source, "cleans_up", place=place))
    assert outcome.error.code == "TIMEOUT_ATTEMPT"
    assert (place / "cleaned").exists()


def test_a_lost_process_is_tried_again_at_the_cost_of_the_infrastructure(engine, source, place):
    outcome = engine.run(accept(engine, source, "crash_once", place=place))
    assert outcome.phase.name == "SUCCEEDED"
    assert outcome.nodes[0].attempts == 2


def test_a_task_that_always_takes_its_process_down_fails_after_three_more(engine, source, place):
    outcome = engine.run(accept(engine, source, "crash_always", place=place))
    assert outcome.error.code == "RUNNER_LOST"
    assert outcome.error.exit_code == 3
    assert outcome.error.message.endswith("It last wrote:\ngoing down")
    assert outcome.nodes[0].attempts == 4


def test_an_attempt_that_runs_out_of_memory_comes_back_with_more(engine, source):
    outcome = engine.run(accept(engine, source, "take_memory", mebibytes=250))
    assert outcome.phase.name == "SUCCEEDED"
    assert outcome.nodes[0].attempts == 3


def test_after_a_crash_the_engine_goes_on(engine, source, place):
    engine.run(accept(engine, source, "crash_always", place=place))
    assert engine.run(accept(engine, source, "wide", n=1)).phase.name == "SUCCEEDED"


def test_an_abort_ends_every_process(engine, source, place):
    name = accept(engine, source, "two_hang", place=place)
    begun = []

    def when_both_run(_execution, _nodes):
        if len(announced(place, "hang")) == 2 and not begun:
            begun.append(True)

    while not begun:
        engine.turn(0.05)
        when_both_run(None, None)
    engine.request_abort(name, "enough")
    outcome = engine.run(name)
    assert outcome.phase.name == "ABORTED"
    assert all(is_gone(process) for process in announced(place, "hang"))
    assert {node.phase.name for node in outcome.nodes} == {"ABORTED", "SKIPPED"}


def test_what_a_task_prints_is_in_its_slice_of_the_log(engine, source):
    name = accept(engine, source, "talk", text="hello")
    again = accept(engine, source, "talk", text="good bye")
    engine.run(name)
    engine.run(again)
    slices = [
        LogSlice.FromString(row[0]) for row in engine.connection.execute("SELECT log FROM nodes ORDER BY execution")
    ]
    texts = []
    for one in slices:
        data = (engine.locations.logs / one.segment).read_bytes()
        texts.append(sorted(data[one.begin : one.end].decode().splitlines()))
    assert texts == [["aside", "raw", "said: hello"], ["aside", "raw", "said: good bye"]]


def test_what_a_lost_process_wrote_is_in_the_log(engine, source, place):
    engine.run(accept(engine, source, "talk", text="before"))
    engine.run(accept(engine, source, "crash_always", place=place))
    rows = engine.connection.execute("SELECT log FROM nodes ORDER BY execution DESC LIMIT 1").fetchone()
    one = LogSlice.FromString(rows[0])
    assert (engine.locations.logs / one.segment).read_bytes()[one.begin : one.end] == b"going down\n"


def run_in_background(tmp_path, place, entity="two_hang"):
    command = [sys.executable, "-m", "godwit_core", "--home", str(tmp_path / "home"), "run", str(SOURCE), entity]
    return subprocess.Popen(
        [*command, "--place", str(place), "--workers", "2", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "GODWIT_HOME": str(tmp_path / "elsewhere")},
    )


@pytest.mark.parametrize("entity", ["two_hang", "hang_with_a_child"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_runners_and_what_they_started_do_not_survive_their_engine(tmp_path, place, how, entity):
    engine = run_in_background(tmp_path, place, entity)
    try:
        until(lambda: len(announced(place, "hang")) == 2, "both processes run")
        engine.send_signal(how)
        engine.communicate(timeout=DEADLINE_S)
    finally:
        engine.kill()
        engine.communicate()
    for process in announced(place, "hang"):
        assert until(lambda process=process: is_gone(process), "the runner is gone")


def test_ctrl_c_aborts_and_says_so(tmp_path, place):
    engine = run_in_background(tmp_path, place)
    try:
        until(lambda: len(announced(place, "hang")) == 2, "both tasks run")
        engine.send_signal(signal.SIGINT)
        out, _ = engine.communicate(timeout=DEADLINE_S)
    finally:
        engine.kill()
        engine.communicate()
    assert engine.returncode == 130
    assert json.loads(out)["phase"] == "ABORTED"
    assert all(is_gone(process) for process in announced(place, "hang"))


def test_a_checkpoint_outlives_runner_and_engine(tmp_path, place, registry):
    engine = run_in_background(tmp_path, place, "steps_with_checkpoint")
    try:
        until(lambda: announced(place, "waits"), "the second step is done, after the first attempt was lost")
        engine.kill()
    finally:
        engine.kill()
        engine.communicate()
    with Engine(EngineSettings(home=tmp_path / "home", workers=1), registry) as second:
        (name,) = second.connection.execute("SELECT name FROM executions").fetchone()
        second.resume(name)
        outcome = second.run(name)
    result = Literal.FromString(outcome.outputs["result"][0])
    assert [item.string_value for item in result.list.items] == ["one", "two", "three"]
    assert [len(announced(place, step)) for step in ("one", "two", "three")] == [1, 1, 1], "no step is done twice"
