"""Jobs of any service, as authors declare them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import godwit as gw
from godwit.errors import DeclarationError

from godwit_webapi.services import Service, invalid

if TYPE_CHECKING:
    from godwitidl.plugins.webapi.v1 import webapi_pb2

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Call:
    """One call of a service. Texts are templates: `{month}` is an input, `{job_name}` and `{job_id}` are the job's.

    Attributes:
        method: `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
        path: path and query below the service's url; values in it are quoted.
        body: body, as JSON; a text that is one name alone, such as `"{month}"`, becomes the value itself.
        headers: headers besides those that every call has.
    """

    method: str
    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: the method is none, the path does not begin with a slash, or the body is no JSON.
        """
        if self.method not in _METHODS:
            raise invalid("Call.method", f"one of {', '.join(_METHODS)}", self.method)
        path: object = self.path
        if not isinstance(path, str) or not path.startswith("/") or any(sign.isspace() for sign in path):
            raise invalid("Call.path", "a path that begins with a slash", self.path)
        try:
            json.dumps(self.body, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise DeclarationError(f"Call.body must be JSON: {error}.", code="WEBAPI_CONFIG") from None

    def message(self) -> "webapi_pb2.HttpCall":
        """Return it as the contract says it."""
        from godwitidl.plugins.webapi.v1 import webapi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        headers = [webapi_pb2.HttpHeader(name=name, value=value) for name, value in self.headers.items()]
        body = "" if self.body is None else json.dumps(self.body, sort_keys=True)
        return webapi_pb2.HttpCall(method=self.method, path=self.path, headers=headers, body=body)


@dataclass(frozen=True, kw_only=True)
class HttpJob(gw.TaskConfig):
    """A job of any service. Pointers are JSON pointers into answers: `/state`, `/result/0/value`.

    A job must be found again after its answer was lost: by a call `find` that takes `{job_name}`, or because the
    service heeds the header `Idempotency-Key`, which `create` always has (`idempotent=True`). Of a service that knows
    neither, `may_repeat=True` says that a second job is borne: where the answer was lost, or the engine was killed, the
    attempt ends as `JOB_UNCERTAIN`, its infrastructure budget pays for another, and that one creates a job anew.

    Attributes:
        service: the service.
        create: creates a job.
        get: shows one.
        succeeded: states of jobs that ended well.
        failed: states of jobs that failed or were ended.
        outputs: where an answer has each output, by name.
        id: where the answer of `create` has the job's id.
        state: where the answer of `get` has its state.
        pending: states of jobs that wait; any other state is that of a job that runs.
        cancel: ends a job; None: a cancelled job runs to its end.
        find: looks for a job by `{job_name}`; an answer without an id, or of status 404, says that there is none.
        found_id: where the answer of `find` has the id.
        idempotent: whether creating a job again under its `Idempotency-Key` gives the one that there is.
        may_repeat: whether a job may be created twice, where it cannot be found again.
        logs: gives a job's log as text.
        result: gives the outputs; None: the answer of `get` has them.
        error: where the answer of `get` says why a job failed.
        fraction: where it says how much is done, 0 to 1.
        link: where it has a page for people.
    """

    backend: ClassVar[str] = "http"

    service: Service
    create: Call
    get: Call
    succeeded: tuple[str, ...]
    failed: tuple[str, ...]
    outputs: Mapping[str, str] = field(default_factory=dict)
    id: str = "/id"
    state: str = "/state"
    pending: tuple[str, ...] = ()
    cancel: Call | None = None
    find: Call | None = None
    found_id: str = "/id"
    idempotent: bool = False
    may_repeat: bool = False
    logs: Call | None = None
    result: Call | None = None
    error: str = ""
    fraction: str = ""
    link: str = ""

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: a setting is of another kind, or a lost job could not be found again.
        """
        if not isinstance(self.service, Service) or not self.service.url:
            raise invalid("HttpJob.service", "a Service with a url", self.service)
        for name in ("succeeded", "failed", "pending"):
            value: Any = getattr(self, name)
            if isinstance(value, str) or not all(isinstance(state, str) and state for state in value):
                raise invalid(f"HttpJob.{name}", "a tuple of states", value)
            object.__setattr__(self, name, tuple(value))
        if not self.succeeded:
            raise invalid("HttpJob.succeeded", "at least one state", self.succeeded)
        pointers = {name: getattr(self, name) for name in ("id", "state", "found_id", "error", "fraction", "link")}
        for name, pointer in {**pointers, **self.outputs}.items():
            if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
                raise invalid(f"HttpJob's pointer for {name}", "a JSON pointer such as /result/value", pointer)
        if self.may_repeat and (self.find is not None or self.idempotent):
            raise invalid(
                "HttpJob.may_repeat", "False where find= or idempotent=True finds jobs again", self.may_repeat
            )
        if self.find is None and not (self.idempotent or self.may_repeat):
            raise DeclarationError(
                "A job whose creation was not answered could not be found again.",
                hint="Give find=, a call that looks for {job_name}; or say idempotent=True if the service heeds the "
                "header Idempotency-Key; or may_repeat=True if a second job does no harm.",
                code="WEBAPI_NOT_FOUND_AGAIN",
            )

    def payload(self) -> "webapi_pb2.HttpJob":
        """Return what the backend is told."""
        from godwitidl.plugins.webapi.v1 import webapi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        calls = {name: getattr(self, name) for name in ("create", "get", "cancel", "find", "logs", "result")}
        return webapi_pb2.HttpJob(
            service=self.service.message(),
            **{name: call.message() for name, call in calls.items() if call is not None},
            id_pointer=self.id,
            found_id_pointer=self.found_id,
            state_pointer=self.state,
            pending_states=self.pending,
            succeeded_states=self.succeeded,
            failed_states=self.failed,
            outputs=[webapi_pb2.OutputPointer(name=name, pointer=where) for name, where in self.outputs.items()],
            error_pointer=self.error,
            fraction_pointer=self.fraction,
            link_pointer=self.link,
            may_repeat=self.may_repeat,
        )
