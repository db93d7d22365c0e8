"""Attempts of `async` tasks at the local backend: which process they share, and what becomes of them with it."""

import os
from pathlib import Path

import pytest
from godwit_core.backends.live_logs import read_log
from godwit_plugin_api import Kind
from godwit_plugin_api.backend import AttemptRequest, BackendSettings, Finished, Handle, LogStarted, Lost, TaskReference
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.testing.fake_host import FakeHost
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.event_pb2 import LogSlice
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals

SOURCE = """
import asyncio
import os
import time

import godwit as gw

there = []
full = asyncio.Event()


async def meet(count: int) -> None:
    there.append(None)
    if len(there) == count:
        full.set()
    await full.wait()


@gw.task
async def together(count: int) -> int:
    await meet(count)
    return os.getpid()


@gw.task
async def stay(count: int) -> int:
    await meet(count)
    print("stays")
    await asyncio.sleep(600)
    return 1


@gw.task
async def block(count: int) -> int:
    await meet(count)
    print("blocks")
    time.sleep(600)
    return 1


@gw.task
async def crash(count: int) -> int:
    await meet(count)
    os.write(2, b"crashes now\\n")
    os._exit(7)


@gw.task
def alone(count: int) -> int:
    return os.getpid()


@gw.task
def follow(count: int) -> int:
    print("first")
    open("GATE").read()
    print("second")
    return 1
"""


class Tasks:
    """Requests for tasks of one source file."""

    numbers = iter(range(1, 10_000))

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        path = folder / "same_name.py"
        self.gate = folder / "gate"
        os.mkfifo(self.gate)
        path.write_text(SOURCE.replace("GATE", str(self.gate)))
        loader = load_plugins().create(Kind.ENTITY_LOADER, ".py")
        registration = loader.load(path, project="p", domain="d").registration()
        self.folder = folder
        self.references = {}
        for spec in registration.bundle.tasks:
            name = spec.id.name.rpartition(".")[2]
            assert spec.program.interleaves == (name not in {"alone", "follow"})
            command, root = tuple(spec.program.command), registration.source_root
            self.references[name] = TaskReference(next(self.numbers), name, spec.SerializeToString(), root, command)

    def request(self, name, count=1, **more):
        inputs = NamedLiterals()
        inputs.values.add(name="count").value.int_value = count
        task, prefix = self.references[name], self.folder.as_uri()
        shares = name not in {"alone", "follow"}
        identifier, encoded = f"e/{next(self.numbers)}/1", inputs.SerializeToString()
        return AttemptRequest(identifier, task, encoded, prefix, prefix, 1, "e", "n", shares_process=shares, **more)


@pytest.fixture
def tasks(tmp_path):
    return Tasks(tmp_path / "tasks")


@pytest.fixture
def host(tmp_path):
    host = FakeHost(BackendSettings(str(tmp_path), str(tmp_path / "logs"), workers=1, grace_s=0.3))
    yield host
    host.close()
    assert host.order_faults() == []


@pytest.fixture
def backend(host):
    backend = load_plugins().create(Kind.BACKEND, "local")
    backend.open(host)
    yield backend
    backend.close()


def value(host, request):
    end = host.end_of(request.id)
    assert isinstance(end, Finished)
    assert not end.error, ExecutionError.FromString(end.error)
    return Literal.FromString(end.outputs[0].value).int_value


def error_of(end):
    return ExecutionError.FromString(end.error)


def log_text(host, encoded):
    return b"".join(read_log(Path(host.settings.log_folder).parent, LogSlice.FromString(encoded)))


def test_more_attempts_than_workers_are_under_way_together(host, backend, tasks):
    before = backend.capacity()
    requests = [tasks.request("together", 300) for _ in range(300)]
    assert backend.submit(requests) == [Handle(request.id) for request in requests]
    assert backend.submit(requests[:2]) == [Handle(request.id) for request in requests[:2]]
    assert backend.capacity()[:2] == before[:2]
    assert len({value(host, request) for request in requests}) == 1


def test_those_of_other_kinds_have_processes_of_their_own(host, backend, tasks):
    staying, other = tasks.request("stay"), tasks.request("alone")
    backend.submit([staying, other])
    host.wait_for(lambda: b"".join(backend.logs(Handle(staying.id))), "its first words")
    again = tasks.request("together", 0)
    backend.submit([again])
    alone = value(host, other)
    backend.cancel([staying.id, again.id])
    assert error_of(host.end_of(staying.id)).code == "CANCELLED"
    unused = tasks.request("together", 1)
    assert alone != os.getpid()
    assert unused.shares_process


def test_attempts_of_two_folders_of_sources_do_not_share(host, backend, tasks, tmp_path):
    other = Tasks(tmp_path / "other")
    requests = [tasks.request("together", 2), tasks.request("together", 2), other.request("together", 1)]
    backend.submit(requests)
    one, two, three = (value(host, request) for request in requests)
    assert one == two != three


def test_one_is_cancelled_and_its_neighbours_go_on(host, backend, tasks):
    staying, gone = tasks.request("stay", 2), tasks.request("stay", 2)
    backend.submit([staying, gone])
    host.wait_for(lambda: b"".join(backend.logs(Handle(gone.id))), "its first words")
    backend.cancel([gone.id])
    end = host.end_of(gone.id)
    assert error_of(end).code == "CANCELLED"
    assert log_text(host, end.log) == b"stays\n"
    assert not host.order_faults()
    assert all(not isinstance(event, Finished | Lost) for event in host.of(staying.id))
    backend.cancel([staying.id])
    host.end_of(staying.id)


def test_the_process_of_one_that_does_not_end_is_killed_and_its_neighbours_are_lost(host, backend, tasks):
    staying, stuck = tasks.request("stay", 2), tasks.request("block", 2)
    backend.submit([staying, stuck])
    host.wait_for(lambda: b"".join(backend.logs(Handle(stuck.id))), "its first words")
    backend.cancel([stuck.id])
    end, lost = host.end_of(stuck.id), host.end_of(staying.id)
    assert isinstance(end, Finished)
    assert error_of(end).code == "CANCELLED"
    assert log_text(host, end.log) == b"blocks\n"
    assert isinstance(lost, Lost)
    assert error_of(lost).code == "NEIGHBOUR_KILLED"
    after = tasks.request("together", 1)
    backend.submit([after])
    assert value(host, after)


def test_a_crash_loses_all_that_shared_the_process(host, backend, tasks):
    staying, crashing = tasks.request("stay", 2), tasks.request("crash", 2)
    backend.submit([staying, crashing])
    ends = [host.end_of(request.id) for request in (staying, crashing)]
    assert {type(end) for end in ends} == {Lost}
    assert {error_of(end).code for end in ends} == {"RUNNER_LOST"}
    assert "crashes now" in error_of(ends[1]).message


def test_the_log_of_an_attempt_under_way_is_read_and_told(host, backend, tasks):
    request = tasks.request("follow")
    backend.submit([request])
    handle = Handle(request.id)
    host.wait_for(lambda: b"".join(backend.logs(handle)) == b"first\n", "its first words")
    host.wait_for(lambda: any(isinstance(event, LogStarted) for event in host.of(request.id)), "where its log is")
    (told,) = (event for event in host.of(request.id) if isinstance(event, LogStarted))
    assert log_text(host, told.log) == b"first\n"
    with tasks.gate.open("w"):
        pass
    end = host.end_of(request.id)
    assert log_text(host, end.log) == b"first\nsecond\n"
    assert list(backend.logs(handle)) == []


def test_the_log_of_one_that_shares_a_process_is_told(host, backend, tasks):
    one, other = tasks.request("stay", 2), tasks.request("stay", 2)
    backend.submit([one, other])
    for request in (one, other):
        host.wait_for(lambda r=request: any(isinstance(e, LogStarted) for e in host.of(r.id)), "where its log is")
        (told,) = (event for event in host.of(request.id) if isinstance(event, LogStarted))
        assert log_text(host, told.log) == b"stays\n"
    backend.cancel([one.id, other.id])
    host.end_of(one.id)
    host.end_of(other.id)
