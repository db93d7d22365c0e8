"""What masters of Spark are called, and what follows from it. Light: authoring halves read it."""

import re
from typing import Final, NamedTuple
from urllib.parse import quote

_LOCAL: Final = re.compile(r"local(\[(\*|\d+)(\s*,\s*\d+)?\])?")
_ADDRESSES: Final = re.compile(r"spark://[^\s/,:]+:\d+(,[^\s/,:]+:\d+)*")
_CONNECT: Final = re.compile(r"sc://[^\s/:;]+(:\d+)?(/(;[^\s;=]+=[^\s;]*)*)?")
_CONNECT_PORT: Final = 15002


class Address(NamedTuple):
    """A host and a port."""

    host: str
    port: int


def is_local(master: str) -> bool:
    """Return whether a master is this process's own: `local`, `local[4]`, `local[*]`."""
    return _LOCAL.fullmatch(master) is not None


def is_connect(master: str) -> bool:
    """Return whether a master is a server of Spark Connect: `sc://host:15002`."""
    return _CONNECT.fullmatch(master) is not None


def has_token(master: str) -> bool:
    """Return whether the address of a server of Spark Connect has a token in it, for everybody to read."""
    return is_connect(master) and "token=" in master.partition(";")[2]


def with_parameter(master: str, name: str, value: str) -> str:
    """Return the address of a server of Spark Connect with one more parameter, quoted."""
    place = master if "/" in master.removeprefix("sc://") else f"{master}/"
    return f"{place};{name}={quote(value, safe='')}"


def is_known(master: str) -> bool:
    """Return whether a master is of a kind that is served here."""
    return is_local(master) or is_connect(master) or master == "yarn" or _ADDRESSES.fullmatch(master) is not None


def addresses(master: str) -> tuple[Address, ...]:
    """Return where a master listens, any of several; empty where its name does not say."""
    if is_connect(master):
        host, _, port = master.removeprefix("sc://").partition("/")[0].partition(":")
        return (Address(host, int(port or _CONNECT_PORT)),)
    if _ADDRESSES.fullmatch(master):
        pairs = (pair.rpartition(":") for pair in master.removeprefix("spark://").split(","))
        return tuple(Address(host, int(port)) for host, _, port in pairs)
    return ()
