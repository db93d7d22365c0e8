"""Whatever ends a rank ends the job within seconds, and is its cause: with rank, host, process and exit code."""

import json
import os
import signal
import socket
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from godwit_mpi import MPIJob
from godwit_mpi.backends import MPIBackend
from godwit_plugin_api.backend import AttemptRequest, BackendSettings, Finished, Lost, TaskReference
from godwit_plugin_api.supervision import supervisor
from godwit_plugin_api.supervision.jobs import JobFolder
from godwit_plugin_api.testing.fake_host import FakeHost
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.task_pb2 import Program, TaskSpec

PROGRAM = Path(__file__).with_name("contract_program.py")
SECONDS = 15
TWO = MPIJob(num_workers=2)


@pytest.fixture
def host(tmp_path):
    host = FakeHost(BackendSettings(str(tmp_path), str(tmp_path / "logs"), workers=4, grace_s=0.5))
    yield host
    host.close()
    assert host.order_faults() == []


@pytest.fixture
def backend(host):
    backend = MPIBackend()
    backend.open(host)
    yield backend
    backend.close()


def request_for(config, behaviour):
    spec = TaskSpec(program=Program(command=["unused"], arguments=[behaviour]))
    spec.payload.Pack(config.payload())
    task = TaskReference(1, "t", spec.SerializeToString(), "", ("{python}", str(PROGRAM)))
    return AttemptRequest(f"e/{behaviour}/1", task, b"", "file:///o", "file:///c", 1, "e", "n")


def run(backend, host, config, behaviour):
    request = request_for(config, behaviour)
    backend.submit([request])
    end = host.end_of(request.id, timeout_s=60)
    folder = JobFolder(host.settings.home, request.id)
    assert list(supervisor.marked(folder.path)) == []
    error = ExecutionError.FromString(end.error)
    assert not error.HasField("time") or time.time() - error.time.ToNanoseconds() / 1e9 < SECONDS
    return end, error, folder


def test_the_end_of_rank_0_is_told_as_any_other(backend, host):
    _, error, _ = run(backend, host, TWO, "first7")
    assert (error.code, error.exit_code) == ("RANK_CRASHED", 7)
    assert error.worker.startswith("rank 0 on ")


def test_a_rank_that_is_gone_with_what_is_around_it_is_lost(backend, host):
    request = request_for(TWO, "sleep")
    backend.submit([request])
    folder = JobFolder(host.settings.home, request.id)
    host.wait_for(lambda: len(list(folder.path.glob("asleep-*"))) == 2, "both ranks", timeout_s=60)
    process = json.loads((folder.path / "ranks" / "1.json").read_text())["process"]
    os.kill(process, signal.SIGKILL)
    end = host.end_of(request.id, timeout_s=60)
    error = ExecutionError.FromString(end.error)
    assert isinstance(end, Lost)
    assert error.code == "RANK_LOST"
    assert f"process {process}" in error.message
    assert list(supervisor.marked(folder.path)) == []


@pytest.mark.parametrize("status", [1, 7])
def test_an_exit_without_an_error_is_told_with_its_code(backend, host, status):
    end, error, _ = run(backend, host, TWO, f"exit{status}")
    assert isinstance(end, Finished)
    assert (error.code, error.exit_code) == ("RANK_CRASHED", status)
    assert error.worker.startswith(f"rank 1 on {socket.gethostname()}, process ")
    assert "behaves: exit" in error.message  # its last words


def test_a_rank_that_is_killed_is_lost(backend, host):
    end, error, _ = run(backend, host, TWO, "kill")
    assert isinstance(end, Lost)
    assert (error.code, error.signal) == ("RANK_LOST", 9)
    assert "SIGKILL" in error.message


def test_a_crash_is_the_cause_and_not_the_connection_that_it_broke(backend, host):
    _, error, _ = run(backend, host, TWO, "secondary")
    assert (error.code, error.exit_code) == ("RANK_CRASHED", 9)
    assert [worker.code for worker in error.workers] in (["RANK_CRASHED", "CONNECTION_RESET"], [])


def test_a_rank_that_hangs_is_told_with_where_it_stood(backend, host):
    end, error, _ = run(backend, host, replace(TWO, hang_timeout=timedelta(seconds=1)), "hang")
    assert isinstance(end, Finished)
    assert error.code == "RANK_HUNG"
    assert "Rank 1 on" in error.message
    assert "did not end within 1 s of the end of rank 0" in error.message
    assert "in wait_for_the_tide" in error.message


def test_each_slot_has_its_own_gpus_and_they_are_recorded(backend, host, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5,6,7")
    end, _, folder = run(backend, host, replace(TWO, gpus_per_slot=2), "gpus")
    assert end.error == b""
    assert (folder.path / "logs" / "0.log").read_text().splitlines()[-1] == "sees 4,5"
    assert (folder.path / "logs" / "1.log").read_text().splitlines()[-1] == "sees 6,7"
    page = (folder.outputs / "report.html").read_text()
    assert "<td>4,5" in page
    assert "<td>6,7" in page


def test_too_few_gpus_are_told(backend, host, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    _, error, _ = run(backend, host, replace(TWO, gpus_per_slot=1), "gpus")
    assert error.code == "GPUS_TOO_FEW"
    assert "shows 1 GPUs, and 1 for each of 2 processes were asked for" in error.message


def test_fewer_slots_than_asked_for_are_told_before_anything_is_made(backend, tmp_path):
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    request = request_for(MPIJob(num_workers=cores + 1, slots=2), "succeed")
    (fault,) = backend.check(request.task)
    assert f"asks for {2 * cores + 2} ranks" in fault
    assert f"has {cores} slots" in fault
    assert backend.check(request_for(MPIJob(num_workers=cores + 1, oversubscribe=True), "succeed").task) == []
    assert not list(tmp_path.glob("jobs/*"))


def test_more_ranks_than_cores_run_where_that_is_allowed(backend, host):
    end, _, folder = run(backend, host, MPIJob(num_workers=3, slots=2, oversubscribe=True), "succeed")
    assert end.error == b""
    assert len(list((folder.path / "logs").iterdir())) == 6


def test_a_missing_mpirun_is_told_with_what_to_install(backend, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    (fault,) = backend.check(request_for(replace(TWO, launcher="mpich"), "succeed").task)
    assert "No mpirun of MPICH was found" in fault
    assert "pip install" in fault


def test_a_host_that_cannot_be_reached_is_told(backend, host):
    config = MPIJob(
        num_workers=1,
        hosts=["nowhere.invalid"],
        ssh_command=["sh", "-c", "echo the tide is out >&2; exit 255", "ssh"],
        start_timeout=timedelta(seconds=10),
    )
    _, error, _ = run(backend, host, config, "succeed")
    assert error.code in {"JOB_FAILED", "RANKS_MISSING"}
    assert "the tide is out" in error.message
