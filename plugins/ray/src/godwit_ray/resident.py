"""The runner that lives in a Ray actor: it runs attempts by the code of every runner, some at a time.

What it tells are encoded `GatewayReport`s. They go back as the answer of `run`; what cannot wait for that, because an
attempt takes its time, is sent by a thread beside: that an attempt began, what it printed, where to look at it, and the
results of those before it. The answer to what the thread sends says whether the attempt under way is to end.
"""

import contextlib
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Final, NamedTuple

from godwit.runner.attempts import TaskCancelled, run_attempt
from godwit.runner.process import go_home
from godwit.runner.runtimes import Surroundings, check_link
from godwit.runner.usage import Meter
from godwit_plugin_api.attempt_errors import cancelled
from godwit_plugin_api.loading import load_plugins
from godwitidl.plugins.ray.v1.ray_pb2 import GatewayReport
from godwitidl.runner.v1.runner_pb2 import Attempt, Prepare, Result, Run

from godwit_ray.object_values import ObjectStore, SharedSession
from godwit_ray.remains import end_descendants
from godwit_ray.sources import unpacked

_FIRST_TICK_S: Final = 0.05
"""What takes longer than this is told of while it runs."""
_TICK_S: Final = 0.25
_STDOUT: Final = 1
_STDERR: Final = 2


class Told(NamedTuple):
    """What a resident tells.

    Attributes:
        reports: encoded `GatewayReport`s.
        log_begin: where in the resident's log *log* begins.
        log: what was printed since it last told.
    """

    reports: list[bytes]
    log_begin: int
    log: bytes


Post = Callable[[Told, str], bool]
"""Sends what cannot wait, with the id of the attempt under way; returns whether that is to end."""


class Resident:
    """Runs attempts in the process that makes it, on the thread that makes it.

    Attributes:
        worker: host and process, for people.

    Args:
        post: see `Post`; called on a thread of its own.
        log_name: name under which the backend knows the log.
        disabled: names of plugins to go on without.
        durable: whether files are to survive the loss of power.
        objects: keeps values in Ray's memory; None: nothing is kept there.
    """

    def __init__(
        self, post: Post, log_name: str, disabled: Sequence[str], *, durable: bool, objects: ObjectStore | None = None
    ) -> None:
        self.worker = f"{os.uname().nodename}:{os.getpid()}"
        self._post = post
        self._log_name = log_name
        self._session = SharedSession(partial(load_plugins, disabled=disabled), durable=durable, objects=objects)
        self._surroundings = Surroundings(link=self._link)
        self._meter = Meter()
        self._home = os.getcwd()  # noqa: PTH109 - as runners keep it
        self._lock = threading.Lock()
        self._reports: list[bytes] = []
        self._current: Attempt | None = None
        self._began_s = 0.0
        self._is_told = False
        self._log_begin = 0
        self._log_sent = 0
        self._is_log_told = False
        self._busy = threading.Event()
        self._log = _take_output()
        signal.signal(signal.SIGTERM, _cancel)
        threading.Thread(target=self._tell_forever, name="godwit-ray-telling", daemon=True).start()

    def run(self, prepares: Sequence[bytes], encoded: bytes, archives: Mapping[str, bytes]) -> Told:
        """Run attempts in their order, and return what has not been told yet.

        Args:
            prepares: encoded `Prepare`s of tasks that are new here.
            encoded: an encoded `Run`.
            archives: packed sources by their folder, where that folder is not to be seen from here.
        """
        for item in prepares:
            prepare = Prepare.FromString(item)
            archive = archives.get(prepare.source_root)
            root = unpacked(archive) if archive is not None else prepare.source_root
            self._session.prepare(prepare.task, prepare.spec, root)
        attempts = Run.FromString(encoded).attempts
        try:
            for attempt in attempts:
                self._run(attempt)
        except TaskCancelled:
            current = self._current
            if current is not None:
                result = Result(id=current.id)
                result.error.ParseFromString(cancelled())
                self._end(result)
            end_descendants()
        finally:
            self._busy.clear()
        with self._lock:
            return self._take()

    def _run(self, attempt: Attempt) -> None:
        with self._lock:
            self._current = attempt
            self._began_s = time.monotonic()
            self._is_told = self._is_log_told = False
            self._log_begin = self._log_size()
        self._busy.set()
        result = Result(id=attempt.id)
        self._meter.start()
        run_attempt(self._session, attempt, result, surroundings=self._surroundings)
        go_home(self._home)
        self._end(result)

    def _end(self, result: Result) -> None:
        self._meter.read(result.usage)
        self._session.flush()
        with self._lock:
            end = self._log_size()
            if end > self._log_begin:
                result.log.segment, result.log.begin, result.log.end = self._log_name, self._log_begin, end
            self._reports.append(GatewayReport(result=result).SerializeToString())
            self._current = None

    def _link(self, identifier: str, name: str, url: str) -> None:
        check_link(name, url)
        report = GatewayReport()
        report.linked.id = identifier
        report.linked.link.name, report.linked.link.url = name, url
        with self._lock:
            self._reports.append(report.SerializeToString())

    def _take(self) -> Told:
        """Take what has not been told. The lock is held."""
        reports, self._reports = self._reports, []
        begin, end = self._log_sent, self._log_size()
        log = os.pread(self._log, end - begin, begin) if end > begin else b""
        self._log_sent = begin + len(log)
        return Told(reports, begin, log)

    def _tell_forever(self) -> None:
        while True:
            self._busy.wait()
            time.sleep(_FIRST_TICK_S if not self._is_told else _TICK_S)
            with self._lock:
                current = self._current
                if current is None or time.monotonic() - self._began_s < _FIRST_TICK_S:
                    continue
                self._note(current)
                told = self._take()
            if self._post(told, current.id):
                with self._lock:
                    if self._current is current:
                        os.kill(os.getpid(), signal.SIGTERM)

    def _note(self, current: Attempt) -> None:
        """Tell that the attempt under way began, and that it began to print. The lock is held."""
        if not self._is_told:
            report = GatewayReport()
            report.began.id = current.id
            report.began.worker = self.worker
            self._reports.append(report.SerializeToString())
            self._is_told = True
        if not self._is_log_told and self._log_size() > self._log_begin:
            report = GatewayReport()
            report.writing.id = current.id
            report.writing.log.segment, report.writing.log.begin = self._log_name, self._log_begin
            self._reports.append(report.SerializeToString())
            self._is_log_told = True

    def _log_size(self) -> int:
        return os.fstat(self._log).st_size


def _take_output() -> int:
    """Have standard output and error go to a file of their own, and return its descriptor; it has no name."""
    descriptor, path = tempfile.mkstemp(prefix="godwit-ray-", suffix=".log")
    Path(path).unlink()
    appending = os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_APPEND) if _has_proc() else descriptor
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os.dup2(appending, _STDOUT)
    os.dup2(appending, _STDERR)
    sys.stdout = open(_STDOUT, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115 - for the life of the process
    sys.stderr = open(_STDERR, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115 - likewise
    return descriptor


def _has_proc() -> bool:
    return Path("/proc/self/fd").is_dir()


def _cancel(_number: int, _frame: FrameType | None) -> None:
    raise TaskCancelled
