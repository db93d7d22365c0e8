"""`godwit run --inline`: gates ask on the terminal."""

import contextlib
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

SOURCE = """
import godwit as gw

@gw.task
def double(x: int) -> int:
    return 2 * x

@gw.workflow
def asking() -> int:
    agreed = gw.approve("Go on?")
    return double(x=gw.wait_for_input(int, prompt="Which rate?", after=agreed))
"""

MARKED = """
from pathlib import Path

import godwit as gw

@gw.task
def mark(name: str, after: str = "") -> str:
    Path(name).touch()
    return name

@gw.workflow
def flow() -> str:
    gw.approve("Go on?")
    rate = gw.wait_for_input(int, name="rate")
    first = mark(name="first")
    second = mark(name="second", after=first)
    return mark.after(rate)(name="third", after=second)
"""


def run(folder, typed):
    """Run `asking` with *typed* on its terminal; return status, output and errors."""
    (folder / "asks.py").write_text(SOURCE, encoding="utf-8")
    command = [*godwit(), "run", "--inline", "asks.py", "asking"]
    terminal, standard_input = pty.openpty()
    try:
        os.write(terminal, typed.encode())
        done = subprocess.run(
            command, cwd=folder, stdin=standard_input, capture_output=True, text=True, check=False, timeout=60
        )
    finally:
        os.close(standard_input)
        os.close(terminal)
    return done.returncode, done.stdout, done.stderr


def test_answers_are_asked_until_they_fit(tmp_path):
    status, told, asked = run(tmp_path, "perhaps\nyes\nmany\n21\n")
    assert status == 0, asked
    assert "result = 42" in told
    assert asked.count("Go on? yes or no?") == 2
    assert asked.count("n1: Which rate? (int)") == 2
    assert "expected int" in asked


def test_a_no_fails_the_node(tmp_path):
    status, told, _ = run(tmp_path, "n\n")
    assert status == 1
    assert "REJECTED" in told


@contextlib.contextmanager
def asking(folder):
    """Run `flow` on a terminal; yield the process and the terminal."""
    (folder / "marked.py").write_text(MARKED, encoding="utf-8")
    command = [*godwit(), "run", "--inline", "--execution-name", "asked", "marked.py", "flow"]
    terminal, standard_input = pty.openpty()
    pipes = {"stdin": standard_input, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=folder, text=True, **pipes)
    try:
        yield process, terminal
    finally:
        os.close(standard_input)
        os.close(terminal)
        process.kill()
        process.communicate()


def godwit():
    return [str(Path(sys.executable).with_name("godwit")), "--home", "home"]


def await_file(path, process):
    deadline = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_everything_else_goes_on_while_a_question_stands_and_it_goes_when_others_answer(tmp_path):
    with asking(tmp_path) as (process, terminal):
        await_file(tmp_path / "second", process)
        said = subprocess.run([*godwit(), "signal", "asked", "n0", "--approve"], cwd=tmp_path, check=False)
        assert said.returncode == 0
        told = next(line for line in process.stderr if "no answer is needed" in line)
        assert told == "n0: SUCCEEDED; no answer is needed any more.\n"
        os.write(terminal, b"7\n")
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert "result = 'third'" in out


def test_an_interrupt_while_a_question_stands_leaves_at_once(tmp_path):
    with asking(tmp_path) as (process, _):
        await_file(tmp_path / "second", process)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "godwit executions resume asked" in told
