"""Jobs of AWS Batch."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from godwit_plugin_api.backend import AttemptRequest
from godwit_plugin_api.errors import GodwitError
from godwit_plugin_api.service_jobs import JobStatus
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import DirectoryLiteral, FileLiteral, Literal, TableLiteral, Type
from godwitidl.plugins.webapi.v1.webapi_pb2 import AwsBatchJob, Limits

from godwit_webapi.backends import aws
from godwit_webapi.calls import CallRefused
from godwit_webapi.job_values import OutputMissing
from godwit_webapi.jobs import WebJob
from godwit_webapi.service import WebApiBackend, polling_limits
from godwit_webapi.templates import JOB_NAMES, fill, names_in

_LOG_GROUP = "/aws/batch/job"
_WAITING = {"SUBMITTED", "PENDING", "RUNNABLE", "STARTING"}


class AwsBatchJobs(WebApiBackend[AwsBatchJob]):
    """Runs tasks whose payload is an `AwsBatchJob`."""

    message = AwsBatchJob
    batch_size = 100

    def create_job(self, job: WebJob[AwsBatchJob]) -> str:
        """Submit a job, called by the job's name."""
        payload = job.payload
        overrides: dict[str, Any] = {"environment": _environment(job)}
        if payload.command:
            overrides["command"] = [fill(word, job.names) for word in payload.command]
        resources = _resources(job.spec) if payload.override_resources else []
        if resources:
            overrides["resourceRequirements"] = resources
        timeout_s = job.request.timeout_s
        limit = {"timeout": {"attemptDurationSeconds": max(60, int(timeout_s))}} if timeout_s else {}
        with aws.translated(f"submit to {payload.job_queue}"):
            told = aws.client(job, "batch").submit_job(
                jobName=job.name,
                jobQueue=payload.job_queue,
                jobDefinition=payload.job_definition,
                containerOverrides=overrides,
                # Other tries are the engine's to make.
                retryStrategy={"attempts": 1},
                **limit,
            )
        return str(told["jobId"])

    def find_job(self, job: WebJob[AwsBatchJob]) -> str | None:
        """Look for a job of that name in the queue."""
        with aws.translated(f"list jobs of {job.payload.job_queue}"):
            told = aws.client(job, "batch").list_jobs(
                jobQueue=job.payload.job_queue, filters=[{"name": "JOB_NAME", "values": [job.name]}]
            )
        return next((str(one["jobId"]) for one in told["jobSummaryList"] if one["jobName"] == job.name), None)

    def get_jobs(self, jobs: Sequence[tuple[WebJob[AwsBatchJob], str]]) -> Sequence[JobStatus]:
        """Ask for up to a hundred jobs at once."""
        first, _ = jobs[0]
        with aws.translated("describe jobs"):
            told = aws.client(first, "batch").describe_jobs(jobs=[job_id for _, job_id in jobs])
        known = {one["jobId"]: one for one in told["jobs"]}
        return [self._status(job, known.get(job_id)) for job, job_id in jobs]

    def cancel_job(self, job: WebJob[AwsBatchJob], job_id: str) -> None:
        """Terminate the job."""
        with aws.translated(f"terminate {job_id}"):
            aws.client(job, "batch").terminate_job(jobId=job_id, reason="Cancelled by Godwit")

    def job_log(self, job: WebJob[AwsBatchJob], job_id: str) -> bytes | None:  # noqa: ARG002 - its stream was noted
        """Return the events of the job's log stream."""
        stream = job.notes.get("log_stream")
        if not stream:
            return None
        lines: list[str] = []
        place = {"logGroupName": _LOG_GROUP, "logStreamName": stream, "startFromHead": True}
        token: dict[str, str] = {}
        with aws.translated(f"logs of {stream}"):
            while True:
                page = aws.client(job, "logs").get_log_events(**place, **token)
                lines.extend(event["message"] for event in page["events"])
                following = {"nextToken": page["nextForwardToken"]}
                if not page["events"] or following == token:
                    return "".join(f"{line}\n" for line in lines).encode()
                token = following

    def site(self, request: AttemptRequest) -> str:
        """Return the account."""
        return aws.site(self._payload(TaskSpec.FromString(request.task.spec)))

    def limits_of(self, request: AttemptRequest) -> Any:
        """Return the account's limits."""
        limits: Limits = self._payload(TaskSpec.FromString(request.task.spec)).account.limits
        return polling_limits(limits, self.batch_size)

    def faults(self, payload: AwsBatchJob, spec: TaskSpec) -> Sequence[str]:
        """Find names in the command that are none."""
        inputs = {item.name for item in spec.interface.inputs}
        return [
            f"The command names {{{name}}}, which is no input."
            for name in names_in(list(payload.command))
            if name not in inputs and name not in JOB_NAMES
        ]

    def _status(self, job: WebJob[AwsBatchJob], told: Mapping[str, Any] | None) -> JobStatus:
        if told is None:
            return job.gone()
        container = told.get("container") or {}
        job.notes["log_stream"] = container.get("logStreamName")
        status = told["status"]
        if status in _WAITING:
            return job.pending()
        region = aws.client(job, "batch").meta.region_name
        link = f"https://{region}.console.aws.amazon.com/batch/home?region={region}#jobs/detail/{told['jobId']}"
        links = {"AWS Batch": link}
        if status == "RUNNING":
            return job.running(worker=container.get("containerInstanceArn", ""), links=links)
        if status == "SUCCEEDED":
            try:
                return job.succeeded(_outputs(job), links=links)
            except (GodwitError, OutputMissing, CallRefused) as error:
                return job.failed("WEBAPI_OUTPUT", str(error), links=links)
        reason = container.get("reason") or told.get("statusReason") or "No reason is given."
        lost = str(told.get("statusReason") or "").startswith("Host EC2")
        memory = "OutOfMemory" in reason
        code = "OUT_OF_MEMORY" if memory else "AWS_BATCH_HOST_LOST" if lost else "AWS_BATCH_JOB_FAILED"
        exit_code = container.get("exitCode")
        said = f"The job {told['jobId']} failed: {reason}" + (f" (exit code {exit_code})" if exit_code else "")
        return job.failed(code, said, exit_code=exit_code, infrastructure=lost, links=links)


def _environment(job: WebJob[AwsBatchJob]) -> list[dict[str, str]]:
    values = {f"GODWIT_INPUT_{name.upper()}": json.dumps(value) for name, value in job.inputs.items()}
    values["GODWIT_OUTPUT_PREFIX"] = job.request.output_prefix
    values["GODWIT_ATTEMPT_ID"] = job.request.id
    values.update({variable.name: variable.value for variable in job.spec.environment})
    return [{"name": name, "value": value} for name, value in values.items()]


def _resources(spec: TaskSpec) -> list[dict[str, str]]:
    asked = spec.resources
    values = {
        "VCPU": f"{asked.cpu_millis / 1000:g}" if asked.cpu_millis else "",
        "MEMORY": str(-(-asked.memory_bytes // 2**20)) if asked.memory_bytes else "",
        "GPU": str(asked.gpu_count) if asked.gpu_count else "",
    }
    return [{"type": kind, "value": value} for kind, value in values.items() if value]


def _outputs(job: WebJob[AwsBatchJob]) -> dict[str, Any]:
    return {item.name: _output(job, item.name, item.type) for item in job.spec.interface.outputs}


def _output(job: WebJob[AwsBatchJob], name: str, of: Type) -> Any:
    uri = f"{job.request.output_prefix}/{name}"
    store = job.installed.store(uri)
    if not store.exists(uri):
        raise CallRefused(f"The job left nothing at {uri}, for its output {name}.", status=0, code="WEBAPI_OUTPUT")
    kind = of.WhichOneof("kind")
    if kind == "file":
        return Literal(file=FileLiteral(uri=uri, name=name, format=of.file.format))
    if kind == "directory":
        return Literal(directory=DirectoryLiteral(uri=uri, format=of.directory.format))
    if kind == "table":
        return Literal(table=TableLiteral(uri=uri, format=of.table.format or "parquet"))
    with store.open(uri) as stream:
        text = stream.read()
    try:
        return json.loads(text)
    except ValueError:
        message = f"The job left no JSON at {uri}, for its output {name}."
        raise CallRefused(message, status=0, code="WEBAPI_OUTPUT") from None
