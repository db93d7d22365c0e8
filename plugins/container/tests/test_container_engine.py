"""Containers under a real engine: Python tasks, a killed engine that is followed by another, nothing left behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SOURCE = """
import os
import time
from pathlib import Path

import godwit as gw
from godwit_container import Container, container_task

IMAGE = Container(image="godwit-test-python:1")

count = container_task(
    "count",
    "godwit-test-tools:1",
    command=["sh", "-ec", "wc -w < {inputs.text} > {outputs.words}; cp {inputs.text} {outputs.same}"],
    inputs={"text": gw.File},
    outputs={"words": int, "same": gw.File},
)

slow = container_task(
    "slow",
    "godwit-test-tools:1",
    command=["sh", "-ec", "echo begun; sleep {inputs.wait}; echo {inputs.wait} > {outputs.waited}; echo done"],
    inputs={"wait": float},
    outputs={"waited": float},
)


@gw.task(task_config=IMAGE, environment={"PLACE": "nest"})
def double(words: int, text: gw.File) -> tuple[int, gw.File]:
    print("doubling", words, "in a", os.environ["PLACE"])
    target = Path("/tmp/twice.txt")
    target.write_text(text.path.read_text() * 2)
    return 2 * words, gw.File(target)


@gw.task(task_config=IMAGE)
def failing(text: str) -> int:
    raise ValueError(f"no {text} today")


@gw.task(task_config=IMAGE)
def watched(wait: float) -> None:
    gw.current_context().link("Nest", "https://nest.example.org/7")
    print("come and see", flush=True)
    time.sleep(wait)


@gw.task(task_config=IMAGE)
def large(size: int) -> list[str]:
    return [f"{number:09}" for number in range(size)]


@gw.workflow
def reading(text: gw.File) -> tuple[int, gw.File]:
    words, same = count(text=text)
    return double(words=words, text=same)


@gw.workflow
def waiting(wait: float = 1.0) -> float:
    return slow(wait=wait)


@gw.workflow
def waiting_twice(wait: float) -> float:
    return slow(wait=slow(wait=wait))
"""

pytestmark = pytest.mark.usefixtures("tools_image", "python_image")


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source" / "flow.py"
    path.parent.mkdir()
    path.write_text(SOURCE)
    return path


def godwit(*arguments, check=True):
    command = [sys.executable, "-m", "godwit_core", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ran(home, *arguments, check=True):
    return json.loads(godwit("--home", home, "run", "--json", *arguments, check=check))


@pytest.mark.parametrize("copying", ["", "yes"])
def test_files_pass_between_raw_containers_and_python_tasks(tmp_path, source, monkeypatch, copying):
    monkeypatch.setenv("GODWIT_CONTAINER_COPY", copying)
    text = tmp_path / "text.txt"
    text.write_text("a red knot")
    done = ran(tmp_path / "home", source, "reading", "--text", text)
    assert done["outputs"]["result_0"] == 6
    twice = Path(done["outputs"]["result_1"]["uri"].removeprefix("file://"))
    assert twice.read_text() == "a red knota red knot"
    assert twice.is_relative_to(tmp_path / "home")
    assert "doubling 3 in a nest" in godwit("--home", tmp_path / "home", "executions", "logs", done["execution"])


def test_an_exception_in_a_container_is_told_with_its_place(tmp_path, source):
    error = ran(tmp_path / "home", source, "failing", "--text", "wind", check=False)["error"]
    assert "no wind today" in error["message"]
    assert error["code"] != "JOB_FAILED"


def test_large_values_come_out_by_reference(tmp_path, source, monkeypatch):
    for copying in ("", "yes"):
        monkeypatch.setenv("GODWIT_CONTAINER_COPY", copying)
        done = ran(tmp_path / "home", source, "large", "--size", 20_000)
        assert str(tmp_path / "home") in json.dumps(done["outputs"])


def begin(home, source, wait, entity="waiting"):
    """Start an engine whose container sleeps, and return it once that runs."""
    command = [
        sys.executable,
        "-m",
        "godwit_core",
        "--home",
        home,
        "run",
        "--json",
        source,
        entity,
        "--wait",
        str(wait),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0)


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def containers(client, *, running=False):
    return client.containers(all=not running, filters={"label": "dev.godwit.attempt"})


def kill(engine):
    os.killpg(engine.pid, signal.SIGKILL)
    engine.communicate()


def resumed(home):
    (execution,) = json.loads(godwit("--home", home, "executions", "list", "--json"))["executions"]
    return json.loads(godwit("--home", home, "executions", "resume", "--json", execution["execution"]))


def test_a_killed_engine_is_followed_by_one_that_finds_the_container(tmp_path, source, client):
    home = tmp_path / "home"
    engine = begin(home, source, 4)
    (container,) = wait_for(lambda: containers(client, running=True))
    kill(engine)
    done = resumed(home)
    assert done["outputs"] == {"result": 4.0}
    assert [node["attempts"] for node in done["nodes"]] == [1]
    log = next(home.glob("logs/jobs/*.log")).read_text()
    assert log == "begun\ndone\n"
    assert container["Labels"]["dev.godwit.execution"].endswith(done["execution"])


POINTS = {
    "taken": "jobs/*/taken.json",
    "creating": "jobs/*/creating.json",
    "running": "logs/jobs/*.log",
    "ended": "jobs/*/exit.json",
}


@pytest.mark.parametrize("point", POINTS)
def test_wherever_the_engine_is_killed_no_container_is_started_twice(tmp_path, source, client, point):
    home = tmp_path / "home"
    since = time.time()
    engine = begin(home, source, 0.5, "waiting_twice")
    wait_for(lambda: list(home.glob(POINTS[point])))
    kill(engine)
    done = resumed(home)
    assert done["outputs"] == {"result": 0.5}
    events = client.events(since=since, until=time.time(), filters={"event": "start", "type": "container"}, decode=True)
    starts = [event["Actor"]["Attributes"].get("dev.godwit.attempt") for event in events]
    mine = [attempt for attempt in starts if attempt and done["execution"] in attempt]
    assert len(mine) == len(set(mine)) >= 2
    assert containers(client) == []


def test_an_aborted_execution_leaves_no_container(tmp_path, source, client):
    home = tmp_path / "home"
    engine = begin(home, source, 600)
    wait_for(lambda: containers(client, running=True))
    engine.send_signal(signal.SIGINT)
    engine.communicate(timeout=60)
    assert engine.returncode != 0
    wait_for(lambda: containers(client) == [])


def test_log_and_links_are_there_while_it_runs(tmp_path, source, client):
    home = tmp_path / "home"
    engine = begin(home, source, 600, "watched")
    wait_for(lambda: containers(client, running=True))
    (execution,) = json.loads(godwit("--home", home, "executions", "list", "--json"))["executions"]
    name = execution["execution"]
    wait_for(lambda: "nest.example.org/7" in godwit("--home", home, "executions", "show", "--json", name))
    wait_for(lambda: "come and see" in godwit("--home", home, "executions", "logs", name))
    assert engine.poll() is None
    engine.send_signal(signal.SIGINT)
    engine.communicate(timeout=60)
    assert containers(client) == []


def test_an_execution_whose_engine_is_gone_can_be_aborted(tmp_path, source, client):
    home = tmp_path / "home"
    engine = begin(home, source, 600)
    wait_for(lambda: containers(client, running=True))
    kill(engine)
    (execution,) = json.loads(godwit("--home", home, "executions", "list", "--json"))["executions"]
    godwit("--home", home, "executions", "abort", execution["execution"], check=False)
    wait_for(lambda: containers(client) == [])


def test_a_container_that_somebody_removes_is_lost_and_tried_again(tmp_path, source, client):
    home = tmp_path / "home"
    engine = begin(home, source, 2)
    (container,) = wait_for(lambda: containers(client, running=True))
    client.remove_container(container["Id"], force=True)
    written, _ = engine.communicate(timeout=120)
    done = json.loads(written)
    assert done["outputs"] == {"result": 2.0}
    assert [node["attempts"] for node in done["nodes"]] == [2]


def test_without_an_engine_nothing_is_created(tmp_path, source, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no-socket")
    arguments = ["--home", str(tmp_path / "home"), "run", str(source), "waiting"]
    done = subprocess.run(
        [sys.executable, "-m", "godwit_core", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "It needs a Docker engine, and there is none at" in done.stderr
    assert "DOCKER_HOST" in done.stderr
