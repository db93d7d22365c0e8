"""Distributed tasks through the command line: a real engine, real ranks, kill -9."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

FLOWS = Path(__file__).with_name("flows") / "ranks.py"
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


def wait_for(condition, what, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)


def alive(process):
    return Path(f"/proc/{process}").exists()


def test_ranks_work_together_and_rank_0_gives_the_result(tmp_path):
    assert outputs_of(tmp_path, "run", FLOWS, "sums") == {"result": {"total": 10, "size": 2, "last": 1}}


@pytest.mark.usefixtures("mpich")
def test_ranks_of_mpich_work_together(tmp_path):
    source = tmp_path / "ranks.py"
    source.write_text(FLOWS.read_text().replace("MPIJob(num_workers=2,", 'MPIJob(num_workers=2, launcher="mpich",'))
    assert outputs_of(tmp_path / "home", "run", source, "sums") == {"result": {"total": 10, "size": 2, "last": 1}}


def test_the_failure_of_a_rank_ends_the_job_and_is_told_with_its_place(tmp_path):
    words = [GODWIT, "--home", str(tmp_path), "run", str(FLOWS), "fails"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    told = done.stdout + done.stderr
    assert done.returncode == 1
    assert "ValueError: the tide is out" in told
    assert f"rank 1 on {socket.gethostname()}, process " in told


def test_a_retry_finds_the_checkpoint(tmp_path):
    assert outputs_of(tmp_path, "run", FLOWS, "resumes") == {"result": 7}


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="read from /proc")
def test_an_engine_that_was_killed_finds_its_ranks_again(tmp_path):
    home, folder = tmp_path / "home", tmp_path / "marks"
    folder.mkdir()
    engine = subprocess.Popen(command(home, "run", FLOWS, "waits", "--folder", folder), stdout=subprocess.DEVNULL)
    wait_for(lambda: len(list(folder.glob("begun-*"))) == 2, "both ranks")
    engine.send_signal(signal.SIGKILL)
    engine.wait()
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
    wait_for(lambda: len(list(folder.glob("begun-*"))) == 2, "both ranks")
    ranks = [int(word) for path in folder.glob("begun-*") for word in path.read_text().split()]
    _, listed = godwit(home, "executions", "list")
    godwit(home, "executions", "abort", listed[0]["executions"][0]["execution"])
    engine.communicate(timeout=60)
    wait_for(lambda: not any(alive(rank) for rank in ranks), "the end of the ranks")


def test_the_example_of_mpi_runs(tmp_path):
    outputs = outputs_of(tmp_path, "run", EXAMPLES / "mpi_pi.py", "estimate", "--steps", "10000")
    assert abs(outputs["result"] - 3.14159265) < 1e-6


@pytest.mark.usefixtures("horovod")
def test_data_parallel_training_ends_with_equal_weights_and_the_loss_of_one_process(tmp_path):
    words = ("run", EXAMPLES / "distributed_training.py", "training", "--steps", "20")
    assert outputs_of(tmp_path, *words, timeout=400)["result"] < 0.5
