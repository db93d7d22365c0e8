"""Sensors: they look again and again, and end when what they wait for is there. Nothing runs anywhere meanwhile."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from godwit_plugin_api.backend import AttemptRequest
from godwit_plugin_api.errors import DataError, InvalidInput
from godwit_plugin_api.service_jobs import JobStatus, PollingLimits, RetryLater
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import DirectoryLiteral, FileLiteral, Literal, TableLiteral, Type
from godwitidl.plugins.webapi.v1.webapi_pb2 import Sensor, Service

from godwit_webapi.backends.http import call_declared
from godwit_webapi.calls import CallRefused
from godwit_webapi.jobs import WebJob
from godwit_webapi.service import WebApiBackend
from godwit_webapi.sql import names_of, with_markers
from godwit_webapi.templates import JOB_NAMES, fill, look_up, names_in

_INTERVAL_S = 30.0


class Sensors(WebApiBackend[Sensor]):
    """Runs tasks whose payload is a `Sensor`.

    There is no job that could be lost or started twice: to look is all there is, and the next engine looks on.
    """

    message = Sensor

    def create_job(self, job: WebJob[Sensor]) -> str:
        """Begin to look."""
        return job.name

    def get_job(self, job: WebJob[Sensor], job_id: str) -> JobStatus:  # noqa: ARG002 - there is nothing but the task
        """Look."""
        kind = job.payload.WhichOneof("what")
        if kind == "file":
            return _file(job)
        return _http(job) if kind == "http" else _sql(job)

    def cancel_job(self, job: WebJob[Sensor], job_id: str) -> None:  # noqa: ARG002 - it is not looked any more
        """Look no more."""
        job.notes["ended"] = True

    def service_of(self, payload: Sensor) -> Service | None:
        """Return the service of a sensor of answers."""
        return payload.http.service if payload.HasField("http") else None

    def site(self, request: AttemptRequest) -> str:
        """Return what the sensor looks at, so that each is asked as often as it says."""
        payload = self._payload(TaskSpec.FromString(request.task.spec))
        return payload.SerializeToString(deterministic=True).hex()

    def limits_of(self, request: AttemptRequest) -> PollingLimits:
        """Return limits by which sensors look when they say."""
        payload = self._payload(TaskSpec.FromString(request.task.spec))
        interval_s = payload.interval.ToTimedelta().total_seconds() or _INTERVAL_S
        return PollingLimits(reads_per_s=100, writes_per_s=100, burst=100, poll_interval_s=interval_s, batch_size=1)

    def faults(self, payload: Sensor, spec: TaskSpec) -> Sequence[str]:
        """Find names that are no inputs, and more than one output."""
        kind = payload.WhichOneof("what")
        if kind is None:
            return ["The sensor says nothing that it waits for."]
        known = [*(item.name for item in spec.interface.inputs), *JOB_NAMES]
        if kind == "file":
            names = list(names_in(payload.file.uri))
        elif kind == "http":
            call = payload.http.call
            names = [*names_in(call.path), *names_in(json.loads(call.body) if call.body else None)]
        else:
            names = [*names_in(payload.sql.url), *names_of(payload.sql.sql)]
        faults = [f"The sensor names {name}, which is no input." for name in names if name not in known]
        if len(spec.interface.outputs) > 1:
            faults.append(f"A sensor has one output at most, not {len(spec.interface.outputs)}.")
        return faults


def _found(job: WebJob[Sensor], value: Any) -> JobStatus:
    return job.succeeded({item.name: value for item in job.spec.interface.outputs})


def _still_waiting(job: WebJob[Sensor]) -> JobStatus:
    return job.failed("CANCELLED", "It is not looked any more.") if job.notes.get("ended") else job.running()


def _file(job: WebJob[Sensor]) -> JobStatus:
    uri = fill(job.payload.file.uri, job.names)
    if job.notes.get("ended") or not job.installed.store(uri).exists(uri):
        return _still_waiting(job)
    outputs = job.spec.interface.outputs
    return _found(job, _at(uri, outputs[0].type) if outputs else None)


def _at(uri: str, of: Type) -> Any:
    kind = of.WhichOneof("kind")
    if kind == "file":
        return Literal(file=FileLiteral(uri=uri, name=uri.rpartition("/")[2], format=of.file.format))
    if kind == "directory":
        return Literal(directory=DirectoryLiteral(uri=uri, format=of.directory.format))
    if kind == "table":
        return Literal(table=TableLiteral(uri=uri, format=of.table.format or "parquet"))
    return uri


def _http(job: WebJob[Sensor]) -> JobStatus:
    sensor = job.payload.http
    if job.notes.get("ended"):
        return _still_waiting(job)
    method, path, body, headers = call_declared(job, sensor.call)
    try:
        answer = job.client.call(method, path, body, headers)
    except RetryLater as error:
        if error.retry_after_s is not None:
            raise
        return _still_waiting(job)
    wanted = answer.status in sensor.statuses if sensor.statuses else 200 <= answer.status < 300
    if not wanted:
        if answer.status in {401, 403}:
            job.client.accepted(answer, method, path)
        return _still_waiting(job)
    if not sensor.pointer:
        return _found(job, answer.status)
    value = look_up(answer.json(), sensor.pointer)
    there = value == json.loads(sensor.value) if sensor.value else value not in (None, False)
    return _found(job, value) if there else _still_waiting(job)


def _sql(job: WebJob[Sensor]) -> JobStatus:
    if job.notes.get("ended"):
        return _still_waiting(job)
    sensor = job.payload.sql
    url = job.secret(sensor.url_secret) if sensor.HasField("url_secret") else fill(sensor.url, job.names)
    row = _first_row(url, sensor.sql, job.inputs)
    cell = row[0] if row else None
    return _found(job, _json(cell)) if cell else _still_waiting(job)


def _first_row(url: str, sql: str, inputs: Mapping[str, Any]) -> Sequence[Any] | None:
    scheme = url.partition("://")[0]
    if scheme == "sqlite":
        text, names = with_markers(sql, "?")
        path = url.removeprefix("sqlite://")
        try:
            # Read-only: a sensor must not make the database that it waits for.
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
                row: Sequence[Any] | None = connection.execute(text, [inputs[name] for name in names]).fetchone()
                return row
        except sqlite3.OperationalError as error:
            if "syntax error" in str(error):
                raise CallRefused(f"The statement is refused: {error}", status=0, code="SENSOR_STATEMENT") from None
            return None  # not there yet, no such table yet, or locked
    if scheme in {"postgresql", "postgres"}:
        return _postgresql_row(url, sql, inputs)
    raise InvalidInput(
        f"A sensor cannot ask databases of {scheme}://.", hint="Use sqlite:// or postgresql://.", code="SENSOR_DATABASE"
    )


def _postgresql_row(url: str, sql: str, inputs: Mapping[str, Any]) -> Sequence[Any] | None:
    try:
        import psycopg  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - an extra: most sensors need none
    except ImportError:
        raise InvalidInput(
            "Sensors that ask PostgreSQL need the module psycopg, which is not installed.",
            hint="Run: pip install 'godwit-webapi[postgresql]'",
            code="PLUGIN_DEPENDENCY_MISSING",
        ) from None
    text, names = with_markers(sql.replace("%", "%%"), "%s")
    try:
        with psycopg.connect(url, connect_timeout=10, autocommit=True) as connection:
            row: Sequence[Any] | None = connection.execute(text, [inputs[name] for name in names]).fetchone()
            return row
    except psycopg.errors.UndefinedTable:
        return None
    except psycopg.OperationalError:
        return None
    except psycopg.Error as error:
        raise DataError(f"The statement is refused: {error}", code="SENSOR_STATEMENT") from None


def _json(cell: Any) -> Any:
    if isinstance(cell, (date, datetime)):
        return cell.isoformat()
    return str(cell) if isinstance(cell, Decimal) else cell
