"""Statements for Snowflake: the backend speaks by Snowflake's own client, here to a server of the tests."""

from pathlib import Path

import pytest
from godwit.errors import DeclarationError
from godwit_plugin_api.testing.backend_suite import BackendSuite, Behaviour, assert_error
from godwit_webapi import Service, SnowflakeQuery
from godwit_webapi.backends.snowflake import SnowflakeQueries
from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE
from godwitidl.core.v1.values_pb2 import TableType, Type
from webapi_servers import Reply
from webapi_snowflake import SnowflakeServer
from webapi_tasks import DATE, FAST, INT, JSON, TEXT, list_of, request_of, run, task_of, values_of

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

    def test_tables_are_refused(self):
        (fault,) = SnowflakeQueries().check(task_of(self.config("SELECT 1"), {}, {"t": Type(table=TableType())}))
        assert "gives no table" in fault


def test_what_makes_no_sense_is_refused():
    with pytest.raises(DeclarationError):
        SnowflakeQuery(sql="SELECT 1", service=Service("https://a.snowflakecomputing.com"))
    with pytest.raises(DeclarationError):
        SnowflakeQuery(sql="SELECT 1", service=Service("https://h", "t"), token_type="KEY")
