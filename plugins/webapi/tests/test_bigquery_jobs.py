"""Queries by BigQuery: its own client passes against the server of the tests, and so does the backend."""

from pathlib import Path

import pytest
from godwit_plugin_api.testing.backend_suite import BackendSuite, Behaviour, assert_error
from godwit_webapi import BigQueryQuery, Service
from godwit_webapi.backends.bigquery import BigQueries
from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE
from godwitidl.core.v1.values_pb2 import Literal, TableLiteral, TableType, Type
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import Conflict, NotFound
from google.cloud import bigquery
from google.oauth2.credentials import Credentials
from webapi_servers import Reply
from webapi_tasks import BOOL, DATE, FAST, FLOAT, INT, JSON, TEXT, list_of, request_of, run, task_of, values_of
from webapi_vendors import BigQueryServer

SQL = {
    Behaviour.SUCCEED: "SELECT 7 AS n",
    Behaviour.FAIL: "SELECT 'fail'",
    Behaviour.SLEEP: "SELECT 'sleep'",
    Behaviour.CRASH: "SELECT 'crash'",
}
TABLE = Type(table=TableType())
ROWS = (
    [("name", "STRING"), ("n", "INTEGER"), ("mean", "FLOAT"), ("rare", "BOOLEAN")],
    [
        ["knot", 3, 1.5, "true"],
        ["dunlin", 4, 2.5, "false"],
        ["ruff", None, None, None],
    ],
)


@pytest.fixture
def big(monkeypatch):
    monkeypatch.setenv("GODWIT_SECRET_GOOGLE", "ya29")
    with BigQueryServer().serving() as server:
        yield server


def test_the_vendors_client_passes_against_the_server(big):
    options = ClientOptions(api_endpoint=big.url)
    with bigquery.Client(project="p", credentials=Credentials("ya29"), client_options=options) as client:
        big.results["SELECT * FROM birds"] = ROWS
        job = client.query("SELECT * FROM birds", job_id="one", location="US", job_retry=None)
        rows = [tuple(row) for row in job.result(timeout=20)]
        assert rows == [("knot", 3, 1.5, True), ("dunlin", 4, 2.5, False), ("ruff", None, None, None)]
        assert client.get_job("one", location="US").state == "DONE"
        with pytest.raises(Conflict):
            client.query("SELECT 1", job_id="one", location="US", job_retry=None)
        other = client.query("SELECT 'sleep'", job_id="two", location="US", job_retry=None)
        assert other.cancel()
        assert client.get_job("two", location="US").error_result["reason"] == "stopped"
        with pytest.raises(NotFound):
            client.get_job("three", location="US")


class TestBigQueries(BackendSuite):
    outlives_engine = True

    @pytest.fixture(autouse=True)
    def _server(self, big):
        self.server = big
        yield
        assert len(big.created) == len(set(big.created)), "a job was created twice"

    def config(self, sql, **changes):
        service = Service(self.server.url, "google", limits=FAST)
        return BigQueryQuery(sql=sql, project="p", service=service, **changes)

    def make_backend(self):
        return BigQueries()

    def task(self, behaviour):
        return task_of(self.config(SQL[behaviour]), {}, {"result": INT}, name=behaviour.value)

    def run_with(self, backend, host, sql, outputs, inputs=None, values=None, **changes):
        task = task_of(self.config(sql, **changes), inputs, outputs)
        request = request_of(task, Path(host.settings.home), values)
        return request, run(backend, host, request)

    def asked(self):
        (job,) = self.server.jobs.values()
        return job["configuration"]["query"]

    @pytest.mark.parametrize(
        ("of", "value"),
        [
            (list_of(TEXT), ["knot", "dunlin", "ruff"]),
            (
                list_of(JSON),
                [
                    {"name": "knot", "n": 3, "mean": 1.5, "rare": True},
                    {"name": "dunlin", "n": 4, "mean": 2.5, "rare": False},
                    {"name": "ruff", "n": None, "mean": None, "rare": None},
                ],
            ),
        ],
    )
    def test_rows_of_all_pages_become_what_the_task_returns(self, backend, host, of, value):
        self.server.results["SELECT * FROM birds"] = ROWS
        request, end = self.run_with(backend, host, "SELECT * FROM birds;", {"result": of})
        assert values_of(end, request) == {"result": value}

    def test_inputs_are_parameters_and_tables_are_names(self, backend, host):
        place = Literal(table=TableLiteral(uri="bq://p/birds/seen", format="bigquery"))
        inputs = {"day": DATE, "n": INT, "rare": BOOL, "mean": FLOAT, "name": TEXT, "seen": TABLE}
        values = {"day": "2026-05-01", "n": 3, "rare": True, "mean": 1.5, "name": "a'b", "seen": place}
        sql = "SELECT 7 FROM :seen WHERE d = :day AND n > :n AND n < :n AND r = :rare AND m = :mean AND x = :name"
        request, end = self.run_with(backend, host, sql, {"result": INT}, inputs, values)
        assert values_of(end, request) == {"result": 7}
        assert "FROM `p`.`birds`.`seen` WHERE d = @day AND n > @n AND n < @n" in self.asked()["query"]
        told = {
            one["name"]: (one["parameterType"]["type"], one["parameterValue"]["value"])
            for one in self.asked()["queryParameters"]
        }
        assert told == {
            "day": ("DATE", "2026-05-01"),
            "n": ("INT64", "3"),
            "rare": ("BOOL", "true"),
            "mean": ("FLOAT64", "1.5"),
            "name": ("STRING", "a'b"),
        }

    def test_a_table_passes_by_reference(self, backend, host):
        request, end = self.run_with(
            backend, host, "SELECT * FROM birds", {"result": TABLE}, destination="p.birds.rare"
        )
        assert values_of(end, request)["result"]["uri"] == "bq://p/birds/rare"
        assert self.asked()["destinationTable"] == {"projectId": "p", "datasetId": "birds", "tableId": "rare"}

    def test_a_table_elsewhere_is_refused(self, backend, host):
        values = {"seen": Literal(table=TableLiteral(uri="file:///t.parquet", format="parquet"))}
        _, end = self.run_with(backend, host, "SELECT * FROM :seen", {}, {"seen": TABLE}, values)
        error = assert_error(end.error)
        assert error.code == "TABLE_ELSEWHERE"
        assert "bq://" in error.message

    def test_errors_are_told_apart(self, backend, host):
        _, end = self.run_with(backend, host, "SELECT 'fail'", {})
        assert "Division by zero (invalidQuery)" in assert_error(end.error).message

    def test_an_error_of_the_service_is_no_fault_of_the_task(self, backend, host):
        _, end = self.run_with(backend, host, "SELECT 'crash'", {})
        assert assert_error(end.error).blame == BLAME_INFRASTRUCTURE

    def test_a_statement_with_a_mistake_is_refused(self, backend, host):
        _, end = self.run_with(backend, host, "syntax", {})
        error = assert_error(end.error)
        assert error.code == "WEBAPI_REFUSED"
        assert "Unexpected identifier" in error.message

    def test_a_lost_answer_creates_no_second_job(self, backend, host):
        self.server.plan("POST /bigquery/v2/projects/p/jobs", ("after", Reply(503)))
        request, end = self.run_with(backend, host, "SELECT 7 AS n", {"result": INT})
        assert values_of(end, request) == {"result": 7}
