"""Queries by BigQuery, by its REST API v2."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from godwit_plugin_api.errors import InvalidInput
from godwit_plugin_api.service_jobs import JobStatus
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal, TableLiteral
from godwitidl.plugins.webapi.v1.webapi_pb2 import BigQueryQuery

from godwit_webapi.calls import CallRefused, Garbage, ServiceClient
from godwit_webapi.jobs import WebJob
from godwit_webapi.service import WebApiBackend
from godwit_webapi.sql import query_output, scalar, sql_faults, table_names, with_markers
from godwit_webapi.sql_results import Rows, value_of

_URL = "https://bigquery.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/bigquery"
_TYPES = {
    "int": "INT64",
    "float": "FLOAT64",
    "bool": "BOOL",
    "text": "STRING",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "decimal": "NUMERIC",
    "none": "STRING",
}
_LOST = {"backendError", "internalError", "jobBackendError", "jobInternalError", "stopped"}
_BACKOFF = {"rateLimitExceeded", "jobRateLimitExceeded"}


class BigQueries(WebApiBackend[BigQueryQuery]):
    """Runs tasks whose payload is a `BigQueryQuery`. Its jobs are called by their names."""

    message = BigQueryQuery
    finds_jobs = False

    def create_job(self, job: WebJob[BigQueryQuery]) -> str:
        """Insert a job of that name; one that is there already is it."""
        payload = job.payload
        tables = table_names(job.literals, "bq", "`")
        text, names = with_markers(payload.sql, lambda name: f"@{name}", tables)
        query: dict[str, Any] = {
            "query": text,
            "useLegacySql": False,
            "parameterMode": "NAMED",
            "queryParameters": [_parameter(job.literals[name], name) for name in dict.fromkeys(names)],
        }
        if payload.destination:
            project, dataset, table = payload.destination.split(".")
            query["destinationTable"] = {"projectId": project, "datasetId": dataset, "tableId": table}
            query["writeDisposition"] = "WRITE_TRUNCATE"
        if payload.default_dataset:
            project, dataset = payload.default_dataset.split(".")
            query["defaultDataset"] = {"projectId": project, "datasetId": dataset}
        timeout_s = job.request.timeout_s
        limit = {"jobTimeoutMs": str(int(timeout_s * 1000))} if timeout_s else {}
        body = {
            "jobReference": {"projectId": payload.project, "jobId": job.name, "location": payload.location or "US"},
            "configuration": {"query": query, "labels": {"godwit": "task"}, **limit},
        }
        try:
            _client(job).json("POST", f"{_jobs(payload)}", body)
        except CallRefused as error:
            if error.status != 409:
                raise
        return job.name

    def find_job(self, job: WebJob[BigQueryQuery]) -> str | None:
        """Ask for the job of that name."""
        return job.name if self._get(job) is not None else None

    def get_job(self, job: WebJob[BigQueryQuery], job_id: str) -> JobStatus:
        """Ask for the job; when it has ended well, for its rows or the table that has them."""
        told = self._get(job)
        if told is None:
            return job.gone()
        status = told.get("status") or {}
        state = status.get("state")
        if state == "PENDING":
            return job.pending()
        page = f"https://console.cloud.google.com/bigquery?project={job.payload.project}&j=bq:{_location(job)}:{job_id}"
        links = {"BigQuery": page}
        if state != "DONE":
            return job.running(links=links)
        error = status.get("errorResult")
        if error:
            said = f"{error.get('message', '')} ({error.get('reason', 'unknown')})"
            lost = error.get("reason") in _LOST | _BACKOFF
            return job.failed("BIGQUERY_FAILED", said, infrastructure=lost, links=links)
        output = query_output(job.spec)
        return job.succeeded({} if output is None else {output.name: self._value(job, told)}, links=links)

    def cancel_job(self, job: WebJob[BigQueryQuery], job_id: str) -> None:
        """Have the job cancelled."""
        path = f"{_jobs(job.payload)}/{job_id}/cancel?location={_location(job)}"
        _client(job).json("POST", path, {}, missing=None)

    def faults(self, payload: BigQueryQuery, spec: TaskSpec) -> Sequence[str]:
        """Find names in the statement that are none, and more than one output."""
        return sql_faults(payload.sql, spec)

    def _get(self, job: WebJob[BigQueryQuery]) -> Any:
        return _client(job).json("GET", f"{_jobs(job.payload)}/{job.name}?location={_location(job)}", missing=None)

    def _value(self, job: WebJob[BigQueryQuery], told: Mapping[str, Any]) -> Any:
        output = query_output(job.spec)
        assert output is not None
        if output.type.HasField("table"):
            table = told["configuration"]["query"]["destinationTable"]
            place = "/".join(table[name] for name in ("projectId", "datasetId", "tableId"))
            return Literal(table=TableLiteral(uri=f"bq://{place}", format="bigquery"))
        return value_of(self._rows(job), output.type)

    def _rows(self, job: WebJob[BigQueryQuery]) -> Rows:
        path = f"/bigquery/v2/projects/{quote(job.payload.project)}/queries/{job.name}?location={_location(job)}"
        fields: list[dict[str, Any]] = []
        rows: list[list[Any]] = []
        page = ""
        while True:
            told = _client(job).json("GET", path + page)
            if not told.get("jobComplete", True):
                raise Garbage("BigQuery says that a job is done, and that it is not complete.")
            fields = fields or (told.get("schema") or {}).get("fields") or []
            rows.extend(
                [_cell(cell.get("v"), field) for cell, field in zip(row["f"], fields, strict=True)]
                for row in told.get("rows") or []
            )
            if not told.get("pageToken"):
                return Rows([field["name"] for field in fields], rows)
            page = f"&pageToken={quote(told['pageToken'])}"


def _client(job: WebJob[BigQueryQuery]) -> ServiceClient:
    """Return a client; a secret that is the key of a service account is exchanged for a token first."""
    service = job.payload.service
    if service.HasField("token") and not service.token_header.strip():
        return job.client_at(_URL)
    secret = job.secret(service.token) if service.HasField("token") else ""
    if not secret.startswith("{"):
        return job.client_at(_URL)
    credentials = job.notes.get("credentials")
    if credentials is None or not credentials.valid:
        credentials = job.notes["credentials"] = _exchanged(secret)
    return ServiceClient(service.url or _URL, {"Authorization": f"Bearer {credentials.token}"}, 30.0)


def _exchanged(key: str) -> Any:
    try:
        from google.auth.transport.requests import Request  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415 - an extra, for keys only
        from google.oauth2.service_account import (  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: PLC0415 - as above
            Credentials,
        )
    except ImportError:
        raise InvalidInput(
            "A key of a service account needs the module google.auth, which is not installed.",
            hint="Run: pip install 'godwit-webapi[bigquery]', or give an access token.",
            code="PLUGIN_DEPENDENCY_MISSING",
        ) from None
    credentials = Credentials.from_service_account_info(json.loads(key), scopes=[_SCOPE])
    credentials.refresh(Request())
    return credentials


def _jobs(payload: BigQueryQuery) -> str:
    return f"/bigquery/v2/projects/{quote(payload.project)}/jobs"


def _location(job: WebJob[BigQueryQuery]) -> str:
    return quote(job.payload.location or "US")


def _parameter(literal: Literal, name: str) -> dict[str, Any]:
    kind, value = scalar(literal, name)
    text = {True: "true", False: "false"}.get(value, value) if kind == "bool" else value
    told = {"value": None if text is None else re.sub(r"\+00:00$", "Z", str(text))}
    return {"name": name, "parameterType": {"type": _TYPES[kind]}, "parameterValue": told}


def _cell(value: Any, field: Mapping[str, Any]) -> Any:
    if value is None:
        return None
    if field.get("mode") == "REPEATED":
        return [_cell(item["v"], {**field, "mode": "NULLABLE"}) for item in value]
    kind = field["type"]
    if kind in {"RECORD", "STRUCT"}:
        inner = field["fields"]
        return {one["name"]: _cell(cell["v"], one) for one, cell in zip(inner, value["f"], strict=True)}
    if kind in {"INTEGER", "INT64"}:
        return int(value)
    if kind in {"FLOAT", "FLOAT64"}:
        return float(value)
    if kind in {"BOOLEAN", "BOOL"}:
        return value == "true"
    return value
