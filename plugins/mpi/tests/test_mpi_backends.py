"""The backends keep the contract: they inherit its suite, over the real tools."""

import importlib.util
import time
from pathlib import Path

import pytest
from godwit_mpi import HorovodJob, MPIJob, TorchElastic
from godwit_mpi.backends import HorovodBackend, MPIBackend, TorchBackend
from godwit_plugin_api.backend import TaskReference
from godwit_plugin_api.supervision import supervisor
from godwit_plugin_api.supervision.jobs import JobFolder
from godwit_plugin_api.testing.backend_suite import BackendSuite, Behaviour
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.task_pb2 import Program, TaskSpec

PROGRAM = Path(__file__).with_name("contract_program.py")
SECONDS = 15
"""Within which the end of a rank ends the job, on a machine that does other things, too."""


def task_of(config, behaviour):
    spec = TaskSpec(program=Program(command=["unused"], arguments=[behaviour]))
    spec.payload.Pack(config.payload())
    return TaskReference(1, behaviour, spec.SerializeToString(), "", ("{python}", str(PROGRAM)))


class DistributedSuite(BackendSuite):
    outlives_engine = True
    timeout_s = 90.0
    many = 3

    def task(self, behaviour):
        return task_of(self.config(), behaviour.value)

    def test_the_error_of_a_rank_is_the_cause_with_its_place_and_the_others_are_ended(self, backend, host):
        request = self.request_for(host, Behaviour.FAIL)
        self.submit(backend, host, request)
        error = ExecutionError.FromString(self.end_of(host, request).error)
        assert time.time() - error.time.ToNanoseconds() / 1e9 < SECONDS
        assert (error.code, error.exit_code) == ("NO_FISH", 1)
        assert error.worker.startswith("rank 1 on ")
        folder = JobFolder(host.settings.home, request.id)
        assert list(supervisor.marked(folder.path)) == []

    def test_each_rank_has_a_log_and_all_meet_in_one(self, backend, host):
        request = self.request_for(host, Behaviour.SUCCEED)
        (handle,) = self.submit(backend, host, request)
        end = self.end_of(host, request)
        assert end.error == b""
        folder = JobFolder(host.settings.home, request.id)
        for rank in ("0", "1"):
            assert (folder.path / "logs" / f"{rank}.log").read_bytes() == b"behaves: succeed\n"
        lines = b"".join(backend.logs(handle)).decode().splitlines()
        assert {"[0] behaves: succeed", "[1] behaves: succeed"} <= set(lines)
        assert end.report.endswith("/report.html")

    def test_cancelling_leaves_nothing_behind(self, backend, host):
        request = self.request_for(host, Behaviour.SLEEP)
        self.submit(backend, host, request)
        folder = JobFolder(host.settings.home, request.id)
        host.wait_for(lambda: len(list(folder.path.glob("asleep-*"))) == 2, "both ranks", timeout_s=60)
        assert len(list(supervisor.marked(folder.path))) >= 5
        backend.cancel([request.id])
        self.end_of(host, request)
        assert list(supervisor.marked(folder.path)) == []


class TestMPIBackend(DistributedSuite):
    def make_backend(self):
        return MPIBackend()

    def config(self):
        return MPIJob(num_workers=2)


class TestMPICHBackend(DistributedSuite):
    @pytest.fixture(autouse=True)
    def search_path(self, mpich):
        return mpich

    def make_backend(self):
        return MPIBackend()

    def config(self):
        return MPIJob(num_workers=2, launcher="mpich")


@pytest.mark.slow
class TestHorovodBackend(DistributedSuite):
    @pytest.fixture(autouse=True)
    def library(self, horovod):
        return horovod

    def make_backend(self):
        return HorovodBackend()

    def config(self):
        return HorovodJob(num_workers=2)


@pytest.mark.slow
class TestTorchBackend(DistributedSuite):
    @pytest.fixture(autouse=True)
    def library(self, torch):
        return torch

    def make_backend(self):
        return TorchBackend()

    def config(self):
        return TorchElastic(nproc_per_node=2)


@pytest.mark.parametrize(
    ("make", "config", "remedy"),
    [
        (TorchBackend, TorchElastic(nproc_per_node=2), "pip install torch"),
        (HorovodBackend, HorovodJob(num_workers=2), "pip install --no-build-isolation horovod"),
    ],
)
def test_a_missing_library_is_told_with_what_to_install(monkeypatch, make, config, remedy):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    (fault,) = make().check(task_of(config, "succeed"))
    assert remedy in fault
