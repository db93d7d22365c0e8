"""Jobs of services that run programs and models, as authors declare them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import godwit as gw
from godwit.errors import DeclarationError

from godwit_webapi.services import Aws, Service, invalid

if TYPE_CHECKING:
    from godwitidl.plugins.webapi.v1 import webapi_pb2

_OPENAI = Service("https://api.openai.com/v1", "openai_api_key")
_AWS = Aws()


@dataclass(frozen=True)
class OpenAIBatch(gw.TaskConfig):
    """Batch inference by a service that speaks OpenAI's protocol of files and batches.

    The task has one input, a list: texts, each of which is what a user says, or JSON objects (`dict`), each the body of
    a request. Its output is a list of as many answers, in the same order.

    Attributes:
        model: model; empty: the requests name it.
        service: the service; by default OpenAI's, with the secret `openai_api_key`.
        endpoint: endpoint that answers each request.
        system: what the system says before each text.
        parameters: further fields of each request: `{"temperature": 0}`.
        completion_window: time within which the service is to answer.
        answer: where an answer's body has what is returned, a JSON pointer; empty: the first choice's text.
        failed_is_none: whether requests that failed give None; otherwise the first of them fails the task.
    """

    backend: ClassVar[str] = "openai-batch"

    model: str = ""
    service: Service = _OPENAI
    endpoint: str = "/v1/chat/completions"
    system: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    completion_window: str = "24h"
    answer: str = ""
    failed_is_none: bool = False

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: the service has no url, or the parameters are no JSON.
        """
        if not isinstance(self.service, Service) or not self.service.url:
            raise invalid("OpenAIBatch.service", "a Service with a url", self.service)
        checked_json("OpenAIBatch.parameters", self.parameters)

    def payload(self) -> "webapi_pb2.OpenAIBatch":
        """Return what the backend is told."""
        from godwitidl.plugins.webapi.v1 import webapi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        return webapi_pb2.OpenAIBatch(
            service=self.service.message(),
            model=self.model,
            endpoint=self.endpoint,
            system=self.system,
            parameters=checked_json("OpenAIBatch.parameters", self.parameters) if self.parameters else "",
            completion_window=self.completion_window,
            answer_pointer=self.answer,
            failed_is_none=self.failed_is_none,
        )


@dataclass(frozen=True, kw_only=True)
class AwsBatchJob(gw.TaskConfig):
    """A job of AWS Batch.

    The container finds its inputs as JSON in `GODWIT_INPUT_<NAME>`, and leaves each output at
    `$GODWIT_OUTPUT_PREFIX/<name>`: a file, a folder, or JSON. So values are stored where it can write: `--storage s3://…`.

    Attributes:
        job_queue: name or ARN of the queue.
        job_definition: name, `name:revision` or ARN of the definition.
        command: command of the container, templates; empty: that of the definition.
        override_resources: whether the task's `resources` replace those of the definition.
        account: how AWS is called.
    """

    backend: ClassVar[str] = "aws-batch"

    job_queue: str
    job_definition: str
    command: Sequence[str] = ()
    override_resources: bool = False
    account: Aws = _AWS

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: queue or definition is missing, or the command is no list of texts.
        """
        for name in ("job_queue", "job_definition"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise invalid(f"AwsBatchJob.{name}", "a name", getattr(self, name))
        if isinstance(self.command, str):
            raise invalid("AwsBatchJob.command", "a list of texts", self.command)
        object.__setattr__(self, "command", tuple(self.command))

    def payload(self) -> "webapi_pb2.AwsBatchJob":
        """Return what the backend is told."""
        from godwitidl.plugins.webapi.v1 import webapi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        return webapi_pb2.AwsBatchJob(
            account=self.account.message(),
            job_queue=self.job_queue,
            job_definition=self.job_definition,
            command=self.command,
            override_resources=self.override_resources,
        )


@dataclass(frozen=True, kw_only=True)
class DatabricksJob(gw.TaskConfig):
    """A run of Databricks: of a job that is there (`job_id`), whose parameters are the inputs, or of a `task`.

    A notebook's `dbutils.notebook.exit(json)` gives the outputs: an object with a field for each, or the value of one.

    Attributes:
        service: the workspace: its url and a token.
        job_id: id of a job.
        task: a task as Databricks' API has it, whose texts are templates: `{"notebook_task": {"notebook_path": …}}`.
    """

    backend: ClassVar[str] = "databricks"

    service: Service
    job_id: int | None = None
    task: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: neither or both of job and task are given, or the workspace has no url.
        """
        if not isinstance(self.service, Service) or not self.service.url:
            raise invalid("DatabricksJob.service", "a Service with the url of the workspace", self.service)
        if (self.job_id is None) == (self.task is None):
            raise invalid("DatabricksJob", "given job_id or task, one of them", (self.job_id, self.task))
        if self.job_id is not None and (isinstance(self.job_id, bool) or not isinstance(self.job_id, int)):
            raise invalid("DatabricksJob.job_id", "a number", self.job_id)
        if self.task is not None:
            checked_json("DatabricksJob.task", self.task)

    def payload(self) -> "webapi_pb2.DatabricksJob":
        """Return what the backend is told."""
        from godwitidl.plugins.webapi.v1 import webapi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        if self.job_id is not None:
            return webapi_pb2.DatabricksJob(service=self.service.message(), job_id=self.job_id)
        task = checked_json("DatabricksJob.task", self.task)
        return webapi_pb2.DatabricksJob(service=self.service.message(), task=task)


def checked_json(what: str, value: object) -> str:
    """Return *value*, an object, as JSON.

    Raises:
        DeclarationError: it is none.
    """
    if not isinstance(value, Mapping):
        raise invalid(what, "a dict of JSON values", value)
    try:
        return json.dumps(dict(value), sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DeclarationError(f"{what} must be JSON: {error}.", code="WEBAPI_CONFIG") from None
