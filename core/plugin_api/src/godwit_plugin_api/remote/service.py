"""The gRPC service of a backend, for either side: its methods, the versions that are spoken here, its health."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from godwitidl.plugin.v1 import backend_pb2 as messages
from google.protobuf.message import Message

OLDEST_VERSION: Final = 1
"""Oldest version of the service that is spoken here."""
NEWEST_VERSION: Final = 1
"""Newest version of the service that is spoken here."""
SERVICE: Final = messages.DESCRIPTOR.services_by_name["BackendService"].full_name
HEARTBEAT_S: Final = 5.0
"""Seconds after which a server says something, if only that it is there."""
SILENCE_S: Final = 30.0
"""Seconds without a word after which a server is taken for gone."""
MESSAGE_BYTES: Final = 1 << 20
"""Size up to which attempts and events are put together into one message. A single one may be larger."""
TOKEN_METADATA: Final = "authorization"  # noqa: S105 - the name of a header, no secret

HEALTH_SERVICE: Final = "grpc.health.v1.Health"
SERVING: Final = b"\x08\x01"
"""An encoded `grpc.health.v1.HealthCheckResponse` that says SERVING."""

CHANNEL_OPTIONS: Final = (
    ("grpc.max_receive_message_length", 64 << 20),
    ("grpc.max_send_message_length", 64 << 20),
    # Engines say themselves when they try again; gRPC would come to wait for two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
)


class Method(NamedTuple):
    """One call of the service. *streams*: whether many responses answer it."""

    request: type[Message]
    response: type[Message]
    streams: bool = False


METHODS: Final[Mapping[str, Method]] = {
    "Handshake": Method(messages.HandshakeRequest, messages.HandshakeResponse),
    "Check": Method(messages.CheckRequest, messages.CheckResponse),
    "Submit": Method(messages.SubmitRequest, messages.SubmitResponse),
    "Attach": Method(messages.AttachRequest, messages.AttachResponse),
    "Cancel": Method(messages.CancelRequest, messages.CancelResponse),
    "WatchEvents": Method(messages.WatchEventsRequest, messages.WatchEventsResponse, streams=True),
    "ReadLog": Method(messages.ReadLogRequest, messages.ReadLogResponse),
}


class Stub:
    """The calls of the service over one channel: `stub.call("Submit", request, timeout=5)`."""

    def __init__(self, channel: Any, token: str = "") -> None:
        """Call by *channel*, a `grpc.Channel`, with *token* if the server asks for one."""
        self._metadata = ((TOKEN_METADATA, f"Bearer {token}"),) if token else ()
        self._calls: dict[str, Callable[..., Any]] = {}
        for name, method in METHODS.items():
            make = channel.unary_stream if method.streams else channel.unary_unary
            self._calls[name] = make(
                f"/{SERVICE}/{name}",
                request_serializer=method.request.SerializeToString,
                response_deserializer=method.response.FromString,
            )
        self._health = channel.unary_unary(f"/{HEALTH_SERVICE}/Check")

    def call(self, name: str, request: Message, timeout: float | None = None) -> Any:
        """Return the response, or the iterator of responses; *timeout* in seconds.

        Raises:
            grpc.RpcError: there is none.
        """
        return self._calls[name](request, timeout=timeout, metadata=self._metadata)

    def health(self, timeout: float) -> bool:
        """Return whether the server says that it serves.

        Raises:
            grpc.RpcError: it does not answer; with UNIMPLEMENTED, it does not say.
        """
        return bytes(self._health(b"", timeout=timeout, metadata=self._metadata)) == SERVING
