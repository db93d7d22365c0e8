"""`godwit run --inline`: gates ask on the terminal."""

import os
import pty
import subprocess
import sys
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


def run(folder, typed):
    """Run `asking` with *typed* on its terminal; return status, output and errors."""
    (folder / "asks.py").write_text(SOURCE, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("godwit")), "--home", "home", "run", "--inline", "asks.py", "asking"]
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
