"""Checkpoints that are kept in an object store: one folder for all ranks, brought before the job and kept after it."""

import subprocess
import sys
from pathlib import Path

import pytest
from godwit_mpi.checkpoints import checkpoint_folder, keeper_command

S3 = "s3://lake/checkpoint"
COUNT = "import sys, pathlib; p = pathlib.Path('{folder}', 'step'); n = int(p.read_text()) if p.exists() else 0; "


def run(job, uri, code):
    (job / "outputs").mkdir(parents=True)
    command = [sys.executable, "-c", COUNT.format(folder=job / "checkpoint") + code]
    keeper = [sys.executable, "-P", "-m", "godwit_mpi.checkpoints", str(job), uri, *command]
    return subprocess.run(keeper, capture_output=True, text=True, timeout=60, check=False)


def test_what_a_failed_job_left_is_found_by_the_next(tmp_path):
    # The store of files stands for one of objects: the program knows of none what it is.
    uri = (tmp_path / "kept").as_uri()
    for number in (1, 2):
        done = run(tmp_path / f"job{number}", uri, "p.write_text(str(n + 5)); print(n); sys.exit(7)")
        assert (done.returncode, done.stdout) == (7, f"{5 * number - 5}\n"), done.stderr
    assert (tmp_path / "kept" / "step").read_text() == "10"


def test_what_a_job_left_that_succeeded_is_not_kept(tmp_path):
    outputs = tmp_path / "job" / "outputs" / "outputs.pb"
    done = run(tmp_path / "job", (tmp_path / "kept").as_uri(), f"p.write_text('1'); open({str(outputs)!r}, 'w')")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "kept").exists()


def test_a_store_that_cannot_be_used_ends_the_job_before_it_begins(tmp_path):
    done = run(tmp_path / "job", "nowhere://lake/checkpoint", "print('begun')")
    assert (done.returncode, done.stdout) == (1, "")
    assert "The checkpoint cannot be brought here: " in done.stderr
    assert "nowhere" in done.stderr


@pytest.mark.parametrize(
    ("uri", "folder", "around"),
    [("", None, False), ("file:///a%20b", Path("/a b"), False), (S3, Path("/job/checkpoint"), True)],
)
def test_a_program_goes_around_only_where_the_checkpoint_is_no_folder(uri, folder, around):
    assert checkpoint_folder(uri, Path("/job")) == folder
    assert (keeper_command("python", Path("/job"), uri, ["x"]) != ["x"]) is around
