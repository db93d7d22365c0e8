"""Statements for Snowflake, by its own client."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import snowflake.connector as vendor
from godwit_plugin_api.service_jobs import JobStatus, RetryLater
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal, TableLiteral
from godwitidl.plugins.webapi.v1.webapi_pb2 import SnowflakeQuery
from snowflake.connector.constants import QueryStatus

from godwit_webapi.calls import CallRefused
from godwit_webapi.jobs import TIMEOUT_S, WebJob
from godwit_webapi.service import WebApiBackend
from godwit_webapi.sql import query_output, quoted, scalar, sql_faults, table_names, with_markers
from godwit_webapi.sql_results import Rows, value_of

_HISTORY = "SELECT QUERY_ID FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 10000)) WHERE QUERY_TAG = ?"
_UNAUTHORIZED = {250001, 390100, 390101, 390144, 390303, 390318, 394400}
_LOST = {QueryStatus.DISCONNECTED, QueryStatus.FAILED_WITH_INCIDENT}
_WAITING = {QueryStatus.QUEUED, QueryStatus.QUEUED_REPARING_WAREHOUSE, QueryStatus.RESUMING_WAREHOUSE}


class SnowflakeQueries(WebApiBackend[SnowflakeQuery]):
    """Runs tasks whose payload is a `SnowflakeQuery`. Its statements carry the job's name as their tag."""

    message = SnowflakeQuery

    def __init__(self) -> None:
        """Make one without a connection."""
        super().__init__()
        logging.getLogger("snowflake.connector").setLevel(logging.CRITICAL)
        self._connections: dict[bytes, Any] = {}

    def create_job(self, job: WebJob[SnowflakeQuery]) -> str:
        """Start a statement, tagged with the job's name."""
        text, names = with_markers(job.payload.sql, "?", table_names(job.literals, "snowflake", '"'))
        values = [_parameter(*scalar(job.literals[name], name)) for name in names]
        if _returns_table(job.spec):
            place = quoted(_destination(job), '"')
            text = f"CREATE OR REPLACE TABLE {place} AS {text}"
        with self._cursor(job, "start a statement") as cursor:
            cursor.execute_async(text, values or None, _statement_params={"QUERY_TAG": job.name})
            return str(cursor.sfqid)

    def find_job(self, job: WebJob[SnowflakeQuery]) -> str | None:
        """Look for the statement with that tag in the history of the last week."""
        with self._cursor(job, "look for a statement") as cursor:
            row = cursor.execute(_HISTORY, [job.name]).fetchone()
        return None if row is None else str(row[0])

    def get_job(self, job: WebJob[SnowflakeQuery], job_id: str) -> JobStatus:
        """Ask for the statement; when it has ended well, for its rows."""
        with self._cursor(job, f"ask for the statement {job_id}") as cursor:
            connection = cursor.connection
            status = connection.get_query_status(job_id)
            if status in _WAITING:
                return job.pending()
            if connection.is_still_running(status):
                return job.gone() if status is QueryStatus.NO_DATA else job.running()
            if status is not QueryStatus.SUCCESS:
                return job.failed(
                    "SNOWFLAKE_FAILED", _cause(connection, job_id, status), infrastructure=status in _LOST
                )
            output = query_output(job.spec)
            if output is None:
                return job.succeeded({})
            if _returns_table(job.spec):
                uri = "snowflake://" + "/".join(_destination(job))
                return job.succeeded({output.name: Literal(table=TableLiteral(uri=uri, format="snowflake"))})
            cursor.get_results_from_sfqid(job_id)
            rows = [[_json(cell) for cell in row] for row in cursor.fetchall()]
            names = [column.name for column in cursor.description]
        return job.succeeded({output.name: value_of(Rows(names, rows), output.type)})

    def cancel_job(self, job: WebJob[SnowflakeQuery], job_id: str) -> None:
        """Have the statement cancelled."""
        with self._cursor(job, f"cancel the statement {job_id}") as cursor:
            cursor.execute("SELECT SYSTEM$CANCEL_QUERY(?)", [job_id])

    def faults(self, payload: SnowflakeQuery, spec: TaskSpec) -> Sequence[str]:
        """Find names in the statement that are none, and outputs that a statement cannot have."""
        faults = sql_faults(payload.sql, spec)
        if _returns_table(spec) and not payload.destination and not (payload.database and payload.schema):
            faults.append(
                "Its result becomes a table, and nothing says where: say destination=, or database= and schema=."
            )
        return faults

    def close(self) -> None:
        """End the polling thread, and close the connections."""
        super().close()
        while self._connections:
            self._connections.popitem()[1].close()

    @contextmanager
    def _cursor(self, job: WebJob[SnowflakeQuery], what: str) -> Iterator[Any]:
        payload = job.payload
        place = SnowflakeQuery()
        place.CopyFrom(payload)
        place.sql = ""
        key = place.SerializeToString(deterministic=True)
        try:
            if key not in self._connections:
                self._connections[key] = _connect(job)
            with self._connections[key].cursor() as cursor:
                yield cursor
        except vendor.errors.ProgrammingError as error:
            raise CallRefused(f"{what}: {error.msg}", status=0, code="WEBAPI_REFUSED") from None
        except vendor.errors.Error as error:
            self._connections.pop(key, None)
            if error.errno in _UNAUTHORIZED:
                raise CallRefused(f"{what}: {error.msg}", status=401, code="WEBAPI_UNAUTHORIZED") from None
            raise RetryLater(f"{what}: {error.msg}") from None


def _returns_table(spec: TaskSpec) -> bool:
    output = query_output(spec)
    return output is not None and output.type.HasField("table")


def _destination(job: WebJob[SnowflakeQuery]) -> list[str]:
    """Return database, schema and name of the table that takes the result."""
    payload = job.payload
    if payload.destination:
        return payload.destination.split(".")
    return [payload.database, payload.schema, job.name.upper().replace("-", "_")]


def _connect(job: WebJob[SnowflakeQuery]) -> Any:
    payload = job.payload
    url = urlsplit(payload.service.url)
    timeout = payload.service.timeout
    timeout_s = timeout.ToTimedelta().total_seconds() if payload.service.HasField("timeout") else TIMEOUT_S
    places = {name: getattr(payload, name) for name in ("database", "schema", "warehouse", "role")}
    return vendor.connect(
        account=(url.hostname or "").partition(".")[0],
        host=url.hostname,
        port=url.port or (443 if url.scheme == "https" else 80),
        protocol=url.scheme,
        authenticator=payload.token_type or "OAUTH",
        token=job.secret(payload.service.token),
        paramstyle="qmark",
        login_timeout=int(max(1, timeout_s)),
        network_timeout=int(max(1, timeout_s)),
        application="godwit",
        **{name: value for name, value in places.items() if value},
    )


def _cause(connection: Any, job_id: str, status: QueryStatus) -> str:
    try:
        connection.get_query_status_throw_if_error(job_id)
    except vendor.errors.Error as error:
        return str(error.msg or error)
    return f"The statement {job_id} ended as {status.name}."


def _parameter(kind: str, value: Any) -> Any:
    if kind == "date":
        return date.fromisoformat(value)
    return Decimal(value) if kind == "decimal" else value


def _json(cell: Any) -> Any:
    if isinstance(cell, (date, datetime, time)):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return str(cell)
    return cell.hex() if isinstance(cell, (bytes, bytearray)) else cell
