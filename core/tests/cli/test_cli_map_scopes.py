"""Maps over workflows on the command line: what is live or has failed is shown from inside, the rest as counts."""

SOURCE = """
    import godwit as gw

    @gw.task
    def check(x: int) -> int:
        print("checking", x)
        if x % 10 == 3:
            raise ValueError(f"bad {x}")
        return x

    @gw.task
    def double(x: int) -> int:
        return x * 2

    @gw.workflow
    def checked(x: int) -> int:
        return double(x=check(x=x))

    @gw.workflow
    def checking(xs: list[int]) -> list[int | None]:
        return gw.map_task(checked, min_success_ratio=0.5)(x=xs)

    @gw.workflow
    def sure(x: int) -> int:
        ok = gw.approve("Sure?")
        return double.after(ok)(x=x)

    @gw.workflow
    def asking(xs: list[int]) -> list[int]:
        return gw.map_task(sure)(x=xs)
"""


def run(godwit, count, name):
    godwit.write("scopes.py", SOURCE)
    xs = str(list(range(count)))
    return godwit.json("run", "scopes.py", "checking", "--xs", xs, "--execution-name", name)


def test_only_what_failed_is_shown_from_inside(godwit):
    ended = run(godwit, 40, "some")
    assert [node["id"] for node in ended["nodes"]] == ["n0"]
    assert ended["outputs"]["result"][:5] == [0, 2, 4, None, 8]
    shown = godwit.json("executions", "show", "some")
    inside = [node["id"] for node in shown["nodes"]]
    failed = [3, 13, 23, 33]
    assert inside == ["n0", *(f"n0/[{item}]/{node}" for item in failed for node in ("n0", "n1"))]
    assert shown["nodes"][0]["items"] == {"total": 40, "succeeded": 36, "failed": 4}
    assert [node["phase"] for node in shown["nodes"][1:3]] == ["FAILED", "SKIPPED"]
    text = godwit("executions", "show", "some").stdout
    assert "36/40, 4 failed" in text
    assert text.count("\n") < 60
    items = godwit.json("executions", "items", "some", "--failed")["items"]
    assert [(one["item"], one["error"]["node_path"]) for one in items] == [(i, f"n0/[{i}]/n0") for i in failed]


def test_the_logs_of_one_item_and_of_one_node_in_it(godwit):
    run(godwit, 5, "logs")
    (one,) = godwit.json("executions", "logs", "logs", "n0[2]/n0")["logs"]
    assert (one["node"], one["text"]) == ("n0/[2]/n0", "checking 2\n")
    told = godwit.json("executions", "logs", "logs", "n0[2]")["logs"]
    assert [one["node"] for one in told] == ["n0/[2]/n0", "n0/[2]/n1"]
    assert "No node of execution logs is named 'n0/[2]/n7'" in godwit("executions", "logs", "logs", "n0[2]/n7").stderr


def test_progress_tells_of_the_insides_of_items_only_what_goes_wrong(godwit):
    godwit.write("scopes.py", SOURCE)
    told = godwit("run", "scopes.py", "checking", "--xs", str(list(range(15)))).stderr
    assert "n0/[3]/n0 check: FAILED" in told
    assert "[4]" not in told


def test_two_executions_differ_in_what_failed_inside(godwit):
    run(godwit, 14, "a")
    run(godwit, 5, "b")
    nodes = {node["id"]: node["differs"] for node in godwit.json("executions", "diff", "a", "b")["nodes"]}
    assert nodes["n0"] == ["inputs", "outputs"]
    assert nodes["n0/[3]/n0"] == []
    assert nodes["n0/[13]/n0"] == ["there"]


def test_gates_inside_are_listed_and_answered_by_their_paths(godwit):
    godwit.write("scopes.py", SOURCE)
    godwit("run", "scopes.py", "asking", "--xs", "[1, 2]", "--execution-name", "asks", "--detach")
    engine = godwit.start("engine", "run", "--until-idle")
    try:
        godwit.wait(lambda: len(godwit.json("executions", "show", "asks")["waiting"]) == 2)
        gates = godwit.json("executions", "show", "asks")["waiting"]
        assert [gate["node"] for gate in gates] == ["n0/[0]/n0", "n0/[1]/n0"]
        godwit("signal", "asks", "n0[0]/n0", "--approve")
        godwit("signal", "asks", "n0/[1]/n0", "--approve")
        engine.communicate(timeout=60)
    finally:
        engine.kill()
        engine.wait()
    assert godwit.json("executions", "show", "asks")["outputs"] == {"result": [2, 4]}
