import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals
from godwitidl.rules.framing import FrameReader, frame
from godwitidl.runner.v1.runner_pb2 import Attempt, Command, Report


class RunnerProcess:
    """A runner, driven as a backend drives it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.log = folder / "segment.log"
        ours, theirs = socket.socketpair()
        self.connection = ours
        ours.settimeout(60)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "godwit.runner", f"--fd={theirs.fileno()}", "--log-name=segment.log"],
                pass_fds=[theirs.fileno()],
                stdout=log,
                stderr=log,
                stdin=subprocess.PIPE,
                process_group=0,
            )
        theirs.close()
        self._frames = FrameReader()
        self._received = []

    def send(self, command: Command):
        self.connection.sendall(frame(command.SerializeToString()))

    def receive(self) -> Report | None:
        while not self._received:
            piece = self.connection.recv(1 << 16)
            if not piece:
                return None
            self._received.extend(self._frames.feed(piece))
        return Report.FromString(self._received.pop(0))

    def prepare(self, number: int, name: str, outputs=("result",), **fields):
        command = Command()
        command.prepare.task = number
        command.prepare.source_root = str(self.folder)
        command.prepare.spec.CopyFrom(task_spec(name, outputs, **fields))
        self.send(command)

    def attempt(self, id_: str, number: int, **inputs) -> Attempt:
        literals = NamedLiterals()
        for name, value in inputs.items():
            item = literals.values.add()
            item.name = name
            item.value.CopyFrom(value if isinstance(value, Literal) else literal(value))
        return Attempt(
            id=id_,
            task=number,
            inputs=literals.SerializeToString(),
            output_prefix=(self.folder / "out" / id_).as_uri(),
            checkpoint_prefix=(self.folder / "checkpoint").as_uri(),
            attempt=1,
            execution="execution-1",
            node_path="n0",
        )

    @staticmethod
    def spec(name: str) -> TaskSpec:
        return task_spec(name)

    def run(self, *attempts: Attempt):
        command = Command()
        command.run.attempts.extend(attempts)
        self.send(command)

    def result(self):
        report = self.receive()
        assert report is not None
        assert report.HasField("result"), report
        return report.result

    def close(self):
        self.connection.close()
        try:
            self.process.wait(30)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()


def task_spec(name, outputs=("result",), **fields) -> TaskSpec:
    spec = TaskSpec(**fields)
    spec.id.name = f"tasks_of_test.{name}"
    spec.program.command.extend(["{python}", "-P", "-m", "godwit.runner"])
    spec.program.arguments.extend([".", "tasks_of_test", name])
    for output in outputs:
        spec.interface.outputs.add().name = output
    return spec


def literal(value) -> Literal:
    if isinstance(value, str):
        return Literal(string_value=value)
    if isinstance(value, float):
        return Literal(float_value=value)
    return Literal(int_value=value)


@pytest.fixture
def source(tmp_path):
    """Writes the module that the runner imports."""

    def write(text: str, name: str = "tasks_of_test") -> Path:
        path = tmp_path / f"{name}.py"
        path.write_text(textwrap.dedent(text))
        return path

    return write


@pytest.fixture
def start(tmp_path):
    """Starts a runner, and sees that it is gone at the end."""
    runners = []

    def run() -> RunnerProcess:
        runner = RunnerProcess(tmp_path)
        runners.append(runner)
        hello = runner.receive()
        assert hello is not None, runner.log.read_text()
        assert hello.hello.protocol_version == 1
        assert hello.hello.process_id == runner.process.pid
        return runner

    yield run
    for runner in runners:
        runner.close()


@pytest.fixture
def spec():
    return task_spec


@pytest.fixture
def environment():
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
