"""Statements for Snowflake: the backend speaks by Snowflake's own client, here to a server of the tests."""

from pathlib import Path

import pytest
from godwit.errors import DeclarationError
from godwit_plugin_api.polling import job_name
from godwit_plugin_api.testing.backend_suite import BackendSuite, Behaviour, assert_error
from godwit_webapi import Service, SnowflakeQuery
from godwit_webapi.backends.snowflake import SnowflakeQueries
from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE
from godwitidl.core.v1.values_pb2 import Literal, TableType, Type
from webapi_servers import Reply
from webapi_snowflake import SnowflakeServer
from webapi_tasks import DATE, FAST, INT, JSON, TEXT, list_of, request_of, run, task_of, values_of

TABLE = Type(table=TableType())
SQL = {
    Behaviour.SUCCEED: "SELECT 7 AS n",
    Behaviour.FAIL: "SELECT 'fail'",
    Behaviour.SLEEP: "SELECT 'sleep'",
    Behaviour.CRASH: "SELECT 'crash'",
}
ROWS = ([("NAME", "text"), ("N", "fixed"), ("MEAN", "real")], [["knot", "3", "1.5"], ["ruff", None, None]])


@pytest.fixture
def snow(monkeypatch):
    monkeypatch.setenv("GODWIT_SECRET_SNOW", "snow")
    with SnowflakeServer().serving() as server:
        yield server


class TestSnowflakeQueries(BackendSuite):
    outlives_engine = True

    @pytest.fixture(autouse=True)
    def _server(self, snow):
        self.server = snow
        yield
        assert len(snow.created) == len(set(snow.created)), "a statement was started twice"

    def config(self, sql, **changes):
        return SnowflakeQuery(sql=sql, service=Service(self.server.url, "snow", limits=FAST), **changes)

    def make_backend(self):
        return SnowflakeQueries()

    def task(self, behaviour):
        return task_of(self.config(SQL[behaviour]), {}, {"result": INT}, name=behaviour.value)

    def run_with(self, backend, host, sql, outputs, inputs=None, values=None, **changes):
        task = task_of(self.config(sql, **changes), inputs, outputs)
        request = request_of(task, Path(host.settings.home), values)
        return request, run(backend, host, request)

    def test_rows_become_what_the_task_returns(self, backend, host):
        self.server.results["SELECT * FROM birds"] = ROWS
        request, end = self.run_with(backend, host, "SELECT * FROM birds;", {"result": list_of(JSON)})
        expected = [{"NAME": "knot", "N": 3, "MEAN": 1.5}, {"NAME": "ruff", "N": None, "MEAN": None}]
        assert values_of(end, request) == {"result": expected}

    def test_inputs_are_bound_and_not_written_into_the_text(self, backend, host):
        values = {"day": "2026-05-01", "n": 3, "name": "a'b"}
        sql = "SELECT 7 WHERE d = :day AND n = :n AND x = :name"
        request, end = self.run_with(backend, host, sql, {"r": INT}, {"day": DATE, "n": INT, "name": TEXT}, values)
        assert values_of(end, request) == {"r": 7}
        (query,) = self.server.queries.values()
        assert query["text"] == "SELECT 7 WHERE d = ? AND n = ? AND x = ?"
        assert query["bound"][1:] == ["3", "a'b"]

    def test_a_statement_that_fails_says_why(self, backend, host):
        _, end = self.run_with(backend, host, "SELECT 'fail'", {})
        error = assert_error(end.error)
        assert error.code == "SNOWFLAKE_FAILED"
        assert "Division by zero" in error.message

    def test_an_incident_is_no_fault_of_the_task(self, backend, host):
        _, end = self.run_with(backend, host, "SELECT 'crash'", {})
        assert assert_error(end.error).blame == BLAME_INFRASTRUCTURE

    def test_a_statement_with_a_mistake_is_refused(self, backend, host):
        _, end = self.run_with(backend, host, "syntax", {})
        error = assert_error(end.error)
        assert error.code == "WEBAPI_REFUSED"
        assert "SQL compilation error" in error.message

    def test_a_wrong_token_is_told(self, backend, host, monkeypatch):
        monkeypatch.setenv("GODWIT_SECRET_SNOW", "melted")
        _, end = self.run_with(backend, host, "SELECT 7", {})
        assert assert_error(end.error).code == "WEBAPI_UNAUTHORIZED"

    def test_a_lost_answer_starts_no_second_statement(self, backend, host):
        self.server.plan("POST /queries/v1/query-request", None, ("after", Reply(503)))
        request, end = self.run_with(backend, host, "SELECT 7 AS n", {"result": INT})
        assert values_of(end, request) == {"result": 7}

    def test_a_table_is_made_and_passed_by_reference(self, backend, host):
        places = {"database": "BIRDS", "schema": "PUBLIC"}
        request, end = self.run_with(backend, host, "SELECT 7 AS n;", {"t": TABLE}, **places)
        table = job_name(request.id).upper().replace("-", "_")
        (found,) = end.outputs
        assert Literal.FromString(found.value).table.uri == f"snowflake://BIRDS/PUBLIC/{table}"
        (query,) = self.server.queries.values()
        assert query["text"] == f'CREATE OR REPLACE TABLE "BIRDS"."PUBLIC"."{table}" AS SELECT 7 AS n'

    def test_a_table_goes_where_the_task_says_and_the_next_statement_reads_it(self, backend, host):
        _, end = self.run_with(backend, host, "SELECT 7 AS n", {"t": TABLE}, destination="BIRDS.PUBLIC.COUNTS")
        table = Literal.FromString(end.outputs[0].value)
        task = task_of(self.config("SELECT n FROM :t"), {"t": TABLE}, {"n": INT})
        request = request_of(task, Path(host.settings.home), {"t": table}, 2)
        self.server.results['SELECT n FROM "BIRDS"."PUBLIC"."COUNTS"'] = ([("N", "fixed")], [["8"]])
        assert values_of(run(backend, host, request), request) == {"n": 8}

    def test_a_table_without_a_place_is_refused(self):
        (fault,) = SnowflakeQueries().check(task_of(self.config("SELECT 1"), {}, {"t": TABLE}))
        assert "database= and schema=" in fault


def test_what_makes_no_sense_is_refused():
    with pytest.raises(DeclarationError):
        SnowflakeQuery(sql="SELECT 1", service=Service("https://a.snowflakecomputing.com"))
    with pytest.raises(DeclarationError):
        SnowflakeQuery(sql="SELECT 1", service=Service("https://h", "t"), token_type="KEY")
    with pytest.raises(DeclarationError):
        SnowflakeQuery(sql="SELECT 1", service=Service("https://h", "t"), destination="COUNTS")
