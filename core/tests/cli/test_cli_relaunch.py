"""`executions relaunch`, and the errors that came after the first."""

SEVERAL = """
    import godwit as gw

    @gw.task
    def fail(x: int) -> int:
        raise ValueError(f"boom {x}")

    @gw.workflow
    def inner(x: int) -> int:
        return fail(x=x)

    @gw.workflow
    def several(x: int = 1) -> list[int]:
        return [fail(x=x), inner(x=7)]
"""


def test_inputs_are_those_of_the_earlier_execution_but_for_those_given(godwit):
    name = godwit.json("run", "flows.py", "summing", "--a", "4", "--b", "5")["execution"]
    assert godwit.json("executions", "relaunch", name)["outputs"] == {"result": 19}
    assert godwit.json("executions", "relaunch", name[:8], "--b", "-6")["outputs"] == {"result": 8}
    told = godwit.json("executions", "relaunch", name, "-i", "a=1", "--execution-name", "again", "--overwrite-cache")
    assert (told["execution"], told["outputs"]) == ("again", {"result": 16})
    assert {node["cache"] for node in told["nodes"]} == {"OVERWRITTEN"}
    assert {node["cache"] for node in godwit.json("executions", "relaunch", "again")["nodes"]} == {"OVERWRITTEN"}
    assert {node["cache"] for node in godwit.json("executions", "relaunch", "again", "--use-cache")["nodes"]} == {"HIT"}


def test_the_help_shows_what_the_inputs_were(godwit):
    name = godwit.json("run", "flows.py", "summing", "--a", "4321")["execution"]
    shown = godwit("executions", "relaunch", name, "--help").stdout
    assert "--a" in shown
    assert "default 4321" in shown
    assert "NAME" in godwit("executions", "relaunch", "--help").stdout


def test_bad_inputs_create_nothing(godwit):
    name = godwit.json("run", "flows.py", "summing")["execution"]
    done = godwit("executions", "relaunch", name, "--a", "text")
    assert (done.returncode, "'a'" in done.stderr) == (2, True)
    assert godwit("executions", "relaunch", name, "--z", "1").returncode == 2
    assert godwit("executions", "relaunch").returncode == 2
    assert godwit("executions", "relaunch", "none").returncode == 2
    assert godwit.count() == 1


def test_later_errors_stand_beside_the_first_cause(godwit):
    godwit.write("several.py", SEVERAL)
    told = godwit.json("run", "several.py", "several", "--run-what-can-run", status=1)
    shown = godwit.json("executions", "show", told["execution"])
    first, later = shown["error"], shown["later_errors"]
    assert {first["node_path"], *(one["node_path"] for one in later)} == {"n0", "n1/n0"}
    assert len(later) == 1
    text = godwit("executions", "show", told["execution"]).stdout
    assert "Later errors:" in text
    assert later[0]["message"] in text
    only = godwit.json("run", "flows.py", "failing", status=1)["execution"]
    assert godwit.json("executions", "show", only)["later_errors"] == []
