"""Items of a map: listed page by page, each with how it stands and why it failed, and its log."""

SOURCE = """
    import time
    from pathlib import Path

    import godwit as gw

    @gw.task(retries=1, cache=True)
    def check(x: int) -> int:
        print("checking", x)
        if x % 10 == 3:
            raise ValueError(f"bad {x}")
        return x

    @gw.workflow
    def checking(xs: list[int]) -> list[int | None]:
        return gw.map_task(check, min_success_ratio=0.5)(x=xs)

    @gw.workflow
    def strict(xs: list[int]) -> list[int]:
        return gw.map_task(check, concurrency=1)(x=xs)

    @gw.workflow
    def twice(xs: list[int]) -> list[int]:
        return gw.map_task(check)(x=gw.map_task(check)(x=xs))

    @gw.workflow
    def nested(x: int) -> int:
        return check(x=x)

    @gw.workflow
    def over_workflows(xs: list[int]) -> list[int | None]:
        return gw.map_task(nested, min_success_ratio=0.5)(x=xs)

    @gw.task
    def hold(folder: str, x: int) -> int:
        Path(folder, f"started-{x}").touch()
        while not Path(folder, "go").exists():
            time.sleep(0.01)
        return x

    @gw.workflow
    def holding(folder: str, xs: list[int]) -> list[int]:
        return gw.map_task(hold)(folder=folder, x=xs)
"""


def run(godwit, entity, count, name, **keywords):
    godwit.write("maps.py", SOURCE)
    return godwit.json("run", "maps.py", entity, "--xs", str(list(range(count))), "--execution-name", name, **keywords)


def test_items_are_listed_page_by_page_with_the_errors_that_the_ratio_allowed(godwit):
    assert run(godwit, "checking", 25, "pages")["phase"] == "SUCCEEDED"
    first = godwit.json("executions", "items", "pages", "n0", "--page-size", "10")
    assert (first["node"], first["total"], first["succeeded"], first["failed"]) == ("n0", 25, 22, 3)
    assert ([one["item"] for one in first["items"]], first["next"]) == (list(range(10)), 9)
    third = godwit.json("executions", "items", "pages", "n0", "--page-size", "10", "--after", "19")
    assert ([one["item"] for one in third["items"]], third["next"]) == ([20, 21, 22, 23, 24], None)
    fine, broken = first["items"][2:4]
    assert (fine["phase"], fine["attempts"], fine["cache"], fine["error"]) == ("SUCCEEDED", 1, "MISS", None)
    assert (broken["phase"], broken["attempts"], broken["error"]["message"]) == ("FAILED", 2, "ValueError: bad 3")
    assert broken["duration_s"] > 0
    failed = godwit.json("executions", "items", "pages", "--failed", "--page-size", "2")
    assert ([one["item"] for one in failed["items"]], failed["next"]) == ([3, 13], 13)
    rest = godwit.json("executions", "items", "pages", "--phase", "failed", "--after", "13")
    assert ([one["item"] for one in rest["items"]], rest["next"]) == ([23], None)
    both = godwit.json("executions", "items", "pages", "--phase", "failed", "--phase", "succeeded", "--page-size", "5")
    assert [one["item"] for one in both["items"]] == [0, 1, 2, 3, 4]
    assert godwit.json("executions", "items", "pages", "--phase", "running")["items"] == []
    shown = godwit("executions", "items", "pages", "--page-size", "4")
    assert "n0 check: 22/25 succeeded, 3 failed" in shown.stdout
    assert "USER_EXCEPTION: ValueError: bad 3" in shown.stdout
    assert "--after 3" in shown.stderr
    assert "godwit executions items pages n0 --failed" in godwit("executions", "show", "pages").stdout


def test_items_that_never_began_are_skipped_and_those_of_the_cache_are_hits(godwit):
    assert run(godwit, "strict", 6, "strict", status=1)["error"]["message"] == "ValueError: bad 3"
    items = godwit.json("executions", "items", "strict")["items"]
    assert [one["phase"] for one in items] == ["SUCCEEDED"] * 3 + ["FAILED", "SKIPPED", "SKIPPED"]
    run(godwit, "strict", 3, "again")
    assert {one["cache"] for one in godwit.json("executions", "items", "again")["items"]} == {"HIT"}


def test_the_log_of_an_item_and_of_all(godwit):
    run(godwit, "checking", 5, "logged")
    assert godwit("executions", "logs", "logged", "n0[2]").stdout == "--- n0/[2]\nchecking 2\n"
    assert godwit("executions", "logs", "logged", "n0/[2]", "--attempt", "1").stdout == "checking 2\n"
    broken = godwit.json("executions", "logs", "logged", "check[3]")["logs"]
    assert [(one["node"], one["attempt"], one["text"]) for one in broken] == [
        ("n0/[3]", 1, "checking 3\n"), ("n0/[3]", 2, "checking 3\n"),
    ]  # fmt: skip
    everything = godwit.json("executions", "logs", "logged")["logs"]
    assert sorted((one["node"], one["attempt"]) for one in everything) == [
        ("n0/[0]", 1), ("n0/[1]", 1), ("n0/[2]", 1), ("n0/[3]", 1), ("n0/[3]", 2), ("n0/[4]", 1),
    ]  # fmt: skip
    assert godwit.json("executions", "logs", "logged", "n0")["logs"] == everything


def test_live_items_are_told_from_those_that_have_not_begun(godwit):
    godwit.write("maps.py", SOURCE)
    process = godwit.start(
        "run", "maps.py", "holding", "--folder", godwit.folder, "--xs", "[0, 1, 2]", "--workers", "1",
        "--execution-name", "live",
    )  # fmt: skip
    godwit.wait(lambda: (godwit.folder / "started-0").exists() or process.poll() is not None)
    assert [one["phase"] for one in godwit.json("executions", "items", "live")["items"]] == [
        "RUNNING", "PENDING", "PENDING",
    ]  # fmt: skip
    running = godwit.json("executions", "items", "live", "--phase", "running")
    assert [one["item"] for one in running["items"]] == [0]
    (godwit.folder / "go").touch()
    process.communicate(timeout=60)


def test_what_is_no_map_or_no_item_is_told(godwit):
    run(godwit, "twice", 2, "two")
    unclear = godwit("executions", "items", "two")
    assert (unclear.returncode, "has 2 maps" in unclear.stderr) == (2, True)
    assert "Its maps: n0, n1" in unclear.stderr
    missing = godwit("executions", "logs", "two", "n0[7]")
    assert (missing.returncode, "has no item 7" in missing.stderr) == (2, True)
    godwit("run", "flows.py", "add", "--a", "1", "--b", "2", "--execution-name", "single")
    assert "is no map" in godwit("executions", "items", "single", "task").stderr
    assert "It has no map." in godwit("executions", "items", "single").stderr


def test_items_that_are_workflows_are_listed_and_their_nodes_have_logs(godwit):
    assert run(godwit, "over_workflows", 5, "outer")["phase"] == "SUCCEEDED"
    items = godwit.json("executions", "items", "outer")["items"]
    assert [one["phase"] for one in items] == ["SUCCEEDED"] * 3 + ["FAILED", "SUCCEEDED"]
    assert items[3]["error"]["node_path"] == "n0/[3]/n0"
    assert godwit("executions", "logs", "outer", "n0[1]/n0", "--attempt", "1").stdout == "checking 1\n"
    attempts = godwit.json("executions", "logs", "outer", "n0[3]")["logs"]
    assert [(one["node"], one["attempt"]) for one in attempts] == [("n0/[3]/n0", 1), ("n0/[3]/n0", 2)]
