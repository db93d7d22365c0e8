"""Errors of executions as the command line tells them: node, attempt, cause and remedy."""

import pytest
from godwit_core.cli.remedies import REMEDIES

SOURCE = """
    import os
    import time

    import godwit as gw

    @gw.task(retries=1, timeout=0.2)
    def slow() -> int:
        time.sleep(60)
        return 1

    @gw.task(timeout=gw.Timeouts(overall=0.2))
    def late() -> int:
        time.sleep(60)
        return 1

    @gw.task(retries=1)
    def breaks(x: int = 0) -> int:
        return 1 // x

    @gw.task
    def exits() -> int:
        print("the last words", flush=True)
        os._exit(3)

    @gw.task
    def wrong() -> int:
        return "a"

    @gw.task
    def add(x: int, y: int) -> int:
        return x + y

    @gw.task
    def numbers() -> list[int]:
        return [1]

    @gw.workflow
    def unequal(xs: list[int] = [1, 2], ys: list[int] = [1]) -> list[int]:
        return gw.map_task(add)(x=xs, y=ys)

    @gw.workflow
    def asks() -> None:
        gw.approve("Go?", timeout=0.1)

    @gw.workflow
    def index() -> int:
        return add(x=numbers()[3], y=1)

    @gw.workflow
    def no_case(x: int = 1) -> int:
        return gw.conditional(x > 5, then=lambda: add(x=x, y=1), otherwise=lambda: gw.fail("too small"))

    @gw.workflow
    def inner(x: int) -> int:
        return breaks(x=x)

    @gw.workflow
    def outer() -> int:
        return inner(x=0)

    @gw.workflow
    def mapped() -> list[int]:
        return gw.map_task(breaks)(x=[1, 0])
"""


@pytest.mark.parametrize(
    ("entity", "first"),
    [
        ("slow", "TIMEOUT_ATTEMPT in node task, attempt 2: The attempt took longer than 0.2 s."),
        ("late", "TIMEOUT_DEADLINE in node task, attempt 1: The node took longer than 0.2 s."),
        ("breaks", "USER_EXCEPTION in node task, attempt 2: ZeroDivisionError: integer division or modulo by zero"),
        ("exits", "RUNNER_LOST in node task, attempt 4: The process that ran the task ended with exit code 3,"),
        ("wrong", "OUTPUT_TYPE_MISMATCH in node task, attempt 1: Output result: expected int, got str 'a'."),
        ("unequal", "UNEQUAL_LENGTHS in node n0: The lists that are mapped are of unequal length: x has 2, y has 1."),
        ("asks", "TIMEOUT_GATE in node n0: Waiting for an answer took longer than 0.1 s."),
        ("index", "INDEX_OUT_OF_RANGE in node n1: x: Index 3 is out of range: the list has 1 items."),
        ("no_case", "NO_CASE in node n0: too small"),
        ("mapped", "USER_EXCEPTION in node n0/[1], attempt 2: ZeroDivisionError: integer division or modulo by zero"),
        ("outer", "USER_EXCEPTION in node n0/n0, attempt 2: ZeroDivisionError: integer division or modulo by zero"),
    ],
)
def test_an_error_names_node_attempt_cause_and_remedy(godwit, entity, first):
    godwit.write("bad.py", SOURCE)
    done = godwit("run", "bad.py", entity, "--execution-name", "bad")
    assert done.returncode == 1
    told = [line.strip() for line in done.stdout.splitlines()]
    assert any(line.startswith(first) for line in told), done.stdout
    hint = REMEDIES[first.partition(" ")[0]]
    assert f"Hint: {hint}" in told
    shown = godwit("executions", "show", "bad").stdout
    assert first in shown
    assert f"Hint: {hint}" in shown
    assert godwit.json("executions", "show", "bad")["error"]["hint"] == hint
