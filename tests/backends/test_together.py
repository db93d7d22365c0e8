"""One workflow over all backends, and engines that are killed while it runs."""

import hashlib
import random
import time

import pytest
from godwit_plugin_api.supervision import supervisor

RESULT = "entry-1: 5 kinds of 102.99 g, curlew the rarest"
JOBS = {1: "order", 2: "by_kind", 3: "mean_weight", 4: "rarest"}
SAYS = {1: "ordering", 2: "grouping by kind", 3: "weighing ", 4: "looking up kinds"}
RANKS = {3: 2}
SEED = 20


def folder_name(execution, node):
    return hashlib.sha256(f"{execution}/{node}/1".encode()).hexdigest()[:32]


def log_of(season, execution, node):
    path = season.home / "logs" / "jobs" / f"{folder_name(execution, node)}.log"
    return path.read_text(errors="replace") if path.exists() else ""


def moments(season, execution):
    """Return the moments at which engines are killed: how each is seen, and the longest time after it in seconds."""
    jobs = season.home / "jobs"
    seen = {
        "observe has written": (lambda: any(season.home.glob("blobs/*/*/*")), 0.2),
        "order is created": ((jobs / folder_name(execution, 1) / "creating.json").exists, 0.5),
        "register has an entry": (season.register.entries, 0.2),
    }
    for node in (2, 3, 4):
        begun = jobs / folder_name(execution, node) / "begun.json"
        seen[f"{JOBS[node]} is begun"] = (begun.exists, 1.0)
    for node, words in SAYS.items():
        seen[f"{JOBS[node]} says it"] = (lambda node=node, words=words: words in log_of(season, execution, node), 0.5)
    return seen


def check_that_all_was_done_once(season, execution, client):
    told = season.told()
    assert (told["phase"], told["outputs"]) == ("SUCCEEDED", {"result": RESULT})
    attempts = {node["name"]: node["attempts"] for node in told["nodes"]}
    assert {attempts[name] for name in (*JOBS.values(), "register")} == {1}
    for node, words in SAYS.items():
        assert log_of(season, execution, node).count(words) == RANKS.get(node, 1), log_of(season, execution, node)
    folders = {path.name for path in (season.home / "jobs").iterdir()}
    assert folders == {folder_name(execution, node) for node in JOBS}
    assert len(season.register.entries()) == 1
    starts = client.events(
        since=0,
        until=int(time.time()) + 1,
        decode=True,
        filters={"event": "start", "label": f"dev.godwit.execution={execution}"},
    )
    assert len(list(starts)) == 1
    assert client.containers(all=True, filters={"label": "dev.godwit.attempt"}) == []
    assert [mark for name in folders for mark in supervisor.marked(season.home / "jobs" / name)] == []


def test_tables_and_files_pass_between_all_backends(season, docker_image):
    assert season.begin("calm").wait(timeout=400) == 0, season.told()
    check_that_all_was_done_once(season, "calm", docker_image)


def test_engines_killed_at_ten_moments_start_no_job_twice_and_lose_none(season, docker_image):
    chance = random.Random(SEED)
    waiting = moments(season, "stormy")
    assert len(waiting) == 10
    engine = season.begin("stormy")
    killed = []
    deadline = time.monotonic() + 400
    while waiting:
        assert time.monotonic() < deadline, (killed, list(waiting))
        moment = next((name for name, (is_seen, _) in waiting.items() if is_seen()), None)
        if moment is None:
            assert engine.poll() is None, f"after {killed}, not after {list(waiting)}: {season.told()}"
            time.sleep(0.01)
            continue
        _, longest_s = waiting.pop(moment)
        time.sleep(chance.uniform(0, longest_s))
        assert engine.poll() is None, f"ended before it was killed when {moment}: {season.told()}"
        engine.kill()
        engine.wait()
        killed.append(moment)
        engine = season.resume("stormy")
    assert engine.wait(timeout=400) == 0, (killed, season.told())
    check_that_all_was_done_once(season, "stormy", docker_image)


@pytest.fixture(autouse=True)
def variables(docker_host, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", docker_host)
