"""Engines that are killed before a service has answered: no job is started twice unawares, none is made up."""

import json

import pytest
from godwit_plugin_api.backend import BackendSettings, Finished, Handle
from godwit_plugin_api.testing.backend_suite import assert_error
from godwit_plugin_api.testing.fake_host import FakeHost
from godwit_webapi.backends.databricks import DatabricksJobs
from godwit_webapi.backends.http import HttpJobs
from godwit_webapi.backends.sensors import Sensors
from test_http_jobs import quarry
from test_webapi_engine import WORKFLOWS, Shell, kill
from webapi_servers import SILENCE, Reply
from webapi_tasks import INT, TEXT, request_of, run, task_of, values_of
from webapi_vendors import DatabricksServer

DONE = pytest.mark.parametrize("done", [True, False], ids=["created", "not-created"])


def killed_unanswered(shell, server, call, done, *what):
    """Have an engine create a job, and kill it before an answer comes."""
    server.plan(call, ("after", SILENCE) if done else SILENCE)
    engine = shell.start("run", "--execution-name", "dig", WORKFLOWS, *what)
    try:
        assert server.silent.acquire(timeout=30)
    finally:
        kill(engine)


def resumed(shell):
    return json.loads(shell.run("executions", "resume", "dig", "--json"))


@DONE
@pytest.mark.parametrize("finds", ["find", "idempotent"])
def test_a_job_that_can_be_found_is_created_once(tmp_path, job_server, finds, done):
    shell = Shell(tmp_path / "home", job_server.url)
    shell.environment["QUARRY_FINDS"] = finds
    killed_unanswered(shell, job_server, "POST /v1/jobs", done, "digging", "--does", "succeed")
    assert len(job_server.created) == done
    assert resumed(shell)["outputs"] == {"result": 28}
    assert len(job_server.created) == 1


@DONE
def test_a_job_that_cannot_be_found_is_lost_for_all_to_see_and_another_is_created(tmp_path, job_server, done):
    job_server.heeds_keys = False
    shell = Shell(tmp_path / "home", job_server.url)
    shell.environment["QUARRY_FINDS"] = "may_repeat"
    killed_unanswered(shell, job_server, "POST /v1/jobs", done, "digging", "--does", "succeed")
    assert resumed(shell)["outputs"] == {"result": 28}
    assert len(job_server.created) == 1 + done
    shown = shell.run("executions", "show", "dig", "--attempts")
    assert "JOB_UNCERTAIN" in shown
    assert "There may be such a job" in shown


@DONE
def test_databricks_gives_the_run_that_there_is(tmp_path, monkeypatch, done):
    monkeypatch.setenv("GODWIT_SECRET_DATABRICKS", "dapi")
    with DatabricksServer().serving() as server:
        shell = Shell(tmp_path / "home", server.url)
        killed_unanswered(shell, server, "POST /api/2.1/jobs/runs/submit", done, "notebook", "--does", "succeed")
        assert resumed(shell)["outputs"] == {"result": 7}
        assert len(server.runs) == 1


@pytest.fixture
def host(tmp_path):
    (tmp_path / "logs").mkdir()
    host = FakeHost(BackendSettings(str(tmp_path), str(tmp_path / "logs"), workers=2))
    yield host
    host.close()
    assert host.order_faults() == []


def test_an_answer_that_is_lost_while_the_engine_lives_is_told_too(host, job_server, tmp_path):
    job_server.heeds_keys = False
    job_server.plan("POST /v1/jobs", ("after", Reply(504)))
    config = quarry(job_server.url, find=None, may_repeat=True)
    backend = HttpJobs()
    backend.open(host)
    end = run(backend, host, request_of(task_of(config, {"does": TEXT}, {"result": INT}), tmp_path, {"does": "x"}))
    backend.close()
    error = assert_error(end.error)
    assert (type(end).__name__, error.code) == ("Lost", "JOB_UNCERTAIN")
    assert len(job_server.created) == 1


@pytest.mark.parametrize("answer", [Reply(429, b"", {"Retry-After": "0"}), Reply(425)])
def test_a_call_that_was_turned_away_is_certain_to_have_created_nothing(host, job_server, tmp_path, answer):
    job_server.plan("POST /v1/jobs", answer)
    config = quarry(job_server.url, find=None, may_repeat=True)
    backend = HttpJobs()
    backend.open(host)
    request = request_of(task_of(config, {"does": TEXT}, {"result": INT}), tmp_path, {"does": "x"})
    end = run(backend, host, request)
    backend.close()
    assert values_of(end, request) == {"result": 7}
    assert len(job_server.created) == 1


@pytest.mark.parametrize("kind", [HttpJobs, DatabricksJobs, Sensors])
def test_the_handle_of_another_version_is_an_error_that_says_so(host, job_server, tmp_path, kind):
    request = request_of(task_of(quarry(job_server.url), {"does": TEXT}, {"result": INT}), tmp_path, {"does": "x"})
    backend = kind()
    backend.open(host)
    backend.attach([(request, Handle(request.id, b'{"version":2}'))])
    end = host.end_of(request.id)
    backend.close()
    assert isinstance(end, Finished)
    error = assert_error(end.error)
    assert error.code == "HANDLE_UNREADABLE"
    assert "Install the version that started it" in error.message
    assert job_server.calls == []
