"""Real engines over a real cluster: fan-out, the death of the engine, cancellation, what is said when it cannot be."""

import json
import time
from pathlib import Path

import pytest
from running import Engine, await_file, await_gone, is_there

pytest.importorskip("ray", reason="install godwit-ray[ray]: make test-plugin PLUGIN=ray")

FLOWS = str(Path(__file__).with_name("ray_flows.py"))


@pytest.fixture
def engine(head, tmp_path):
    return Engine(tmp_path / "home", head.variables())


def run(engine, entity, *arguments):
    return engine.json("run", FLOWS, entity, "--backend", "ray", *arguments)


def test_a_map_of_many_items_runs_there_with_logs_and_nothing_is_left(engine):
    told = run(engine, "summing", "--n", json.dumps(list(range(300))), "--execution-name", "many")
    assert told["outputs"] == {"result": sum(range(1, 301))}
    assert "300 numbers" in engine("executions", "logs", "many").stdout
    assert list((engine.home / "ray").iterdir()) == []


def test_items_run_in_as_many_processes_as_the_cluster_has_processors(engine, tmp_path):
    folder = tmp_path / "where"
    folder.mkdir()
    told = run(engine, "spread", "--folders", json.dumps([str(folder)] * 4))
    assert told["outputs"] == {"result": 2}


def test_an_attempt_outlives_its_engine_and_is_started_once(engine, tmp_path):
    process = engine.start(
        "run", FLOWS, "patient", "--folder", str(tmp_path), "--backend", "ray", "--execution-name", "p"
    )
    first = await_file(tmp_path / "begun")
    process.kill()
    process.communicate()
    resumed = engine.start("--json", "executions", "resume", "p")
    time.sleep(1)
    (tmp_path / "go").touch()
    out, error = resumed.communicate(timeout=120)
    assert json.loads(out)["outputs"] == {"result": 43}, error
    assert (tmp_path / "begun").read_text() == first


@pytest.mark.slow
def test_what_ended_while_no_engine_was_there_is_not_run_again(engine, tmp_path):
    process = engine.start(
        "run", FLOWS, "patient", "--folder", str(tmp_path), "--backend", "ray", "--execution-name", "p"
    )
    first = await_file(tmp_path / "begun")
    process.kill()
    process.communicate()
    (tmp_path / "go").touch()
    await_gone(int(first))
    done = engine("--json", "executions", "resume", "p")
    assert json.loads(done.stdout)["outputs"] == {"result": 43}, done.stderr
    assert (tmp_path / "begun").read_text() == first


def test_cancellation_leaves_nothing_behind(engine, tmp_path):
    process = engine.start(
        "run", FLOWS, "patient", "--folder", str(tmp_path), "--backend", "ray", "--execution-name", "p"
    )
    worker, child = int(await_file(tmp_path / "begun")), int(await_file(tmp_path / "child"))
    done = engine("executions", "abort", "p")
    assert done.returncode == 0, done.stderr
    process.communicate(timeout=60)
    assert not is_there(worker)
    assert not is_there(child)
    shown = json.loads(engine("--json", "executions", "show", "p").stdout)
    assert shown["phase"] == "ABORTED"


def test_a_single_task_goes_there_and_its_log_is_followed_while_it_runs(engine, tmp_path):
    given = ("run", FLOWS, "mixed", "--folder", tmp_path, "--execution-name", "m")
    process = engine.start("--json", *given)
    worker = int(await_file(tmp_path / "begun"))
    following = engine.start("executions", "logs", "m", "--follow")
    assert "waiting" in following.stdout.readline() + following.stdout.readline()
    assert "ray::" in Path(f"/proc/{worker}/cmdline").read_text()
    (tmp_path / "go").touch()
    out, error = process.communicate(timeout=60)
    assert json.loads(out)["outputs"] == {"result": 43}, error
    following.communicate(timeout=60)


def test_what_no_node_can_hold_is_said_at_once(engine):
    told = run(engine, "large")
    assert told["error"]["code"] == "RAY_NO_SUCH_NODE"
    assert "num_cpus 64" in told["error"]["message"]


@pytest.mark.parametrize(
    ("variables", "code", "said"),
    [
        (
            {"RAY_ADDRESS": "127.0.0.1:9"},
            "RAY_UNREACHABLE",
            "no Ray cluster at 127.0.0.1:9: Connection refused",
        ),
        ({"RAY_ADDRESS": "nowhere.invalid:6379"}, "RAY_UNREACHABLE", "no Ray cluster at nowhere.invalid:6379"),
        ({"RAY_AUTH_TOKEN": "wrong-token-of-some-length-here"}, "RAY_AUTHENTICATION", "another token than that in"),
        ({"RAY_AUTH_TOKEN": "", "RAY_AUTH_MODE": "disabled"}, "RAY_AUTHENTICATION", "another token than one"),
    ],
)
def test_a_cluster_that_is_not_to_be_had_is_told_apart(engine, variables, code, said):
    engine.variables = {**engine.variables, **variables}
    told = run(engine, "summing", "--n", "[1]")
    assert told["error"]["code"] == code
    assert said in told["error"]["message"]


def test_the_home_may_say_which_backend_and_which_cluster(engine, head):
    del engine.variables["RAY_ADDRESS"]
    (engine.home / "config.toml").write_text(f"[engine]\nbackend = 'ray'\n[backends.ray]\naddress = '{head.address}'\n")
    done = engine("--json", "run", FLOWS, "summing", "--n", "[1, 2]")
    assert json.loads(done.stdout)["outputs"] == {"result": 5}, done.stderr
