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
    def chosen(x: int) -> int:
        return gw.conditional(
            cases=[(x > 9, lambda: add(x=x)), (x < 0, lambda: gw.fail("below zero"))],
            otherwise=lambda: gw.native.echo(int)(value=x),
        )

    ten = gw.LaunchPlan(chosen, name="acme.ten", default_inputs={"x": 10})

    built = gw.Workflow()
    built.add_output("ten", built.add(add, x=built.add_input("count", int, default=9)))

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


def test_only_the_chosen_case_runs_in_warm_processes(godwit):
    status, output = godwit("--json", "run", "flow.py", "chosen", "--x", "12")
    assert (status, json.loads(output)["outputs"]) == (0, {"result": 13})
    status, output = godwit("--json", "run", "flow.py", "chosen", "--x", "3")
    assert (status, json.loads(output)["outputs"]) == (0, {"result": 3})
    status, output = godwit("run", "flow.py", "chosen", "--x", "-3")
    assert status == 1
    assert "NO_CASE" in output
    assert "below zero" in output


def test_launch_plans_and_built_workflows_are_run_by_name(godwit):
    status, output = godwit("--json", "run", "flow.py", "ten")
    assert (status, json.loads(output)["outputs"]) == (0, {"result": 11})
    status, output = godwit("--json", "run", "flow.py", "ten", "--x", "1")
    assert (status, json.loads(output)["outputs"]) == (0, {"result": 1})
    status, output = godwit("--json", "run", "flow.py", "built", "--count", "4")
    assert (status, json.loads(output)["outputs"]) == (0, {"ten": 5})
