"""What the README shows is run; the wheels' installation and `make demo` have tests of their own (tests/packaging)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
TESTED_ELSEWHERE = {"pip install dist/*.whl", "make build", "make demo"}
"""Commands that tests/packaging runs, since they make environments."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, blocks_of):
    """A folder with the files of the README's blocks of Python."""
    folder = tmp_path_factory.mktemp("readme")
    for block in blocks_of(README):
        if block.language == "python":
            first, _, rest = block.text.partition("\n")
            assert first.startswith("# "), "the first line of a block names its file"
            (folder / first.removeprefix("# ")).write_text(rest)
    return folder


def run(folder, *command):
    program = Path(sys.executable).parent / command[0]
    environment = {**os.environ, "GODWIT_HOME": str(folder / "home")}
    done = subprocess.run(
        [program, *command[1:]], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def commands(blocks_of):
    return [line for block in blocks_of(README) if block.language == "bash" for line in block.text.splitlines()]


def test_every_command_is_run(folder, blocks_of):
    lines = commands(blocks_of)
    assert lines
    for line in lines:
        if line not in TESTED_ELSEWHERE:
            assert line.startswith("godwit "), line
            assert run(folder, *line.split())


def test_first_run_says_hello_and_the_second_is_a_cache_hit(folder):
    command = ("godwit", "--home", "own", "run", "hello.py", "hello", "--name", "Ada")
    assert "HELLO, ADA!" in run(folder, *command)
    assert "hit" in run(folder, *command).lower()


def test_a_workflow_is_a_function(folder):
    assert run(folder, "python", "call.py") == "HELLO, GRACE!\n"


def test_every_block_is_known(blocks_of):
    assert {block.language for block in blocks_of(README)} == {"bash", "python"}
