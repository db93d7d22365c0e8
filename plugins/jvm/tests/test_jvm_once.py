"""The runner of the JVM by the file contract, as a black box."""

import os
import signal
import subprocess
import time

import pytest
from godwitidl.core.v1.errors_pb2 import Blame, ExecutionError, Retry
from godwitidl.core.v1.event_pb2 import Links
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals
from jvm_specs import specs


class Attempt:
    """A folder of inputs, one of outputs, and the command between."""

    def __init__(self, java, runner, jar, folder, name):
        self.inputs, self.outputs = folder / "in", folder / "out"
        self.inputs.mkdir()
        (spec,) = [spec for spec in specs() if spec.id.name == f"dev.example.{name}"]
        (self.inputs / "task.pb").write_bytes(spec.SerializeToString())
        self.give()
        self.command = [java, "-jar", str(runner), "--once", "--inputs", str(self.inputs)]
        self.command += [f"--outputs={self.outputs}", f"--source-root={jar}", "--checkpoint", str(folder / "kept")]

    def give(self, **values):
        literals = NamedLiterals()
        for name, value in values.items():
            literals.values.add(name=name, value=value)
        (self.inputs / "inputs.pb").write_bytes(literals.SerializeToString())

    def run(self, *arguments, **environment):
        variables = {**os.environ, "GODWIT_SECRET_TOKEN": "s", **environment}
        return subprocess.run([*self.command, *arguments], env=variables, capture_output=True, text=True, check=False)

    def files(self):
        return sorted(path.name for path in self.outputs.iterdir() if path.is_file())

    def read(self, name="outputs.pb"):
        values = NamedLiterals.FromString((self.outputs / name).read_bytes()).values
        return {value.name: value.value for value in values}

    def error(self, name="error.pb"):
        return ExecutionError.FromString((self.outputs / name).read_bytes())


@pytest.fixture
def attempt(java, runner, jar, tmp_path):
    return lambda name: Attempt(java, runner, jar, tmp_path, name)


def test_outputs_are_written_in_order_and_the_status_agrees(attempt):
    one = attempt("greet")
    one.give(times=Literal(int_value=2), name=Literal(string_value="x"))
    done = one.run()
    assert (done.returncode, done.stderr) == (0, "")
    assert one.files() == ["outputs.pb"]
    assert list(one.read()) == ["greeting", "length"]
    assert one.read()["greeting"].string_value == "hello xx"


def test_an_error_is_written_and_the_status_agrees(attempt):
    one = attempt("fail")
    assert one.run().returncode == 1
    assert one.files() == ["error.pb"]
    error = one.error()
    assert (error.code, error.blame, error.retry) == ("USER_EXCEPTION", Blame.BLAME_USER, Retry.RETRY_ALLOWED)
    assert error.worker == ""


@pytest.mark.parametrize("variable", ["GODWIT_WORKER_RANK", "RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK"])
def test_ranks_other_than_0_write_no_outputs(attempt, variable):
    one = attempt("succeed")
    assert one.run(**{variable: "1"}).returncode == 0
    assert one.files() == []
    assert one.run(**{variable: "0"}).returncode == 0
    assert one.files() == ["outputs.pb"]


def test_the_error_of_a_rank_has_a_file_of_its_own(attempt):
    one = attempt("fail")
    assert one.run(RANK="3").returncode == 1
    assert one.files() == ["error-3.pb"]
    assert one.error("error-3.pb").worker == "3"


def test_large_values_go_under_the_prefix(attempt, tmp_path):
    one = attempt("many")
    one.give(count=Literal(int_value=100_000))
    assert one.run().returncode == 0
    data = (one.outputs / "data").as_uri()
    assert all(value.reference.uri.startswith(data) for value in one.read().values())
    elsewhere = (tmp_path / "elsewhere").as_uri()
    assert one.run("--output-prefix", elsewhere).returncode == 0
    assert all(value.reference.uri.startswith(elsewhere) for value in one.read().values())


def test_links_report_and_checkpoint(attempt, tmp_path):
    one = attempt("tell")
    first = one.run("--attempt", "1", "--attempt-id", "a/1", "--node-path=n7")
    assert first.returncode == 1
    assert "attempt 1" in first.stdout
    assert (tmp_path / "kept" / "before").is_file()
    assert (one.outputs / "report.html").read_text() == "<h1>report</h1>"
    links = Links.FromString((one.outputs / "links.pb").read_bytes()).links
    assert [(link.name, link.url) for link in links] == [("Dashboard", "http://localhost:1/1")]
    (one.outputs / "error.pb").unlink()
    assert one.run("--attempt", "2", "--node-path=n7").returncode == 0
    assert {name: value.WhichOneof("kind") for name, value in one.read().items()}["secret"] == "string_value"
    assert one.read()["node"].string_value == "n7"


def test_what_is_told_to_end_releases_what_it_holds_and_leaves_no_file(attempt):
    one = attempt("wait")
    process = subprocess.Popen(one.command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "asleep\n"
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    words, _ = process.communicate(timeout=60)
    assert process.returncode == 143
    assert words == "woken\n"
    assert one.files() == []
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    "arguments",
    [[], ["--once"], ["--fd", "3"], ["--once", "--inputs", "x", "--outputs"], ["--wrong"]],
)
def test_wrong_arguments_are_said_and_leave_nothing(java, runner, tmp_path, arguments):
    done = subprocess.run([java, "-jar", runner, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("godwit-runner: ")
    assert list(tmp_path.iterdir()) == []


def test_inputs_that_are_none_are_an_error(attempt):
    one = attempt("succeed")
    (one.inputs / "inputs.pb").write_bytes(b"\xff")
    assert one.run().returncode == 1
    assert one.error().code == "INPUT_TYPE_MISMATCH"
    (one.inputs / "task.pb").unlink()
    assert one.run().returncode == 1
    assert one.error().code == "TASK_LOAD_FAILED"


def test_an_input_of_another_type_is_the_requests_fault(attempt):
    one = attempt("greet")
    one.give(name=Literal(int_value=1), times=Literal(int_value=1))
    assert one.run().returncode == 1
    error = one.error()
    assert (error.code, error.blame) == ("INPUT_TYPE_MISMATCH", Blame.BLAME_REQUEST)
    assert "name" in error.message
