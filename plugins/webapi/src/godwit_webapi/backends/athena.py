"""Queries by Amazon Athena."""

from collections.abc import Sequence
from typing import Any

from godwit_plugin_api.backend import AttemptRequest
from godwit_plugin_api.service_jobs import JobStatus
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal, TableLiteral
from godwitidl.plugins.webapi.v1.webapi_pb2 import AthenaQuery

from godwit_webapi.backends import aws
from godwit_webapi.calls import CallRefused
from godwit_webapi.jobs import WebJob
from godwit_webapi.service import WebApiBackend, polling_limits
from godwit_webapi.sql import literal_text, query_output, sql_faults, with_markers
from godwit_webapi.sql_results import Rows, value_of

_LATEST = 500
"""How many of the newest queries of a workgroup are looked through for one."""
_NUMBERS = {"tinyint", "smallint", "integer", "bigint"}


class AthenaQueries(WebApiBackend[AthenaQuery]):
    """Runs tasks whose payload is an `AthenaQuery`."""

    message = AthenaQuery

    def create_job(self, job: WebJob[AthenaQuery]) -> str:
        """Start a query, whose text ends with the job's name; the name is its idempotency token, too."""
        payload = job.payload
        text, names = with_markers(payload.sql, "?")
        output = query_output(job.spec)
        if output is not None and output.type.HasField("table"):
            text = f"UNLOAD ({text}) TO '{_place(job)}' WITH (format = 'PARQUET')"
        values = [literal_text(job.literals[name], name) for name in names]
        context = {"Database": payload.database, "Catalog": payload.catalog}
        result = {"OutputLocation": payload.output_location} if payload.output_location else {}
        with aws.translated("start a query"):
            told = aws.client(job, "athena").start_query_execution(
                QueryString=f"{text}\n-- {job.name}",
                ClientRequestToken=job.name,
                QueryExecutionContext={name: value for name, value in context.items() if value},
                ResultConfiguration=result,
                WorkGroup=payload.workgroup or "primary",
                **({"ExecutionParameters": values} if values else {}),
            )
        return str(told["QueryExecutionId"])

    def find_job(self, job: WebJob[AthenaQuery]) -> str | None:
        """Look through the workgroup's newest queries for the one whose text ends with the job's name."""
        client = aws.client(job, "athena")
        token: dict[str, str] = {}
        seen = 0
        while seen < _LATEST:
            with aws.translated("list queries"):
                page = client.list_query_executions(WorkGroup=job.payload.workgroup or "primary", **token)
            for query_id in page["QueryExecutionIds"]:
                seen += 1
                with aws.translated(f"ask for the query {query_id}"):
                    query = client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
                if query["Query"].endswith(f"-- {job.name}"):
                    return str(query_id)
            if not page.get("NextToken"):
                return None
            token = {"NextToken": page["NextToken"]}
        return None

    def get_job(self, job: WebJob[AthenaQuery], job_id: str) -> JobStatus:
        """Ask for the query."""
        try:
            with aws.translated(f"ask for the query {job_id}"):
                told = aws.client(job, "athena").get_query_execution(QueryExecutionId=job_id)["QueryExecution"]
        except CallRefused as error:
            if "was not found" in str(error):
                return job.gone()
            raise
        status = told["Status"]
        state = status["State"]
        if state == "QUEUED":
            return job.pending()
        region = aws.client(job, "athena").meta.region_name
        console = f"https://{region}.console.aws.amazon.com/athena/home?region={region}#/query-editor/history/{job_id}"
        links = {"Athena": console}
        if state == "RUNNING":
            return job.running(links=links)
        if state == "SUCCEEDED":
            output = query_output(job.spec)
            return job.succeeded({} if output is None else {output.name: self._value(job, job_id)}, links=links)
        reason = status.get("StateChangeReason") or f"The query {job_id} ended as {state}."
        details = status.get("AthenaError") or {}
        # 1: the system's own errors; 2: the user's; 3: others.
        return job.failed("ATHENA_FAILED", reason, infrastructure=details.get("ErrorCategory") == 1, links=links)

    def cancel_job(self, job: WebJob[AthenaQuery], job_id: str) -> None:
        """Stop the query."""
        with aws.translated(f"stop the query {job_id}"):
            aws.client(job, "athena").stop_query_execution(QueryExecutionId=job_id)

    def site(self, request: AttemptRequest) -> str:
        """Return the account."""
        return aws.site(self._payload(TaskSpec.FromString(request.task.spec)))

    def limits_of(self, request: AttemptRequest) -> Any:
        """Return the account's limits."""
        return polling_limits(self._payload(TaskSpec.FromString(request.task.spec)).account.limits, self.batch_size)

    def faults(self, payload: AthenaQuery, spec: TaskSpec) -> Sequence[str]:
        """Find names in the statement that are none, and outputs that a query cannot have."""
        faults = sql_faults(payload.sql, spec)
        output = query_output(spec)
        if not faults and output is not None and output.type.HasField("table") and not payload.output_location:
            faults = ["A query that returns a table needs an output_location."]
        return faults

    def _value(self, job: WebJob[AthenaQuery], job_id: str) -> Any:
        output = query_output(job.spec)
        assert output is not None
        if output.type.HasField("table"):
            return Literal(table=TableLiteral(uri=_place(job).rstrip("/"), format="parquet"))
        return value_of(_rows(job, job_id), output.type)


def _place(job: WebJob[AthenaQuery]) -> str:
    return f"{job.payload.output_location.rstrip('/')}/{job.name}/"


def _rows(job: WebJob[AthenaQuery], job_id: str) -> Rows:
    columns: list[tuple[str, str]] = []
    rows: list[list[Any]] = []
    token: dict[str, str] = {}
    first = True
    while True:
        with aws.translated(f"read the query {job_id}"):
            page = aws.client(job, "athena").get_query_results(QueryExecutionId=job_id, **token)
        told = page["ResultSet"]
        columns = columns or [(one["Name"], one["Type"]) for one in told["ResultSetMetadata"]["ColumnInfo"]]
        cells = [[cell.get("VarCharValue") for cell in row["Data"]] for row in told["Rows"]]
        # The first row of the first page of a SELECT repeats the columns' names.
        if first and cells and cells[0] == [name for name, _ in columns]:
            cells = cells[1:]
        first = False
        rows.extend([_cell(cell, kind) for cell, (_, kind) in zip(row, columns, strict=False)] for row in cells)
        if not page.get("NextToken"):
            return Rows([name for name, _ in columns], rows)
        token = {"NextToken": page["NextToken"]}


def _cell(text: str | None, kind: str) -> Any:
    if text is None:
        return None
    if kind in _NUMBERS:
        return int(text)
    if kind in {"double", "float", "real"}:
        return float(text)
    return text == "true" if kind == "boolean" else text
