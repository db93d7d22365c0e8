"""The file contract, seen from outside."""

import signal
import subprocess
import sys

import pytest
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals

TASKS = """
    import os
    import sys
    import time
    import godwit as gw

    @gw.task
    def work(a: int) -> tuple[int, str]:
        print("working")
        if a < 0:
            raise ValueError("negative")
        return a + 1, "x" * a

    @gw.task
    def wait(ready: str) -> int:
        with open(ready, "w") as stream:
            stream.write("ready")
        time.sleep(60)
        return 1

    @gw.task
    def count(a: int) -> int:
        path = gw.current_context().checkpoint.path / "count"
        before = int(path.read_text()) if path.exists() else 0
        path.write_text(str(before + a))
        return before + a

    @gw.task
    def leave() -> gw.File:
        rank = os.environ.get("GODWIT_WORKER_RANK")
        gw.current_context().report.write_text("a page")
        path = os.path.join(os.getcwd(), f"rank-{rank}.txt")
        with open(path, "w") as stream:
            stream.write(f"of rank {rank}")
        return gw.File(path)

    @gw.task
    def abstain() -> int:
        return None
"""


@pytest.fixture
def contract(tmp_path, source, spec, environment):
    """Runs one attempt by the file contract; returns its exit status and the files it left."""
    source(TASKS)
    inputs = tmp_path / "inputs"
    inputs.mkdir()

    def prepare(name, outputs, **values):
        literals = NamedLiterals()
        for key, value in values.items():
            item = literals.values.add()
            item.name = key
            item.value.CopyFrom(Literal(int_value=value) if isinstance(value, int) else Literal(string_value=value))
        (inputs / "task.pb").write_bytes(spec(name, outputs).SerializeToString())
        (inputs / "inputs.pb").write_bytes(literals.SerializeToString())

    def command(*extra):
        paths = ["--inputs", str(inputs), "--outputs", str(tmp_path / "outputs"), "--source-root", str(tmp_path)]
        return [sys.executable, "-m", "godwit.runner", "--once", *paths, *extra]

    def run(name, outputs, *extra, environment_extra=None, **values):
        prepare(name, outputs, **values)
        variables = {**environment, **(environment_extra or {})}
        done = subprocess.run(
            command(*extra), capture_output=True, text=True, env=variables, cwd=tmp_path, timeout=60, check=False
        )
        files = {path.name for path in (tmp_path / "outputs").glob("*") if path.is_file()}
        return done, files

    run.prepare = prepare
    run.command = command
    run.outputs = tmp_path / "outputs"
    run.inputs = inputs
    run.environment = environment
    return run


def test_outputs_are_written_in_the_order_of_the_interface(contract):
    done, files = contract("work", ("result_0", "result_1"), a=70_000)
    assert (done.returncode, files) == (0, {"outputs.pb"})
    assert done.stdout == "working\n"
    outputs = NamedLiterals.FromString((contract.outputs / "outputs.pb").read_bytes())
    assert [item.name for item in outputs.values] == ["result_0", "result_1"]
    assert outputs.values[0].value.int_value == 70_001
    assert outputs.values[1].value.reference.uri.startswith((contract.outputs / "data").as_uri())


def test_the_tasks_error_is_written_and_the_status_agrees(contract):
    done, files = contract("work", ("result_0", "result_1"), a=-1)
    assert (done.returncode, files) == (1, {"error.pb"})
    error = ExecutionError.FromString((contract.outputs / "error.pb").read_bytes())
    assert (error.code, error.message, error.worker) == ("USER_EXCEPTION", "ValueError: negative", "")


@pytest.mark.parametrize("variable", ["GODWIT_WORKER_RANK", "RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK"])
def test_only_the_first_of_several_workers_writes_outputs(contract, variable):
    done, files = contract("work", ("result_0", "result_1"), environment_extra={variable: "1"}, a=1)
    assert (done.returncode, files) == (0, set())
    done, files = contract("work", ("result_0", "result_1"), environment_extra={variable: "0"}, a=1)
    assert (done.returncode, files) == (0, {"outputs.pb"})


def test_what_other_workers_return_is_neither_kept_nor_checked(contract):
    for rank in ("0", "1"):
        done, _ = contract("leave", ("result",), environment_extra={"GODWIT_WORKER_RANK": rank})
        assert done.returncode == 0, done.stderr
    kept = [path for path in (contract.outputs / "data").rglob("*") if path.is_file()]
    assert [path.read_text() for path in kept] == ["of rank 0"]
    done, _ = contract("abstain", ("result",), environment_extra={"GODWIT_WORKER_RANK": "1"})
    assert done.returncode == 0, done.stderr


def test_workers_that_make_files_at_the_same_time_do_not_meet(contract, tmp_path):
    variables = {**contract.environment, "GODWIT_WORKER_RANK": "0"}
    contract.prepare("leave", ("result",))
    running = [
        subprocess.Popen(contract.command(), env=variables, cwd=tmp_path, stderr=subprocess.PIPE) for _ in range(3)
    ]
    told = [process.communicate(timeout=60)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], told


def test_the_error_of_each_worker_has_a_file_of_its_own(contract):
    for rank in ("0", "3"):
        done, _ = contract("work", ("result_0", "result_1"), environment_extra={"RANK": rank}, a=-1)
        assert done.returncode == 1
    assert {path.name for path in contract.outputs.iterdir()} == {"error-0.pb", "error-3.pb"}
    error = ExecutionError.FromString((contract.outputs / "error-3.pb").read_bytes())
    assert error.worker == "3"


def test_the_checkpoint_of_the_attempt_before_is_there(contract, tmp_path):
    for attempt in range(1, 3):
        arguments = ["--checkpoint", str(tmp_path / "kept"), "--attempt", str(attempt)]
        done, _ = contract("count", ("result",), *arguments, a=5)
        assert done.returncode == 0, done.stderr
    outputs = NamedLiterals.FromString((contract.outputs / "outputs.pb").read_bytes())
    assert outputs.values[0].value.int_value == 10


def test_inputs_that_cannot_be_read_are_an_error(contract):
    contract.prepare("work", ("result_0", "result_1"), a=1)
    (contract.inputs / "inputs.pb").unlink()
    done = subprocess.run(contract.command(), capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    error = ExecutionError.FromString((contract.outputs / "error.pb").read_bytes())
    assert "inputs.pb" in error.message


@pytest.mark.parametrize(
    "arguments",
    [["--once"], ["--once", "--inputs", "x"], [], ["--once", "--fd", "3"], ["--once", "--unknown"]],
)
def test_wrong_arguments_write_nothing(tmp_path, arguments):
    command = [sys.executable, "-m", "godwit.runner", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == 2
    assert "usage:" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_rank_that_is_no_number_is_a_wrong_argument(contract):
    done, files = contract("work", ("result_0", "result_1"), environment_extra={"RANK": "first"}, a=1)
    assert (done.returncode, files) == (2, set())


def test_an_attempt_that_is_told_to_end_leaves_no_file(contract, tmp_path):
    ready = tmp_path / "ready"
    contract.prepare("wait", ("result",), ready=str(ready))
    process = subprocess.Popen(contract.command(), stderr=subprocess.PIPE)
    while not (ready.exists() and ready.read_text()):
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (143, b"")
    assert list(contract.outputs.glob("*")) == []
