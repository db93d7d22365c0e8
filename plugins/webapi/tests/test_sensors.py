"""Sensors: they end when what they wait for is there, hold no process, and go on in the next engine."""

import sqlite3
from datetime import timedelta

import godwit as gw
import pytest
from godwit.errors import DeclarationError
from godwit_plugin_api.backend import BackendSettings, Finished
from godwit_plugin_api.testing.backend_suite import assert_error
from godwit_plugin_api.testing.fake_host import FakeHost
from godwit_webapi import Call, FileSensor, HttpSensor, Service, SqlSensor
from godwit_webapi.backends.sensors import Sensors
from godwitidl.core.v1.values_pb2 import FileType, TableType, Type
from webapi_servers import Reply
from webapi_tasks import DATE, INT, JSON, TEXT, request_of, run, task_of, values_of

SOON = timedelta(milliseconds=20)


@pytest.fixture
def host(tmp_path):
    host = FakeHost(BackendSettings(str(tmp_path), str(tmp_path / "logs"), workers=1))
    yield host
    host.close()
    assert host.order_faults() == []


@pytest.fixture
def backend(host):
    backend = Sensors()
    backend.open(host)
    yield backend
    backend.close()


def waits(backend, host, request):
    """Submit, and see that it waits."""
    backend.submit([request])
    host.wait_for(lambda: len(host.of(request.id)) >= 3, "some looks")
    assert not any(isinstance(event, Finished) for event in host.events)


def test_a_file_is_waited_for_and_passed_on(backend, host, tmp_path):
    task = task_of(
        FileSensor(f"{tmp_path.as_uri()}/{{month}}.csv", SOON), {"month": TEXT}, {"found": Type(file=FileType())}
    )
    request = request_of(task, tmp_path, {"month": "May"})
    waits(backend, host, request)
    (tmp_path / "May.csv").write_text("a,b\n", encoding="utf-8")
    found = values_of(host.end_of(request.id), request)["found"]
    assert (found["uri"], found["name"]) == (f"{tmp_path.as_uri()}/May.csv", "May.csv")


def test_a_table_may_be_waited_for(backend, host, tmp_path):
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1")
    request = request_of(task_of(FileSensor(path.as_uri(), SOON), {}, {"t": Type(table=TableType())}), tmp_path)
    assert values_of(run(backend, host, request), request)["t"]["uri"] == path.as_uri()


def test_the_next_engine_looks_on(backend, host, tmp_path):
    request = request_of(task_of(FileSensor(f"{tmp_path.as_uri()}/x", SOON)), tmp_path)
    (handle,) = backend.submit([request])
    host.wait_for(lambda: host.of(request.id), "a look")
    backend.close()
    host.events.clear()
    second = Sensors()
    second.open(host)
    second.attach([(request, handle)])
    (tmp_path / "x").touch()
    assert host.end_of(request.id).error == b""
    second.close()


def test_a_sensor_can_be_cancelled(backend, host, tmp_path):
    request = request_of(task_of(FileSensor(f"{tmp_path.as_uri()}/x", SOON)), tmp_path)
    waits(backend, host, request)
    backend.cancel([request.id])
    assert assert_error(host.end_of(request.id).error).code == "CANCELLED"


def http(server, **settings):
    return HttpSensor(Service(server.url, "quarry"), Call("GET", "/v1/jobs/{job}"), interval=SOON, **settings)


@pytest.mark.parametrize("answer", [Reply(404), Reply(503), Reply(500)])
def test_an_answer_is_waited_for(backend, host, tmp_path, job_server, answer):
    job_server.jobs["j1"] = {"id": "j1", "key": "k", "state": "queued", "does": "sleep"}
    job_server.plan("GET /v1/jobs/j1", *[answer] * 3)
    request = request_of(task_of(http(job_server), {"job": TEXT}, {"status": INT}), tmp_path, {"job": "j1"})
    assert values_of(run(backend, host, request), request) == {"status": 200}
    assert job_server.count("GET") == 4


def test_a_value_in_an_answer_is_waited_for(backend, host, tmp_path, job_server):
    job_server.jobs["j1"] = {"id": "j1", "key": "k", "state": "queued"}
    config = http(job_server, pointer="/answer")
    request = request_of(task_of(config, {"job": TEXT}, {"answer": JSON}), tmp_path, {"job": "j1"})
    assert values_of(run(backend, host, request), request) == {"answer": {"value": 7}}
    exact = http(job_server, pointer="/state", value="done")
    request = request_of(task_of(exact, {"job": TEXT}, {"s": TEXT}), tmp_path, {"job": "j1"}, number=2)
    assert values_of(run(backend, host, request), request) == {"s": "done"}


def test_a_status_may_be_waited_for(backend, host, tmp_path, job_server):
    config = http(job_server, statuses=(404,))
    request = request_of(task_of(config, {"job": TEXT}), tmp_path, {"job": "j9"})
    assert run(backend, host, request).error == b""


def test_a_refusal_is_no_reason_to_wait_for_ever(backend, host, tmp_path, job_server):
    job_server.token = "Bearer another"
    request = request_of(task_of(http(job_server), {"job": TEXT}), tmp_path, {"job": "j1"})
    assert assert_error(run(backend, host, request).error).code == "WEBAPI_UNAUTHORIZED"


def test_a_row_is_waited_for(backend, host, tmp_path):
    path = tmp_path / "birds.db"
    config = SqlSensor(f"sqlite://{path}", "SELECT count(*) FROM birds WHERE day = :day", SOON)
    request = request_of(task_of(config, {"day": DATE}, {"n": INT}), tmp_path, {"day": "2026-05-01"})
    waits(backend, host, request)
    assert not path.exists()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE birds (day TEXT)")
        connection.execute("INSERT INTO birds VALUES ('2026-04-30')")
    connection.execute("INSERT INTO birds VALUES ('2026-05-01')")
    connection.commit()
    connection.close()
    assert values_of(host.end_of(request.id), request) == {"n": 1}


@pytest.mark.parametrize(
    ("config", "code"),
    [
        (SqlSensor("sqlite:///tmp", "SELEKT", SOON), None),
        (SqlSensor("oracle://h/x", "SELECT 1", SOON), "SENSOR_DATABASE"),
        (SqlSensor(gw.Secret("no_such_database"), "SELECT 1", SOON), "SECRET_NOT_FOUND"),
    ],
)
def test_what_cannot_be_asked_is_told(backend, host, tmp_path, config, code):
    if code is None:
        path = tmp_path / "empty.db"
        sqlite3.connect(path).close()
        config, code = SqlSensor(f"sqlite://{path}", "SELEKT", SOON), "SENSOR_STATEMENT"
    request = request_of(task_of(config), tmp_path)
    assert assert_error(run(backend, host, request).error).code == code


def test_names_are_checked():
    check = Sensors().check
    assert "names month" in check(task_of(FileSensor("file:///{month}")))[0]
    assert "names day" in check(task_of(SqlSensor("sqlite:///x", "SELECT :day")))[0]
    assert "one output at most" in check(task_of(FileSensor("file:///x"), {}, {"a": TEXT, "b": TEXT}))[0]


@pytest.mark.parametrize(
    "make",
    [
        lambda: FileSensor("x.csv"),
        lambda: FileSensor("file:///x", timedelta()),
        lambda: SqlSensor("postgresql://me:hunter2@h/x", "SELECT 1"),
        lambda: HttpSensor(Service(), Call("GET", "/")),
    ],
)
def test_what_makes_no_sense_is_refused(make):
    with pytest.raises(DeclarationError) as caught:
        make()
    assert caught.value.code == "WEBAPI_CONFIG"
    assert "hunter2" not in str(caught.value)
