"""What a task of the JVM costs: the start of its machine, the first attempt, and each later one.

    plugins/jvm/.venv/bin/python benchmarks/jvm.py --rounds 7

`bare`: `java -cp` of a class that prints a line, from outside. `hello`: the runner, until it says that it is up.
`first`: until the first result, so classes loaded and all. `later`: a round trip of an attempt in that machine, the
median of many. `engine`: a step of a chain of such tasks under the embedded engine, committed and all: the slope of
two lengths, so that no start is in it. `run`: `godwit run` of one task, from outside, against `godwit run` of one in
Python. All with the machine as it comes, by turns.
"""

import argparse
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from godwit_jvm.machine import find_java, find_runner
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals
from godwitidl.rules.framing import FrameReader, frame
from godwitidl.runner.v1.runner_pb2 import Command, Report

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "plugins" / "jvm" / "tests"
sys.path.insert(0, str(TESTS))
from jvm_specs import bundle_of, specs, write_jar  # noqa: E402 - found beside the tests

HELLO = 'public class Hello { public static void main(String[] a) { System.out.println("hello"); } }'
FLOW = """
import godwit as gw
import godwit_jvm

succeed = godwit_jvm.task("succeed", jar="tasks.jar")


@gw.task
def here() -> int:
    return 7


@gw.workflow
def chain_LENGTH() -> int:
    value = succeed()
    for _ in range(LENGTH - 1):
        value = succeed.after(value)()
    return value
"""


def compiled(java: str, folder: Path) -> Path:
    """Return the jar of the tests' tasks, and leave the class of `bare` in *folder*."""
    compiler = Path(java).resolve().with_name("javac")
    (folder / "Hello.java").write_text(HELLO)
    subprocess.run([compiler, "-d", folder, folder / "Hello.java"], check=True)
    target = folder / "classes"
    sources = sorted((TESTS / "java").rglob("*.java"))
    subprocess.run([compiler, "-d", target, "-cp", find_runner(os.environ), *sources], check=True)
    entries = {str(path.relative_to(target)): path.read_bytes() for path in sorted(target.rglob("*.class"))}
    entries["META-INF/godwit/bundle.pb"] = bundle_of(specs()).SerializeToString(deterministic=True)
    return write_jar(folder / "tasks.jar", entries)


class Runner:
    """A runner, driven as the local backend drives it."""

    def __init__(self, java: str, jar: Path, folder: Path) -> None:
        self._ours, theirs = socket.socketpair()
        command = [java, "-jar", str(find_runner(os.environ)), "--fd", "0", "--log-name", "log"]
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdin=theirs, stdout=log, stderr=log)
        theirs.close()
        self._frames = FrameReader()
        self._received: list[bytes] = []
        self._jar = jar
        self._folder = folder
        self._ran = 0

    def report(self) -> Report:
        """Wait for the next report."""
        while not self._received:
            piece = self._ours.recv(1 << 16)
            assert piece, "the runner is gone"
            self._received.extend(self._frames.feed(piece))
        return Report.FromString(self._received.pop(0))

    def prepare(self) -> None:
        """Tell of the task."""
        (spec,) = [spec for spec in specs() if spec.id.name == "dev.example.greet"]
        command = Command()
        command.prepare.task, command.prepare.source_root = 1, str(self._jar)
        command.prepare.spec.CopyFrom(spec)
        self._ours.sendall(frame(command.SerializeToString()))

    def attempt(self) -> None:
        """Run an attempt, and wait for its result."""
        self._ran += 1
        inputs = NamedLiterals()
        inputs.values.add(name="name", value=Literal(string_value="x"))
        inputs.values.add(name="times", value=Literal(int_value=2))
        command = Command()
        attempt = command.run.attempts.add(id=str(self._ran), task=1, attempt=1, inputs=inputs.SerializeToString())
        attempt.output_prefix = self._folder.as_uri()
        self._ours.sendall(frame(command.SerializeToString()))
        result = self.report().result
        assert result.outputs, result.error

    def close(self) -> None:
        """End it."""
        self._ours.close()
        self._process.wait(30)


def timed(call: Callable[[], object]) -> float:
    """Return how long *call* took, in milliseconds."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def machine_times(java: str, jar: Path, folder: Path, attempts: int) -> Iterator[tuple[str, float]]:
    """Yield the times of one machine."""
    yield "bare", timed(lambda: subprocess.run([java, "-cp", folder, "Hello"], check=True, capture_output=True))
    began = time.perf_counter()
    runner = Runner(java, jar, folder)
    runner.report()
    yield "hello", (time.perf_counter() - began) * 1000
    runner.prepare()
    runner.attempt()
    yield "first", (time.perf_counter() - began) * 1000
    yield "later", statistics.median(timed(runner.attempt) for _ in range(attempts))
    runner.close()


def engine_times(folder: Path, length: int) -> Iterator[tuple[str, float]]:
    """Yield the times of the engine."""
    godwit = Path(sys.executable).parent / "godwit"
    environment = {**os.environ, "GODWIT_HOME": str(folder / "home")}

    def run(entity: str, file: str = "flow.py") -> dict[str, float]:
        done = subprocess.run(
            [godwit, "--json", "run", file, entity], cwd=folder, env=environment, capture_output=True, check=True
        )
        told: dict[str, float] = json.loads(done.stdout)
        return told

    for n in (length, 2 * length):
        (folder / f"flow{n}.py").write_text(FLOW.replace("LENGTH", str(n)))
    short, long = (run(f"chain_{n}", f"flow{n}.py")["duration_s"] for n in (length, 2 * length))
    yield "engine", (long - short) * 1000 / length
    yield "run", timed(lambda: run("succeed", "tasks.jar"))
    yield "run of Python", timed(lambda: run("here", f"flow{length}.py"))


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--attempts", type=int, default=500, help="later attempts of a round")
    parser.add_argument("--length", type=int, default=200, help="of the shorter chain")
    options = parser.parse_args()
    java = find_java(os.environ)
    times: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        jar = compiled(java, folder)
        for _ in range(options.rounds):
            for key, value in machine_times(java, jar, folder, options.attempts):
                times.setdefault(key, []).append(value)
            for key, value in engine_times(folder, options.length):
                times.setdefault(key, []).append(value)
    result = {
        "unit": "ms",
        "rounds": options.rounds,
        "java": subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr.splitlines()[0],
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "median": {key: round(statistics.median(values), 2) for key, values in times.items()},
        "spread": {key: [round(min(values), 2), round(max(values), 2)] for key, values in times.items()},
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
