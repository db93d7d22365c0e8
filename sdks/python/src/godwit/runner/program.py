"""What the runner's program does once its arguments are read."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from types import FrameType
from typing import NamedTuple

from godwit_plugin_api.loading import load_plugins

from godwit.runner.attempts import TaskCancelled
from godwit.runner.process import detach_input, die_with_parent, take_descriptor
from godwit.runner.session import Session
from godwit.runner.stream import Channel, say_hello, serve
from godwit.version import VERSION

_CANCELLED_STATUS = 143
_SDK = f"godwit/{VERSION} python/{'.'.join(map(str, sys.version_info[:3]))}"


class StreamSettings(NamedTuple):
    """How a runner that speaks over a socket is set up.

    Attributes:
        descriptor: of the socket.
        log_name: name of the file that standard output goes to, as the backend knows it; empty: it goes to none.
        durable: whether files are to survive the loss of power.
        disabled_plugins: names of plugins to go on without.
    """

    descriptor: int
    log_name: str = ""
    durable: bool = False
    disabled_plugins: tuple[str, ...] = ()


def read_stream_settings(arguments: Sequence[str]) -> StreamSettings | None:
    """Return what the arguments say; None where they say anything but what backends say."""
    descriptor, log_name, durable, disabled = "", "", False, list[str]()
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--durable":
            durable = True
            continue
        name, equals, value = argument.partition("=")
        value = value if equals else next(waiting, "")
        if name == "--fd":
            descriptor = value
        elif name == "--log-name":
            log_name = value
        elif name == "--disable-plugin" and value:
            disabled.append(value)
        else:
            return None
    return StreamSettings(int(descriptor), log_name, durable, tuple(disabled)) if descriptor.isdecimal() else None


def run_stream(settings: StreamSettings) -> int:
    """Speak `runner/v1` until told to stop, and return the exit status."""
    return run_in_session(partial(_serve, settings), durable=settings.durable, disabled=settings.disabled_plugins)


def run_in_session(work: Callable[[Session], int], *, durable: bool, disabled: Sequence[str]) -> int:
    """Do *work* and return its exit status; 143 when the process is told to end meanwhile."""
    signal.signal(signal.SIGTERM, _cancel)
    session = Session(partial(load_plugins, disabled=disabled), durable=durable)
    gc.freeze()
    gc.enable()
    try:
        return work(session)
    except TaskCancelled:
        session.flush()
        return _CANCELLED_STATUS
    finally:
        session.close()


def _serve(settings: StreamSettings, session: Session) -> int:
    descriptor = take_descriptor(settings.descriptor)
    detach_input()
    for stream in (sys.stdout, sys.stderr):
        # What a killed task has printed is then in its log.
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # text streams at the start of a process
    os.set_blocking(descriptor, True)
    os.set_inheritable(descriptor, False)
    channel = Channel(descriptor)
    try:
        say_hello(channel, _SDK)
        die_with_parent()
        serve(channel, session, log_name=settings.log_name)
    except (BrokenPipeError, ConnectionResetError):
        # The backend is gone, and with it whoever would read the result.
        return 0
    return 0


def _cancel(_number: int, _frame: FrameType | None) -> None:
    raise TaskCancelled
