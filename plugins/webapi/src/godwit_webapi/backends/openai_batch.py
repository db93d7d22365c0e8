"""Batch inference by services that speak OpenAI's protocol of files and batches."""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from godwit_plugin_api.service_jobs import JobStatus
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.plugins.webapi.v1.webapi_pb2 import OpenAIBatch

from godwit_webapi.calls import Garbage
from godwit_webapi.jobs import WebJob
from godwit_webapi.service import WebApiBackend
from godwit_webapi.templates import look_up, text_of

_ENDPOINT = "/v1/chat/completions"
_CHAT_TEXT = "/choices/0/message/content"
_RUNNING = {"validating", "in_progress", "finalizing", "cancelling"}
_PAGE = 100
_PAGES = 20
"""Batches that are looked through for one are at most so many pages back; services list the newest first."""


class OpenAIBatches(WebApiBackend[OpenAIBatch]):
    """Runs tasks whose payload is an `OpenAIBatch`."""

    message = OpenAIBatch

    def create_job(self, job: WebJob[OpenAIBatch]) -> str:
        """Upload the requests, and have a batch made of them, which carries the job's name."""
        lines = b"".join(
            json.dumps(
                {"custom_id": str(number), "method": "POST", "url": job.payload.endpoint or _ENDPOINT, "body": body}
            ).encode()
            + b"\n"
            for number, body in enumerate(_bodies(job))
        )
        file_id = _text(_upload(job, lines), "id")
        told = job.client.json(
            "POST",
            "/batches",
            {
                "input_file_id": file_id,
                "endpoint": job.payload.endpoint or _ENDPOINT,
                "completion_window": job.payload.completion_window or "24h",
                "metadata": {"godwit_job": job.name},
            },
        )
        return _text(told, "id")

    def find_job(self, job: WebJob[OpenAIBatch]) -> str | None:
        """Look through the newest batches for the one that carries the job's name."""
        after = ""
        for _ in range(_PAGES):
            page = job.client.json("GET", f"/batches?limit={_PAGE}{after}")
            batches = page.get("data") or []
            for batch in batches:
                if (batch.get("metadata") or {}).get("godwit_job") == job.name:
                    return _text(batch, "id")
            if not page.get("has_more") or not batches:
                break
            after = f"&after={batches[-1]['id']}"
        return None

    def get_job(self, job: WebJob[OpenAIBatch], job_id: str) -> JobStatus:
        """Ask for the batch; when it is complete, read its answers."""
        batch = job.client.json("GET", f"/batches/{job_id}", missing=None)
        if batch is None:
            return job.gone()
        status = batch.get("status")
        counts = batch.get("request_counts") or {}
        if status in _RUNNING:
            done, total = counts.get("completed", 0) + counts.get("failed", 0), counts.get("total", 0)
            return job.running(fraction=done / total if total else None)
        if status == "completed":
            return self._completed(job, batch)
        errors = (batch.get("errors") or {}).get("data") or []
        said = "; ".join(str(error.get("message", error)) for error in errors[:5])
        return job.failed("BATCH_FAILED", f"The batch {job_id} ended as {status}. {said}".strip())

    def cancel_job(self, job: WebJob[OpenAIBatch], job_id: str) -> None:
        """Have the batch cancelled."""
        job.client.json("POST", f"/batches/{job_id}/cancel", {})

    def faults(self, payload: OpenAIBatch, spec: TaskSpec) -> Sequence[str]:  # noqa: ARG002 - any payload is good
        """Want one list in, and one list out."""
        sides = (("input", spec.interface.inputs), ("output", spec.interface.outputs))
        return [
            f"The task has one {side}, a list."
            for side, items in sides
            if len(items) != 1 or items[0].type.WhichOneof("kind") != "list"
        ]

    def _completed(self, job: WebJob[OpenAIBatch], batch: dict[str, Any]) -> JobStatus:
        answers: dict[str, Any] = {}
        failures: dict[str, str] = {}
        for name in ("output_file_id", "error_file_id"):
            for line in _lines(job, batch.get(name)):
                response = line.get("response") or {}
                number = str(line.get("custom_id"))
                if line.get("error") or response.get("status_code") != 200:
                    failures[number] = json.dumps(line.get("error") or response.get("body"))[:500]
                else:
                    answers[number] = look_up(response.get("body"), job.payload.answer_pointer or _CHAT_TEXT)
        total = len(_bodies(job))
        missing = [str(number) for number in range(total) if str(number) not in answers]
        if missing and not job.payload.failed_is_none:
            first = missing[0]
            return job.failed(
                "REQUESTS_FAILED",
                f"{len(missing)} of {total} requests failed. Request {first}: {failures.get(first, 'no answer')}",
            )
        (output,) = job.spec.interface.outputs
        return job.succeeded({output.name: [answers.get(str(number)) for number in range(total)]})


def _bodies(job: WebJob[OpenAIBatch]) -> list[dict[str, Any]]:
    """Return the body of each request."""
    parameters = json.loads(job.payload.parameters) if job.payload.parameters else {}
    shared = {**({"model": job.payload.model} if job.payload.model else {}), **parameters}
    (items,) = job.inputs.values()
    if (job.payload.endpoint or _ENDPOINT).endswith("/embeddings"):
        return [{**shared, **(item if isinstance(item, dict) else {"input": text_of(item)})} for item in items]
    before = [{"role": "system", "content": job.payload.system}] if job.payload.system else []
    return [
        {**shared, **item}
        if isinstance(item, dict)
        else {**shared, "messages": [*before, {"role": "user", "content": text_of(item)}]}
        for item in items
    ]


def _upload(job: WebJob[OpenAIBatch], lines: bytes) -> Any:
    edge = uuid.uuid4().hex
    body = b"".join(
        (
            f'--{edge}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'.encode(),
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{job.name}.jsonl"\r\n'.encode(),
            b"Content-Type: application/jsonl\r\n\r\n",
            lines,
            f"\r\n--{edge}--\r\n".encode(),
        )
    )
    client = job.client
    answer = client.call("POST", "/files", body, {"Content-Type": f"multipart/form-data; boundary={edge}"})
    return client.accepted(answer, "POST", "/files").json()


def _lines(job: WebJob[OpenAIBatch], file_id: str | None) -> list[dict[str, Any]]:
    if not file_id:
        return []
    client = job.client
    path = f"/files/{file_id}/content"
    answer = client.accepted(client.call("GET", path), "GET", path)
    try:
        return [json.loads(line) for line in answer.body.splitlines() if line.strip()]
    except ValueError:
        raise Garbage(f"The file {file_id} is no JSON line by line.") from None


def _text(answer: Any, name: str) -> str:
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, str):
        raise Garbage(f"The service answered without {name}: {json.dumps(answer)[:500]}")
    return value
