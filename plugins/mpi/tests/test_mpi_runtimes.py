"""The runtimes keep the contract, and tell a process of its rank."""

import sys

import pytest
from godwit_mpi import HorovodJob, MPIJob, TorchElastic
from godwit_mpi.runtimes import (
    HorovodRanks,
    HorovodRuntime,
    LibraryMissing,
    MPIRanks,
    MPIRuntime,
    TorchRanks,
    TorchRuntime,
)
from godwit_plugin_api.testing.task_runtime_suite import TaskRuntimeSuite


class TestMPIRuntime(TaskRuntimeSuite):
    def make_runtime(self):
        return MPIRuntime()

    def payloads(self):
        return [MPIJob(num_workers=2).payload()]

    @pytest.mark.parametrize(
        "names",
        [
            ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"),
            ("PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS"),
        ],
    )
    def test_ranks_are_those_of_the_launcher(self, runtime, tmp_path, monkeypatch, names):
        for name, value in zip(names, ("3", "8", "2"), strict=True):
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("GODWIT_WORKER_LOCAL_RANK", "1")
        monkeypatch.setenv("GODWIT_WORKER_HOST", "node-b")
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,3")
        (attempt,) = self.attempts(tmp_path)
        with runtime.around(attempt) as given:
            ranks = given["mpi"]
        assert (ranks.rank, ranks.size, ranks.local_rank, ranks.local_size) == (3, 8, 1, 2)
        assert (ranks.host, ranks.gpus) == ("node-b", ("2", "3"))


class TestHorovodRuntime(TaskRuntimeSuite):
    def make_runtime(self):
        return HorovodRuntime()

    def payloads(self):
        return [HorovodJob(num_workers=2).payload()]


class TestTorchRuntime(TaskRuntimeSuite):
    def make_runtime(self):
        return TorchRuntime()

    def payloads(self):
        return [TorchElastic(nproc_per_node=2).payload()]


@pytest.mark.parametrize(
    ("library", "use", "remedy"),
    [
        ("mpi4py", lambda: MPIRanks(0, 1, 0, 1, "here").comm, "pip install mpi4py"),
        ("horovod", lambda: HorovodRanks(0, 1, 0, 1, "here").init(), "pip install --no-build-isolation horovod"),
        ("torch", lambda: TorchRanks(0, 1, 0, 1, "here").init(), "pip install torch"),
    ],
)
def test_a_missing_library_is_told_with_what_to_install(monkeypatch, library, use, remedy):
    for name in [name for name in sys.modules if name.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(LibraryMissing, match=library) as caught:
        use()
    assert remedy in caught.value.hint
