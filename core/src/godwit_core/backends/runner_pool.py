"""The runner processes of one backend: started, listened to, and brought to their end with all that they started."""

import contextlib
import signal
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from godwit_plugin_api.backend import BackendHost
from godwit_plugin_api.programs import Programs
from godwitidl.runner.v1.runner_pb2 import Report

from godwit_core.backends.guardian import Guardian
from godwit_core.backends.processes import RunnerProcess, RunnerStart, adopt_runner, start_runner

REAP_S = 0.005


class Listener(Protocol):
    """Whoever has attempts run in a runner."""

    def reported(self, runner: RunnerProcess, reports: Sequence[Report]) -> None:
        """Take what a runner reports."""

    def ended(self, runner: RunnerProcess, status: int, reports: Sequence[Report]) -> None:
        """Take note that a runner and all that it started are gone, and what it had reported last."""


class RunnerPool:
    """Runners that are there, each with the one who listens to it.

    Args:
        host: the engine's loop.
        options: what is added to the command of each runner.
        environment: variables of each runner.
        programs: fills in commands.
    """

    def __init__(
        self, host: BackendHost, options: Sequence[str], environment: Mapping[str, str], programs: Programs
    ) -> None:
        self._host = host
        self._programs = programs
        self._options = options
        self._environment = environment
        self._folder = Path(host.settings.log_folder)
        self._guardian = Guardian()
        self._listeners: dict[RunnerProcess, Listener] = {}
        self._started = 0

    @property
    def logs(self) -> Path:
        """The folder of logs, in which a runner's log has its name."""
        return self._folder.parent

    def start(
        self, command: tuple[str, ...], listener: Listener, *, socket_on_standard_input: bool = False
    ) -> RunnerProcess:
        """Start a runner.

        Raises:
            GodwitError: the command names a program that is not to be had.
            OSError: the program or the folder of logs is not to be had.
        """
        start = RunnerStart(command, self._programs.fill(command), self._options, socket_on_standard_input)
        runner = start_runner(start, self._folder, self._next_name(), self._environment)
        return self._take_up(runner, listener)

    def adopt(self, handed_over: str, listener: Listener) -> RunnerProcess | None:
        """Take over a runner that was started beforehand; None if it was started in another way."""
        runner = adopt_runner(handed_over, list(self._options), self._folder, self._next_name())
        return None if runner is None else self._take_up(runner, listener)

    def hand_over(self, runner: RunnerProcess, listener: Listener) -> None:
        """Have another listen to a runner."""
        self._listeners[runner] = listener

    def send(self, runner: RunnerProcess, message: bytes) -> None:
        """Send an encoded `Command`."""
        if not runner.send(message):
            self._host.call_later(0.001, partial(self._flush, runner))

    def retire(self, runner: RunnerProcess) -> None:
        """Let an idle runner go."""
        runner.ending = True
        self._host.unwatch(runner.descriptor)
        runner.close()
        self._await_end(runner)

    def terminate(self, runner: RunnerProcess) -> None:
        """Ask a runner and what it started to end, and make it end when the grace is over."""
        if runner.ending:
            return
        runner.ending = True
        runner.signal_group(signal.SIGTERM)
        self._host.call_later(self._host.settings.grace_s, partial(self._kill_if_there, runner))
        self._await_end(runner)

    def kill(self, runner: RunnerProcess) -> None:
        """End a runner and what it started at once."""
        runner.ending = True
        runner.signal_group(signal.SIGKILL)
        self._await_end(runner)

    def close(self, end: Callable[[RunnerProcess], None]) -> None:
        """End every runner, those that wait for work politely; *end* is called for each that is gone."""
        for runner in self._listeners:
            with contextlib.suppress(KeyError, ValueError):
                self._host.unwatch(runner.descriptor)
            runner.close()
            if runner.in_flight:
                runner.signal_group(signal.SIGKILL)
        for runner in self._listeners:
            runner.signal_group(signal.SIGKILL)
            runner.reap(block=True)
            self._guardian.forget(runner.process)
            end(runner)
        self._listeners.clear()
        self._guardian.close()

    def _next_name(self) -> str:
        self._started += 1
        return f"r{self._started - 1}"

    def _take_up(self, runner: RunnerProcess, listener: Listener) -> RunnerProcess:
        self._guardian.watch(runner.process)
        self._host.watch(runner.descriptor, partial(self._ready, runner))
        self._listeners[runner] = listener
        return runner

    def _flush(self, runner: RunnerProcess) -> None:
        if runner in self._listeners and not runner.flush():
            self._host.call_later(0.001, partial(self._flush, runner))

    def _ready(self, runner: RunnerProcess) -> None:
        frames = runner.receive()
        if frames is None:
            self._host.unwatch(runner.descriptor)
            self._await_end(runner)
        else:
            self._listeners[runner].reported(runner, [Report.FromString(data) for data in frames])

    def _kill_if_there(self, runner: RunnerProcess) -> None:
        if runner in self._listeners:
            runner.signal_group(signal.SIGKILL)

    def _await_end(self, runner: RunnerProcess) -> None:
        """Look again and again whether the process has ended; then tell its listener."""
        if runner not in self._listeners:
            return
        runner.ending = True
        status = runner.reap()
        if status is None or not runner.is_gone():
            self._host.call_later(REAP_S, partial(self._await_end, runner))
            return
        listener = self._listeners.pop(runner)
        self._guardian.forget(runner.process)
        reports = []
        with contextlib.suppress(KeyError, ValueError):
            reports = [Report.FromString(data) for data in runner.receive() or ()]
            self._host.unwatch(runner.descriptor)
        runner.close()
        listener.ended(runner, status, reports)
        self._host.wake()
