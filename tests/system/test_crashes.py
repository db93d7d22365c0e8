"""The engine is killed before and after every commit; what was stored is not run again, and nothing is lost."""

import os
import signal
import traceback
from pathlib import Path
from typing import NamedTuple

import pytest
from godwit_core.runtime.engine import Engine, EngineSettings
from godwit_core.store import nodes, reading
from godwit_core.store.connection import open_store
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwitidl.core.v1.values_pb2 import Literal

FOLDER = Path(__file__).with_name("crashing")


class Case(NamedTuple):
    """A workflow of a source file, what it gives, and what its tasks write into the ledger; one of them twice."""

    file: str
    workflow: str
    result: int
    lines: set[str]


CASES = (
    Case(
        "ten_nodes.py",
        "ten",
        2 + 2 + 5 + 6 + 7,
        {"source", "left", "unsteady", "inner-a", "inner-b", "inner-c", "remembered", "last", "join"},
    ),
    Case(
        "mapped_workflows.py",
        "pairs",
        20 + 30 + 40,
        {"first-1", "first-2", "first-3", "second-2", "second-3", "second-4", "join"},
    ),
)


class DeadlyConnection:
    """A connection under which the process dies at commit number *deadline*, before or after it."""

    def __init__(self, connection, deadline, *, after):
        self._connection = connection
        self._left = deadline
        self._after = after

    def __getattr__(self, name):
        return getattr(self._connection, name)

    def execute(self, statement, *parameters):
        if statement != "COMMIT":
            return self._connection.execute(statement, *parameters)
        self._left -= 1
        if self._left == 0 and not self._after:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = self._connection.execute(statement)
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


def drive(home, ledger, registry, case, registration, deadline=None, *, after=False):
    """Run or resume the workflow in a child, and return its exit code; negative: killed by that signal."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            with Engine(EngineSettings(home=home, workers=2, grace_s=1.0), registry) as engine:
                if deadline is not None:
                    engine.connection = DeadlyConnection(engine.connection, deadline, after=after)
                found = reading.list_executions(engine.connection, limit=1)
                if found:
                    name = found[0].name
                    engine.resume(name)
                else:
                    inputs = {"ledger": Literal(string_value=str(ledger))}
                    workflows = [one.id.name for one in registration.bundle.workflows]
                    entity = next(one for one in workflows if one.endswith(f".{case.workflow}"))
                    name = engine.accept(registration, entity, inputs)
                outcome = engine.run(name)
                result = Literal.FromString(outcome.outputs["result"][0]).int_value if outcome.outputs else None
                code = 0 if result == case.result else 1
        except BaseException:  # noqa: BLE001 - the child must not return into pytest
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def stored_state(home):
    """The phase of the execution, and the numbers of the nodes whose success is stored."""
    connection = open_store(home / "godwit.db")
    try:
        found = reading.list_executions(connection, limit=1)
        rows = nodes.load(connection, found[0].id) if found else []
        phase = found[0].phase.name if found else ""
        return phase, {row.node for row in rows if row.phase.name == "SUCCEEDED" and row.attempt}
    finally:
        connection.close()


@pytest.fixture(scope="module")
def registry():
    return load_plugins()


def registration_of(registry, case):
    loader = registry.create(Kind.ENTITY_LOADER, ".py")
    return loader.load(FOLDER / case.file, project=None, domain=None).registration(case.workflow)


@pytest.mark.parametrize("case", CASES, ids=[case.workflow for case in CASES])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_kill_around_any_commit_loses_nothing_and_repeats_no_stored_success(tmp_path, registry, case, after):
    registration = registration_of(registry, case)
    deadline = 0
    while True:
        deadline += 1
        home, ledger = tmp_path / f"home{deadline}", tmp_path / f"ledger{deadline}"
        ledger.touch()
        code = drive(home, ledger, registry, case, registration, deadline, after=after)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        phase, stored = stored_state(home)
        before = ledger.read_text().split()
        assert phase == "SUCCEEDED" or drive(home, ledger, registry, case, registration) == 0, (
            f"resume after a kill at commit {deadline}"
        )
        lines = ledger.read_text().split()
        assert set(lines) == case.lines
        assert len(lines) - len(case.lines) - 1 <= 3, f"more was repeated than was under way: {lines}"
        assert len(lines) - len(before) <= len(case.lines) + 1 - len(stored) + 1, "a stored success was run again"
    assert deadline > len(case.lines), "the workflow commits once a step at least"
