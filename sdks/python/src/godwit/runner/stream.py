"""The runner's loop: commands in, reports out, over one socket, one attempt at a time.

A runner that is told to interleave goes over to the event loop of `interleaving`, and stays there.
"""

import importlib
import os
import select
from _thread import allocate_lock
from collections import deque
from typing import Final

from godwitidl.rules.framing import FrameReader, frame
from godwitidl.runner.v1.runner_pb2 import Attempt, Command, Hello, Report

from godwit.runner.attempts import run_attempt
from godwit.runner.process import go_home
from godwit.runner.runtimes import Surroundings, check_link
from godwit.runner.session import Session
from godwit.runner.usage import Meter

PROTOCOL_VERSION: Final = 1

_STDOUT: Final = 1
_STDERR: Final = 2
_RECEIVED_BYTES: Final = 1 << 18


class Channel:
    """Whole messages over a stream socket. Receiving ends when the other side closes."""

    def __init__(self, descriptor: int) -> None:
        """*descriptor* is that of the socket; the module `socket` would double what is imported for it."""
        self.descriptor = descriptor
        self._frames = FrameReader()
        self._sending = allocate_lock()
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN | select.POLLHUP)

    def send(self, report: Report) -> None:
        """Send one report; blocks until the system has taken it. On any thread."""
        unsent = memoryview(frame(report.SerializeToString()))
        with self._sending:
            while unsent:
                unsent = unsent[os.write(self.descriptor, unsent) :]

    def is_ready(self) -> bool:
        """Return whether `receive` would not block."""
        return bool(self._poll.poll(0))

    def receive(self) -> list[Command] | None:
        """Wait for the next bytes and return the commands that are complete with them; None at the end."""
        try:
            received = os.read(self.descriptor, _RECEIVED_BYTES)
        except ConnectionError:
            return None
        if not received:
            return None
        return [Command.FromString(payload) for payload in self._frames.feed(received)]


def link_report(identifier: str, name: str, url: str) -> Report:
    """Return the report that the attempt *identifier* tells a link.

    Raises:
        InvalidInput: the name or the url is empty, or no text.
    """
    check_link(name, url)
    report = Report()
    report.linked.id = identifier
    report.linked.link.name = name
    report.linked.link.url = url
    return report


def say_hello(channel: Channel, sdk: str) -> None:
    """Tell the other side that this runner is up. *sdk*: what runs, as in Hello."""
    channel.send(Report(hello=Hello(protocol_version=PROTOCOL_VERSION, sdk=sdk, process_id=os.getpid())))


def serve(channel: Channel, session: Session, *, log_name: str) -> None:
    """Run what is sent until told to stop, or until the other side is gone.

    Args:
        channel: where commands come from and reports go to.
        session: plugins, types, tasks.
        log_name: name of the file that standard output goes to, as the backend knows it; empty: it goes to none.

    Raises:
        OSError: the other side is gone, or the file to which output is to be redirected cannot be opened.
    """
    loop = _Loop(channel, session, log_name)
    while loop.take_commands(wait=True):
        loop.run_waiting()
    if loop.interleaved:
        # Loading asyncio doubles the start of a runner, and few need it.
        importlib.import_module("godwit.runner.interleaving").serve(channel, session, loop.interleaved)


class _Loop:
    def __init__(self, channel: Channel, session: Session, log_name: str) -> None:
        self._channel = channel
        self._session = session
        self._log_name = log_name
        self._waiting: deque[Attempt] = deque()
        self.interleaved: list[Command] = []
        """Commands from the one on that says to interleave; empty: none has."""
        self._open = True
        self._meter = Meter()
        self._surroundings = Surroundings(link=self._link)
        self._log_end = 0
        self._log_end = self._log_size()
        self._process = os.getpid()
        self._home = os.getcwd()  # noqa: PTH109 - a path object for each attempt is slow

    def take_commands(self, *, wait: bool) -> bool:
        """Take what was sent, waiting for it if told to; return whether there may be more to do."""
        while self._open and (wait or self._channel.is_ready()):
            commands = self._channel.receive()
            if commands is None:
                return False
            for position, command in enumerate(commands):
                self._take(command)
                if self.interleaved:
                    self.interleaved += commands[position + 1 :]
                    break
            if self._waiting:
                wait = False
        return self._open or bool(self._waiting)

    def _take(self, command: Command) -> None:
        kind = command.WhichOneof("kind")
        if kind == "run":
            self._waiting.extend(command.run.attempts)
        elif kind == "prepare":
            prepare = command.prepare
            self._session.prepare(prepare.task, prepare.spec, prepare.source_root)
        elif kind == "cancel":
            self._drop(set(command.cancel.ids))
        elif kind == "redirect":
            self._redirect(command.redirect.path, command.redirect.log_name)
        elif kind == "interleave":
            self.interleaved = [command]
            self._open = False
        elif kind == "stop":
            self._open = False

    def _redirect(self, path: str, log_name: str) -> None:
        self._session.flush()
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(descriptor, _STDOUT)
        os.dup2(descriptor, _STDERR)
        os.close(descriptor)
        self._log_name = log_name
        self._log_end = self._log_size()

    def _drop(self, ids: set[str]) -> None:
        dropped = [attempt for attempt in self._waiting if attempt.id in ids]
        for attempt in dropped:
            self._waiting.remove(attempt)
            report = Report()
            report.dropped.id = attempt.id
            self._channel.send(report)

    def run_waiting(self) -> None:
        """Run what was sent. The next attempt is said to start with the result of the one before it."""
        attempt = self._waiting.popleft() if self._waiting else None
        while attempt is not None:
            report = Report()
            result = report.result
            result.id = attempt.id
            self._meter.start()
            run_attempt(self._session, attempt, result, surroundings=self._surroundings)
            if os.getpid() != self._process:
                # Task code forked, and the child came back here: the attempt, and its result, are the parent's.
                os._exit(1 if result.HasField("error") else 0)
            go_home(self._home)
            self._meter.read(result.usage)
            self._note_log(report)
            if not self.take_commands(wait=False):
                self._waiting.clear()
            attempt = self._waiting.popleft() if self._waiting else None
            if attempt is not None:
                result.next_started = attempt.id
            self._channel.send(report)

    def _link(self, identifier: str, name: str, url: str) -> None:
        self._channel.send(link_report(identifier, name, url))

    def _note_log(self, report: Report) -> None:
        self._session.flush()
        if not self._log_name:
            return
        begin, self._log_end = self._log_end, self._log_size()
        if self._log_end > begin:
            log = report.result.log
            log.segment, log.begin, log.end = self._log_name, begin, self._log_end

    def _log_size(self) -> int:
        if not self._log_name:
            return 0
        try:
            return os.fstat(_STDOUT).st_size
        except OSError:
            # Task code closed it: nothing more is written to the log.
            return self._log_end
