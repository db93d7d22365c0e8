"""Connections to Ray clusters, and what is said when there is none to be had. The only way to `ray.init`."""

import os
import re
import secrets
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from godwit_plugin_api.errors import GodwitError

from godwit_ray.admittance import is_turned_away

_CONNECT_S: Final = 10.0
_GCS_PORT: Final = 6379
_CLIENT_PORT: Final = 10001


class ClusterError(GodwitError):
    """A Ray cluster is not to be had."""

    code = "RAY_UNREACHABLE"


def connect(
    address: str,
    *,
    token: str = "",
    runtime_env: Mapping[str, Any] | None = None,
    version: str = "",
    local: Mapping[str, Any] | None = None,
) -> Any:
    """Connect this process to a cluster, and return what `ray.init` tells of it.

    Args:
        address: where it is; empty: one is started that ends with this process.
        token: the cluster's; empty: whatever the environment says. A cluster that is started gets a new one. Ray reads
            it when it is imported: a process that has imported it already must have been started with `environment`.
        runtime_env: environment of Ray's tasks and actors.
        version: version that the cluster must have; empty: as Ray demands.
        local: arguments for a cluster that is started: `num_cpus` and the like.

    Raises:
        ClusterError: there is none, it lets nobody in without the right token, or it has another version.
    """
    if "ray" not in sys.modules:
        os.environ.update(environment(address, token, os.environ))
    if address and address != "auto":
        _check_reachable(address)
        _check_token(address)
    import ray  # noqa: PLC0415 - its variables are read when it is imported

    _check_version(version, ray.__version__)
    arguments: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
    if runtime_env:
        arguments["runtime_env"] = dict(runtime_env)
    if address:
        arguments["address"] = address
    else:
        arguments |= {
            "address": "local",
            "include_dashboard": False,
            "_node_ip_address": "127.0.0.1",
            **(local or {}),
        }
    try:
        return ray.init(**arguments)
    except Exception as error:
        raise explained(error, address) from error


def environment(address: str, token: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with which a process is to be started that connects to a cluster.

    Ray's control service listens on every interface of a machine, and a cluster without a token lets everyone run code:
    one that is started gets a token that nobody else knows. *given*: the variables that are there.
    """
    told = {} if "RAY_USAGE_STATS_ENABLED" in given else {"RAY_USAGE_STATS_ENABLED": "0"}
    has_token = given.get("RAY_AUTH_TOKEN") or given.get("RAY_AUTH_TOKEN_PATH")
    if token or (not address and not has_token):
        token = token or secrets.token_hex(32)
    if token:
        told |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token}
    return told


def address_of(options: Mapping[str, str], given: Mapping[str, str]) -> str:
    """Return where the cluster of ordinary tasks is, as settings or variables say; empty: one is to be started."""
    address = options.get("address", "") or given.get("RAY_ADDRESS", "")
    return "" if address == "local" else address


def token_of(options: Mapping[str, str]) -> str:
    """Return the token in the file that the settings name; empty where they name none.

    Raises:
        OSError: it cannot be read.
    """
    path = options.get("token_file", "")
    return Path(path).expanduser().read_text(encoding="utf-8").strip() if path else ""


def explained(error: BaseException, address: str) -> ClusterError:
    """Return what *error*, which connecting to *address* raised, means."""
    text = str(error).strip()
    where = f"at {address}" if address else "of this machine"
    if "ersion mismatch" in text:
        return ClusterError(
            f"The Ray cluster {where} has other versions than this machine: {_shortened(text)}",
            hint="Install the cluster's versions of Ray and Python here: pip install 'ray[default]==…'.",
            code="RAY_VERSION_MISMATCH",
        )
    if type(error).__name__ == "AuthenticationError" or re.search(
        r"(?i)unauthenticated|auth.{0,10}token|\b401\b", text
    ):
        return ClusterError(
            f"The Ray cluster {where} does not take the token: {_shortened(text)}",
            hint="Give the cluster's own: RAY_AUTH_TOKEN in the environment, or RayJob(token_secret=…).",
            code="RAY_AUTHENTICATION",
        )
    if re.search(r"(?i)expects this IP address to match|raylet", text) and address:
        return ClusterError(
            f"This machine is no node of the Ray cluster {where}: {_shortened(text)}",
            hint="Join from anywhere by ray://host:10001.",
            code="RAY_NO_NODE_HERE",
        )
    return ClusterError(
        f"The Ray cluster {where} cannot be had: {type(error).__name__}: {_shortened(text)}",
        hint=(
            "Somebody listens there: see that it is a Ray head, and that RAY_AUTH_TOKEN is its token."
            if address
            else "See what Ray's own logs say: /tmp/ray/session_latest/logs."
        ),
    )


def _check_reachable(address: str) -> None:
    """Check that somebody listens: Ray itself tries for minutes.

    Raises:
        ClusterError: nobody does.
    """
    parts = urlsplit(address if "://" in address else f"//{address}")
    port = parts.port or (_CLIENT_PORT if parts.scheme == "ray" else _GCS_PORT)
    try:
        socket.create_connection((parts.hostname or "", port), _CONNECT_S).close()
    except OSError as error:
        raise ClusterError(
            f"There is no Ray cluster at {address}: {error.strerror or error}.",
            hint="See that it is up, and that this machine reaches it.",
        ) from error


def _check_token(address: str) -> None:
    """Check that the cluster takes the token of this process; of `ray://`, Ray says it soon enough.

    Raises:
        ClusterError: it does not.
    """
    if "://" in address or not is_turned_away(address, os.environ):
        return
    shown = "that in RAY_AUTH_TOKEN" if os.environ.get("RAY_AUTH_TOKEN") else "one"
    raise ClusterError(
        f"The Ray cluster at {address} asks for another token than {shown}.",
        hint=(
            "Give the cluster's own: RAY_AUTH_MODE=token and RAY_AUTH_TOKEN in the environment, token_file of"
            " [backends.ray], or RayJob(token_secret=…)."
        ),
        code="RAY_AUTHENTICATION",
    )


def _check_version(wanted: str, came: str) -> None:
    if wanted and came.split(".")[: wanted.count(".") + 1] != wanted.split("."):
        raise ClusterError(
            f"The task asks for Ray {wanted}, and Ray {came} is installed where it runs.",
            hint=f"pip install 'ray[default]=={wanted}{'' if wanted.count('.') == 2 else '.*'}'",
            code="RAY_VERSION_MISMATCH",
        )


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 800 else f"{line[:400]} … {line[-400:]}"
