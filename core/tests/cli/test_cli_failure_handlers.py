"""Failure handlers of workflows in Python, from the command line: called with inputs and error, also on abort."""

import json

SOURCE = """
    import time
    from pathlib import Path

    import godwit as gw

    @gw.task
    def divide(x: float, by: float) -> float:
        return x / by

    @gw.task
    def hold(folder: str) -> float:
        Path(folder, "started").touch()
        time.sleep(600)
        return 0.0

    @gw.task
    def note(folder: str, error: gw.ErrorInfo) -> None:
        Path(folder, "noted").write_text(f"{error.code} {error.node} {error.message}")

    @gw.workflow(on_failure=note)
    def dividing(folder: str, by: float) -> float:
        return divide(x=1.0, by=by)

    @gw.task
    def linger(folder: str, error: gw.ErrorInfo) -> None:
        Path(folder, "lingering").touch()
        time.sleep(600)

    @gw.workflow(on_failure=linger, run_on_abort=True)
    def lingering(folder: str) -> float:
        return hold(folder=folder)

    @gw.workflow(on_failure=note, run_on_abort=True)
    def holding(folder: str) -> float:
        return hold(folder=folder)
"""


def test_a_failed_workflow_calls_its_handler_and_fails_with_the_first_cause(godwit):
    godwit.write("handled.py", SOURCE)
    told = godwit.json("run", "handled.py", "dividing", "--folder", godwit.folder, "--by", "0", status=1)
    assert (told["phase"], told["error"]["node_path"]) == ("FAILED", "n0")
    assert [(node["id"], node["phase"]) for node in told["nodes"]] == [("n0", "FAILED"), ("on_failure", "SUCCEEDED")]
    assert (godwit.folder / "noted").read_text() == "USER_EXCEPTION n0 ZeroDivisionError: float division by zero"
    (godwit.folder / "noted").unlink()
    told = godwit.json("run", "handled.py", "dividing", "--folder", godwit.folder, "--by", "2")
    assert told["nodes"][1]["phase"] == "SKIPPED"
    assert not (godwit.folder / "noted").exists()


def test_an_abort_calls_a_handler_that_asks_for_it(godwit):
    godwit.write("handled.py", SOURCE)
    process = godwit.start(
        "run", "handled.py", "holding", "--folder", godwit.folder, "--execution-name", "held", "--json"
    )
    godwit.wait(lambda: (godwit.folder / "started").exists() or process.poll() is not None)
    assert godwit("executions", "abort", "held", "--reason", "enough").returncode == 0
    out, _ = process.communicate(timeout=60)
    told = json.loads(out)
    assert [node["phase"] for node in told["nodes"]] == ["ABORTED", "SUCCEEDED"]
    assert told["phase"] == "ABORTED"
    assert (godwit.folder / "noted").read_text() == "ABORTED  enough"


def test_a_second_abort_ends_a_handler_that_runs_on_abort(godwit):
    godwit.write("handled.py", SOURCE)
    process = godwit.start(
        "run", "handled.py", "lingering", "--folder", godwit.folder, "--execution-name", "slow", "--json"
    )
    godwit.wait(lambda: (godwit.folder / "started").exists() or process.poll() is not None)
    assert godwit("executions", "abort", "slow", "--reason", "enough", "--no-wait").returncode == 0
    godwit.wait(lambda: (godwit.folder / "lingering").exists() or process.poll() is not None)
    again = godwit("executions", "abort", "slow", "--no-wait")
    assert "godwit executions abort slow --now" in again.stderr
    assert godwit("executions", "abort", "slow", "--now").returncode == 0
    out, _ = process.communicate(timeout=60)
    told = json.loads(out)
    assert [node["phase"] for node in told["nodes"]] == ["ABORTED", "ABORTED"]
    assert (told["phase"], told["error"]["message"]) == ("ABORTED", "enough")
