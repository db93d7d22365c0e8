"""Maps, conditions and gates from the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FLOW = """
    from datetime import timedelta

    @gw.task
    def add(x: int, y: int = 1) -> int:
        return x + y

    @gw.task
    def total(xs: list[int]) -> int:
        return sum(xs)

    @gw.workflow
    def mapped(xs: list[int], y: int = 10) -> int:
        return total(xs=gw.map_task(add, concurrency=2)(x=xs, y=y))
"""


@pytest.fixture
def godwit(write_source, tmp_path):
    """Run `godwit …` in a folder with the source file and a home of its own; return status and output."""
    write_source(FLOW)
    environment = {**os.environ, "GODWIT_HOME": str(tmp_path / "home")}

    def run(*arguments: str) -> tuple[int, str]:
        command = [str(Path(sys.executable).parent / "godwit"), *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        return done.returncode, done.stdout if done.returncode == 0 else done.stdout + done.stderr

    return run


def test_a_map_runs_in_warm_processes(godwit):
    status, output = godwit("--json", "run", "flow.py", "mapped", "--xs", "[1, 2, 3]")
    assert status == 0, output
    assert json.loads(output)["outputs"] == {"result": 36}
