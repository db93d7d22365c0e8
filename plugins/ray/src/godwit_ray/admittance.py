"""Whether a cluster lets this process in. Ray itself tries for twenty seconds, and then does not speak of tokens."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

_METHOD: Final = "/ray.rpc.NodeInfoGcsService/CheckAlive"
"""A question that every control service answers, and that does nothing."""
_PATIENCE_S: Final = 5.0


def is_turned_away(address: str, given: Mapping[str, str]) -> bool:
    """Return whether the control service at *address*, `host:port`, refuses the token of the environment *given*.

    False also where it cannot be told: it does not answer, or not as Ray does.
    """
    import grpc  # noqa: PLC0415 - engines, which import this, too, never ask

    token = _token(given)
    metadata = (("authorization", f"Bearer {token}"),) if token else ()
    with grpc.insecure_channel(address) as channel:
        try:
            channel.unary_unary(_METHOD)(b"", timeout=_PATIENCE_S, metadata=metadata)
        except grpc.RpcError as error:
            return bool(error.code() is grpc.StatusCode.UNAUTHENTICATED)
    return False


def _token(given: Mapping[str, str]) -> str:
    """Return the token that Ray will show, found as Ray finds it; empty: none."""
    if given.get("RAY_AUTH_MODE", "").lower() != "token":
        return ""
    if token := given.get("RAY_AUTH_TOKEN", ""):
        return token.strip()
    path = given.get("RAY_AUTH_TOKEN_PATH", "") or "~/.ray/auth_token"
    try:
        return Path(path).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, RuntimeError):
        return ""
