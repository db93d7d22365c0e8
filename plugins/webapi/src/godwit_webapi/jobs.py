"""One job as a service's code sees it."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import AttemptRequest, Link
from godwit_plugin_api.service_jobs import JobPhase, JobStatus
from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.plugins.webapi.v1.webapi_pb2 import SecretName, Service
from google.protobuf.message import Message

from godwit_webapi.calls import ServiceClient
from godwit_webapi.installed import Installed
from godwit_webapi.job_values import input_literals, inputs_json, outputs_of

M = TypeVar("M", bound=Message)

TIMEOUT_S = 30.0
"""Longest wait for an answer, where the service's declaration says nothing."""


class WebJob(Generic[M]):
    """A job: what it is made of, and what may be said of it.

    Attributes:
        name: its name: 47 lower-case letters, digits and hyphens, unique to the attempt for ever.
        request: the attempt.
        spec: the task.
        payload: the task's payload.
        service_id: the id that the service gave it; None: nobody knows; empty: there is none.
        unanswered: how often the service did not answer about it, without an answer between.
        log_due_at: when its log may be read again, by the monotonic clock.
        installed: secrets and stores.
        notes: what the service's code remembers of it, until the engine ends.
    """

    def __init__(
        self, name: str, request: AttemptRequest, spec: TaskSpec, payload: M, service: Service | None, given: Installed
    ) -> None:
        self.name = name
        self.request = request
        self.spec = spec
        self.payload = payload
        self.service_id: str | None = None
        self.unanswered = 0
        self.log_due_at = float("-inf")
        self.installed = given
        self.notes: dict[str, Any] = {}
        self._service = service

    @cached_property
    def inputs(self) -> dict[str, Any]:
        """The inputs by name, as JSON; a file or table is an object with its `uri`."""
        return inputs_json(self.request, self.spec.interface, self.installed)

    @cached_property
    def literals(self) -> dict[str, Literal]:
        """The inputs by name, each a literal of its declared type."""
        return input_literals(self.request, self.spec.interface, self.installed)

    @property
    def names(self) -> dict[str, Any]:
        """What templates may name: the inputs, `job_name` and `job_id`."""
        places = {
            name: value["uri"] if isinstance(value, dict) and set(value) >= {"uri"} else value
            for name, value in self.inputs.items()
        }
        return {**places, "job_name": self.name, "job_id": self.service_id or ""}

    @property
    def client(self) -> ServiceClient:
        """A client of the service, authorized by the secret as it is now."""
        return self.client_at("")

    def client_at(self, url: str, **headers: str) -> ServiceClient:
        """Return a client of the service at *url*, where its declaration says none; *headers* are sent along."""
        service = self._service if self._service is not None else Service()
        sent = {**headers, "User-Agent": "godwit"}
        if service.HasField("token"):
            header = service.token_header or "Authorization"
            scheme = service.token_scheme or ("Bearer" if header == "Authorization" else "")
            sent[header] = f"{scheme} {self.secret(service.token)}".strip()
        timeout_s = service.timeout.ToTimedelta().total_seconds() if service.HasField("timeout") else TIMEOUT_S
        return ServiceClient(service.url or url, sent, timeout_s)

    def secret(self, name: SecretName) -> str:
        """Return the value of a secret, as it is now.

        Raises:
            InvalidInput: nobody has it.
        """
        return self.installed.secret(name.name, name.group).strip()

    def pending(self) -> JobStatus:
        """Say that it waits."""
        return JobStatus(JobPhase.PENDING)

    def running(self, *, fraction: float | None = None, worker: str = "", links: Mapping[str, str] = {}) -> JobStatus:
        """Say that it runs; *links* are places for people, by name."""
        return JobStatus(JobPhase.RUNNING, worker, fraction, links=_links(links))

    def succeeded(self, outputs: Mapping[str, Any], *, links: Mapping[str, str] = {}) -> JobStatus:
        """Say that it ended well; *outputs*: JSON, or literals, by name. What the task does not declare is left out.

        Raises:
            OutputMissing: an output is not there, or of another type.
        """
        told = outputs_of(outputs, self.request, self.spec.interface, self.installed)
        return JobStatus(JobPhase.SUCCEEDED, outputs=told, links=_links(links))

    def failed(
        self,
        code: str,
        message: str,
        *,
        exit_code: int | None = None,
        infrastructure: bool = False,
        links: Mapping[str, str] = {},
    ) -> JobStatus:
        """Say that it failed; *infrastructure*: not by what it does itself, so that another try is free."""
        if infrastructure:
            error = attempt_errors.encoded_error(code, message, blame=BLAME_INFRASTRUCTURE, exit_code=exit_code)
        else:
            error = attempt_errors.failed(code, message, exit_code=exit_code)
        return JobStatus(JobPhase.FAILED, error=error, links=_links(links))

    def gone(self) -> JobStatus:
        """Say that the service does not know it any more."""
        return JobStatus(JobPhase.GONE)


def _links(links: Mapping[str, str]) -> tuple[Link, ...]:
    return tuple(Link(name, url) for name, url in links.items() if url)
