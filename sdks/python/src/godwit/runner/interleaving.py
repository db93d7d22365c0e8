"""The runner's loop for attempts of `async` tasks: all that are sent are under way at a time, on one event loop.

Each attempt is an asyncio task with a context of its own: what `current_context()` says, what it prints and what it
uses are its own. What belongs to the process belongs to all: environment, working folder, memory, the pool of threads
behind `asyncio.to_thread`. An attempt that computes instead of waiting holds up the others.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextvars import copy_context
from functools import partial

from godwit_plugin_api import attempt_errors
from godwitidl.core.v1.event_pb2 import LogSlice
from godwitidl.runner.v1.runner_pb2 import Attempt, Command, Report, Result

from godwit.context import enter_context
from godwit.runner.attempt_logs import AttemptLog, PartsFile, log_to, switch_streams
from godwit.runner.attempts import TaskCancelled, around, context_of, note_failure, read_inputs, write_outputs
from godwit.runner.metering import Account, charge, metering_factory
from godwit.runner.process import go_home
from godwit.runner.reports import AttemptReport
from godwit.runner.runtimes import Surroundings
from godwit.runner.session import Session
from godwit.runner.stream import Channel, link_report


def serve(channel: Channel, session: Session, commands: Sequence[Command]) -> None:
    """Run what is sent until told to stop, or until the other side is gone.

    Args:
        channel: where commands come from and reports go to.
        session: plugins, types, tasks.
        commands: what has come already, from the one on that says to interleave.

    Raises:
        OSError: the other side is gone, or the file of logs cannot be opened.
        TaskCancelled: the process was told to end, and every attempt has been.
    """
    interleave = commands[0].interleave
    file = PartsFile(interleave.path, interleave.log_name)
    switch_streams()
    loop = asyncio.new_event_loop()
    loop.set_task_factory(metering_factory)
    asyncio.set_event_loop(loop)
    attempts = _Attempts(loop, channel, session, file)
    loop.add_reader(channel.descriptor, attempts.take_commands)
    loop.add_signal_handler(signal.SIGTERM, attempts.terminate)
    attempts.take(commands[1:])
    while not attempts.over:
        try:
            loop.run_forever()
        except (SystemExit, KeyboardInterrupt):
            # Raised in a task that an attempt has made: asyncio hands it on, and to whoever awaits that task.
            continue
    if attempts.error is not None:
        raise attempts.error
    if attempts.terminated:
        raise TaskCancelled


class _Attempts:
    """The attempts under way.

    Attributes:
        over: whether there will be nothing more to do.
        error: what keeps reports from being sent; None: nothing.
        terminated: whether the process was told to end.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, channel: Channel, session: Session, file: PartsFile) -> None:
        self._loop = loop
        self._channel = channel
        self._session = session
        self._file = file
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._cancelled: set[str] = set()
        self._open = True
        self._process = os.getpid()
        self._home = os.getcwd()  # noqa: PTH109 - as everywhere in the runner
        self.over = False
        self.error: OSError | None = None
        self.terminated = False

    # What the backend says.

    def take_commands(self) -> None:
        """Take what was sent."""
        commands = self._channel.receive()
        if commands is None:
            self._finish()
        else:
            self.take(commands)

    def take(self, commands: Sequence[Command]) -> None:
        """Do what the backend says."""
        for command in commands:
            kind = command.WhichOneof("kind")
            if kind == "run":
                for attempt in command.run.attempts:
                    self._start(attempt)
            elif kind == "prepare":
                self._session.prepare(command.prepare.task, command.prepare.spec, command.prepare.source_root)
            elif kind == "cancel":
                self._cancel(command.cancel.ids)
            elif kind == "stop":
                self._open = False
                self._finish_when_done()

    def terminate(self) -> None:
        """Cancel everything, and end."""
        self.terminated, self._open = True, False
        self._cancel(list(self._tasks))
        self._finish_when_done()

    def _cancel(self, ids: Sequence[str]) -> None:
        for identifier in ids:
            task = self._tasks.get(identifier)
            if task is not None and identifier not in self._cancelled:
                self._cancelled.add(identifier)
                task.cancel()

    def _finish_when_done(self) -> None:
        if not self._open and not self._tasks:
            self._finish()

    def _finish(self) -> None:
        self.over = True
        self._loop.stop()

    # One attempt.

    def _start(self, attempt: Attempt) -> None:
        report = Report()
        report.result.id = attempt.id
        account = Account()
        log = AttemptLog(self._file, partial(self._log_began, attempt.id))
        own = copy_context()
        own.run(log_to, log)
        own.run(charge, account)
        task = own.run(self._loop.create_task, self._run(attempt, report.result, account))
        self._tasks[attempt.id] = task
        task.add_done_callback(partial(self._ended, report, account, log))

    async def _run(self, attempt: Attempt, result: Result, account: Account) -> None:
        data = self._session.data(attempt.output_prefix)
        surroundings = Surroundings(link=self._link)
        report = AttemptReport(data)
        try:
            task = self._session.task(attempt.task)
            with around(self._session, task, attempt, report, surroundings) as given:
                enter_context(context_of(self._session, task, attempt, data, report, surroundings, given))
                keywords = read_inputs(task, attempt, data)
                value = task.function(**keywords)
                if task.is_async:
                    value = await value
                write_outputs(task, value, attempt, data, result)
        except BaseException as exception:  # whatever task code raises is its attempt's error
            if isinstance(exception, asyncio.CancelledError) and attempt.id in self._cancelled:
                raise
            note_failure(result, exception)
        finally:
            await _end_all(account)
            if uri := report.keep():
                result.report = uri
            data.clear()

    def _ended(self, report: Report, account: Account, log: AttemptLog, task: "asyncio.Task[None]") -> None:
        """Tell the backend how an attempt ended."""
        if os.getpid() != self._process:
            # Task code forked, and the child came back here: the attempt, and its result, are the parent's.
            os._exit(1 if report.result.HasField("error") else 0)
        result = report.result
        if task.cancelled() or result.id in self._cancelled:
            result.ClearField("outputs")
            result.error.ParseFromString(attempt_errors.cancelled("The attempt was cancelled."))
        elif (exception := task.exception()) is not None:
            note_failure(result, exception)
        result.usage.wall_micros = (time.perf_counter_ns() - account.began_ns) // 1000
        result.usage.cpu_micros = account.cpu_ns // 1000
        _close(log)
        if (written := log.slice()) is not None:
            result.log.CopyFrom(written)
        del self._tasks[result.id]
        self._cancelled.discard(result.id)
        if not self._tasks:
            go_home(self._home)
        self._send(report)
        self._finish_when_done()

    def _log_began(self, identifier: str, log: LogSlice) -> None:
        report = Report()
        report.writing.id = identifier
        report.writing.log.CopyFrom(log)
        self._send(report)

    def _link(self, identifier: str, name: str, url: str) -> None:
        self._send(link_report(identifier, name, url))

    def _send(self, report: Report) -> None:
        """Send a report, on whatever thread this is: the loop may be held up."""
        try:
            self._channel.send(report)
        except OSError as error:
            self.error = error
            self._loop.call_soon_threadsafe(self._finish)


async def _end_all(account: Account) -> None:
    """Cancel the tasks that an attempt has left behind, and wait until they are gone."""
    own = asyncio.current_task()
    left = [task for task in account.tasks if task is not own and not task.done()]
    for task in left:
        task.cancel()
    if left:
        await asyncio.gather(*left, return_exceptions=True)


def _close(log: AttemptLog) -> None:
    try:
        log.flush()
    except OSError as error:
        print(f"The end of a log is lost: {error}", file=sys.__stderr__)
