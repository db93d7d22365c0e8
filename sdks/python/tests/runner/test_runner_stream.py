import os
import signal
from pathlib import Path

import pytest
from godwitidl.core.v1.errors_pb2 import Blame, Retry
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.digest import literal_digest
from godwitidl.runner.v1.runner_pb2 import Command

ADD = """
    import godwit as gw

    @gw.task
    def add(a: int, b: int = 10) -> int:
        return a + b
"""


def value(result, index=0):
    assert not result.HasField("error"), result.error
    return Literal.FromString(result.outputs[index].value)


def test_an_attempt_is_run_and_its_output_comes_with_its_digest(source, start):
    source(ADD)
    runner = start()
    runner.prepare(7, "add")
    runner.run(runner.attempt("a1", 7, a=1, b=2))
    result = runner.result()
    assert result.id == "a1"
    assert value(result).int_value == 3
    assert result.outputs[0].name == "result"
    assert result.outputs[0].digest == literal_digest(Literal(int_value=3))
    assert result.usage.wall_micros > 0
    assert not result.HasField("log")
    assert result.next_started == ""
    assert list(runner.folder.glob("out/*")) == []


def test_a_missing_input_takes_the_functions_default(source, start):
    source(ADD)
    runner = start()
    runner.prepare(1, "add")
    runner.run(runner.attempt("a1", 1, a=1))
    assert value(runner.result()).int_value == 11


def test_a_batch_runs_in_order_and_each_result_names_the_next(source, start):
    source(ADD)
    runner = start()
    runner.prepare(1, "add")
    runner.run(*(runner.attempt(f"a{i}", 1, a=i) for i in range(5)))
    results = [runner.result() for _ in range(5)]
    assert [result.id for result in results] == ["a0", "a1", "a2", "a3", "a4"]
    assert [result.next_started for result in results] == ["a1", "a2", "a3", "a4", ""]


def test_what_is_printed_stands_in_the_slice_of_its_attempt(source, start):
    source("""
        import os, sys
        import godwit as gw

        print("imported")

        @gw.task
        def say(text: str) -> None:
            print(text)
            print("to stderr", file=sys.stderr)
            os.write(1, b"raw\\n")
    """)
    runner = start()
    runner.prepare(1, "say", outputs=())
    runner.run(runner.attempt("a1", 1, text="first"), runner.attempt("a2", 1, text="second"))
    first, second = runner.result(), runner.result()
    log = runner.log.read_bytes()
    assert first.log.segment == "segment.log"
    assert sorted(log[first.log.begin : first.log.end].splitlines()) == [b"first", b"imported", b"raw", b"to stderr"]
    assert sorted(log[second.log.begin : second.log.end].splitlines()) == [b"raw", b"second", b"to stderr"]
    assert second.log.begin == first.log.end


def test_an_exception_becomes_data_with_the_users_lines(source, start):
    source("""
        import godwit as gw

        def inner():
            raise KeyError("k")

        @gw.task
        def fail() -> int:
            try:
                inner()
            except KeyError as error:
                raise ValueError("bad: ü") from error
    """)
    runner = start()
    runner.prepare(1, "fail")
    runner.run(runner.attempt("a1", 1))
    error = runner.result().error
    assert error.code == "USER_EXCEPTION"
    assert error.message == "ValueError: bad: ü"
    assert (error.blame, error.retry) == (Blame.BLAME_USER, Retry.RETRY_ALLOWED)
    assert [info.type for info in error.exceptions] == ["ValueError", "KeyError"]
    assert [frame.function for frame in error.exceptions[0].frames] == ["fail"]
    assert error.exceptions[0].frames[0].source == 'raise ValueError("bad: ü") from error'
    assert [frame.function for frame in error.exceptions[1].frames] == ["fail", "inner"]
    assert error.time.seconds > 0


@pytest.mark.parametrize(
    ("body", "code", "retry", "text"),
    [
        ("raise gw.NonRecoverableError('no')", "USER_EXCEPTION", Retry.RETRY_FORBIDDEN, "no"),
        ("raise MemoryError", "OUT_OF_MEMORY", Retry.RETRY_WITH_MORE_MEMORY, "MemoryError"),
        ("raise SystemExit(0)", "USER_EXCEPTION", Retry.RETRY_ALLOWED, "SystemExit: 0"),
        ("raise KeyboardInterrupt", "USER_EXCEPTION", Retry.RETRY_ALLOWED, "KeyboardInterrupt"),
        ("return 'text'", "OUTPUT_TYPE_MISMATCH", Retry.RETRY_FORBIDDEN, "expected int, got str 'text'"),
        ("return 2**63", "OUTPUT_TYPE_MISMATCH", Retry.RETRY_FORBIDDEN, "Decimal"),
        ("pass", "OUTPUT_TYPE_MISMATCH", Retry.RETRY_FORBIDDEN, "expected int, got None"),
        ("raise RuntimeError('x' * 10**6)", "USER_EXCEPTION", Retry.RETRY_ALLOWED, "bytes …"),
        ("f = lambda: f(); f()", "USER_EXCEPTION", Retry.RETRY_ALLOWED, "RecursionError"),
    ],
)
def test_errors_say_whether_to_retry_and_stay_small(source, start, body, code, retry, text):
    source(f"""
        import godwit as gw

        @gw.task
        def fail() -> int:
            {body}
    """)
    runner = start()
    runner.prepare(1, "fail")
    runner.run(runner.attempt("a1", 1), runner.attempt("a2", 1))
    error = runner.result().error
    assert (error.code, error.retry) == (code, retry)
    assert text in error.message
    assert error.ByteSize() < 16_384
    assert runner.result().error.code == code, "the runner lives on"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import no_such_module_here", "No module named 'no_such_module_here'"),
        ("def other(): ...", "has no add"),
        ("def add(): ...", "is no task but function"),
        ("raise SystemExit(3)", "SystemExit: 3"),
    ],
)
def test_a_task_that_cannot_be_loaded_fails_alone(source, start, text, message):
    source(text)
    runner = start()
    runner.prepare(1, "add")
    runner.run(runner.attempt("a1", 1, a=1))
    error = runner.result().error
    assert (error.code, error.retry) == ("TASK_LOAD_FAILED", Retry.RETRY_FORBIDDEN)
    assert message in error.message


def test_a_module_of_the_same_name_in_another_folder_is_not_taken_for_it(source, start):
    source(ADD)
    runner = start()
    other = runner.folder / "other"
    other.mkdir()
    (other / "tasks_of_test.py").write_text((runner.folder / "tasks_of_test.py").read_text())
    runner.prepare(1, "add")
    command = Command()
    command.prepare.task = 2
    command.prepare.source_root = str(runner.folder)
    command.prepare.spec.CopyFrom(runner.spec("add"))
    command.prepare.spec.program.arguments[0] = "other"
    runner.send(command)
    runner.run(runner.attempt("a1", 1, a=1), runner.attempt("a2", 2, a=1))
    assert value(runner.result()).int_value == 11
    error = runner.result().error
    assert error.code == "TASK_LOAD_FAILED"
    assert "Rename the file" in error.message


def test_groups_of_exceptions_show_their_members(source, start):
    source("""
        import asyncio
        import godwit as gw

        async def bad(text):
            raise ValueError(text)

        @gw.task
        async def fail() -> int:
            async with asyncio.TaskGroup() as group:
                group.create_task(bad("first"))
                group.create_task(bad("second"))
            return 1
    """)
    runner = start()
    runner.prepare(1, "fail")
    runner.run(runner.attempt("a1", 1))
    error = runner.result().error
    assert [info.type for info in error.exceptions] == ["ExceptionGroup", "ValueError", "ValueError"]
    assert [info.message for info in error.exceptions[1:]] == ["first", "second"]


def test_outputs_together_stay_below_the_limit_of_a_message(source, start):
    source(
        """
        import godwit as gw

        @gw.task(outputs=[f"o{i}" for i in range(20)])
        def make() -> tuple[STRINGS]:
            return tuple(chr(97 + i) * 60_000 for i in range(20))
    """.replace("STRINGS", ", ".join(["str"] * 20))
    )
    runner = start()
    runner.prepare(1, "make", outputs=[f"o{i}" for i in range(20)])
    runner.run(runner.attempt("a1", 1))
    result = runner.result()
    kinds = [value(result, index).WhichOneof("kind") for index in range(20)]
    assert result.ByteSize() < 2**20
    assert 0 < kinds.count("reference") < 20


def test_an_unknown_task_and_an_unknown_input_are_errors_of_their_attempts(source, start):
    source(ADD)
    runner = start()
    runner.prepare(1, "add")
    runner.run(runner.attempt("a1", 2), runner.attempt("a2", 1, c=1), runner.attempt("a3", 1, a="text"))
    assert "never prepared" in runner.result().error.message
    assert runner.result().error.code == "INPUT_TYPE_MISMATCH"
    wrong = runner.result().error
    assert (wrong.code, wrong.blame) == ("INPUT_TYPE_MISMATCH", Blame.BLAME_REQUEST)
    assert "Input a: expected int" in wrong.message


def test_what_has_not_started_can_be_cancelled(source, start, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    source(f"""
        import godwit as gw

        @gw.task
        def wait(a: int) -> int:
            if a == 0:
                open({str(gate)!r}).read()
            return a
    """)
    runner = start()
    runner.prepare(1, "wait")
    runner.run(*(runner.attempt(f"a{i}", 1, a=i) for i in range(3)))
    command = Command()
    command.cancel.ids.extend(["a0", "a1", "unknown"])
    with gate.open("w") as opened:  # opens when a0 does
        runner.send(command)
        opened.write("go")
    dropped = runner.receive()
    assert dropped.dropped.id == "a1"
    first = runner.result()
    assert (first.id, first.next_started) == ("a0", "a2")
    assert runner.result().id == "a2"


def test_stop_ends_it_after_what_was_sent(source, start):
    source(ADD)
    runner = start()
    runner.prepare(1, "add")
    runner.run(runner.attempt("a1", 1, a=1))
    stop = Command()
    stop.stop.SetInParent()
    runner.send(stop)
    assert value(runner.result()).int_value == 11
    assert runner.receive() is None
    assert runner.process.wait(30) == 0


def test_the_end_of_the_stream_ends_it(start):
    runner = start()
    runner.connection.close()
    assert runner.process.wait(30) == 0


def test_a_polite_end_lets_the_task_release_what_it_holds(source, start, tmp_path):
    gate, trace = tmp_path / "gate", tmp_path / "trace"
    os.mkfifo(gate)
    source(f"""
        import godwit as gw

        @gw.task
        def wait() -> int:
            try:
                open({str(gate)!r}).read()
            except Exception:
                pass
            finally:
                open({str(trace)!r}, "w").write("released")
            return 1
    """)
    runner = start()
    runner.prepare(1, "wait")
    runner.run(runner.attempt("a1", 1))
    with gate.open("w"):
        runner.process.send_signal(signal.SIGTERM)
        assert runner.process.wait(30) == 143
    assert trace.read_text() == "released"
    assert runner.receive() is None


def test_a_crash_is_seen_as_the_end_of_the_stream(source, start):
    source("""
        import os
        import godwit as gw

        @gw.task
        def crash() -> int:
            print("last words")
            os.abort()
    """)
    runner = start()
    runner.prepare(1, "crash")
    runner.run(runner.attempt("a1", 1))
    assert runner.receive() is None
    assert runner.process.wait(30) == -signal.SIGABRT
    assert b"last words" in runner.log.read_bytes()


def test_large_outputs_are_offloaded_and_read_again(source, start):
    source("""
        import godwit as gw

        @gw.task
        def make(n: int) -> tuple[str, list[int], list[str]]:
            return "x" * n, list(range(n)), ["é" * 10] * n

        @gw.task
        def take(a: str, b: list[int], c: list[str]) -> int:
            return len(a) + sum(b) + len(c)
    """)
    runner = start()
    names = ("result_0", "result_1", "result_2")
    runner.prepare(1, "make", outputs=names)
    runner.prepare(2, "take")
    n = 30_000
    runner.run(runner.attempt("a1", 1, n=3 * n))
    result = runner.result()
    made = [value(result, index) for index in range(3)]
    assert [literal.WhichOneof("kind") for literal in made] == ["reference"] * 3
    assert made[1].reference.item_count == 3 * n
    assert [output.digest for output in result.outputs] == [literal.reference.digest for literal in made]
    assert result.usage.peak_memory_bytes > 0
    runner.run(runner.attempt("a2", 2, a=made[0], b=made[1], c=made[2]))
    assert value(runner.result()).int_value == 3 * n + sum(range(3 * n)) + 3 * n

    path = next(runner.folder.glob("out/a1/*/result_0.pb"))
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"xxx", b"xyx", 1))
    runner.run(runner.attempt("a3", 2, a=made[0], b=made[1], c=made[2]))
    error = runner.result().error
    assert (error.code, error.blame) == ("DATA_CORRUPT", Blame.BLAME_SYSTEM)


def test_async_tasks_are_awaited(source, start):
    source("""
        import asyncio
        import godwit as gw

        @gw.task
        async def double(a: int) -> int:
            await asyncio.sleep(0)
            return 2 * a
    """)
    runner = start()
    runner.prepare(1, "double")
    runner.run(runner.attempt("a1", 1, a=4))
    assert value(runner.result()).int_value == 8


def test_a_task_can_ask_about_itself(source, start):
    source("""
        import os
        from godwit.context import current_context
        import godwit as gw

        @gw.task
        def ask() -> str:
            context = current_context()
            (context.checkpoint.path / "seen").write_text("1")
            facts = [context.execution, context.node_path, context.attempt_id, str(context.attempt)]
            return " ".join([*facts, context.secrets["token"], os.environ["TOKEN"], os.environ["COLOUR"]])

        @gw.task
        def after() -> str:
            checkpoint = current_context().checkpoint.path
            return f"{(checkpoint / 'seen').exists()} {'TOKEN' in os.environ} {'COLOUR' in os.environ}"

        @gw.task
        def undeclared() -> str:
            return current_context().secrets["token"]
    """)
    os.environ["GODWIT_SECRET_TOKEN"] = "s3cret"
    try:
        runner = start()
    finally:
        del os.environ["GODWIT_SECRET_TOKEN"]
    runner.prepare(
        1,
        "ask",
        secrets=[{"name": "token", "environment_variable": "TOKEN"}],
        environment=[{"name": "COLOUR", "value": "red"}],
    )
    runner.prepare(2, "after")
    runner.prepare(3, "undeclared")
    runner.run(runner.attempt("a1", 1), runner.attempt("a2", 2), runner.attempt("a3", 3))
    assert value(runner.result()).string_value == "execution-1 n0 a1 1 s3cret s3cret red"
    assert value(runner.result()).string_value == "True False False"
    assert runner.result().error.code == "SECRET_NOT_FOUND"


def test_what_a_task_does_to_its_process_ends_with_it(source, start, tmp_path):
    source(f"""
        import os
        import sys
        import godwit as gw

        @gw.task
        def fork() -> int:
            child = os.fork()
            if child == 0:
                sys.exit(3)
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

        @gw.task
        def wander() -> str:
            os.chdir({str(tmp_path)!r})
            os.close(1)
            return os.getcwd()

        @gw.task
        def here() -> str:
            return os.getcwd()
    """)
    runner = start()
    for number, name in enumerate(("fork", "wander", "here")):
        runner.prepare(number, name)
    runner.run(*(runner.attempt(f"a{number}", number) for number in range(3)))
    assert value(runner.result()).int_value == 1
    assert value(runner.result()).string_value == str(tmp_path)
    assert value(runner.result()).string_value == str(Path.cwd())


def test_standard_input_is_empty(source, start):
    source("""
        import sys
        import godwit as gw

        @gw.task
        def read() -> str:
            return sys.stdin.read()
    """)
    runner = start()
    runner.prepare(1, "read")
    runner.run(runner.attempt("a1", 1))
    assert value(runner.result()).string_value == ""


def test_what_is_said_to_be_large_is_offloaded_earlier(source, start):
    source(ADD.replace("int", "str").replace("10", "'x' * 900"))
    runner = start()
    runner.prepare(1, "add")
    attempt = runner.attempt("a1", 1, a="y")
    attempt.inline_limit_bytes = 512
    runner.run(attempt)
    assert value(runner.result()).HasField("reference")


def test_output_can_be_redirected_once_it_is_known_where_to(source, start, tmp_path):
    source("""
        import godwit as gw

        @gw.task
        def speak() -> int:
            print("later")
            return 1
    """)
    runner = start()
    command = Command()
    command.redirect.path = str(tmp_path / "later.log")
    command.redirect.log_name = "engine/later.log"
    runner.send(command)
    runner.prepare(1, "speak")
    runner.run(runner.attempt("a", 1))
    result = runner.result()
    assert (tmp_path / "later.log").read_text() == "later\n"
    assert (result.log.segment, result.log.begin, result.log.end) == ("engine/later.log", 0, 6)
    assert runner.log.read_text() == ""


def test_a_place_that_cannot_be_written_ends_it(start, tmp_path):
    runner = start()
    command = Command()
    command.redirect.path = str(tmp_path / "absent" / "later.log")
    command.redirect.log_name = "later.log"
    runner.send(command)
    assert runner.receive() is None
    assert runner.process.wait(30) == 1
