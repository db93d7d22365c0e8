"""Jobs of any service: the contract of backends, and every way in which a service can answer badly."""

import json
import socket
import time
from datetime import timedelta
from pathlib import Path

import pytest
from godwit.errors import DeclarationError
from godwit_plugin_api.backend import BackendSettings, Finished, Link, Lost, Progress, Started
from godwit_plugin_api.testing.backend_suite import BackendSuite, Behaviour, assert_error
from godwit_plugin_api.testing.fake_host import FakeHost
from godwit_webapi import Call, HttpJob, Limits, OpenAIBatch, Service, http_job_of
from godwit_webapi.backends.http import HttpJobs
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.event_pb2 import LogSlice
from godwitidl.core.v1.values_pb2 import DataRef, Literal, NamedLiteral, NamedLiterals
from godwitidl.rules.digest import literal_digest
from webapi_servers import Reply
from webapi_tasks import FAST, INT, JSON, TEXT, list_of, request_of, run, task_of, values_of


def quarry(url, **changes):
    settings = {
        "service": Service(f"{url}/v1", "quarry", limits=FAST, timeout=timedelta(seconds=5)),
        "create": Call("POST", "/jobs", {"does": "{does}", "value": 7}),
        "get": Call("GET", "/jobs/{job_id}"),
        "cancel": Call("DELETE", "/jobs/{job_id}"),
        "find": Call("GET", "/jobs?name={job_name}"),
        "found_id": "/jobs/0/id",
        "succeeded": ("done",),
        "failed": ("failed", "cancelled"),
        "pending": ("queued",),
        "outputs": {"result": "/answer/value"},
        "error": "/why",
        "fraction": "/progress",
        "logs": Call("GET", "/jobs/{job_id}/log"),
    }
    return HttpJob(**{**settings, **changes})


class TestHttpJobs(BackendSuite):
    outlives_engine = True
    workers = 4

    @pytest.fixture(autouse=True)
    def _server(self, job_server):
        self.server = job_server
        yield
        assert len(job_server.created) == len(set(job_server.created)), "a job was created twice"

    def make_backend(self):
        return HttpJobs()

    def task(self, behaviour):
        return task_of(quarry(self.server.url), {"does": TEXT}, {"result": INT}, name=behaviour.value)

    def inputs(self, behaviour):
        return NamedLiterals(values=[NamedLiteral(name="does", value=Literal(string_value=behaviour.value))])

    def test_an_answer_that_is_lost_creates_no_second_job(self, backend, host):
        self.server.plan("POST /v1/jobs", ("after", Reply(504)), ("after", Reply(504)))
        request = self.request_for(host, Behaviour.SUCCEED)
        end = run(backend, host, request)
        assert values_of(end, request) == {"result": 7}
        assert len(self.server.created) == 1

    def test_a_cancelled_job_is_ended_at_the_service(self, backend, host):
        request = self.request_for(host, Behaviour.SLEEP)
        self.start(backend, host, request)
        backend.cancel([request.id])
        self.end_of(host, request)
        assert {job["state"] for job in self.server.jobs.values()} <= {"cancelled"}

    def test_fraction_links_and_log_are_told(self, backend, host):
        config = quarry(self.server.url, link="/id", create=Call("POST", "/jobs", {"does": "sleep"}))
        request = request_of(task_of(config, {"does": TEXT}, {"result": INT}), Path(host.settings.home), {"does": ""})
        backend.submit([request])
        host.wait_for(lambda: any(isinstance(event, Progress) for event in host.events), "progress", timeout_s=20)
        started = next(event for event in host.events if isinstance(event, Started))
        assert started.links == (Link("Job", "j1"),)
        assert any(isinstance(event, Progress) and event.fraction == 0.5 for event in host.events)
        backend.cancel([request.id])
        log = LogSlice.FromString(self.end_of(host, request).log)
        text = Path(host.settings.log_folder, log.segment).read_text(encoding="utf-8")
        assert len(text) == log.end
        assert text.startswith("line 0\nline 1\n")
        assert len(text.splitlines()) == len(set(text.splitlines()))


@pytest.fixture
def opened(tmp_path):
    """Open backends that are closed in the end."""
    logs = tmp_path / "logs"
    logs.mkdir()
    host = FakeHost(BackendSettings(str(tmp_path), str(logs), workers=2))
    backend = HttpJobs()
    backend.open(host)
    yield backend, host
    backend.close()
    host.close()
    assert host.order_faults() == []


def end_with(opened, config, *, values=None, outputs=None, tmp_path):
    request = request_of(task_of(config, {"does": TEXT}, outputs or {"result": INT}), tmp_path, values or {"does": "x"})
    return request, run(*opened, request)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "WEBAPI_UNAUTHORIZED"),
        (403, "WEBAPI_FORBIDDEN"),
        (404, "WEBAPI_NOT_FOUND"),
        (422, "WEBAPI_REFUSED"),
        (302, "WEBAPI_REFUSED"),
    ],
)
def test_a_refusal_is_the_attempts_error(opened, job_server, tmp_path, status, code):
    job_server.plan(
        "POST /v1/jobs", Reply(status, {"message": "no stone for you"}, {"Location": "http://127.0.0.1:9/"})
    )
    _, end = end_with(opened, quarry(job_server.url), tmp_path=tmp_path)
    error = assert_error(end.error)
    assert error.code == code
    assert f"status {status}" in error.message
    assert "no stone for you" in error.message
    assert "let-me-in" not in error.message


@pytest.mark.parametrize(
    "answer", [Reply(500), Reply(503), Reply(429, b"", {"Retry-After": "0"}), Reply(200, b"<html>")]
)
@pytest.mark.parametrize("call", ["GET /v1/jobs/", "POST /v1/jobs", "GET /v1/jobs"])
def test_what_passes_is_waited_out(opened, job_server, tmp_path, call, answer):
    job_server.plan(call, answer, answer)
    request, end = end_with(opened, quarry(job_server.url), tmp_path=tmp_path)
    assert values_of(end, request) == {"result": 7}
    assert len(job_server.created) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_that_goes_on_refusing_for_now_is_unavailable(opened, job_server, tmp_path, status):
    job_server.plan("GET /v1/jobs", *[Reply(status, {"message": "not now"})] * 50)
    job_server.plan("POST /v1/jobs", *[Reply(status, {"message": "not now"})] * 50)
    _, end = end_with(opened, quarry(job_server.url), tmp_path=tmp_path)
    assert isinstance(end, Lost)
    error = assert_error(end.error)
    assert error.code == "BACKEND_UNAVAILABLE"
    assert f"status {status}: " in error.message
    assert "not now" in error.message
    assert job_server.created == []


def test_a_service_that_always_answers_garbage_is_given_up(opened, job_server, tmp_path):
    job_server.plan("GET /v1/jobs/", *[Reply(200, b"<html>Maintenance</html>")] * 50)
    _, end = end_with(opened, quarry(job_server.url), tmp_path=tmp_path)
    error = assert_error(end.error)
    assert error.code == "WEBAPI_GARBAGE"
    assert "Maintenance" in error.message


def test_a_token_that_expires_meanwhile_is_told(opened, job_server, tmp_path):
    job_server.plan("GET /v1/jobs/", *[Reply(401, {"message": "expired"})] * 50)
    _, end = end_with(opened, quarry(job_server.url), tmp_path=tmp_path)
    assert assert_error(end.error).code == "WEBAPI_UNAUTHORIZED"


def test_a_service_that_is_not_there_is_unavailable(opened, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        _, end = end_with(opened, quarry(url, find=None, idempotent=True), tmp_path=tmp_path)
    assert isinstance(end, Lost)
    error = assert_error(end.error)
    assert error.code == "BACKEND_UNAVAILABLE"
    assert "could not be reached" in error.message


def test_a_pause_is_as_long_as_the_service_asks(opened, job_server, tmp_path):
    job_server.plan("POST /v1/jobs", Reply(429, b"", {"Retry-After": "1"}))
    begin = time.monotonic()
    request, end = end_with(opened, quarry(job_server.url), tmp_path=tmp_path)
    assert values_of(end, request) == {"result": 7}
    assert time.monotonic() - begin >= 1


def test_a_secret_that_nobody_has_is_named(opened, job_server, tmp_path):
    config = quarry(job_server.url, service=Service(job_server.url, "no_such_secret", limits=FAST))
    _, end = end_with(opened, config, tmp_path=tmp_path)
    error = assert_error(end.error)
    assert error.code == "SECRET_NOT_FOUND"
    assert "GODWIT_SECRET_NO_SUCH_SECRET" in error.message
    assert job_server.calls == []


def test_the_token_is_sent_and_stands_nowhere_else(opened, job_server, tmp_path):
    job_server.token = "Bearer let-me-in"
    request, end = end_with(opened, quarry(job_server.url), tmp_path=tmp_path)
    assert values_of(end, request) == {"result": 7}
    assert b"let-me-in" not in request.task.spec


def test_a_job_that_fails_says_why(opened, job_server, tmp_path):
    _, end = end_with(opened, quarry(job_server.url), values={"does": "fail"}, tmp_path=tmp_path)
    error = ExecutionError.FromString(end.error)
    assert (error.code, error.message) == ("HTTP_JOB_FAILED", "it was told to fail")


def test_an_output_of_another_type_is_told(opened, job_server, tmp_path):
    config = quarry(job_server.url, outputs={"result": "/state"})
    _, end = end_with(opened, config, tmp_path=tmp_path)
    error = assert_error(end.error)
    assert error.code == "WEBAPI_OUTPUT"
    assert "result" in error.message


def test_templates_are_filled_by_value_and_quoted(opened, job_server, tmp_path):
    config = quarry(
        job_server.url,
        create=Call("POST", "/jobs", {"does": "succeed", "value": "{n}", "note": "a {text} {{b}}", "all": ["{n}"]}),
        result=Call("GET", "/jobs/{job_id}?note={text}"),
        outputs={"result": ""},
    )
    task = task_of(config, {"n": INT, "text": TEXT}, {"result": JSON})
    request = request_of(task, tmp_path, {"n": 5, "text": 'a "b" & c=d/e'})
    found = values_of(run(*opened, request), request)["result"]
    assert (found["value"], found["all"], found["note"]) == (5, [5], 'a a "b" & c=d/e {b}')


def test_large_inputs_and_outputs_pass_by_reference(opened, job_server, tmp_path):
    large = Literal(string_value="x" * 100_000)
    path = tmp_path / "value.pb"
    path.write_bytes(large.SerializeToString())
    reference = DataRef(uri=path.as_uri(), size_bytes=path.stat().st_size, digest=literal_digest(large), type=TEXT)
    config = quarry(job_server.url, create=Call("POST", "/jobs", {"value": "{does}"}))
    request, end = end_with(
        opened, config, values={"does": Literal(reference=reference)}, outputs={"result": TEXT}, tmp_path=tmp_path
    )
    (output,) = end.outputs
    passed = Literal.FromString(output.value)
    assert passed.reference.uri == f"{request.output_prefix}/result.pb"
    assert output.digest == literal_digest(large) == passed.reference.digest


def test_several_jobs_share_places_of_their_service(opened, job_server, tmp_path):
    backend, host = opened
    limits = Limits(reads_per_s=1000, writes_per_s=1000, poll_interval=timedelta(milliseconds=10), shared_jobs=1)
    config = quarry(job_server.url, service=Service(f"{job_server.url}/v1", limits=limits))
    task = task_of(config, {"does": TEXT}, {"result": INT})
    first = request_of(task, tmp_path, {"does": "sleep"}, 1)
    second = request_of(task, tmp_path, {"does": "succeed"}, 2)
    backend.submit([first])
    host.wait_for(lambda: host.of(first.id), "a start")
    backend.submit([second])
    host.settle()
    assert len(job_server.created) == 1
    backend.cancel([first.id])
    assert isinstance(host.end_of(second.id), Finished)


def test_check_finds_what_cannot_be():
    task = task_of(quarry("http://h", create=Call("POST", "/jobs/{mouth}")), {"month": INT}, {"a": list_of(INT)})
    assert HttpJobs().check(task) == [
        "The call create names {mouth}, which is no input; there are: month, job_name, job_id.",
        "Nothing says where an answer has the output a.",
    ]


def test_another_payload_is_refused():
    (fault,) = HttpJobs().check(task_of(OpenAIBatch()))
    assert "godwitidl.plugins.webapi.v1.HttpJob, not godwitidl.plugins.webapi.v1.OpenAIBatch" in fault


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: quarry("http://h", find=None), "WEBAPI_NOT_FOUND_AGAIN"),
        (lambda: quarry("http://h", succeeded=()), "WEBAPI_CONFIG"),
        (lambda: quarry("http://h", succeeded="done"), "WEBAPI_CONFIG"),
        (lambda: quarry("http://h", state="state"), "WEBAPI_CONFIG"),
        (lambda: Service("ftp://h"), "WEBAPI_CONFIG"),
        (lambda: Service("https://me:hunter2@h"), "WEBAPI_CONFIG"),
        (lambda: Call("FETCH", "/"), "WEBAPI_CONFIG"),
        (lambda: Call("GET", "jobs"), "WEBAPI_CONFIG"),
        (lambda: Call("GET", "/", {1: {2}}), "WEBAPI_CONFIG"),
        (lambda: Limits(reads_per_s=0), "WEBAPI_CONFIG"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_is_written(make, code):
    with pytest.raises(DeclarationError) as caught:
        make()
    assert caught.value.code == code
    assert "hunter2" not in str(caught.value)


DOCUMENT = {
    "openapi": "3.0.0",
    "servers": [{"url": "http://quarry"}],
    "paths": {
        "/jobs": {
            "post": {"operationId": "createJob", "requestBody": {}},
            "get": {"operationId": "listJobs", "parameters": [{"in": "query", "name": "name", "required": True}]},
        },
        "/jobs/{id}": {
            "parameters": [{"in": "path", "name": "id", "required": True}],
            "get": {"operationId": "getJob"},
            "delete": {"operationId": "deleteJob"},
        },
    },
}
SETTINGS = {
    "create": ("createJob", {"body": {"does": "{does}"}}),
    "get": "getJob",
    "cancel": "deleteJob",
    "find": ("listJobs", {"query": {"name": "{job_name}"}}),
    "found_id": "/jobs/0/id",
    "succeeded": ("done",),
    "failed": ("failed",),
}


def test_an_openapi_document_gives_methods_and_paths(tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(DOCUMENT), encoding="utf-8")
    for document in (DOCUMENT, path):
        job = http_job_of(document, **SETTINGS)
        assert job.service.url == "http://quarry"
        assert job.create == Call("POST", "/jobs", {"does": "{does}"})
        assert job.get == Call("GET", "/jobs/{job_id}")
        assert job.cancel == Call("DELETE", "/jobs/{job_id}")
        assert job.find == Call("GET", "/jobs?name={job_name}")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"get": "showJob"}, "OPENAPI_NO_OPERATION"),
        ({"find": "listJobs"}, "OPENAPI_PARAMETER"),
        ({"find": ("listJobs", {"query": {"nmae": "x"}})}, "OPENAPI_PARAMETER"),
        ({"get": ("getJob", {"body": {}})}, "OPENAPI_PARAMETER"),
    ],
)
def test_an_openapi_document_is_kept_to(changes, code):
    with pytest.raises(DeclarationError) as caught:
        http_job_of(DOCUMENT, **{**SETTINGS, **changes})
    assert caught.value.code == code
