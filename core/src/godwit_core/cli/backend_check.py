"""The command `godwit backend check`."""

from typing import Any

import click
import grpc
from godwit_plugin_api.remote.addresses import parse_address
from godwit_plugin_api.remote.connection import (
    HANDSHAKE_S,
    RemoteSettings,
    ask,
    open_channel,
    read_file,
    read_token,
    speaks_our_version,
)
from godwit_plugin_api.remote.service import NEWEST_VERSION, OLDEST_VERSION, Stub

from godwit_core.cli import output
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command

_HEALTH = {True: "serving", False: "not serving", None: "does not say"}


@click.command("check", cls=Command)
@click.argument("address")
@click.option("--token-file", metavar="FILE", help="File with the token that the server asks for.")
@click.option("--ca-file", metavar="FILE", help="Certificates, PEM, by which the server's is verified: TLS.")
@click.pass_obj
def check(session: Session, address: str, token_file: str | None, ca_file: str | None) -> int:
    """See what backend listens at ADDRESS: shake hands with it, and ask for its health.

    Nothing is started or changed there. Exit status 1 when it is not well, or speaks other versions.
    """
    parse_address(address)
    settings = RemoteSettings(
        name=address,
        server=address,
        backend="BACKEND",
        token=read_token(token_file) if token_file else "",
        authorities=read_file(ca_file) if ca_file else b"",
    )
    channel = open_channel(settings)
    try:
        stub = Stub(channel, settings.token)
        told = ask(stub, settings, "")
        health = _health(stub)
    finally:
        channel.close()
    fits = speaks_our_version(told)
    described: dict[str, Any] = {
        "address": address,
        "backend": told.backend,
        "software": told.software,
        "versions": [told.oldest_version, told.newest_version],
        "fits": fits,
        "health": _HEALTH[health],
        "payloads": list(told.payloads),
        "runs_programs": told.runs_programs,
        "outlives_engine": told.outlives_engine,
        "outlives_server": told.outlives_server,
    }
    if session.json:
        output.write_json(described)
    else:
        _tell(described)
    return 0 if fits and health is not False else 1


def _health(stub: Stub) -> bool | None:
    """Return whether the server says it is well; None: it does not say."""
    try:
        return stub.health(HANDSHAKE_S)
    except grpc.RpcError as error:
        return None if error.code() is grpc.StatusCode.UNIMPLEMENTED else False


def _tell(told: dict[str, Any]) -> None:
    oldest, newest = told["versions"]
    ours = f"{OLDEST_VERSION} to {NEWEST_VERSION}"
    rows = (
        ("backend", told["backend"]),
        ("software", told["software"] or "not said"),
        ("versions", f"{oldest} to {newest}; spoken here: {ours}{'' if told['fits'] else ' — they do not fit'}"),
        ("health", told["health"]),
        ("payloads", ", ".join(told["payloads"]) or "not said"),
        ("runs programs", _yes(told["runs_programs"])),
        ("outlives engine", _yes(told["outlives_engine"])),
        ("outlives server", _yes(told["outlives_server"])),
    )
    for name, value in rows:
        output.write(f"{name:<16} {value}")


def _yes(value: bool) -> str:
    return "yes" if value else "no"
