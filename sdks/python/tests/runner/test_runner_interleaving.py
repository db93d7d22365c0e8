"""Attempts of `async` tasks, many under way at a time in one runner."""

import os
import signal
import textwrap

import pytest
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.log_parts import text_of
from godwitidl.runner.v1.runner_pb2 import Command

MEETING = """
    import asyncio
    import os
    import sys
    import threading
    import time

    import godwit as gw

    there = []
    full = asyncio.Event()

    async def meet(count: int) -> None:
        there.append(None)
        if len(there) == count:
            full.set()
        await full.wait()
"""


class Interleaved:
    """A runner that interleaves, with what it has reported."""

    def __init__(self, runner):
        self.runner = runner
        self.file = runner.folder / "parts.log"
        self.written = {}
        command = Command()
        command.interleave.path, command.interleave.log_name = str(self.file), "parts.log"
        runner.send(command)

    def result(self):
        while (report := self.runner.receive()) is not None:
            if report.HasField("result"):
                return report.result
            self.written[report.writing.id] = report.writing.log
        raise AssertionError("the runner has ended")

    def results(self, count):
        return {result.id: result for result in (self.result() for _ in range(count))}

    def cancel(self, *ids):
        command = Command()
        command.cancel.ids.extend(ids)
        self.runner.send(command)

    def log(self, result):
        data = self.file.read_bytes()[result.log.begin : result.log.end]
        text, length = text_of(data, result.log.writer)
        assert length == len(data)
        return text


@pytest.fixture
def interleaved(source, start):
    def begin(text, *tasks):
        source(textwrap.dedent(MEETING) + textwrap.dedent(text))
        runner = start()
        one = Interleaved(runner)
        for number, name in enumerate(tasks, 1):
            runner.prepare(number, name)
        return one

    return begin


def value(result):
    assert not result.HasField("error"), result.error
    return Literal.FromString(result.outputs[0].value)


def test_attempts_are_under_way_together_in_one_process(interleaved):
    one = interleaved(
        """
        @gw.task
        async def together(count: int) -> int:
            await meet(count)
            return os.getpid()
        """,
        "together",
    )
    count = 200
    one.runner.run(*(one.runner.attempt(f"a{i}", 1, count=count) for i in range(count)))
    assert {value(result).int_value for result in one.results(count).values()} == {one.runner.process.pid}


def test_each_has_its_own_context_and_log(interleaved):
    one = interleaved(
        """
        async def child(text: str) -> None:
            print("child of", text)

        @gw.task
        async def speak(count: int, text: str) -> str:
            print("before", text)
            print("half a line", end="")
            await meet(count)
            print(" and the rest of", text, file=sys.stdout)
            print("to stderr", text, file=sys.stderr)
            await asyncio.gather(child(text), asyncio.to_thread(print, "thread of", text))
            sys.stdout.buffer.write(text.encode() + b" in bytes\\n")
            sys.stdout.write("no end of line")
            return gw.current_context().attempt_id
        """,
        "speak",
    )
    names = ["ä", "b", "c"]
    one.runner.run(*(one.runner.attempt(name, 1, count=len(names), text=name) for name in names))
    for name, result in one.results(len(names)).items():
        assert value(result).string_value == name
        lines = one.log(result).decode().splitlines()
        assert lines[:3] == [f"before {name}", f"half a line and the rest of {name}", f"to stderr {name}"]
        assert sorted(lines[3:5]) == [f"child of {name}", f"thread of {name}"]
        assert lines[5:] == [f"{name} in bytes", "no end of line"]
        assert one.written[name].begin == result.log.begin
        assert one.written[name].writer == result.log.writer


def test_lines_of_any_length_are_kept(interleaved):
    one = interleaved(
        """
        @gw.task
        async def long_line(size: int) -> int:
            print("x" * size)
            return size
        """,
        "long_line",
    )
    size = 1_000_000
    one.runner.run(one.runner.attempt("a", 1, size=size))
    assert one.log(one.result()) == b"x" * size + b"\n"


def test_one_is_cancelled_and_the_others_go_on(interleaved, tmp_path):
    one = interleaved(
        f"""
        @gw.task
        async def stay(count: int) -> int:
            left_behind = asyncio.create_task(asyncio.sleep(600))
            try:
                await meet(count)
                await asyncio.sleep(600)
            finally:
                open({str(tmp_path / "trace")!r}, "w").write("released")
            return 1

        @gw.task
        async def refuse(count: int) -> int:
            try:
                await meet(count)
                await asyncio.sleep(600)
            except asyncio.CancelledError:
                return 2

        @gw.task
        async def go(count: int) -> int:
            await meet(count)
            print("under way")
            await asyncio.to_thread(input_of, {str(tmp_path / "gate")!r})
            return 3

        def input_of(path):
            with open(path) as gate:
                gate.read()
        """,
        "stay",
        "refuse",
        "go",
    )
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    one.runner.run(*(one.runner.attempt(name, n, count=3) for n, name in enumerate(["stay", "refuse", "go"], 1)))
    report = one.runner.receive()
    assert report.writing.id == "go"
    one.cancel("stay", "refuse", "unknown")
    ended = one.results(2)
    assert {name: result.error.code for name, result in ended.items()} == {"stay": "CANCELLED", "refuse": "CANCELLED"}
    assert (tmp_path / "trace").read_text() == "released"
    with gate.open("w"):
        pass
    assert value(one.result()).int_value == 3


def test_an_attempt_that_has_not_begun_is_cancelled_before_it_does(interleaved):
    one = interleaved(
        """
        @gw.task
        async def never(count: int) -> int:
            await asyncio.sleep(600)
            return count
        """,
        "never",
    )
    one.runner.run(one.runner.attempt("a", 1, count=1))
    one.cancel("a")
    assert one.result().error.code == "CANCELLED"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("raise ValueError('no')", "ValueError: no"),
        ("sys.exit(3)", "SystemExit: 3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("await asyncio.gather(exits())", "SystemExit: 4"),
        ("raise asyncio.CancelledError('of its own')", "CancelledError: of its own"),
        ("asyncio.current_task().cancel(); await asyncio.sleep(0)", "CancelledError"),
    ],
)
def test_what_one_raises_is_its_own_error(interleaved, body, error):
    one = interleaved(
        f"""
        async def exits():
            sys.exit(4)

        @gw.task
        async def fail(count: int) -> int:
            await meet(count)
            {body}
            return 1

        @gw.task
        async def go(count: int) -> int:
            await meet(count)
            for _ in range(10):
                await asyncio.sleep(0)
            return 2
        """,
        "fail",
        "go",
    )
    one.runner.run(one.runner.attempt("fail", 1, count=2), one.runner.attempt("go", 2, count=2))
    results = one.results(2)
    assert results["fail"].error.message == error
    assert value(results["go"]).int_value == 2


def test_processor_time_is_that_of_the_own_steps(interleaved):
    one = interleaved(
        """
        def burn() -> None:
            begun = time.thread_time()
            while time.thread_time() - begun < 0.05:
                pass

        async def burn_in_a_child() -> None:
            burn()

        @gw.task
        async def compute(count: int) -> int:
            await meet(count)
            burn()
            await asyncio.gather(burn_in_a_child(), asyncio.sleep(0))
            return 1

        @gw.task
        async def wait(count: int) -> int:
            await meet(count)
            return 2
        """,
        "compute",
        "wait",
    )
    one.runner.run(one.runner.attempt("wait", 2, count=2), one.runner.attempt("compute", 1, count=2))
    results = one.results(2)
    assert results["compute"].usage.cpu_micros >= 100_000
    assert results["wait"].usage.cpu_micros < 100_000
    assert all(result.usage.wall_micros > 0 for result in results.values())
    assert not any(result.usage.peak_memory_bytes for result in results.values())


def test_tasks_are_as_libraries_inspect_them(interleaved):
    one = interleaved(
        """
        import inspect

        @gw.task
        async def look() -> str:
            child = asyncio.create_task(asyncio.sleep(0))
            await asyncio.sleep(0)
            coroutine = asyncio.current_task().get_coro()
            states = [inspect.getcoroutinestate(coroutine), inspect.getcoroutinestate(child.get_coro())]
            await child
            async with asyncio.timeout(60), asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep(0), name="named")
            return " ".join(states)
        """,
        "look",
    )
    one.runner.run(one.runner.attempt("a", 1))
    assert value(one.result()).string_value == "CORO_RUNNING CORO_SUSPENDED"


def test_a_polite_end_cancels_all(interleaved, tmp_path):
    one = interleaved(
        f"""
        @gw.task
        async def stay(count: int, name: str) -> int:
            try:
                await meet(count)
                print("under way", flush=True)
                await asyncio.sleep(600)
            finally:
                open({str(tmp_path)!r} + "/" + name, "w").write("released")
            return 1
        """,
        "stay",
    )
    one.runner.run(*(one.runner.attempt(name, 1, count=2, name=name) for name in ("one", "two")))
    for _ in range(2):
        assert one.runner.receive().HasField("writing")
    one.runner.process.send_signal(signal.SIGTERM)
    assert one.runner.process.wait(30) == 143
    assert (tmp_path / "one").read_text() == (tmp_path / "two").read_text() == "released"


def test_it_ends_when_told_to_and_all_have(interleaved):
    one = interleaved(
        """
        @gw.task
        async def go(count: int) -> int:
            await meet(count)
            return count
        """,
        "go",
    )
    one.runner.run(one.runner.attempt("a", 1, count=2))
    one.runner.run(one.runner.attempt("b", 1, count=2))
    stop = Command()
    stop.stop.SetInParent()
    one.runner.send(stop)
    assert set(one.results(2)) == {"a", "b"}
    assert one.runner.receive() is None
    assert one.runner.process.wait(30) == 0


def test_it_ends_when_the_backend_is_gone(interleaved):
    one = interleaved(
        """
        @gw.task
        async def stay() -> int:
            print("under way")
            await asyncio.sleep(600)
            return 1
        """,
        "stay",
    )
    one.runner.run(one.runner.attempt("a", 1))
    assert one.runner.receive().HasField("writing")
    one.runner.connection.close()
    assert one.runner.process.wait(30) == 0
