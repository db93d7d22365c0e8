"""Async tasks in workflows: what becomes of attempts that share a process with one that does harm."""

import json
import os
import subprocess
import sys
import textwrap

import pytest

SOURCE = """
    import asyncio
    import os
    import time

    import godwit as gw

    there = []
    full = asyncio.Event()

    async def meet(count: int) -> None:
        there.append(None)
        if len(there) == count:
            full.set()
        await full.wait()

    @gw.task
    async def together(i: int) -> int:
        await meet(90)
        return i

    @gw.task
    def total(xs: list[int]) -> int:
        return sum(xs)

    @gw.workflow
    def many() -> int:
        return total(xs=[together(i=i) for i in range(90)])

    @gw.task(retries=gw.Retry(0, infrastructure=0), max_concurrency=40)
    async def neighbour(i: int) -> int:
        if gw.current_context().attempt == 1:
            await meet(2)
            await asyncio.sleep(600)
        return i

    @gw.task(timeout=2, retries=1)
    async def stuck_at_first() -> int:
        if gw.current_context().attempt == 1:
            await meet(2)
            time.sleep(600)
        return 2

    @gw.workflow
    def killed() -> int:
        return total(xs=[neighbour(i=1), stuck_at_first()])

    @gw.task(retries=gw.Retry(0, infrastructure=1))
    async def innocent(i: int) -> int:
        if gw.current_context().attempt == 1:
            await meet(3)
            await asyncio.sleep(600)
        return i

    @gw.task(retries=gw.Retry(0, infrastructure=2))
    async def poison() -> int:
        if gw.current_context().attempt == 1:
            await meet(3)
        os._exit(7)

    @gw.workflow
    def crashed() -> tuple[int, int, int]:
        return innocent(i=1), innocent(i=2), poison()

    @gw.task(environment={"COLOUR": "red"})
    async def coloured() -> int:
        return os.getpid() if os.environ["COLOUR"] == "red" else 0

    @gw.task(resources=gw.Resources(mem="512Mi"))
    async def limited() -> int:
        return os.getpid()

    @gw.task
    async def shared() -> int:
        return os.getpid()

    @gw.workflow
    def places() -> tuple[int, int, int, int]:
        return shared(), shared(), coloured(), limited()
"""


@pytest.fixture
def run(tmp_path):
    """Runs an entity and returns what it printed as JSON."""
    (tmp_path / "flows.py").write_text(textwrap.dedent(SOURCE))

    def run_entity(name, *, status=0):
        command = [sys.executable, "-m", "godwit_core", "--home", str(tmp_path / "home"), "run", "flows.py", name]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GODWIT_")}
        done = subprocess.run(
            [*command, "--workers", "2", "--json", "--run-what-can-run"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return json.loads(done.stdout)

    return run_entity


def attempts(told):
    return {node["name"]: node["attempts"] for node in told["nodes"]}


def test_more_than_the_workers_are_under_way_at_a_time(run):
    assert run("many")["outputs"]["result"] == sum(range(90))


def test_the_neighbours_of_one_that_had_to_be_killed_come_again_at_no_cost(run):
    told = run("killed")
    assert told["outputs"]["result"] == 3
    assert attempts(told) == {"neighbour": 2, "stuck_at_first": 2, "total": 1}


def test_those_that_crashed_together_run_alone_afterwards(run):
    told = run("crashed", status=1)
    assert told["error"]["code"] == "RUNNER_LOST"
    assert [(node["name"], node["phase"], node["attempts"]) for node in told["nodes"]] == [
        ("innocent", "SUCCEEDED", 2),
        ("innocent", "SUCCEEDED", 2),
        ("poison", "FAILED", 3),
    ]


def test_what_needs_a_process_of_its_own_has_one(run):
    one, two, coloured, limited = run("places")["outputs"].values()
    assert one == two
    assert coloured
    assert not {one} & {coloured, limited}
