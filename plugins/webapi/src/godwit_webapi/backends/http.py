"""Jobs of any service: its calls are declared, not programmed."""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from godwit_plugin_api.service_jobs import JobStatus
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.plugins.webapi.v1.webapi_pb2 import HttpCall, HttpJob

from godwit_webapi.calls import Answer, Garbage
from godwit_webapi.jobs import WebJob
from godwit_webapi.service import WebApiBackend
from godwit_webapi.templates import JOB_NAMES, fill, fill_json, fill_path, look_up, names_in, text_of


class HttpJobs(WebApiBackend[HttpJob]):
    """Runs tasks whose payload is an `HttpJob`."""

    message = HttpJob

    def create_job(self, job: WebJob[HttpJob]) -> str:
        """Create a job by the declared call; its name is its idempotency key."""
        answer = _call(job, job.payload.create, {"Idempotency-Key": job.name}).json()
        job_id = look_up(answer, job.payload.id_pointer)
        if job_id is None or isinstance(job_id, (dict, list)):
            where = job.payload.id_pointer
            raise Garbage(f"The answer that should have the id of a job at {where} is {json.dumps(answer)[:500]}.")
        return text_of(job_id)

    def can_find(self, job: WebJob[HttpJob]) -> bool:
        """Return whether there is a call that finds it, or creating it again does."""
        return not job.payload.may_repeat

    def find_job(self, job: WebJob[HttpJob]) -> str | None:
        """Look by the declared call; without one, create it again under its idempotency key."""
        if not job.payload.HasField("find"):
            return self.create_job(job)
        answer = _call(job, job.payload.find, missing=True)
        found = None if answer.status == 404 else look_up(answer.json(), job.payload.found_id_pointer)
        return None if found is None else text_of(found)

    def get_job(self, job: WebJob[HttpJob], job_id: str) -> JobStatus:
        """Ask by the declared call."""
        payload = job.payload
        asked = _call(job, payload.get, missing=True)
        if asked.status == 404:
            return job.gone()
        answer = asked.json()
        state = look_up(answer, payload.state_pointer)
        if state is None:
            raise Garbage(f"The answer about the job {job_id} has no state at {payload.state_pointer}.")
        links = {"Job": _text(answer, payload.link_pointer)} if payload.link_pointer else {}
        state = text_of(state)
        if state in payload.succeeded_states:
            result = _call(job, payload.result).json() if payload.HasField("result") else answer
            return job.succeeded(_outputs(payload, result), links=links)
        if state in payload.failed_states:
            said = _text(answer, payload.error_pointer) if payload.error_pointer else ""
            return job.failed("HTTP_JOB_FAILED", said or f"The job {job_id} ended as {state}.", links=links)
        if state in payload.pending_states:
            return job.pending()
        fraction = look_up(answer, payload.fraction_pointer) if payload.fraction_pointer else None
        known = isinstance(fraction, (int, float)) and 0 <= fraction <= 1
        return job.running(fraction=fraction if known else None, links=links)

    def cancel_job(self, job: WebJob[HttpJob], job_id: str) -> None:  # noqa: ARG002 - templates name it
        """Call as declared; without a declared call, the job runs to its end."""
        if job.payload.HasField("cancel"):
            _call(job, job.payload.cancel)

    def job_log(self, job: WebJob[HttpJob], job_id: str) -> bytes | None:  # noqa: ARG002 - templates name it
        """Call as declared."""
        return _call(job, job.payload.logs).body if job.payload.HasField("logs") else None

    def faults(self, payload: HttpJob, spec: TaskSpec) -> Sequence[str]:
        """Find names in templates that are none, and outputs that come from nowhere."""
        inputs = [item.name for item in spec.interface.inputs]
        calls = ("create", "get", "cancel", "find", "logs", "result")
        unknown = [
            f"The call {call} names {{{name}}}, which is no input; there are: {', '.join([*inputs, *JOB_NAMES])}."
            for call in calls
            if getattr(payload, call).path
            for name in _names(getattr(payload, call))
            if name not in inputs and name not in JOB_NAMES
        ]
        told = {output.name for output in payload.outputs}
        missing = [item.name for item in spec.interface.outputs if item.name not in told]
        return [*unknown, *(f"Nothing says where an answer has the output {name}." for name in missing)]


def _names(call: HttpCall) -> Iterator[str]:
    yield from names_in(call.path)
    yield from names_in([header.value for header in call.headers])
    yield from names_in(json.loads(call.body)) if call.body else ()


def call_declared(
    job: WebJob[Any], call: HttpCall, headers: dict[str, str] | None = None
) -> tuple[str, str, bytes | None, dict[str, str]]:
    """Return method, path, body and headers of a declared call, filled in."""
    body = json.dumps(fill_json(json.loads(call.body), job.names)).encode() if call.body else None
    sent = {"Accept": "application/json", **(headers or {})}
    if body is not None:
        sent["Content-Type"] = "application/json"
    for header in call.headers:
        sent[header.name] = _one_line(fill(header.value, job.names))
    return call.method, fill_path(call.path, job.names), body, sent


def _call(
    job: WebJob[HttpJob], call: HttpCall, headers: dict[str, str] | None = None, *, missing: bool = False
) -> Answer:
    method, path, body, sent = call_declared(job, call, headers)
    client = job.client
    answer = client.call(method, path, body, sent)
    return answer if missing and answer.status == 404 else client.accepted(answer, method, path)


def _one_line(text: str) -> str:
    # A header must not begin another one.
    return text if text.isprintable() and text.isascii() else quote(text)


def _outputs(payload: HttpJob, answer: Any) -> dict[str, Any]:
    return {output.name: look_up(answer, output.pointer) for output in payload.outputs}


def _text(answer: Any, pointer: str) -> str:
    found = look_up(answer, pointer)
    return "" if found is None else text_of(found)
