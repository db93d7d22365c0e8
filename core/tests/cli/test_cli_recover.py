"""`executions recover`: after a crash, after a failure, with edited code."""

import pytest

SOURCE = """
    import os
    import godwit as gw

    @gw.task
    def first(x: int) -> int:
        print("first")
        return x + {step}

    @gw.task(retries={retries})
    def second(x: int, folder: str) -> int:
        if not os.path.exists(folder + "/go"):
            raise ValueError("not yet")
        return x * 10

    @gw.workflow
    def inner(x: int) -> int:
        return first(x=x)

    @gw.workflow
    def flow(folder: str, x: int = 1{parameters}) -> int:
        return second(x=inner(x=first(x={argument})), folder=folder)
"""


def write(godwit, *, step=1, retries=0, parameters="", argument="x"):
    text = SOURCE.format(step=step, retries=retries, parameters=parameters, argument=argument)
    return godwit.write("recovered.py", text)


@pytest.fixture
def failed(godwit):
    write(godwit)
    told = godwit.json("run", "recovered.py", "flow", "--folder", godwit.folder, status=1)
    return told["execution"]


def phases(told):
    return {node["id"]: node["phase"] for node in told["nodes"]}


def test_what_has_failed_is_run_again_and_the_rest_taken_over(godwit, failed):
    godwit.release()
    told = godwit.json("executions", "recover", failed[:6])
    assert (told["phase"], told["outputs"]) == ("SUCCEEDED", {"result": 30})
    assert phases(told) == {"n0": "RECOVERED", "n1": "RECOVERED", "n1/n0": "RECOVERED", "n2": "SUCCEEDED"}
    assert {node["id"]: node["cache"] for node in told["nodes"]}["n0"] == "NOT_ASKED"
    again = godwit("executions", "recover", told["execution"])
    assert again.returncode == 2
    assert "--even-if-succeeded" in again.stderr
    whole = godwit.json("executions", "recover", told["execution"], "--even-if-succeeded")
    assert set(phases(whole).values()) == {"RECOVERED"}
    assert godwit("executions", "logs", whole["execution"]).stdout == ""


def test_with_edited_code_what_has_changed_is_run_again(godwit, failed):
    godwit.release()
    write(godwit, retries=3, parameters=", y: int = 5", argument="y")
    told = godwit.json("executions", "recover", failed, "recovered.py")
    assert (told["phase"], told["outputs"]) == ("SUCCEEDED", {"result": 70})
    assert phases(told)["n0"] == "SUCCEEDED"
    write(godwit, retries=3)
    told = godwit.json("executions", "recover", failed, "recovered.py", "flow")
    assert phases(told)["n0"] == phases(told)["n1"] == "RECOVERED"
    told = godwit.json("executions", "recover", failed, "recovered.py", "flow", "-i", "x=5")
    assert (told["outputs"], phases(told)["n0"]) == ({"result": 70}, "SUCCEEDED")


def test_after_a_kill_the_aborted_execution_is_recovered(godwit):
    process = godwit.hold()
    (name,) = godwit.names()
    process.kill()
    process.communicate()
    early = godwit("executions", "recover", name)
    assert early.returncode == 2
    assert f"executions resume {name}" in early.stderr
    assert godwit("executions", "abort", name).returncode == 0
    godwit.release()
    told = godwit.json("executions", "recover", name, "--execution-name", "again")
    assert (told["execution"], told["phase"], told["outputs"]) == ("again", "SUCCEEDED", {"result": 3})
    assert {node["name"]: node["phase"] for node in told["nodes"]}["hold"] == "SUCCEEDED"


def test_an_unknown_input_creates_nothing(godwit, failed):
    before = godwit.count()
    done = godwit("executions", "recover", failed, "-i", "z=1")
    assert done.returncode == 2
    assert "no input or option 'z'" in done.stderr
    assert godwit.count() == before
