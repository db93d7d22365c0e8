"""Attempts of programs that read and write local files alone, where values are kept elsewhere.

It stands between the local backend and its engine: threads copy what an attempt reads before the backend gets it, and
what it has written before the engine hears of its end. The engine's thread never waits for a store.
"""

import fcntl
import os
import queue
import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import BinaryIO

from godwit_plugin_api.backend import AttemptRequest, BackendEvent, BackendHost, Cancelling, Finished, Lost, OutputValue
from godwit_plugin_api.registry import PluginRegistry
from godwit_plugin_api.staging import copies
from godwit_plugin_api.staging.copies import LocalCopies, Stores, error_of
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.digest import literal_digest

from godwit_core.backends import local_errors

THREADS = 4
"""How many attempts have data copied at a time."""


class _Phase(Enum):
    BRINGING = auto()
    RUNNING = auto()
    KEEPING = auto()


@dataclass(slots=True)
class _Staged:
    """An attempt whose data are copied."""

    request: AttemptRequest
    copies: LocalCopies
    phase: _Phase = _Phase.BRINGING
    cancelled: bool = False


class StagedAttempts:
    """The attempts whose data is copied; see the module's text.

    Args:
        host: the engine's loop.
        plugins: gives the plugins; called once at most, and only when data is to be copied.
        deliver: takes an attempt whose data lie here.
    """

    def __init__(
        self, host: BackendHost, plugins: Callable[[], PluginRegistry], deliver: Callable[[AttemptRequest], None]
    ) -> None:
        self._host = host
        self._plugins = plugins
        self._deliver = deliver
        self._staged: dict[str, _Staged] = {}
        self._copying: _Copying | None = None

    @property
    def bringing(self) -> int:
        """How many attempts are on their way to the backend."""
        return sum(one.phase is _Phase.BRINGING for one in self._staged.values())

    def takes(self, request: AttemptRequest) -> bool:
        """Return whether data is to be copied before *request* can run; then it is delivered later, or ends."""
        if not copies.are_needed(request.inputs, request.output_prefix):
            return False
        if request.id not in self._staged:
            if self._copying is None:
                self._copying = _Copying(self._host, self._plugins)
            folder = self._copying.new_folder()
            local = LocalCopies(folder, request.output_prefix, request.checkpoint_prefix)
            one = self._staged[request.id] = _Staged(request, local)
            self._copying.do(partial(_bring, one), partial(self._brought, one))
        return True

    def cancel(self, ids: Sequence[str]) -> list[str]:
        """Cancel the attempts among *ids* whose data is being copied; return the other ids."""
        others = []
        for identifier in ids:
            one = self._staged.get(identifier)
            if one is None or one.phase is _Phase.RUNNING:
                others.append(identifier)
            elif not one.cancelled:
                one.cancelled = True
                self._host.push([Cancelling(identifier, f"the copying of its data on {os.uname().nodename}")])
        return others

    def push(self, events: Sequence[BackendEvent]) -> None:
        """Tell the engine *events*; of an attempt whose data is to be copied, its end is told after that."""
        told = events if not self._staged else [event for event in events if not self._keeps(event)]
        if told:
            self._host.push(told)

    def close(self) -> None:
        """Leave what is being copied, and remove the copies."""
        if self._copying is not None:
            self._copying.close()
            self._copying = None
        self._staged.clear()

    def _keeps(self, event: BackendEvent) -> bool:
        """Have what an attempt wrote copied, if *event* is its end."""
        one = self._staged.get(event.id)
        if one is None or self._copying is None or not isinstance(event, Finished | Lost):
            return False
        one.phase = _Phase.KEEPING
        self._copying.do(partial(_keep, one, event), partial(self._kept, one))
        return True

    # Back on the engine's thread.

    def _brought(self, one: _Staged, came: "AttemptRequest | Finished") -> None:
        if isinstance(came, AttemptRequest) and not one.cancelled:
            one.phase = _Phase.RUNNING
            self._deliver(came)
        elif isinstance(came, Finished):
            self._end(one, came)
        else:
            self._end(one, Finished(one.request.id, error=local_errors.cancelled()))

    def _kept(self, one: _Staged, end: Finished | Lost) -> None:
        self._end(one, end)

    def _end(self, one: _Staged, end: Finished | Lost) -> None:
        self._staged.pop(one.request.id, None)
        if one.cancelled:
            end = Finished(end.id, error=local_errors.cancelled(), usage=end.usage, log=end.log)
        if self._copying is not None:
            self._copying.do(lambda _stores: one.copies.remove(), lambda _none: None)
        self._host.push([end])
        self._host.wake()


def _bring(one: _Staged, stores: Stores) -> AttemptRequest | Finished:
    request = one.request
    try:
        inputs = one.copies.bring(request.inputs, stores, first=request.number == 1)
    except Exception as error:  # noqa: BLE001 - also a defect is the attempt's error, not the end of the engine
        return Finished(request.id, error=error_of("What the attempt reads could not be copied here", error))
    return request._replace(
        inputs=inputs, output_prefix=one.copies.output_prefix, checkpoint_prefix=one.copies.checkpoint_prefix
    )


def _keep(one: _Staged, end: Finished | Lost, stores: Stores) -> Finished | Lost:
    try:
        if isinstance(end, Lost):
            one.copies.keep_checkpoint(stores)
            return end
        values = [Literal.FromString(output.value) for output in end.outputs]
        one.copies.keep(values, stores)
        if end.error:
            one.copies.keep_checkpoint(stores)
    except Exception as error:  # noqa: BLE001 - as above
        if isinstance(end, Lost) or end.error:
            return end._replace(report="") if isinstance(end, Finished) else end  # its own error says more
        told = error_of("What the attempt has written could not be stored", error)
        return end._replace(outputs=(), error=told, report="")
    pairs = zip(end.outputs, values, strict=True)
    outputs = tuple(_output(output, value) for output, value in pairs)
    return end._replace(outputs=outputs, report=one.copies.where_kept(end.report))


def _output(output: OutputValue, value: Literal) -> OutputValue:
    encoded = value.SerializeToString()
    return output if encoded == output.value else OutputValue(output.name, encoded, literal_digest(value))


class _Copying:
    """Threads that copy, the folder that they copy to, and the way back to the engine's thread."""

    def __init__(self, host: BackendHost, plugins: Callable[[], PluginRegistry]) -> None:
        self._host = host
        self._registry = plugins()
        self._parent = Path(host.settings.home, "staging").absolute()
        self._parent.mkdir(parents=True, exist_ok=True)
        self._sweep()
        self._folder = self._parent / os.urandom(16).hex()
        self._lock = (self._parent / f"{self._folder.name}.lock").open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._folders = 0
        self._under_way = 0
        self._threads = 0
        self._work: queue.SimpleQueue[tuple[Callable[[Stores], object], Callable[..., None]] | None]
        self._work = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._ear, self._bell = os.pipe()
        os.set_blocking(self._ear, False)
        os.set_blocking(self._bell, False)
        self._bell_is_there = threading.Lock()
        self._closed = False
        host.watch(self._ear, self._take)

    def new_folder(self) -> Path:
        """Return a path for the copies of an attempt; nothing is there yet."""
        self._folders += 1
        return self._folder / str(self._folders)

    def do(self, work: Callable[[Stores], object], done: Callable[..., None]) -> None:
        """Call *work* on a thread, and *done* with what it returned on the engine's thread."""
        self._under_way += 1
        if self._under_way > self._threads and self._threads < THREADS:
            self._threads += 1
            # What is cut off at the end of the engine is an attempt that is lost with it.
            threading.Thread(target=self._run, name="godwit-staging", daemon=True).start()
        self._work.put((work, done))

    def close(self) -> None:
        """Let the threads go, and remove all copies."""
        for _ in range(self._threads):
            self._work.put(None)
        with suppress(KeyError, ValueError):
            self._host.unwatch(self._ear)
        with self._bell_is_there:
            self._closed = True
            os.close(self._ear)
            os.close(self._bell)
        shutil.rmtree(self._folder, ignore_errors=True)
        _remove(self._lock)

    def _run(self) -> None:
        stores = Stores(self._registry)
        while (item := self._work.get()) is not None:
            work, done = item
            self._done.put(partial(done, work(stores)))
            self._ring()

    def _ring(self) -> None:
        with self._bell_is_there:
            if not self._closed:
                with suppress(BlockingIOError):  # full: it rings already
                    os.write(self._bell, b".")

    def _take(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._ear, 4096)
        while True:
            try:
                done = self._done.get_nowait()
            except queue.Empty:
                return
            self._under_way -= 1
            done()

    def _sweep(self) -> None:
        """Remove what engines have left that did not come to their end: nobody holds their locks."""
        for path in self._parent.glob("*.lock"):
            with suppress(OSError), path.open("rb+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path.with_suffix(""), ignore_errors=True)
                path.unlink(missing_ok=True)
        for path in self._parent.iterdir():
            if path.suffix != ".lock" and not path.with_suffix(".lock").exists():
                shutil.rmtree(path, ignore_errors=True)


def _remove(lock: BinaryIO) -> None:
    Path(os.fsdecode(lock.name)).unlink(missing_ok=True)
    lock.close()
