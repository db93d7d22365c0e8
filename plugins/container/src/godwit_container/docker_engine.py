"""The door to the Docker engine, and what its refusals mean."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from docker import APIClient
from docker.errors import APIError, DockerException
from docker.utils import kwargs_from_env
from urllib3.exceptions import HTTPError

_TIMEOUT_S = 60
DEFAULT_SOCKET = Path("/var/run/docker.sock")
"""Where engines that serve a whole host are."""


class EngineAway(Exception):  # noqa: N818 - names what happened
    """The Docker engine does not answer; whether it did what it was asked for is unknown."""


class EngineRefused(Exception):  # noqa: N818 - names what happened
    """The Docker engine refused. *status*: of its answer."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def address() -> str:
    """Return where the Docker engine is: `$DOCKER_HOST`, else the socket of this host, else that of this user."""
    if given := os.environ.get("DOCKER_HOST"):
        return given
    places = [DEFAULT_SOCKET, Path.home() / ".docker" / "run" / "docker.sock"]
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        places.append(Path(runtime, "docker.sock"))
    return f"unix://{next((place for place in places if place.exists()), DEFAULT_SOCKET)}"


def is_local() -> bool:
    """Return whether the engine is on this host, so that it sees the same folders."""
    return address().startswith("unix://")


def missing_engine() -> str:
    """Return why there can be no engine, as far as can be told without asking it; empty: there may be one."""
    if not is_local():
        return ""
    path = Path(address().removeprefix("unix://"))
    try:
        is_socket = stat.S_ISSOCK(path.stat().st_mode)
    except OSError as error:
        return (
            f"It needs a Docker engine, and there is none at {path} ({error.strerror}): start one, or say where it is"
            " by DOCKER_HOST."
        )
    if not is_socket:
        return f"It needs a Docker engine, and {path} is no socket: say where it is by DOCKER_HOST."
    if not os.access(path, os.R_OK | os.W_OK):
        return f"It needs a Docker engine, and this user may not use {path}: add the user to the group that owns it."
    try:
        _probe()
    except OSError as error:
        return f"It needs a Docker engine, and nobody answers at {path} ({error.strerror}): start it."
    return ""


def connect() -> APIClient:
    """Return a client for one thread.

    Raises:
        EngineAway: nobody answers.
    """
    with translated():
        if is_local():
            _probe()  # the client's own attempt would leave an open socket behind when it fails
        settings = kwargs_from_env()
        settings.setdefault("base_url", address())
        return APIClient(version="auto", timeout=_TIMEOUT_S, **settings)


def _probe() -> None:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(address().removeprefix("unix://"))


@contextmanager
def translated() -> Iterator[None]:
    """Raise what a client raises as EngineAway or EngineRefused."""
    try:
        yield
    except APIError as error:
        status = error.response.status_code if error.response is not None else 500
        message = str(error.explanation or error).strip()
        if status == 503 or "is shutting down" in message:
            raise EngineAway(message) from error
        raise EngineRefused(message, status) from error
    except (DockerException, requests.RequestException, HTTPError, OSError) as error:
        raise EngineAway(f"The Docker engine at {address()} does not answer: {error}") from error
