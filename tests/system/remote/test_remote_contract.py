"""Backends in processes of their own keep the contract: the example's, the local one, and one in Node."""

import signal
from pathlib import Path

import pytest
from godwit_plugin_api import Kind
from godwit_plugin_api.backend import BackendSettings, LogStarted, Lost, TaskReference
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.remote.client import RemoteBackend
from godwit_plugin_api.testing.backend_suite import BackendSuite, Behaviour, assert_error
from godwit_plugin_api.testing.fake_host import FakeHost
from godwitidl.core.v1.event_pb2 import LogSlice
from godwitidl.core.v1.task_pb2 import Program, TaskSpec
from godwitidl.core.v1.values_pb2 import Literal

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "examples" / "plugins" / "godwit-example" / "tests" / "contract_program.py"


SOURCE = """
import os
import signal
import time

import godwit as gw


@gw.task
def succeed() -> int:
    return 7


@gw.task
def fail() -> int:
    raise ValueError("no wind")


@gw.task
def sleep() -> int:
    time.sleep(120)
    return 0


@gw.task
def crash() -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0
"""


def program_task(behaviour):
    """A task whose program keeps the file contract."""
    spec = TaskSpec(program=Program(command=["unused"], arguments=[behaviour.value]))
    number = list(Behaviour).index(behaviour)
    return TaskReference(number, behaviour.value, spec.SerializeToString(), "", ("{python}", str(PROGRAM)))


class Remote(BackendSuite):
    served: str

    outlives_engine = True

    @pytest.fixture
    def server(self, serve):
        return serve(self.served)

    @pytest.fixture
    def host(self, tmp_path, server):
        logs = tmp_path / "home" / "logs"
        logs.mkdir(parents=True)
        options = {"name": "far", "server": server.address, "backend": self.served}
        settings = BackendSettings(str(tmp_path / "home"), str(logs), workers=2, grace_s=0.5, options=options)
        host = FakeHost(settings)
        yield host
        host.close()
        assert host.order_faults() == []

    def make_backend(self):
        return RemoteBackend()


class Programs(Remote):
    """What any server shows whose jobs are programs that outlive it."""

    def task(self, behaviour):
        return program_task(behaviour)

    def test_outputs_and_log_come_over(self, backend, host):
        request = self.request_for(host, Behaviour.SUCCEED)
        (handle,) = self.submit(backend, host, request)
        end = self.end_of(host, request)
        assert [(one.name, Literal.FromString(one.value).int_value) for one in end.outputs] == [("result", 7)]
        log = LogSlice.FromString(end.log)
        assert Path(host.settings.home, "logs", log.segment).read_bytes() == b"behaves: succeed\n"
        assert b"".join(backend.logs(handle)) == b"behaves: succeed\n"

    def test_a_log_can_be_read_while_it_is_written(self, backend, host):
        request = self.request_for(host, Behaviour.SLEEP)
        self.submit(backend, host, request)
        host.wait_for(lambda: [one for one in host.of(request.id) if isinstance(one, LogStarted)], "its log")
        (told,) = [one for one in host.of(request.id) if isinstance(one, LogStarted)]
        path = Path(host.settings.home, "logs", LogSlice.FromString(told.log).segment)
        assert path.read_bytes() == b"behaves: sleep\n"
        backend.cancel([request.id])
        self.end_of(host, request)

    def test_a_server_that_is_killed_and_comes_back_goes_on_with_its_jobs(self, backend, host, server):
        request = self.request_for(host, Behaviour.SLEEP)
        self.start(backend, host, request)
        server.end(signal.SIGKILL)
        later = self.request_for(host, Behaviour.SUCCEED, 2)
        backend.submit([later])  # while nobody is there
        server.start()
        assert self.end_of(host, later).error == b""
        assert not [event for event in host.of(request.id) if isinstance(event, Lost)]
        backend.cancel([request.id])
        assert assert_error(self.end_of(host, request).error).code == "CANCELLED"

    def test_jobs_that_end_while_their_server_is_away_are_told_by_the_next(self, backend, host, server, tmp_path):
        request = self.request_for(host, Behaviour.SUCCEED)
        self.submit(backend, host, request)
        server.end(signal.SIGKILL)
        server.start()
        assert self.end_of(host, request).error == b""
        assert len(self.jobs(tmp_path / "server")) == 1

    def test_what_waits_while_the_server_is_away_can_be_cancelled_at_once(self, backend, host, server):
        server.end(signal.SIGKILL)
        request = self.request_for(host, Behaviour.SUCCEED)
        host.wait_for(lambda: not backend.remote.is_connected, "the loss")
        backend.submit([request])
        backend.cancel([request.id])
        assert assert_error(self.end_of(host, request).error).code == "CANCELLED"


class TestServerOfTheExample(Programs):
    served = "once"

    def jobs(self, folder):
        return list((folder / "home" / "served" / "once").glob("*/jobs/*"))


class TestServerInNode(Programs):
    """A backend that has nothing of Godwit but the descriptor of its messages."""

    served = "node"

    def jobs(self, folder):
        return list((folder / "jobs").glob("*/*"))


class TestServerOfTheLocalBackend(Remote):
    served = "local"

    @pytest.fixture(autouse=True)
    def _source(self, tmp_path):
        path = tmp_path / "behaviours.py"
        path.write_text(SOURCE)
        loader = load_plugins().create(Kind.ENTITY_LOADER, ".py")
        self.registration = loader.load(path, project="p", domain="d").registration()

    def task(self, behaviour):
        (spec,) = [one for one in self.registration.bundle.tasks if one.id.name.endswith(f".{behaviour.value}")]
        command = tuple(spec.program.command)
        source = self.registration.source_root
        return TaskReference(list(Behaviour).index(behaviour), spec.id.name, spec.SerializeToString(), source, command)

    def test_runners_end_with_their_server_and_their_attempts_are_lost(self, backend, host, server):
        request = self.request_for(host, Behaviour.SLEEP)
        self.start(backend, host, request)
        server.end(signal.SIGKILL)
        server.start()
        assert isinstance(self.end_of(host, request), Lost)
