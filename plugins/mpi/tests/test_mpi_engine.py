"""Distributed tasks through the command line: a real engine, real ranks, kill -9."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

FLOWS = Path(__file__).with_name("flows") / "ranks.py"
TORCH_FLOWS = FLOWS.with_name("torch_ranks.py")
EXAMPLES = Path(__file__).parents[3] / "examples" / "backends"
GODWIT = str(Path(sys.executable).with_name("godwit"))


def command(home, *words):
    return [GODWIT, "--home", str(home), "--json", *map(str, words)]


def godwit(home, *words, timeout=120):
    done = subprocess.run(command(home, *words), capture_output=True, text=True, timeout=timeout, check=False)
    return done, [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def outputs_of(home, *words, timeout=120):
    done, lines = godwit(home, *words, timeout=timeout)
    assert done.returncode == 0, done.stdout + done.stderr
    return lines[-1]["outputs"]


def wait_for(condition, what, engine, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert engine.poll() is None, engine.communicate()
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)


def alive(process):
    return Path(f"/proc/{process}").exists()


def test_ranks_work_together_and_rank_0_gives_the_result(tmp_path):
    assert outputs_of(tmp_path, "run", FLOWS, "sums") == {"result": {"total": 10, "size": 2, "last": 1}}


def of_mpich(tmp_path):
    """Return the workflows of `ranks.py`, to be started by MPICH."""
    source = tmp_path / "ranks.py"
    source.write_text(FLOWS.read_text().replace("MPIJob(num_workers=2,", 'MPIJob(num_workers=2, launcher="mpich",'))
    return source


@pytest.mark.usefixtures("mpich")
def test_ranks_of_mpich_work_together(tmp_path):
    source = of_mpich(tmp_path)
    assert outputs_of(tmp_path / "home", "run", source, "sums") == {"result": {"total": 10, "size": 2, "last": 1}}


def test_a_file_and_a_large_value_are_those_of_rank_0(tmp_path):
    assert outputs_of(tmp_path, "run", FLOWS, "writes") == {"result": ["000", "of rank 0"]}
    kept = list((tmp_path / "blobs").rglob("which.txt"))
    assert [path.read_text() for path in kept] == ["of rank 0"]


@pytest.mark.usefixtures("mpich")
@pytest.mark.parametrize("launcher", ["openmpi", "mpich"])
def test_a_rank_for_which_the_others_wait_at_their_end_hangs(tmp_path, launcher):
    source = of_mpich(tmp_path) if launcher == "mpich" else FLOWS
    done, _ = godwit(tmp_path / "home", "run", source, "hangs", timeout=60)
    told = done.stdout + done.stderr
    assert "RANK_HUNG" in told
    assert "did not end within 2 s of the end of rank 0" in told
    assert "in dreaming" in told


def test_the_gpus_of_each_rank_are_its_own_and_recorded_with_the_attempt(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5,6,7")
    assert outputs_of(tmp_path, "run", FLOWS, "sees") == {"result": [["4", "5"], ["6", "7"]]}
    _, listed = godwit(tmp_path, "executions", "list")
    logs, _ = godwit(tmp_path, "executions", "logs", listed[0]["executions"][0]["execution"])
    assert "GPUs 4,5" in logs.stdout
    assert "GPUs 6,7" in logs.stdout


@pytest.mark.usefixtures("torch")
def test_processes_of_torchrun_are_started_anew_and_go_on_from_the_checkpoint(tmp_path):
    assert outputs_of(tmp_path, "run", TORCH_FLOWS, "restarts") == {"result": {"first": 3, "restart": 1, "size": 2}}


@pytest.mark.usefixtures("torch")
def test_the_last_failure_after_all_restarts_is_the_cause(tmp_path):
    done, _ = godwit(tmp_path, "run", TORCH_FLOWS, "fails")
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert "ValueError: the tide is out, restart 1" in told
    assert f"rank 1 on {socket.gethostname()}, process " in told


def test_the_failure_of_a_rank_ends_the_job_and_is_told_with_its_place(tmp_path):
    words = [GODWIT, "--home", str(tmp_path), "run", str(FLOWS), "fails"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert "ValueError: the tide is out" in told
    assert f"rank 1 on {socket.gethostname()}, process " in told


def test_a_retry_finds_the_checkpoint(tmp_path):
    assert outputs_of(tmp_path, "run", FLOWS, "resumes") == {"result": 7}


@pytest.fixture
def bucket(monkeypatch):
    """A bucket of a server that speaks S3."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "godwit",
        "AWS_SECRET_ACCESS_KEY": "bar-tailed",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3").create_bucket(Bucket="mudflat")
    yield "s3://mudflat/home"
    server.stop()


def test_a_retry_finds_the_checkpoint_in_an_object_store(tmp_path, bucket):
    assert outputs_of(tmp_path, "run", FLOWS, "resumes", "--storage", bucket) == {"result": 7}
    assert outputs_of(tmp_path, "run", FLOWS, "writes", "--storage", bucket) == {"result": ["000", "of rank 0"]}


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="read from /proc")
def test_an_engine_that_was_killed_finds_its_ranks_again(tmp_path):
    home, folder = tmp_path / "home", tmp_path / "marks"
    folder.mkdir()
    engine = subprocess.Popen(
        command(home, "run", FLOWS, "waits", "--folder", folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    wait_for(lambda: len(list(folder.glob("begun-*"))) == 2, "both ranks", engine)
    engine.send_signal(signal.SIGKILL)
    engine.communicate()
    ranks = [int(word) for path in folder.glob("begun-*") for word in path.read_text().split()]
    assert all(alive(rank) for rank in ranks)
    _, listed = godwit(home, "executions", "list")
    (folder / "go").touch()
    execution = listed[0]["executions"][0]["execution"]
    resumed = outputs_of(home, "executions", "resume", execution)
    assert resumed == {"result": 2}
    assert [len(path.read_text().split()) for path in folder.glob("begun-*")] == [1, 1]  # nothing was started twice


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="read from /proc")
def test_aborting_leaves_no_rank_behind(tmp_path):
    home, folder = tmp_path / "home", tmp_path / "marks"
    folder.mkdir()
    engine = subprocess.Popen(
        command(home, "run", FLOWS, "waits", "--folder", folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    wait_for(lambda: len(list(folder.glob("begun-*"))) == 2, "both ranks", engine)
    ranks = [int(word) for path in folder.glob("begun-*") for word in path.read_text().split()]
    _, listed = godwit(home, "executions", "list")
    godwit(home, "executions", "abort", listed[0]["executions"][0]["execution"])
    engine.communicate(timeout=60)
    deadline = time.monotonic() + 60
    while any(alive(rank) for rank in ranks):
        assert time.monotonic() < deadline, "ranks are left"
        time.sleep(0.05)


def test_the_example_of_mpi_runs(tmp_path):
    outputs = outputs_of(tmp_path, "run", EXAMPLES / "mpi_pi.py", "estimate", "--steps", "10000")
    assert abs(outputs["result"] - 3.14159265) < 1e-6


@pytest.mark.usefixtures("torch")
def test_training_by_torchrun_ends_with_equal_weights_and_the_loss_of_one_process(tmp_path):
    words = ("run", EXAMPLES / "distributed_training.py", "training_by_torch", "--steps", "20")
    assert outputs_of(tmp_path, *words, timeout=400)["result"] < 0.5


@pytest.mark.slow
@pytest.mark.usefixtures("horovod")
def test_training_by_horovod_too_ends_with_equal_weights_and_the_loss_of_one_process(tmp_path):
    words = ("run", EXAMPLES / "distributed_training.py", "training", "--steps", "20")
    assert outputs_of(tmp_path, *words, timeout=400)["result"] < 0.5
