"""`godwit signal`: gates answered from another process, on running engines and on those that are gone."""

import json

import pytest
from godwit_core.cli.execution_signal import answer_data, leave_answer
from godwit_core.cli.session import Session
from godwit_core.cli.store_access import opened_store
from godwit_core.cli.stored_executions import read_execution
from godwit_plugin_api.errors import InvalidInput

SOURCE = """
    import godwit as gw

    @gw.task
    def double(x: int) -> int:
        return 2 * x

    @gw.workflow
    def asking() -> int:
        ok = gw.approve("Go on?", name="ok")
        rate = gw.wait_for_input(int, name="rate", prompt="Which rate?", after=ok)
        return double(x=rate)
"""


@pytest.fixture
def asking(godwit):
    """A process that runs `asking` and waits for its first answer."""
    godwit.write("asks.py", SOURCE)
    process = godwit.start("run", "asks.py", "asking", "--execution-name", "asked", "--json")
    godwit.wait(lambda: process.poll() is not None or waiting(godwit))
    assert process.poll() is None, process.communicate()
    yield process
    process.kill()
    process.communicate()


def waiting(godwit):
    shown = godwit("executions", "show", "asked", "--json")
    return [] if shown.returncode else json.loads(shown.stdout)["waiting"]


def test_gates_are_shown_and_answered(godwit, asking):
    (gate,) = waiting(godwit)
    assert (gate["kind"], gate["prompt"], gate["type"], gate["due"]) == ("approve", "Go on?", None, None)
    shown = godwit("executions", "show", "asked").stdout
    assert f"{gate['node']}: Go on?" in shown
    assert f"godwit signal asked {gate['node']} --approve" in shown
    assert godwit("signal", "asked", gate["node"], "--approve").returncode == 0
    godwit.wait(lambda: waiting(godwit) and waiting(godwit)[0]["kind"] == "signal")
    refused = godwit.json("signal", "asked", "rate", "seven", status=2)["error"]
    assert "expected int" in refused["message"]
    assert godwit("signal", "asked", "rate", "21").returncode == 0
    out, _ = asking.communicate(timeout=60)
    assert json.loads(out)["outputs"] == {"result": 42}


def test_a_rejection_is_told_with_its_reason(godwit, asking):
    (gate,) = waiting(godwit)
    assert godwit("signal", "asked", gate["node"], "--reject", "--reason", "not today").returncode == 0
    out, _ = asking.communicate(timeout=60)
    assert asking.returncode == 1
    error = json.loads(out)["error"]
    assert (error["code"], error["message"]) == ("REJECTED", "not today")
    late = godwit.json("signal", "asked", gate["node"], "--approve", status=2)["error"]
    assert late["code"] == "ALREADY_ENDED"


def test_an_answer_waits_for_an_engine(godwit, asking):
    (gate,) = waiting(godwit)
    asking.kill()
    asking.communicate()
    answered = godwit("signal", "asked", gate["node"], "--approve")
    assert "godwit executions resume asked" in answered.stderr
    twice = godwit.json("signal", "asked", gate["node"], "--reject", status=2)["error"]
    assert twice["code"] == "NOT_WAITING"
    process = godwit.start("executions", "resume", "asked", "--json")
    godwit.wait(lambda: process.poll() is not None or [one["kind"] for one in waiting(godwit)] == ["signal"])
    assert godwit("signal", "asked", "rate", "4").returncode == 0
    out, _ = process.communicate(timeout=60)
    assert json.loads(out)["outputs"] == {"result": 8}


@pytest.mark.usefixtures("asking")
def test_what_makes_no_sense_is_refused(godwit):
    (gate,) = waiting(godwit)
    for arguments in (
        (gate["node"],),
        (gate["node"], "--approve", "--reject"),
        (gate["node"], "5"),
        ("nowhere", "--approve"),
        ("rate", "5"),
    ):
        assert godwit("signal", "asked", *arguments).returncode == 2, arguments
    assert len(waiting(godwit)) == 1


def test_an_answer_that_was_overtaken_by_another_is_refused(godwit, asking):
    """Between what is read of the execution and what is left for its engine, somebody else may have answered."""
    assert asking.poll() is None
    session = Session(godwit.home)
    with opened_store(session) as connection:
        stored = read_execution(connection, "asked", session.registry())
        gate = stored.node("ok")
        data = answer_data(gate, None, approved=True, reason="")
        assert godwit("signal", "asked", gate.path, "--approve").returncode == 0
        godwit.wait(lambda: [one["node"] for one in waiting(godwit)] not in ([], [gate.path]))
        with pytest.raises(InvalidInput, match="answered already"):
            leave_answer(connection, stored, gate, data)
