"""Tasks of a jar by the local backend: the suite of backends, and what is particular to a machine of Java."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from godwit_plugin_api import Kind
from godwit_plugin_api.backend import AttemptRequest, BackendSettings, TaskReference
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.testing.backend_suite import BackendSuite
from godwit_plugin_api.testing.fake_host import FakeHost
from godwitidl.core.v1.errors_pb2 import RETRY_WITH_MORE_MEMORY, ExecutionError
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals


class TestLocalBackendWithJvm(BackendSuite):
    """Killed, cancelled, logged and lost like any others."""

    @pytest.fixture(autouse=True)
    def _jar(self, jar):
        loader = load_plugins().create(Kind.ENTITY_LOADER, ".jar")
        self.registration = loader.load(jar, project="p", domain="d").registration()

    def make_backend(self):
        return load_plugins().create(Kind.BACKEND, "local")

    def task(self, behaviour):
        return reference(self.registration, behaviour.value)


def reference(registration, name, number=0):
    (spec,) = [spec for spec in registration.bundle.tasks if spec.id.name == f"dev.example.{name}"]
    key = number or 1 + [task.id.name for task in registration.bundle.tasks].index(spec.id.name)
    command = tuple(spec.program.command)
    return TaskReference(key, spec.id.name, spec.SerializeToString(), registration.source_root, command, True)


@pytest.fixture
def attempt(jar, tmp_path):
    """Runs attempts, all in one machine."""
    registration = load_plugins().create(Kind.ENTITY_LOADER, ".jar").load(jar, project="p", domain="d").registration()
    host = FakeHost(BackendSettings(str(tmp_path), str(tmp_path / "logs"), workers=1, grace_s=5))
    backend = load_plugins().create(Kind.BACKEND, "local")
    backend.open(host)
    numbers = iter(range(1, 100))

    def run(name, memory_bytes=0, **inputs):
        literals = NamedLiterals()
        for key, value in inputs.items():
            literals.values.add(name=key, value=value)
        number = next(numbers)
        request = AttemptRequest(
            f"e/{number}/1",
            reference(registration, name),
            literals.SerializeToString(),
            (tmp_path / "out" / str(number)).as_uri(),
            (tmp_path / "checkpoint").as_uri(),
            1,
            "e",
            "n0",
            memory_bytes=memory_bytes,
        )
        backend.submit([request])
        return host.end_of(request.id)

    yield run
    backend.close()
    host.close()


def error_of(end):
    return ExecutionError.FromString(end.error)


def test_an_error_keeps_class_message_stack_and_cause(attempt):
    error = error_of(attempt("fail"))
    assert (error.code, error.message) == ("USER_EXCEPTION", "IllegalStateException: no wind")
    assert [(one.type, one.message) for one in error.exceptions] == [
        ("java.lang.IllegalStateException", "no wind"),
        ("java.io.IOException", "no air"),
    ]
    frame = error.exceptions[0].frames[-1]
    assert frame.file == "dev/example/Behaviours.java"
    assert frame.line > 0
    assert not any(one.function.startswith("dev.godwit.runner") for one in error.exceptions[0].frames)


@pytest.mark.parametrize(
    ("name", "code", "retry"),
    [
        ("give_up", "USER_EXCEPTION", "RETRY_FORBIDDEN"),
        ("too_large", "OUT_OF_MEMORY", "RETRY_WITH_MORE_MEMORY"),
        ("wrong", "OUTPUT_TYPE_MISMATCH", "RETRY_FORBIDDEN"),
    ],
)
def test_errors_say_whether_to_try_again(attempt, name, code, retry):
    error = error_of(attempt(name))
    assert error.code == code
    assert error.retry == type(error).DESCRIPTOR.fields_by_name["retry"].enum_type.values_by_name[retry].number


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("no_class", "there is no class dev.example.Nowhere in"),
        ("no_member", "has no static field, and no static method without parameters, called NOWHERE"),
        ("no_task", "Behaviours.NO_TASK is no task but a java.lang.String"),
        ("broken", "raised java.lang.IllegalStateException: no such thing"),
        ("unsupported", "Component thread of dev.example.Behaviours$Unsupported, a Thread"),
        ("changed", "was registered with the input times of type float"),
        ("renamed", "was registered with the inputs who, times"),
    ],
)
def test_what_cannot_be_loaded_says_why(attempt, name, part):
    error = error_of(attempt(name))
    assert error.code == "TASK_LOAD_FAILED"
    assert part in error.message


def test_one_machine_stays_for_all_tasks_of_a_jar(attempt):
    processes = {attempt("process").outputs[0].value for _ in range(3)}
    attempt("fail")
    processes.add(attempt("process").outputs[0].value)
    assert len(processes) == 1


def test_large_values_are_stored_beside_the_result(attempt):
    end = attempt("many", count=Literal(int_value=100_000))
    numbers, text = (Literal.FromString(output.value) for output in end.outputs)
    assert (numbers.reference.item_count, numbers.reference.HasField("index")) == (100_000, True)
    assert text.reference.size_bytes > 100_000
    assert bytes(numbers.reference.digest) == end.outputs[0].digest
    total = attempt("sum", numbers=numbers)
    assert Literal.FromString(total.outputs[0].value).int_value == sum(range(100_000))


def test_a_machine_that_takes_more_memory_than_its_task_may_is_killed(attempt):
    error = error_of(attempt("take_memory", memory_bytes=256 << 20))
    assert (error.code, error.retry) == ("OUT_OF_MEMORY", RETRY_WITH_MORE_MEMORY)
    assert "declares 256.0 MiB" in error.message


def test_an_exit_is_a_lost_runner(attempt):
    error = error_of(attempt("exit"))
    assert (error.code, error.exit_code) == ("RUNNER_LOST", 3)
    crashed = error_of(attempt("crash"))
    assert (crashed.exit_code, "last words" in crashed.message) == (134, True)


def test_a_jar_that_is_gone_is_named(attempt, jar):
    away = jar.with_suffix(".away")
    jar.rename(away)
    try:
        error = error_of(attempt("succeed"))
    finally:
        away.rename(jar)
    assert error.code == "TASK_LOAD_FAILED"
    assert "There is no jar" in error.message


def test_a_task_knows_its_attempt_secrets_links_and_checkpoint(jar, tmp_path):
    environment = {**os.environ, "GODWIT_HOME": str(tmp_path / "home"), "GODWIT_SECRET_TOKEN": "s3cret"}
    godwit = Path(sys.executable).parent / "godwit"

    def call(*arguments):
        done = subprocess.run([godwit, *arguments], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    told = json.loads(call("--json", "run", str(jar), "tell"))
    expected = {"attempt": 2, "node": "task", "secret": "s3cret", "colour": "green", "input": -1}
    assert told["outputs"] == expected
    assert "attempt 1" in call("executions", "logs", told["execution"])
    shown = call("--json", "executions", "show", told["execution"])
    assert "http://localhost:1/2" in shown


def test_a_machine_is_gone_when_its_engine_is_killed(jar, tmp_path):
    environment = {**os.environ, "GODWIT_HOME": str(tmp_path / "home")}
    godwit = Path(sys.executable).parent / "godwit"
    engine = subprocess.Popen([godwit, "run", str(jar), "wait"], env=environment, stderr=subprocess.DEVNULL)
    logs = tmp_path / "home" / "logs"
    until(lambda: any("asleep" in path.read_text() for path in logs.rglob("*.log")), "the task to begin")
    machines = [child for child in children_of(engine.pid) if "godwit-runner" in command_of(child)]
    assert len(machines) == 1
    engine.send_signal(signal.SIGKILL)
    engine.wait()
    until(lambda: "godwit-runner" not in command_of(machines[0]), "the machine's end")


def until(condition, what):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(0.02)


def children_of(process):
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def command_of(process):
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().decode().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""
