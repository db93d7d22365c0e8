"""What backends over AWS share: clients, and what their errors mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from godwit_plugin_api.service_jobs import RetryLater
from godwitidl.plugins.webapi.v1.webapi_pb2 import AwsAccount

from godwit_webapi.calls import CallRefused, retry_after_s
from godwit_webapi.jobs import WebJob

# What is retried, and when, is the polling base's to say, which waits for all jobs of the account together.
_CONFIG = Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=30)
_UNAUTHORIZED = {
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "ExpiredTokenException",
    "SignatureDoesNotMatch",
}
_FORBIDDEN = {"AccessDeniedException", "AccessDenied"}


def client(job: WebJob[Any], service: str) -> Any:
    """Return a client of a service of AWS, by the credentials that the task names, else by those of the environment."""
    account: AwsAccount = job.payload.account
    if "clients" not in job.notes:
        job.notes["clients"] = {}
    clients = job.notes["clients"]
    if service not in clients:
        keys = {}
        if account.HasField("access_key_id"):
            keys["aws_access_key_id"] = job.secret(account.access_key_id)
            keys["aws_secret_access_key"] = job.secret(account.secret_access_key)
        with translated(f"a client for {service}"):
            clients[service] = boto3.session.Session(**keys).client(
                service,
                region_name=account.region or None,
                endpoint_url=account.endpoint_url or None,
                config=_CONFIG,
            )
    return clients[service]


def site(payload: Any) -> str:
    """Return the account and place that a payload names."""
    account = payload.account
    return f"{account.region} {account.endpoint_url} {account.access_key_id.group}/{account.access_key_id.name}"


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise what AWS's client raises as the base knows it."""
    try:
        yield
    except ClientError as error:
        answer = error.response.get("ResponseMetadata", {})
        status = int(answer.get("HTTPStatusCode", 0))
        code = error.response.get("Error", {}).get("Code", "")
        if status in {429, 500, 502, 503, 504} or "Throttl" in code or code == "TooManyRequestsException":
            wait = answer.get("HTTPHeaders", {}).get("retry-after")
            raise RetryLater(f"{what}: {error}", retry_after_s=retry_after_s(wait)) from None
        if code in _UNAUTHORIZED or status == 401:
            ours = "WEBAPI_UNAUTHORIZED"
        else:
            ours = "WEBAPI_FORBIDDEN" if code in _FORBIDDEN or status == 403 else "WEBAPI_REFUSED"
        raise CallRefused(f"{what}: {error}", status=status, code=ours, answer=code) from None
    except BotoCoreError as error:
        name = type(error).__name__
        if name in {"NoCredentialsError", "NoRegionError", "PartialCredentialsError", "ParamValidationError"}:
            code = "WEBAPI_REFUSED" if name == "ParamValidationError" else "WEBAPI_UNAUTHORIZED"
            raise CallRefused(f"{what}: {error}", status=0, code=code) from None
        raise RetryLater(f"{what}: {error}") from None
