"""Jobs on hosts by ssh: two network namespaces, each with a name and an ssh server of its own."""

import time
from pathlib import Path

import pytest
from godwit_mpi import HorovodJob, MPIJob, TorchElastic
from godwit_mpi.backends import HorovodBackend, MPIBackend, TorchBackend
from godwit_plugin_api.backend import AttemptRequest, BackendSettings, TaskReference
from godwit_plugin_api.supervision import supervisor
from godwit_plugin_api.supervision.jobs import JobFolder
from godwit_plugin_api.testing.fake_host import FakeHost
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.task_pb2 import Program, TaskSpec

PROGRAM = Path(__file__).with_name("contract_program.py")
SECONDS = 15


@pytest.fixture
def host(tmp_path):
    host = FakeHost(BackendSettings(str(tmp_path), str(tmp_path / "logs"), workers=4, grace_s=1.0))
    yield host
    host.close()


def mpi(machines, **more):
    return MPIBackend(), MPIJob(num_workers=2, **common(machines), **more)


def horovod(machines):
    return HorovodBackend(), HorovodJob(num_workers=2, network_interface=machines.interface, **common(machines))


def torch(machines):
    return TorchBackend(), TorchElastic(nnodes=2, **common(machines))


def common(machines):
    return {"hosts": machines.names, "ssh_command": machines.ssh_command}


@pytest.fixture(params=["openmpi", "mpich", pytest.param("horovod", marks=pytest.mark.slow), "torch"])
def tool(request, host, machines):
    if request.param != "openmpi":
        request.getfixturevalue(request.param)
    made = {"horovod": horovod, "torch": torch}.get(request.param)
    backend, config = made(machines) if made else mpi(machines, launcher=request.param)
    backend.open(host)
    yield backend, config
    backend.close()


def request_for(config, behaviour):
    spec = TaskSpec(program=Program(command=["unused"], arguments=[behaviour]))
    spec.payload.Pack(config.payload())
    task = TaskReference(1, "t", spec.SerializeToString(), "", ("{python}", str(PROGRAM)))
    return AttemptRequest(f"e/{behaviour}/1", task, b"", "file:///o", "file:///c", 1, "e", "n")


def end_of(backend, host, request):
    end = host.end_of(request.id, timeout_s=90)
    folder = JobFolder(host.settings.home, request.id)
    assert list(supervisor.marked(folder.path)) == []
    return end, folder, b"".join(backend.logs(type("Handle", (), {"id": request.id}))).decode()


def test_each_host_runs_a_rank_and_the_first_gives_the_result(tool, host, machines):
    backend, config = tool
    request = request_for(config, "succeed")
    backend.submit([request])
    end, folder, log = end_of(backend, host, request)
    assert end.error == b"", ExecutionError.FromString(end.error).message
    page = (folder.outputs / "report.html").read_text()
    hosts = (
        {machines.host_name(0), machines.host_name(1)}
        if not isinstance(backend, HorovodBackend)
        else set(machines.names)
    )
    assert all(f"<td>{name}<td>" in page for name in hosts), page
    assert "[0] behaves: succeed" in log
    assert "[1] behaves: succeed" in log


def test_the_error_of_a_rank_elsewhere_ends_the_job_and_names_the_host(tool, host, machines):
    backend, config = tool
    request = request_for(config, "exit7")
    backend.submit([request])
    end, _, log = end_of(backend, host, request)
    error = ExecutionError.FromString(end.error)
    assert time.time() - error.time.ToNanoseconds() / 1e9 < SECONDS
    assert (error.code, error.exit_code) == ("RANK_CRASHED", 7), log
    assert any(name in error.worker for name in (machines.host_name(0), machines.host_name(1), *machines.names))


def test_cancelling_leaves_nothing_on_any_host(tool, host, machines):
    backend, config = tool
    quiet = "only the ssh servers"
    host.wait_for(machines.are_quiet, quiet)
    request = request_for(config, "sleep")
    backend.submit([request])
    folder = JobFolder(host.settings.home, request.id)
    host.wait_for(lambda: len(list(folder.path.glob("asleep-*"))) == 2, "both ranks", timeout_s=60)
    assert not machines.are_quiet()
    backend.cancel([request.id])
    end, _, _ = end_of(backend, host, request)
    assert ExecutionError.FromString(end.error).code == "CANCELLED"
    host.wait_for(machines.are_quiet, quiet)
