"""AWS Batch and Athena against moto, which speaks AWS's protocols; boto3 is AWS's own client."""

from datetime import timedelta

import boto3
import pytest
import requests
from godwit_plugin_api.backend import BackendSettings, Finished
from godwit_plugin_api.testing.backend_suite import assert_error
from godwit_plugin_api.testing.fake_host import FakeHost
from godwit_webapi import AthenaQuery, Aws, AwsBatchJob, Limits
from godwit_webapi.backends import aws_batch
from godwit_webapi.backends.athena import AthenaQueries
from godwit_webapi.backends.aws_batch import AwsBatchJobs
from godwitidl.core.v1.task_pb2 import Resources, TaskSpec
from godwitidl.core.v1.values_pb2 import FileType, TableType, Type
from moto.server import ThreadedMotoServer
from webapi_tasks import DATE, FLOAT, INT, JSON, TEXT, list_of, request_of, run, task_of, values_of

REGION = "eu-central-1"
LIMITS = Limits(reads_per_s=500, writes_per_s=500, burst=100, poll_interval=timedelta(milliseconds=20))


@pytest.fixture(scope="module")
def moto_url():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(moto_url, monkeypatch):
    monkeypatch.setenv("GODWIT_SECRET_KEY_ID", "testing")
    monkeypatch.setenv("GODWIT_SECRET_KEY", "testing")
    for name, value in (("ACCESS_KEY_ID", "testing"), ("SECRET_ACCESS_KEY", "testing"), ("REGION", REGION)):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_url)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    requests.post(f"{moto_url}/moto-api/reset", timeout=10)
    requests.post(f"{moto_url}/moto-api/config", json={"batch": {"use_docker": False}}, timeout=10)
    account = Aws(region=REGION, endpoint_url=moto_url, access_key_id="key_id", secret_access_key="key", limits=LIMITS)
    return Cloud(moto_url, account)


class Cloud:
    """AWS as the tests set it up."""

    def __init__(self, url, account):
        self.url, self.account = url, account

    def client(self, service):
        return boto3.client(service, region_name=REGION, endpoint_url=self.url)

    def batch_queue(self):
        role = self.client("iam").create_role(RoleName="batch", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        batch = self.client("batch")
        place = batch.create_compute_environment(
            computeEnvironmentName="birds", type="UNMANAGED", state="ENABLED", serviceRole=role
        )
        batch.create_job_queue(
            jobQueueName="quick",
            state="ENABLED",
            priority=1,
            computeEnvironmentOrder=[{"order": 1, "computeEnvironment": place["computeEnvironmentArn"]}],
        )
        batch.register_job_definition(
            jobDefinitionName="count",
            type="container",
            containerProperties={
                "image": "birds",
                "command": ["count"],
                "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "128"}],
            },
        )
        return batch

    def bucket(self):
        store = self.client("s3")
        store.create_bucket(Bucket="birds", CreateBucketConfiguration={"LocationConstraint": REGION})
        return store


@pytest.fixture
def opened(tmp_path):
    """A function that opens a backend on a host; both are closed in the end."""
    logs = tmp_path / "logs"
    logs.mkdir()
    host = FakeHost(BackendSettings(str(tmp_path), str(logs), workers=2))
    backends = []

    def open_backend(backend):
        backend.open(host)
        backends.append(backend)
        return backend, host

    yield open_backend
    for backend in backends:
        backend.close()
    host.close()
    assert host.order_faults() == []


def batch_task(aws, outputs=None, **changes):
    settings = {"job_queue": "quick", "job_definition": "count", "account": aws.account, **changes}
    return task_of(AwsBatchJob(**settings), {"month": TEXT}, outputs or {})


def in_bucket(request):
    return request._replace(output_prefix="s3://birds/outputs/n1")


def test_a_job_of_aws_batch_gives_what_it_left_in_the_store(aws, opened, tmp_path):
    batch, store = aws.batch_queue(), aws.bucket()
    store.put_object(Bucket="birds", Key="outputs/n1/count", Body=b"42")
    store.put_object(Bucket="birds", Key="outputs/n1/tracks", Body=b"a,b")
    outputs = {"count": INT, "tracks": Type(file=FileType(format="csv"))}
    task = batch_task(aws, outputs, command=["count", "--month", "{month}"])
    request = in_bucket(request_of(task, tmp_path, {"month": "May"}))
    end = run(*opened(AwsBatchJobs()), request)
    found = values_of(end, request)
    assert found["count"] == 42
    assert found["tracks"]["uri"] == "s3://birds/outputs/n1/tracks"
    (job,) = batch.describe_jobs(
        jobs=[one["jobId"] for one in batch.list_jobs(jobQueue="quick", jobStatus="SUCCEEDED")["jobSummaryList"]]
    )["jobs"]
    environment = {one["name"]: one["value"] for one in job["container"]["environment"]}
    assert environment["GODWIT_INPUT_MONTH"] == '"May"'
    assert environment["GODWIT_OUTPUT_PREFIX"] == "s3://birds/outputs/n1"
    assert job["container"]["command"] == ["count", "--month", "May"]


def test_an_output_that_a_job_did_not_leave_is_told(aws, opened, tmp_path):
    aws.batch_queue()
    aws.bucket()
    request = in_bucket(request_of(batch_task(aws, {"count": INT}), tmp_path, {"month": "May"}))
    error = assert_error(run(*opened(AwsBatchJobs()), request).error)
    assert error.code == "WEBAPI_OUTPUT"
    assert "s3://birds/outputs/n1/count" in error.message


def test_a_job_of_aws_batch_is_found_by_the_next_engine(aws, opened, tmp_path):
    batch = aws.batch_queue()
    request = request_of(batch_task(aws), tmp_path, {"month": "May"})
    first, host = opened(AwsBatchJobs())
    (handle,) = first.submit([request])
    host.wait_for(lambda: names(batch), "the job")
    first.close()
    for verb in ("attach", "submit"):
        host.events.clear()
        later, _ = opened(AwsBatchJobs())
        later.attach([(request, handle)]) if verb == "attach" else later.submit([request])
        assert values_of(host.end_of(request.id), request) == {}
        later.close()
    host.events.clear()
    assert names(batch) == [handle.data.decode()]


def test_a_cancelled_job_is_terminated(aws, opened, tmp_path, monkeypatch):
    aws.batch_queue()
    terminated = []
    cancel_job = AwsBatchJobs.cancel_job

    def cancel(self, job, job_id):
        cancel_job(self, job, job_id)
        terminated.append(job_id)

    # The server of the tests ends jobs at once; this one runs until it is terminated.
    monkeypatch.setattr(AwsBatchJobs, "cancel_job", cancel)
    monkeypatch.setattr(
        AwsBatchJobs, "_status", lambda _, job, __: job.failed("X", "x") if terminated else job.running()
    )
    backend, host = opened(AwsBatchJobs())
    request = request_of(batch_task(aws), tmp_path, {"month": "May"})
    backend.submit([request])
    host.wait_for(lambda: host.of(request.id), "a start")
    backend.cancel([request.id])
    assert assert_error(host.end_of(request.id).error).code == "CANCELLED"
    assert len(terminated) == 1


STATES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED")


def names(batch):
    pages = [batch.list_jobs(jobQueue="quick", jobStatus=state) for state in STATES]
    return [job["jobName"] for page in pages for job in page["jobSummaryList"]]


@pytest.mark.parametrize(
    ("told", "code", "kind"),
    [
        ({"statusReason": "Host EC2 (instance i-1) terminated."}, "AWS_BATCH_HOST_LOST", Finished),
        ({"container": {"exitCode": 137, "reason": "OutOfMemoryError: Container killed"}}, "OUT_OF_MEMORY", Finished),
        (
            {"container": {"exitCode": 3}, "statusReason": "It exited"},
            "AWS_BATCH_JOB_FAILED",
            Finished,
        ),
    ],
)
def test_causes_of_failures_are_told_apart(aws, opened, tmp_path, monkeypatch, told, code, kind):
    aws.batch_queue()
    status = AwsBatchJobs._status
    monkeypatch.setattr(
        AwsBatchJobs, "_status", lambda self, job, known: status(self, job, {**known, "status": "FAILED", **told})
    )
    end = run(*opened(AwsBatchJobs()), request_of(batch_task(aws), tmp_path, {"month": "May"}))
    assert isinstance(end, kind)
    error = assert_error(end.error)
    assert error.code == code
    assert error.exit_code == told.get("container", {}).get("exitCode", 0)


def test_a_queue_that_is_not_there_is_refused(aws, opened, tmp_path):
    aws.batch_queue()
    request = request_of(batch_task(aws, job_queue="slow"), tmp_path, {"month": "May"})
    error = assert_error(run(*opened(AwsBatchJobs()), request).error)
    assert error.code == "WEBAPI_REFUSED"
    assert "slow" in error.message


def test_resources_of_the_task_may_replace_those_of_the_definition():
    spec = TaskSpec(resources=Resources(cpu_millis=500, memory_bytes=2**30, gpu_count=1))
    assert aws_batch._resources(spec) == [
        {"type": "VCPU", "value": "0.5"},
        {"type": "MEMORY", "value": "1024"},
        {"type": "GPU", "value": "1"},
    ]


def athena_task(aws, sql, outputs=None, inputs=None, **changes):
    config = AthenaQuery(sql, "s3://birds/athena/", account=aws.account, **changes)
    return task_of(config, inputs or {}, outputs or {})


def plan_rows(aws, columns, rows):
    """Have the next query of Athena give rows."""
    described = [{"Name": name, "Type": kind} for name, kind in columns]
    result = {"rows": [{"Data": [{"VarCharValue": cell} for cell in row]} for row in rows], "column_info": described}
    answer = requests.post(
        f"{aws.url}/moto-api/static/athena/query-results",
        json={"account_id": "123456789012", "region": REGION, "results": [result]},
        timeout=10,
    )
    assert answer.status_code == 201


ROWS = [["name", "count", "mean"], ["knot", "3", "1.5"], ["dunlin", "4", "2.5"]]
COLUMNS = [("name", "varchar"), ("count", "bigint"), ("mean", "double")]


@pytest.mark.parametrize(
    ("of", "rows", "value"),
    [
        (list_of(JSON), ROWS, [{"name": "knot", "count": 3, "mean": 1.5}, {"name": "dunlin", "count": 4, "mean": 2.5}]),
        (list_of(TEXT), ROWS, ["knot", "dunlin"]),
        (JSON, ROWS[:2], [{"name": "knot", "count": 3, "mean": 1.5}]),
        (TEXT, ROWS[:2], "knot"),
    ],
)
def test_rows_of_athena_become_what_the_task_returns(aws, opened, tmp_path, of, rows, value):
    aws.bucket()
    plan_rows(aws, COLUMNS, rows)
    request = request_of(athena_task(aws, "SELECT * FROM birds", {"result": of}), tmp_path)
    assert values_of(run(*opened(AthenaQueries()), request), request) == {"result": value}


def test_more_rows_than_one_are_no_single_value(aws, opened, tmp_path):
    aws.bucket()
    plan_rows(aws, COLUMNS, ROWS)
    request = request_of(athena_task(aws, "SELECT * FROM birds", {"result": TEXT}), tmp_path)
    error = assert_error(run(*opened(AthenaQueries()), request).error)
    assert error.code == "WEBAPI_OUTPUT"
    assert "2 rows" in error.message


def test_inputs_are_passed_beside_the_text_and_tables_by_reference(aws, opened, tmp_path):
    aws.bucket()
    sql = "SELECT ':no', x::int FROM birds WHERE day = :day AND name = :name -- :not\n"
    inputs = {"day": DATE, "name": TEXT}
    task = athena_task(aws, sql, {"result": Type(table=TableType())}, inputs)
    request = request_of(task, tmp_path, {"day": "2026-05-01", "name": "O'Knot"})
    backend, host = opened(AthenaQueries())
    found = values_of(run(backend, host, request), request)["result"]
    client = aws.client("athena")
    (query_id,) = client.list_query_executions()["QueryExecutionIds"]
    query = client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
    assert query["Query"].startswith("UNLOAD (SELECT ':no', x::int FROM birds WHERE day = ? AND name = ? -- :not")
    assert query["ExecutionParameters"] == ["DATE '2026-05-01'", "'O''Knot'"]
    assert found["uri"].startswith("s3://birds/athena/godwit-")
    assert f"TO '{found['uri']}/'" in query["Query"]
    assert found["format"] == "parquet"


def test_a_query_is_found_by_the_next_engine(aws, opened, tmp_path):
    aws.bucket()
    plan_rows(aws, COLUMNS, ROWS)
    request = request_of(athena_task(aws, "SELECT 1", {"result": list_of(TEXT)}), tmp_path)
    first, host = opened(AthenaQueries())
    (handle,) = first.submit([request])
    host.wait_for(lambda: host.of(request.id), "an end")
    first.close()
    host.events.clear()
    second, _ = opened(AthenaQueries())
    second.attach([(request, handle)])
    assert values_of(host.end_of(request.id), request) == {"result": ["knot", "dunlin"]}
    assert len(aws.client("athena").list_query_executions()["QueryExecutionIds"]) == 1


def test_statements_are_checked_before_anything_runs(aws):
    check = AthenaQueries().check
    assert "names :mouth" in check(athena_task(aws, "SELECT :mouth", {}, {"month": INT}))[0]
    assert "one output at most" in check(athena_task(aws, "SELECT 1", {"a": INT, "b": FLOAT}))[0]
    config = AthenaQuery("SELECT 1", account=aws.account)
    assert "output_location" in check(task_of(config, {}, {"t": Type(table=TableType())}))[0]
