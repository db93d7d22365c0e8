"""The runner's program: `python -m godwit.runner`.

Started by a backend with `--fd N`, it speaks `runner/v1` over the socket of that descriptor. Started with `--once`, it
keeps the file contract: inputs from a folder, outputs or the error into another, the exit status to match.
"""

import argparse
import os
import signal
import socket
import sys
from collections.abc import Sequence
from functools import partial
from types import FrameType

from godwit_plugin_api.loading import load_plugins

from godwit.runner.attempts import TaskCancelled
from godwit.runner.once import OnceSettings, run_once
from godwit.runner.process import detach_input, die_with_parent
from godwit.runner.session import Session
from godwit.runner.stream import Channel, serve
from godwit.version import VERSION

_CANCELLED_STATUS = 143
_SDK = f"godwit/{VERSION} python/{'.'.join(map(str, sys.version_info[:3]))}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit status: 0; 143 when told to end; with `--once`, 1 for the task's error."""
    parser = _parser()
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _cancel)
    session = Session(partial(load_plugins, disabled=options.disable_plugin), durable=options.durable)
    try:
        if options.once:
            return run_once(session, _once_settings(parser, options), durable=options.durable)
        return _serve(options, session)
    except TaskCancelled:
        session.flush()
        return _CANCELLED_STATUS


def _once_settings(parser: argparse.ArgumentParser, options: argparse.Namespace) -> OnceSettings:
    try:
        return OnceSettings.of(options, os.environ)
    except ValueError as error:
        parser.error(str(error))


def _serve(options: argparse.Namespace, session: Session) -> int:
    die_with_parent()
    detach_input()
    for stream in (sys.stdout, sys.stderr):
        # What a killed task has printed is then in its log.
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # text streams at the start of a process
    connection = socket.socket(fileno=options.fd)
    connection.setblocking(True)
    connection.set_inheritable(False)
    try:
        serve(Channel(connection), session, log_name=options.log_name, sdk=_SDK)
    except (BrokenPipeError, ConnectionResetError):
        # The backend is gone, and with it whoever would read the result.
        return 0
    return 0


def _cancel(_number: int, _frame: FrameType | None) -> None:
    raise TaskCancelled


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m godwit.runner", description="Runs tasks for a backend.")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--fd", type=int, help="descriptor of the socket to the backend")
    mode.add_argument("--once", action="store_true", help="run one attempt by the file contract")
    parser.add_argument("--log-name", default="", help="name of the file that standard output goes to")
    parser.add_argument("--durable", action="store_true", help="have files survive the loss of power")
    parser.add_argument("--disable-plugin", action="append", default=[], metavar="NAME", help="go on without it")
    OnceSettings.add_options(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
