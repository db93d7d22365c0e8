"""Runs of Databricks, by its Jobs API 2.1."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from godwit_plugin_api.service_jobs import JobStatus
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.plugins.webapi.v1.webapi_pb2 import DatabricksJob

from godwit_webapi.calls import CallRefused, Garbage
from godwit_webapi.jobs import WebJob
from godwit_webapi.service import WebApiBackend
from godwit_webapi.templates import JOB_NAMES, fill_json, names_in, text_of

_RUNS = "/api/2.1/jobs/runs"
_WAITING = {"PENDING", "QUEUED", "BLOCKED", "WAITING_FOR_RETRY"}
_ENDED = {"TERMINATED", "SKIPPED", "INTERNAL_ERROR"}
_LOST = {"INTERNAL_ERROR", "CLOUD_FAILURE"}


class DatabricksJobs(WebApiBackend[DatabricksJob]):
    """Runs tasks whose payload is a `DatabricksJob`. Its idempotency token finds a run again."""

    message = DatabricksJob
    finds_jobs = False

    def create_job(self, job: WebJob[DatabricksJob]) -> str:
        """Start a run; Databricks gives the one that there is, where it knows the token."""
        payload = job.payload
        if payload.HasField("job_id"):
            parameters = {name: text_of(value) for name, value in job.inputs.items()}
            body = {"job_id": payload.job_id, "job_parameters": parameters, "idempotency_token": job.name}
            told = job.client.json("POST", "/api/2.1/jobs/run-now", body)
        else:
            task = {"task_key": "task", **fill_json(json.loads(payload.task), job.names)}
            limit = {"timeout_seconds": int(job.request.timeout_s)} if job.request.timeout_s else {}
            body = {"run_name": job.name, "tasks": [task], "idempotency_token": job.name, **limit}
            told = job.client.json("POST", f"{_RUNS}/submit", body)
        return str(_field(told, "run_id"))

    def get_job(self, job: WebJob[DatabricksJob], job_id: str) -> JobStatus:
        """Ask for the run; when it has ended well, for its output."""
        try:
            run = job.client.json("GET", f"{_RUNS}/get?run_id={job_id}")
        except CallRefused as error:
            if "does not exist" in error.answer or error.status == 404:
                return job.gone()
            raise
        state = _field(run, "state")
        life, links = state.get("life_cycle_state"), {"Databricks": run.get("run_page_url", "")}
        if life in _WAITING:
            return job.pending()
        if life not in _ENDED:
            return job.running(links=links)
        result = state.get("result_state")
        told = self._output(job, run)
        if life == "TERMINATED" and result == "SUCCESS":
            return job.succeeded(_values(told, job.spec), links=links)
        said = told.get("error") or state.get("state_message") or f"The run {job_id} ended as {result or life}."
        trace = told.get("error_trace")
        job.notes["trace"] = trace
        kind = ((run.get("status") or {}).get("termination_details") or {}).get("type", "")
        lost = life == "INTERNAL_ERROR" and (kind in _LOST or not told.get("error"))
        return job.failed("DATABRICKS_FAILED", said, infrastructure=lost, links=links)

    def cancel_job(self, job: WebJob[DatabricksJob], job_id: str) -> None:
        """Have the run cancelled."""
        try:
            job.client.json("POST", f"{_RUNS}/cancel", {"run_id": int(job_id)})
        except CallRefused as error:
            if "does not exist" not in error.answer:
                raise

    def job_log(self, job: WebJob[DatabricksJob], job_id: str) -> bytes | None:  # noqa: ARG002 - it was read at the end
        """Return what the run printed, and its traceback; Databricks tells them at the end."""
        logs, trace = job.notes.get("logs") or "", job.notes.get("trace") or ""
        return f"{logs}{trace}".encode() if logs or trace else None

    def faults(self, payload: DatabricksJob, spec: TaskSpec) -> Sequence[str]:
        """Find names in the task that are none."""
        inputs = {item.name for item in spec.interface.inputs}
        named = names_in(json.loads(payload.task)) if payload.task else ()
        return [
            f"The task names {{{name}}}, which is no input." for name in named if name not in inputs | set(JOB_NAMES)
        ]

    def _output(self, job: WebJob[DatabricksJob], run: Mapping[str, Any]) -> Mapping[str, Any]:
        tasks = run.get("tasks") or []
        run_id = tasks[-1]["run_id"] if tasks else run["run_id"]
        try:
            told: Mapping[str, Any] = job.client.json("GET", f"{_RUNS}/get-output?run_id={run_id}") or {}
        except CallRefused:
            return {}  # not every kind of task has an output
        job.notes["logs"] = told.get("logs")
        return told


def _values(told: Mapping[str, Any], spec: TaskSpec) -> dict[str, Any]:
    """Return the outputs: fields of the notebook's result, an object; or that result itself for the only one."""
    names = [item.name for item in spec.interface.outputs]
    if not names:
        return {}
    text = (told.get("notebook_output") or {}).get("result")
    if text is None:
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    if isinstance(value, dict) and set(names) <= set(value):
        return value
    return {names[0]: value} if len(names) == 1 else {}


def _field(told: Any, name: str) -> Any:
    if not isinstance(told, dict) or name not in told:
        raise Garbage(f"Databricks answered without {name}: {json.dumps(told)[:500]}")
    return told[name]
