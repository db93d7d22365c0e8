"""Sensors, as authors declare them: tasks that end when something is there, and hold no process meanwhile."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import godwit as gw

from godwit_webapi.http_config import Call
from godwit_webapi.services import Service, invalid, secret_message

if TYPE_CHECKING:
    from godwitidl.plugins.webapi.v1 import webapi_pb2

_INTERVAL = timedelta(seconds=30)


def _check_interval(interval: object) -> None:
    if not isinstance(interval, timedelta) or interval <= timedelta():
        raise invalid("interval", "a timedelta above zero", interval)


@dataclass(frozen=True)
class FileSensor(gw.TaskConfig):
    """Waits for a file or folder: `s3://birds/{month}.parquet`. An output of the task is what was found, by reference.

    Attributes:
        uri: where, a template.
        interval: time between two looks.
    """

    backend: ClassVar[str] = "sensor"

    uri: str
    interval: timedelta = _INTERVAL

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: there is no uri, or the interval is not positive.
        """
        if not isinstance(self.uri, str) or ("://" not in self.uri and not self.uri.startswith("{")):
            raise invalid("FileSensor.uri", "a uri such as s3://bucket/key or file:///path", self.uri)
        _check_interval(self.interval)

    def payload(self) -> "webapi_pb2.Sensor":
        """Return what the backend is told."""
        from godwitidl.plugins.webapi.v1 import webapi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        message = webapi_pb2.Sensor(file=webapi_pb2.FileSensor(uri=self.uri))
        message.interval.FromTimedelta(self.interval)
        return message


@dataclass(frozen=True)
class HttpSensor(gw.TaskConfig):
    """Waits for an answer of a web service. An output of the task is the value at `pointer`.

    Attributes:
        service: the service.
        call: the call.
        statuses: statuses that are waited for; empty: 200 to 299.
        pointer: where in the answer the value is that is waited for; empty: the status suffices.
        value: value that is waited for; None: any but null and false.
        interval: time between two looks.
    """

    backend: ClassVar[str] = "sensor"

    service: Service
    call: Call
    statuses: tuple[int, ...] = ()
    pointer: str = ""
    value: Any = None
    interval: timedelta = _INTERVAL

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: the service has no url, or the interval is not positive.
        """
        if not isinstance(self.service, Service) or not self.service.url:
            raise invalid("HttpSensor.service", "a Service with a url", self.service)
        _check_interval(self.interval)

    def payload(self) -> "webapi_pb2.Sensor":
        """Return what the backend is told."""
        from godwitidl.plugins.webapi.v1 import webapi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        http = webapi_pb2.HttpSensor(
            service=self.service.message(),
            call=self.call.message(),
            statuses=self.statuses,
            pointer=self.pointer,
            value="" if self.value is None else json.dumps(self.value),
        )
        message = webapi_pb2.Sensor(http=http)
        message.interval.FromTimedelta(self.interval)
        return message


@dataclass(frozen=True)
class SqlSensor(gw.TaskConfig):
    """Waits until a statement gives a row whose first cell is neither null, false nor 0. An output is that cell.

    Attributes:
        url: database: `sqlite:///path`, `postgresql://host/name`; or the secret that holds it.
        sql: statement, in which `:name` is an input.
        interval: time between two looks.
    """

    backend: ClassVar[str] = "sensor"

    url: str | gw.Secret
    sql: str
    interval: timedelta = _INTERVAL

    def __post_init__(self) -> None:
        """Check what is said.

        Raises:
            DeclarationError: the url is none, has a password, or the interval is not positive.
        """
        if isinstance(self.url, str) and ("://" not in self.url or "@" in self.url):
            raise invalid("SqlSensor.url", "a url without user and password, or a gw.Secret that holds it", "…")
        _check_interval(self.interval)

    def payload(self) -> "webapi_pb2.Sensor":
        """Return what the backend is told."""
        from godwitidl.plugins.webapi.v1 import webapi_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        if isinstance(self.url, str):
            sensor = webapi_pb2.SqlSensor(url=self.url, sql=self.sql)
        else:
            sensor = webapi_pb2.SqlSensor(url="secret", url_secret=secret_message(self.url), sql=self.sql)
        message = webapi_pb2.Sensor(sql=sensor)
        message.interval.FromTimedelta(self.interval)
        return message
