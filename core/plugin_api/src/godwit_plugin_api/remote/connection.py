"""Calling the server of a backend: what the configuration says of it, the channel, and the first call."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import grpc
from godwitidl.plugin.v1.backend_pb2 import HandshakeRequest, HandshakeResponse

from godwit_plugin_api.errors import InvalidInput, PluginError
from godwit_plugin_api.remote.addresses import parse_address
from godwit_plugin_api.remote.service import CHANNEL_OPTIONS, NEWEST_VERSION, OLDEST_VERSION, SERVICE, Stub

HANDSHAKE_S = 5.0
GIVE_UP_S = 120.0
_BROKEN = (
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNKNOWN,
)
OWN_OPTIONS = ("server", "backend", "give_up_s", "token_file", "ca_file")
"""What may stand in the table of a backend whose server is named."""
_GIVEN = ("name", "durability", "disabled_plugins", "prestarted_runner", "temporary_home", "first_runner")


class RemoteSettings(NamedTuple):
    """What `[backends.NAME]` says of a backend in another process.

    Attributes:
        name: as tasks call it here.
        server: where its server listens.
        backend: key that the server has to say it serves: the name, if nothing else is said.
        give_up_s: seconds after which attempts are lost whose server is away.
        token: what the server asks for; empty: nothing.
        authorities: certificates, PEM, by which the server's is verified; empty: there is no TLS.
    """

    name: str
    server: str
    backend: str
    give_up_s: float = GIVE_UP_S
    token: str = ""
    authorities: bytes = b""


def read_settings(options: Mapping[str, str]) -> RemoteSettings:
    """Return what *options*, those of a backend that is opened, say.

    Raises:
        InvalidInput: they say something that is not understood, or name no server.
    """
    name = options.get("name") or "remote"
    unknown = [key for key in options if key not in OWN_OPTIONS and key not in _GIVEN]
    if unknown:
        raise _invalid(name, f"{unknown[0]} means nothing there; there are: {', '.join(OWN_OPTIONS)}")
    server = options.get("server", "")
    if not server:
        raise _invalid(name, "server is missing, the address of the backend's server")
    parse_address(server)
    try:
        give_up_s = float(options.get("give_up_s", GIVE_UP_S))
    except ValueError:
        give_up_s = 0.0
    if not 0 < give_up_s <= 1e6:
        raise _invalid(name, f"give_up_s is {options['give_up_s']!r}; expected seconds above 0")
    return RemoteSettings(
        name=name,
        server=server,
        backend=options.get("backend") or name,
        give_up_s=give_up_s,
        token=read_token(options["token_file"]) if options.get("token_file") else "",
        authorities=read_file(options["ca_file"]) if options.get("ca_file") else b"",
    )


def read_token(path: str) -> str:
    """Return the token in a file.

    Raises:
        InvalidInput: there is none.
    """
    token = read_file(path).decode(errors="replace").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise InvalidInput(
            f"The file {path} holds no token: expected one line of ASCII.",
            hint="Write one: head -c 32 /dev/urandom | base64",
            code="CONFIGURATION",
        )
    return token


def open_channel(settings: RemoteSettings) -> Any:
    """Return a channel to the server; it connects when it is used."""
    target = parse_address(settings.server).target
    if settings.authorities:
        return grpc.secure_channel(target, grpc.ssl_channel_credentials(settings.authorities), CHANNEL_OPTIONS)
    return grpc.insecure_channel(target, CHANNEL_OPTIONS)


def ask(stub: Stub, settings: RemoteSettings, scope: str, timeout_s: float = HANDSHAKE_S) -> HandshakeResponse:
    """Return what the server says of itself.

    Raises:
        PluginError: it is not there, is no backend, wants a token, or cannot open the backend.
    """
    request = HandshakeRequest(
        oldest_version=OLDEST_VERSION, newest_version=NEWEST_VERSION, software="godwit", scope=scope
    )
    try:
        told: HandshakeResponse = stub.call("Handshake", request, timeout=timeout_s)
    except grpc.RpcError as error:
        raise unanswered(settings, error) from error
    return told


def speaks_our_version(told: HandshakeResponse) -> bool:
    """Return whether there is a version that both speak."""
    return told.oldest_version <= NEWEST_VERSION and told.newest_version >= OLDEST_VERSION


def shake_hands(stub: Stub, settings: RemoteSettings, scope: str) -> HandshakeResponse:
    """Return what the server says of itself, once it fits.

    Raises:
        PluginError: as `ask`; or it speaks no version that is spoken here, or is another backend than is wanted.
    """
    told = ask(stub, settings, scope)
    if not speaks_our_version(told):
        raise _other_version(settings, told)
    if told.backend != settings.backend:
        raise PluginError(
            f"The server at {settings.server} serves the backend {told.backend!r}, not {settings.backend!r}.",
            hint=f'Mend the address, or say that this is meant: backend = "{told.backend}" under '
            f"[backends.{settings.name}] in config.toml.",
            code="BACKEND_MISMATCH",
        )
    return told


def unanswered(settings: RemoteSettings, error: Any) -> PluginError:
    """Return what a call that came to nothing says of the server: *error* is a `grpc.RpcError`."""
    code, details = error.code(), _reason(error.details() or "")
    where = f"The server of the backend {settings.name!r} at {settings.server}"
    if code is grpc.StatusCode.UNIMPLEMENTED:
        return PluginError(
            f"{where} is no backend: it speaks gRPC, but not the service {SERVICE}.",
            hint="Mend the address; `godwit backend check ADDRESS` tells what is there.",
            code="BACKEND_WRONG_SERVICE",
        )
    if code in {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED}:
        return PluginError(
            f"{where} does not let this engine in: {details}",
            hint=f"Set token_file under [backends.{settings.name}] to a file with the server's token.",
            code="BACKEND_UNAUTHENTICATED",
        )
    if code in _BROKEN:
        return PluginError(
            f"{where} cannot open it: {details or code.name}",
            hint="See what the server writes, and mend it there.",
            code="BACKEND_NOT_OPEN",
        )
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        details = "it takes connections, and does not answer"
    return PluginError(
        f"{where} does not answer: {details or code.name}.",
        hint=f"Start it: godwit backend serve {settings.backend} --listen {settings.server}",
        code="BACKEND_UNREACHABLE",
    )


def _reason(details: str) -> str:
    """Return what gRPC says, without how it came to that, where it is only that nobody is there."""
    first = details.partition("\n")[0]
    return first.rpartition("error: ")[2] if "connect failed" in first else first


def _other_version(settings: RemoteSettings, told: HandshakeResponse) -> PluginError:
    newer = told.oldest_version > NEWEST_VERSION
    here = f"{OLDEST_VERSION}" if OLDEST_VERSION == NEWEST_VERSION else f"{OLDEST_VERSION} to {NEWEST_VERSION}"
    there = f"{told.oldest_version}"
    if told.newest_version != told.oldest_version:
        there += f" to {told.newest_version}"
    software = f" ({told.software})" if told.software else ""
    return PluginError(
        f"The server at {settings.server}{software} speaks version {there} of the service of backends, "
        f"this Godwit speaks {here}: the server is {'newer' if newer else 'older'}.",
        hint="Update Godwit where the engine runs." if newer else "Update the backend's server.",
        code="BACKEND_VERSION",
    )


def read_file(path: str) -> bytes:
    """Return what is in a file.

    Raises:
        InvalidInput: it cannot be read.
    """
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise InvalidInput(
            f"The file {path} cannot be read: {error.strerror}.",
            hint="Mend the path, or what may be read.",
            code="CONFIGURATION",
        ) from error


def _invalid(name: str, what: str) -> InvalidInput:
    return InvalidInput(
        f"[backends.{name}] in config.toml is not understood: {what}.",
        hint="docs/backends/remote.md tells what may stand there.",
        code="CONFIGURATION",
    )
