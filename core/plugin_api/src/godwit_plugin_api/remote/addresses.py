"""Where the server of a backend listens: `unix:/run/once.sock`, `host:port`, `[::1]:port`."""

import ipaddress
import re
from pathlib import Path
from typing import NamedTuple

from godwit_plugin_api.errors import InvalidInput

UNIX = "unix:"
LONGEST_PATH = 100
"""Bytes of the path of a socket; systems allow from 103 to 107."""
_HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):([0-9]{1,5})")
_LOCAL_NAMES = {"localhost", "ip6-localhost"}


class Address(NamedTuple):
    """A place to listen at, or to call.

    Attributes:
        target: as gRPC understands it.
        path: of the socket; None: it is a port.
        port: number of the port; 0: any that is free, or it is a socket.
        is_open: whether others than processes of this host may come here.
    """

    target: str
    path: Path | None = None
    port: int = 0
    is_open: bool = False


def parse_address(text: str) -> Address:
    """Return what *text* says.

    Raises:
        InvalidInput: with code BACKEND_ADDRESS, it is no address.
    """
    if text.startswith(UNIX):
        path = Path(text.removeprefix(UNIX).removeprefix("//")).expanduser().absolute()
        if len(str(path).encode()) > LONGEST_PATH:
            raise _invalid(text, f"the path of a socket has at most {LONGEST_PATH} bytes")
        if text.removeprefix(UNIX).strip("/"):
            return Address(f"{UNIX}{path}", path)
    elif (match := _HOST_AND_PORT.fullmatch(text)) and int(match[2]) <= 65535:
        return Address(text, None, int(match[2]), not _is_loopback(match[1].strip("[]")))
    raise _invalid(text, "expected unix:PATH or HOST:PORT")


def _is_loopback(host: str) -> bool:
    if host in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _invalid(text: str, what: str) -> InvalidInput:
    return InvalidInput(
        f"{text!r} is no address of a backend: {what}.",
        hint="For example unix:/run/godwit/once.sock, or 10.0.0.7:7070.",
        code="BACKEND_ADDRESS",
    )
