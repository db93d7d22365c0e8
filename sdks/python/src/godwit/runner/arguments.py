"""The runner's arguments as people give them, and those of the file contract."""

import argparse
import os
from collections.abc import Sequence
from functools import partial

from godwit.runner.once import OnceSettings, run_once
from godwit.runner.program import StreamSettings, run_in_session, run_stream
from godwit.runner.session import Session


def run(arguments: Sequence[str]) -> int:
    """Read the arguments, do what they say, and return the exit status.

    Raises:
        SystemExit: they are wrong, or ask for help; that has been printed.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if not options.once:
        return run_stream(StreamSettings(options.fd, options.log_name, options.durable, tuple(options.disable_plugin)))
    try:
        settings = OnceSettings.of(options, os.environ)
    except ValueError as error:
        parser.error(str(error))
    work = partial(_once, settings, options.durable)
    return run_in_session(work, durable=options.durable, disabled=options.disable_plugin)


def _once(settings: OnceSettings, durable: bool, session: Session) -> int:
    return run_once(session, settings, durable=durable)


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
