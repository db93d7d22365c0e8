"""The command `godwit backend serve`."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click
from godwit_plugin_api.backend import BackendSettings
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.remote.connection import OWN_OPTIONS, read_file, read_token

from godwit_core.backends.host_size import processors
from godwit_core.cli import output
from godwit_core.cli.engine_options import configuration
from godwit_core.cli.session import Session
from godwit_core.cli.shared_options import Command
from godwit_core.runtime.backend_server import BackendServer, Offer

_MORTAL = ("local", "inline")
"""Backends whose attempts end with the process that they were started by."""


@click.command("serve", cls=Command)
@click.argument("backend")
@click.option(
    "--listen", metavar="ADDRESS", help="unix:PATH or HOST:PORT; port 0 is any free one. [a socket in the home]"
)
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Attempts of a home at a time. [one a processor]")
@click.option("--token-file", metavar="FILE", help="File with the token that engines have to bring.")
@click.option("--certificate", metavar="FILE", help="Certificate chain, PEM: engines are talked to by TLS.")
@click.option("--key", metavar="FILE", help="Private key of the certificate, PEM.")
@click.pass_obj
def serve(
    session: Session,
    backend: str,
    listen: str | None,
    workers: int | None,
    token_file: str | None,
    certificate: str | None,
    key: str | None,
) -> int:
    """Offer the backend BACKEND of an installed plugin to engines elsewhere.

    Engines find it by `server = "ADDRESS"` under `[backends.NAME]` in the config.toml of their home. What it keeps
    lies in this home. Ctrl-C or SIGTERM ends it; work that outlives it by nature goes on, and is found again by the
    next.
    """
    if (certificate is None) != (key is None):
        raise click.UsageError("--certificate and --key go together.")
    home = session.home.absolute()
    configured = configuration(session)
    own = configured.backends.get(backend, {})
    offer = Offer(
        backend=backend,
        software=session.registry().owner(Kind.BACKEND, backend).label,
        folder=home / "served" / backend,
        settings=BackendSettings(
            home="",
            log_folder="",
            workers=workers or configured.workers or processors(),
            options={
                **{name: value for name, value in own.items() if "server" not in own or name not in OWN_OPTIONS},
                "durability": "process",
                "disabled_plugins": " ".join(session.disabled),
                "first_runner": "when needed",
            },
        ),
        outlives_server=backend not in _MORTAL,
        token=read_token(token_file) if token_file else "",
        certificate=read_file(certificate) if certificate else b"",
        key=read_file(key) if key else b"",
    )
    server = BackendServer(offer, session.registry(), listen or f"unix:{home / 'served' / backend}.sock")
    with _stopped_by_signals(server):
        server.start()
        _tell_begin(session, server)
        try:
            server.run()
        finally:
            left = server.under_way()
            server.close()
    _tell_end(session, server, left)
    return 0


@contextmanager
def _stopped_by_signals(server: BackendServer) -> Iterator[None]:
    """Have Ctrl-C and SIGTERM stop the server; a second one leaves at once."""

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        if server.is_stopping:
            raise KeyboardInterrupt
        server.stop()

    before = [(number, signal.signal(number, handle)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _tell_begin(session: Session, server: BackendServer) -> None:
    if session.json:
        output.write_json(
            {"event": "ready", "backend": server.offer.backend, "address": server.address, "process": os.getpid()}
        )
        return
    output.tell(f"Backend {server.offer.backend}, process {os.getpid()}, listens at {server.address}. Ctrl-C ends it.")
    output.tell(f'For config.toml of an engine\'s home:\n  [backends.NAME]\n  server = "{server.address}"')


def _tell_end(session: Session, server: BackendServer, left: int) -> None:
    if session.json:
        output.write_json({"event": "ended", "backend": server.offer.backend, "under_way": left})
        return
    output.tell(f"Backend {server.offer.backend} ended; {left} attempts were under way.")
