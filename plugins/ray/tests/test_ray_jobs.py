"""Tasks that are submitted to a cluster by its Jobs API: found again, ended whole, refused in words."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="install godwit-ray[ray]: make test-plugin PLUGIN=ray")

from ray.job_submission import JobSubmissionClient
from running import Engine, await_file, await_gone, is_there

SOURCE = """
import os
import subprocess
import sys
import time
from pathlib import Path

import godwit as gw
from godwit_ray import RayJob

CONFIG = RayJob(address="ADDRESS", token_secret="TOKEN_SECRET")


@gw.task(task_config=CONFIG)
def squares(n: int) -> int:
    import ray

    print("on the cluster with", gw.current_context().ray.version)
    return sum(ray.get([ray.remote(lambda i: i * i).remote(i) for i in range(n)]))


@gw.task(task_config=CONFIG)
def fails() -> int:
    raise ValueError("no fish")


@gw.task(task_config=CONFIG)
def waiting(folder: str) -> int:
    import ray

    with Path(folder, "begun").open("a") as file:
        file.write(f"{os.getpid()}\\n")
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    Path(folder, "child").write_text(str(child.pid))

    @ray.remote(num_cpus=0.1)
    def far():
        Path(folder, "far").write_text(str(os.getpid()))
        time.sleep(300)

    far.remote()
    print("waiting", flush=True)
    while not Path(folder, "go").exists():
        time.sleep(0.05)
    child.kill()
    child.wait()
    return 42


@gw.task(task_config=RayJob(address="ADDRESS", version="1.0"))
def older() -> int:
    return 0
"""


@pytest.fixture
def source(head, tmp_path):
    return written(tmp_path, head.dashboard)


@pytest.fixture
def engine(head, tmp_path):
    # The cluster of a task is that of its config, not of the environment.
    return Engine(tmp_path / "home", {**head.variables(), "RAY_ADDRESS": "127.0.0.1:9"})


@pytest.fixture
def jobs(head):
    """The Jobs API as other people use it; this process has imported Ray without the token."""
    return JobSubmissionClient(head.dashboard, headers={"Authorization": f"Bearer {head.token}"})


def written(folder, address, secret=""):
    path = folder / "submitted.py"
    path.write_text(SOURCE.replace("ADDRESS", address).replace("TOKEN_SECRET", secret))
    return path


def under_way(jobs):
    return [job.submission_id for job in jobs.list_jobs() if job.status not in {"SUCCEEDED", "FAILED", "STOPPED"}]


def test_a_job_is_submitted_through_the_jobs_api(engine, source):
    told = engine.json("run", source, "squares", "--n", "5", "--execution-name", "s")
    assert told["outputs"] == {"result": 30}, told
    assert "on the cluster with" in engine("executions", "logs", "s").stdout
    shown = engine.json("executions", "show", "s")
    assert any("/#/jobs/godwit-" in link for link in json.dumps(shown).split('"'))
    assert "no fish" in engine.json("run", source, "fails")["error"]["message"]


def test_a_job_outlives_its_engine_and_is_started_once(engine, source, jobs, tmp_path):
    process = engine.start("run", source, "waiting", "--folder", tmp_path, "--execution-name", "w")
    first = await_file(tmp_path / "begun")
    process.kill()
    process.communicate()
    assert len(under_way(jobs)) == 1
    resumed = engine.start("--json", "executions", "resume", "w")
    (tmp_path / "go").touch()
    out, error = resumed.communicate(timeout=120)
    assert json.loads(out)["outputs"] == {"result": 42}, error
    assert (tmp_path / "begun").read_text() == first
    assert under_way(jobs) == []


@pytest.mark.slow
def test_a_job_that_ended_while_no_engine_was_there_is_not_run_again(engine, source, jobs, tmp_path):
    process = engine.start("run", source, "waiting", "--folder", tmp_path, "--execution-name", "w")
    first = await_file(tmp_path / "begun")
    process.kill()
    process.communicate()
    (tmp_path / "go").touch()
    await_gone(int(first))
    assert engine.json("executions", "resume", "w")["outputs"] == {"result": 42}
    assert (tmp_path / "begun").read_text() == first
    assert under_way(jobs) == []


@pytest.mark.slow
def test_a_job_whose_follower_was_killed_is_ended_before_it_is_submitted_anew(engine, source, jobs, tmp_path):
    process = engine.start("run", source, "waiting", "--folder", tmp_path, "--execution-name", "w")
    first = await_file(tmp_path / "begun")
    (submission,) = under_way(jobs)
    (followers,) = [list(path.iterdir()) for path in engine.home.glob("jobs")]
    (folder,) = followers
    kill_all_below(folder)
    deadline = time.monotonic() + 60
    while (tmp_path / "begun").read_text() == first:
        assert time.monotonic() < deadline, "it was not submitted anew"
        time.sleep(0.1)
    assert not is_there(int(first)), "two are under way"
    assert str(jobs.get_job_status(submission)) == "STOPPED"
    (tmp_path / "go").touch()
    process.communicate(timeout=120)
    shown = engine.json("executions", "show", "w")
    assert shown["phase"] == "SUCCEEDED"


def kill_all_below(folder):
    """Kill the supervisor and the follower of a job, as a machine that is switched off does."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if str(folder).encode() in words:
                os.kill(int(entry.name), signal.SIGKILL)


@pytest.mark.parametrize("kill_engine", [pytest.param(False, marks=pytest.mark.slow), True])
def test_cancelling_a_job_leaves_nothing(engine, source, jobs, tmp_path, kill_engine):
    process = engine.start("run", source, "waiting", "--folder", tmp_path, "--execution-name", "w")
    processes = [int(await_file(tmp_path / name)) for name in ("begun", "child", "far")]
    (submission,) = under_way(jobs)
    if kill_engine:
        process.kill()
        process.communicate()
    assert engine("executions", "abort", "w").returncode == 0
    process.communicate(timeout=60)
    assert [one for one in processes if is_there(one)] == []
    assert str(jobs.get_job_status(submission)) == "STOPPED"
    assert engine.json("executions", "show", "w")["phase"] == "ABORTED"


def test_the_token_may_be_a_secret(engine, head, tmp_path):
    path = written(tmp_path, head.dashboard, "ray-token")
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN"):
        del engine.variables[name]
    engine.variables["GODWIT_SECRET_RAY_TOKEN"] = head.token
    told = engine.json("run", path, "squares", "--n", "3")
    assert told["outputs"] == {"result": 5}, told


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"RAY_AUTH_TOKEN": "wrong-token-of-some-length-here"}, "RAY_AUTHENTICATION"),
        ({"RAY_AUTH_MODE": "disabled", "RAY_AUTH_TOKEN": ""}, "RAY_AUTHENTICATION"),
    ],
)
def test_a_wrong_token_is_told(engine, source, jobs, variables, code):
    engine.variables = {**engine.variables, **variables}
    told = engine.json("run", source, "squares", "--n", "3")
    assert told["error"]["code"] == code, told
    assert "RAY_AUTH_TOKEN" in told["error"]["message"]
    assert under_way(jobs) == []


@pytest.mark.slow
def test_another_version_is_told(engine, source):
    told = engine.json("run", source, "older")
    assert told["error"]["code"] == "RAY_VERSION_MISMATCH", told


def test_a_cluster_that_is_away_is_told(engine, tmp_path):
    told = engine.json("run", written(tmp_path, "http://127.0.0.1:9"), "squares", "--n", "3")
    assert told["error"]["code"] == "RAY_UNREACHABLE", told
