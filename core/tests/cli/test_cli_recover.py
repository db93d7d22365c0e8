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


CALLED = """
    import os
    import godwit as gw

    BASE = {base}

    def added(x):
        return x + BASE

    @gw.task
    def first(x: int) -> int:
        return added(x)

    @gw.task
    def each(x: int) -> int:
        return added(x)

    @gw.task(cache=gw.Cache(version="1"))
    def versioned(x: int) -> int:
        return added(x)

    @gw.task
    def last(x: int, xs: list[int], y: int, folder: str) -> int:
        if not os.path.exists(folder + "/go"):
            raise ValueError("not yet")
        return x + sum(xs) + y

    @gw.workflow
    def flow(folder: str) -> int:
        return last(x=first(x=1), xs=gw.map_task(each)(x=[1, 2]), y=versioned(x=1), folder=folder)
"""


@pytest.fixture
def edited(godwit):
    """An execution that has failed, and after it the source was edited: what tasks without a version call."""
    godwit.write("called.py", CALLED.format(base=1))
    name = godwit.json("run", "called.py", "flow", "--folder", godwit.folder, status=1)["execution"]
    godwit.write("called.py", CALLED.format(base=100))
    godwit.release()
    return name


@pytest.mark.parametrize("file", [(), ("called.py",)])
def test_edited_tasks_run_again_but_for_those_with_a_version_of_their_own(godwit, edited, file):
    told = godwit.json("executions", "recover", edited, *file)
    assert phases(told) == {"n0": "SUCCEEDED", "n1": "SUCCEEDED", "n2": "RECOVERED", "n3": "SUCCEEDED"}
    assert told["outputs"] == {"result": 101 + 101 + 102 + 2}
    assert told["edited"] == ["n0", "n1"]


def test_what_ran_again_because_of_an_edit_is_told(godwit, edited):
    done = godwit("executions", "recover", edited)
    lines = [line.split() for line in done.stdout.splitlines()]
    at = lines.index(["Ran", "again", "because", "their", "code", "was", "edited:"])
    assert lines[at + 1 : at + 3] == [["n0", "first"], ["n1", "each"]]


def test_results_of_edited_tasks_are_taken_over_when_asked_for(godwit, edited):
    told = godwit.json("executions", "recover", edited, "--reuse-edited")
    assert phases(told) == {"n0": "RECOVERED", "n1": "RECOVERED", "n2": "RECOVERED", "n3": "SUCCEEDED"}
    assert "edited" not in told


def test_an_edit_that_changes_nothing_for_a_task_is_none(godwit, edited):
    godwit.write("called.py", CALLED.format(base=1).replace("x + BASE", "(x + BASE)") + "    # more\n")
    told = godwit.json("executions", "recover", edited)
    assert phases(told)["n0"] == phases(told)["n1"] == "RECOVERED"
    assert "edited" not in told


def test_where_the_source_is_gone_results_stand(godwit, edited):
    (godwit.folder / "called.py").unlink()
    told = godwit.json("executions", "recover", edited, status=1)
    assert phases(told)["n0"] == phases(told)["n1"] == "RECOVERED"


def test_what_was_relaunched_knows_the_code_of_its_own_time(godwit, edited):
    (godwit.folder / "go").unlink()
    again = godwit.json("executions", "relaunch", edited, status=1)["execution"]
    godwit.release()
    told = godwit.json("executions", "recover", again)
    assert phases(told)["n0"] == "RECOVERED"


def test_edited_code_is_a_difference(godwit, edited):
    later = godwit.json("executions", "recover", edited, "called.py")["execution"]
    compared = godwit.json("executions", "diff", edited, later)
    assert {task["name"]: task["differs"] for task in compared["tasks"]} == {
        "called.first": ["code"],
        "called.each": ["code"],
    }
    differs = {node["id"]: node["differs"] for node in compared["nodes"]}
    assert "code" in differs["n0"]
    assert "code" in differs["n1"]
    assert "code" not in differs["n2"]
    assert "  called.first: code" in godwit("executions", "diff", edited, later).stdout.splitlines()
