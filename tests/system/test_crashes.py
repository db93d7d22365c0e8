"""The engine is killed before and after every commit; what was stored is not run again, and nothing is lost."""

import os
import signal
import traceback
from pathlib import Path

import pytest
from godwit_core.runtime.engine import Engine, EngineSettings
from godwit_core.store import nodes, reading
from godwit_core.store.connection import open_store
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwitidl.core.v1.values_pb2 import Literal

SOURCE = Path(__file__).with_name("crashing") / "ten_nodes.py"
RESULT = 2 + 2 + 5 + 6 + 7
NODES = {"source", "left", "unsteady", "inner-a", "inner-b", "inner-c", "remembered", "last", "join"}


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


def drive(home, ledger, registry, registration, deadline=None, *, after=False):
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
                    name = engine.accept(registration, registration.bundle.workflows[-1].id.name, inputs)
                outcome = engine.run(name)
                result = Literal.FromString(outcome.outputs["result"][0]).int_value if outcome.outputs else None
                code = 0 if result == RESULT else 1
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


@pytest.fixture(scope="module")
def registration(registry):
    return registry.create(Kind.ENTITY_LOADER, ".py").load(SOURCE, project=None, domain=None).registration("ten")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_kill_around_any_commit_loses_nothing_and_repeats_no_stored_success(tmp_path, registry, registration, after):
    deadline = 0
    while True:
        deadline += 1
        home, ledger = tmp_path / f"home{deadline}", tmp_path / f"ledger{deadline}"
        ledger.touch()
        code = drive(home, ledger, registry, registration, deadline, after=after)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        phase, stored = stored_state(home)
        before = ledger.read_text().split()
        assert phase == "SUCCEEDED" or drive(home, ledger, registry, registration) == 0, (
            f"resume after a kill at commit {deadline}"
        )
        lines = ledger.read_text().split()
        assert set(lines) == NODES
        assert len(lines) - len(NODES) - 1 <= 3, f"more was repeated than was under way: {lines}"
        assert len(lines) - len(before) <= 10 - len(stored) + 1, "a stored success was run again"
    assert deadline > 10, "the workflow commits once a step at least"
