"""Attempts of `async` tasks share processes of a cluster: many wait at a time, each ends alone."""

import json
from pathlib import Path

import pytest
from running import Engine, await_file, await_gone, is_there

pytest.importorskip("ray", reason="install godwit-ray[ray]: make test-plugin PLUGIN=ray")

FLOWS = str(Path(__file__).with_name("ray_flows.py"))


@pytest.fixture
def engine(head, tmp_path):
    return Engine(tmp_path / "home", head.variables())


def arguments(folder, items, count, *more):
    (folder / "count").write_text(str(count))
    given = ("--n", json.dumps(items), "--folder", str(folder), "--backend", "ray", *more)
    return ("run", FLOWS, "gathered", *given)


def processes(folder):
    return {int(path.read_text()) for path in folder.glob("begun-*")}


def test_all_wait_at_a_time_on_few_processes_and_each_has_its_log(engine, tmp_path):
    items = list(range(150))
    told = engine.json(*arguments(tmp_path, items, len(items), "--execution-name", "g"))
    assert told["outputs"] == {"result": sum(items)}, told
    assert len(processes(tmp_path)) <= 2
    log = engine("executions", "logs", "g").stdout
    assert all(f"waiting {i}\n" in log for i in items)
    for process in processes(tmp_path):
        await_gone(process)


def test_they_outlive_their_engine_and_are_started_once(engine, tmp_path):
    process = engine.start(*arguments(tmp_path, [1, 2], 3, "--execution-name", "g"))
    first = {name: await_file(tmp_path / name) for name in ("begun-1", "begun-2")}
    process.kill()
    process.communicate()
    resumed = engine.start("--json", "executions", "resume", "g")
    (tmp_path / "begun-3").write_text("0")
    out, error = resumed.communicate(timeout=120)
    assert json.loads(out)["outputs"] == {"result": 3}, error
    assert {name: (tmp_path / name).read_text() for name in first} == first


@pytest.mark.slow
def test_an_abort_ends_them(engine, tmp_path):
    process = engine.start(*arguments(tmp_path, [1, 2], 3, "--execution-name", "g"))
    worker = int(await_file(tmp_path / "begun-1"))
    assert engine("executions", "abort", "g").returncode == 0
    process.communicate(timeout=60)
    assert engine.json("executions", "show", "g")["phase"] == "ABORTED"
    await_gone(worker)


@pytest.mark.slow
def test_one_that_does_not_end_takes_its_process_along(engine, tmp_path):
    given = ("run", FLOWS, "stubborn", "--folder", str(tmp_path), "--backend", "ray", "--execution-name", "s")
    process = engine.start(*given)
    worker = int(await_file(tmp_path / "stubborn"))
    assert engine("executions", "abort", "s").returncode == 0
    process.communicate(timeout=60)
    assert engine.json("executions", "show", "s")["phase"] == "ABORTED"
    assert not is_there(worker)


@pytest.mark.slow
def test_its_neighbours_come_again_at_no_cost(engine, tmp_path):
    (tmp_path / "count").write_text("1")
    given = ("run", FLOWS, "beside", "--folder", str(tmp_path), "--backend", "ray", "--execution-name", "b")
    process = engine.start(*given, "--run-what-can-run")
    worker = int(await_file(tmp_path / "overdue"))
    await_gone(worker, 60)
    (tmp_path / "go").touch()
    process.communicate(timeout=60)
    shown = engine.json("executions", "show", "b")
    nodes = {node["name"].rpartition(".")[2]: node for node in shown["nodes"]}
    assert (nodes["overdue"]["phase"], nodes["overdue"]["error"]["code"]) == ("FAILED", "TIMEOUT_ATTEMPT")
    assert (nodes["late"]["phase"], nodes["late"]["attempts"]) == ("SUCCEEDED", 2), nodes["late"]
    assert nodes["late"]["history"][0]["error"]["code"] == "NEIGHBOUR_KILLED"
    assert len(list(tmp_path.glob("begun-*"))) == 2
