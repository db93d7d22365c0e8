"""`executions diff`: what differs between two executions, and what does not."""

SOURCE = """
    import godwit as gw

    @gw.task(cache=gw.Cache(version="{version}"), retries={retries})
    def add(a: int, b: int) -> int:
        return a + b

    @gw.task
    def half(x: int) -> int:
        return x // 2

    @gw.workflow
    def inner(x: int) -> int:
        return half(x=x)

    @gw.workflow
    def flow(a: int, b: int = 2) -> int:
        return inner(x={body})
"""


def write(godwit, *, version="1", retries=0, body="add(a=a, b=b)"):
    godwit.write("compared.py", SOURCE.format(version=version, retries=retries, body=body))


def run(godwit, *arguments):
    return godwit.json("run", "compared.py", "flow", *arguments)["execution"]


def nodes(compared):
    return {one["id"]: one["differs"] for one in compared["nodes"]}


def names(changes):
    return [one["name"] for one in changes]


def test_the_same_twice_differs_in_the_cache_and_in_time(godwit):
    write(godwit)
    first, second = run(godwit, "--a", "1"), run(godwit, "--a", "1")
    compared = godwit.json("executions", "diff", first, second)
    assert (compared["a"], compared["b"]) == (first, second)
    assert compared["inputs"] == compared["outputs"] == compared["tasks"] == []
    assert set(names(compared["execution"])) <= {"duration_s"}
    assert nodes(compared) == {"n0": ["cache", "attempts"], "n1": [], "n1/n0": []}
    assert compared["nodes"][0]["a"]["cache"] == "MISS"
    assert compared["nodes"][0]["b"]["cache"] == "HIT"
    assert all(one[side]["duration_s"] >= 0 for one in compared["nodes"] for side in ("a", "b"))
    shown = godwit("executions", "diff", first[:8], second[:8]).stdout
    assert "Inputs: the same." in shown
    assert "miss → hit" in shown


def test_other_inputs_are_followed_through_the_nodes(godwit):
    write(godwit)
    compared = godwit.json("executions", "diff", run(godwit, "--a", "1"), run(godwit, "--a", "2"))
    assert compared["inputs"] == [{"name": "a", "a": 1, "b": 2}]
    assert compared["outputs"] == [{"name": "result", "a": 1, "b": 2}]
    assert nodes(compared)["n0"] == ["inputs", "outputs"]
    compared = godwit.json("executions", "diff", run(godwit, "--a", "2"), run(godwit, "--a", "2", "-i", "b=3"))
    assert nodes(compared)["n1/n0"] == ["inputs"]


def test_versions_and_settings_of_tasks_are_told_apart(godwit):
    write(godwit)
    first = run(godwit, "--a", "1")
    write(godwit, retries=2)
    second = run(godwit, "--a", "1")
    compared = godwit.json("executions", "diff", first, second)
    (task,) = compared["tasks"]
    assert (task["name"], task["differs"]) == ("compared.add", ["settings"])
    assert "task" not in nodes(compared)["n0"]
    assert "version" in names(compared["execution"])
    write(godwit, version="2", retries=2)
    third = run(godwit, "--a", "1")
    compared = godwit.json("executions", "diff", second, third)
    assert (compared["tasks"][0]["a"]["cache_version"], compared["tasks"][0]["b"]["cache_version"]) == ("1", "2")
    assert "task" in nodes(compared)["n0"]
    assert "cache version 1 → 2" in godwit("executions", "diff", second, third).stdout


def test_nodes_and_inputs_that_only_one_has(godwit):
    write(godwit)
    first = run(godwit, "--a", "1")
    write(godwit, body="half(x=add(a=a, b=b))")
    second = run(godwit, "--a", "1")
    compared = godwit.json("executions", "diff", first, second)
    assert nodes(compared)["n2"] == ["there"]
    assert "only in B" in godwit("executions", "diff", first, second).stdout
    third = godwit.json("run", "flows.py", "summing")["execution"]
    compared = godwit.json("executions", "diff", first, third)
    assert {"entity", "version"} <= set(names(compared["execution"]))


def test_failures_and_recoveries_are_compared(godwit):
    first = godwit.json("run", "flows.py", "failing", status=1)["execution"]
    second = godwit.json("executions", "recover", first, status=1)["execution"]
    compared = godwit.json("executions", "diff", first, second)
    assert nodes(compared) == {"n0": ["phase", "cache", "attempts"], "n1": [], "n1/n0": []}
    assert godwit("executions", "diff", first, second).returncode == 0
    assert godwit("executions", "diff", first, "none").returncode == 2
