"""What authors say of services: where they are, by which secret they are called, what they bear."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import godwit as gw
from godwit.errors import DeclarationError

if TYPE_CHECKING:
    from godwitidl.plugins.webapi.v1 import webapi_pb2


def invalid(what: str, expected: str, came: object) -> DeclarationError:
    """Return the error of a setting that is not as expected."""
    return DeclarationError(f"{what} must be {expected}; got {came!r}.", code="WEBAPI_CONFIG")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a service bears. The first task of a service that an engine meets says it for all of them.

    Attributes:
        reads_per_s: questions a second.
        writes_per_s: jobs created or ended a second.
        burst: calls at once after a pause, of each sort.
        poll_interval: time between two questions about one job.
        shared_jobs: jobs at a time, of all engines that share a home; None: no limit.
    """

    reads_per_s: float = 5.0
    writes_per_s: float = 2.0
    burst: int = 5
    poll_interval: timedelta = timedelta(seconds=5)
    shared_jobs: int | None = None

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: a limit is not positive.
        """
        for name in ("reads_per_s", "writes_per_s", "burst", "shared_jobs"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0):
                raise invalid(f"Limits.{name}", "a number above zero", value)
        if not isinstance(self.poll_interval, timedelta) or self.poll_interval <= timedelta():
            raise invalid("Limits.poll_interval", "a timedelta above zero", self.poll_interval)

    def message(self) -> "webapi_pb2.Limits":
        """Return it as the contract says it."""
        from godwitidl.plugins.webapi.v1 import webapi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        message = webapi_pb2.Limits(
            reads_per_s=self.reads_per_s,
            writes_per_s=self.writes_per_s,
            burst=self.burst,
            shared_jobs=self.shared_jobs or 0,
        )
        message.poll_interval.FromTimedelta(self.poll_interval)
        return message


_LIMITS = Limits()


def secret_message(secret: gw.Secret | str) -> "webapi_pb2.SecretName":
    """Return the name of a secret as the contract says it; a text alone is the name of one."""
    from godwitidl.plugins.webapi.v1 import webapi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

    if isinstance(secret, str):
        return webapi_pb2.SecretName(name=secret)
    return webapi_pb2.SecretName(name=secret.name, group=secret.group)


@dataclass(frozen=True)
class Service:
    """A service, and how it is called.

    Attributes:
        url: where it is: `https://host/prefix`; empty: where the vendor has it.
        token: secret that calls are authorized by, never its value; None: none.
        token_header: header that carries the token.
        token_scheme: what goes before it there; None: `Bearer` in `Authorization`, nothing in another header.
        limits: what the service bears.
        timeout: longest wait for an answer.
    """

    url: str = ""
    token: gw.Secret | str | None = None
    token_header: str = "Authorization"  # noqa: S105 - the name of a header
    token_scheme: str = ""
    limits: Limits = _LIMITS
    timeout: timedelta = timedelta(seconds=30)

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: the url is none, or has a password; or a setting is of another type.
        """
        check_url("Service.url", self.url)
        if self.token is not None and not isinstance(self.token, (gw.Secret, str)):
            raise invalid("Service.token", "a gw.Secret, or the name of one", type(self.token).__name__)
        if not isinstance(self.limits, Limits):
            raise invalid("Service.limits", "a Limits", self.limits)
        if not isinstance(self.timeout, timedelta) or self.timeout <= timedelta():
            raise invalid("Service.timeout", "a timedelta above zero", self.timeout)

    def message(self) -> "webapi_pb2.Service":
        """Return it as the contract says it."""
        from godwitidl.plugins.webapi.v1 import webapi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        message = webapi_pb2.Service(
            url=self.url.rstrip("/"),
            token=None if self.token is None else secret_message(self.token),
            token_header=self.token_header,
            token_scheme=self.token_scheme,
            limits=self.limits.message(),
        )
        message.timeout.FromTimedelta(self.timeout)
        return message


def check_url(what: str, url: object) -> None:
    """Raise unless *url* is empty, or one of http without a password.

    Raises:
        DeclarationError: it is something else.
    """
    if url == "":
        return
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise invalid(what, "an address such as https://host/prefix", url)
    if parts.username is not None or parts.password is not None:
        raise invalid(what, "an address without user and password: secrets are named by token=", f"…@{parts.hostname}")


@dataclass(frozen=True, kw_only=True)
class Aws:
    """How services of AWS are called. What is left out is found as AWS's own tools find it.

    Attributes:
        region: region.
        endpoint_url: where the services are; empty: where AWS has them.
        access_key_id: secret with the id of the access key.
        secret_access_key: secret with the access key; given together with its id.
        limits: what the services bear.
    """

    region: str = ""
    endpoint_url: str = ""
    access_key_id: gw.Secret | str | None = None
    secret_access_key: gw.Secret | str | None = None
    limits: Limits = _LIMITS

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: the endpoint is no url, or one of the two secrets is missing.
        """
        check_url("Aws.endpoint_url", self.endpoint_url)
        if (self.access_key_id is None) != (self.secret_access_key is None):
            raise DeclarationError(
                "Aws has one of access_key_id and secret_access_key; expected both or none.", code="WEBAPI_CONFIG"
            )

    def message(self) -> "webapi_pb2.AwsAccount":
        """Return it as the contract says it."""
        from godwitidl.plugins.webapi.v1 import webapi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        return webapi_pb2.AwsAccount(
            region=self.region,
            endpoint_url=self.endpoint_url,
            access_key_id=None if self.access_key_id is None else secret_message(self.access_key_id),
            secret_access_key=None if self.secret_access_key is None else secret_message(self.secret_access_key),
            limits=self.limits.message(),
        )
