"""Jobs of services through real engines: run, kill -9 and go on, cancel."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

GODWIT = str(Path(sys.executable).with_name("godwit"))
WORKFLOWS = str(Path(__file__).with_name("webapi_workflows.py"))


class Shell:
    """Runs the command line against a home."""

    def __init__(self, home, url):
        self.arguments = [GODWIT, "--home", str(home)]
        self.environment = {**os.environ, "QUARRY_URL": url, "NO_COLOR": "1"}

    def start(self, *arguments):
        return subprocess.Popen(
            [*self.arguments, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments, status=0):
        process = self.start(*arguments)
        try:
            output, _ = process.communicate(timeout=60)
        finally:
            kill(process)
        assert process.returncode == status, output
        return output


def kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def wait_until(condition, what, timeout_s=30):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


@pytest.fixture
def shell(tmp_path, job_server):
    job_server.token = "Bearer let-me-in"
    return Shell(tmp_path / "home", job_server.url)


def test_a_job_is_a_task_among_others(shell, job_server):
    told = json.loads(shell.run("run", WORKFLOWS, "digging", "--does", "succeed", "--value", "5", "--json"))
    assert told["outputs"] == {"result": 20}
    assert len(job_server.created) == 1


def test_a_job_that_fails_says_why(shell):
    told = shell.run("run", WORKFLOWS, "digging", "--does", "fail", status=1)
    assert "it was told to fail" in told


@pytest.mark.parametrize("moment", ["created", "polled"])
def test_after_a_kill_the_job_is_found_and_not_created_again(shell, job_server, moment):
    engine = shell.start("run", "--execution-name", "dig", WORKFLOWS, "digging", "--does", "sleep", "--json")
    try:
        count = 1 if moment == "created" else 4
        wait_until(lambda: job_server.count("POST" if count == 1 else "GET /v1/jobs/") >= count, "the job")
    finally:
        kill(engine)
    (job,) = job_server.jobs.values()
    assert job["state"] in {"queued", "running"}
    job["does"] = "succeed"
    told = json.loads(shell.run("executions", "resume", "dig", "--json"))
    assert told["outputs"] == {"result": 28}
    assert len(job_server.created) == 1


def test_an_aborted_execution_leaves_no_job(shell, job_server):
    engine = shell.start("run", "--execution-name", "dig", WORKFLOWS, "digging", "--does", "sleep")
    try:
        wait_until(lambda: job_server.count("GET /v1/jobs/") >= 2, "the job")
        engine.send_signal(signal.SIGINT)
        engine.communicate(timeout=60)
    finally:
        kill(engine)
    assert [job["state"] for job in job_server.jobs.values()] == ["cancelled"]
