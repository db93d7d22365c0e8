"""What is told of attempts: what they used, how they ended, and that their end is awaited."""

import re

SOURCE = """
    import os, signal, time
    import godwit as gw

    @gw.task(retries=1)
    def work() -> int:
        end = time.process_time() + 0.05
        while time.process_time() < end:
            pass
        return 1

    @gw.task(retries=gw.Retry(infrastructure=0))
    def vanish(x: int) -> int:
        os._exit(7)

    @gw.task(resources=gw.Resources(mem="1Gi"), on_oom=gw.grow(2, max="3Gi"))
    def raise_memory_error() -> int:
        if gw.current_context().attempt < 3:
            raise MemoryError
        return 1

    @gw.workflow
    def work_and_vanish() -> int:
        return vanish(x=work())

    @gw.task
    def hold(folder: str) -> int:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        open(f"{folder}/started", "a").close()
        while True:
            time.sleep(0.01)
"""


def test_every_attempt_says_what_it_used_and_how_it_ended(godwit):
    godwit.write("used.py", SOURCE)
    name = godwit.json("run", "used.py", "work_and_vanish", status=1)["execution"]
    worked, vanished = (node["history"][0] for node in godwit.json("executions", "show", name)["nodes"])
    assert worked["exit"] == "succeeded"
    assert worked["cpu_s"] >= 0.05
    assert worked["wall_s"] >= 0.05
    assert worked["peak_memory_bytes"] > 1_000_000
    assert vanished["exit"] == "RUNNER_LOST, exit code 7"
    assert vanished["cancelling"] is None
    shown = godwit("executions", "show", name, "--attempts").stdout
    assert "Attempts of n0:" in shown
    assert "MB  succeeded" in shown or "MiB  succeeded" in shown
    assert "Attempts of" not in godwit("executions", "show", name).stdout


def test_a_cancellation_is_seen_while_it_lasts(godwit):
    godwit.write("stubborn.py", SOURCE)
    process = godwit.start("run", "stubborn.py", "hold", "--folder", godwit.folder)
    godwit.wait((godwit.folder / "started").exists)
    (name,) = godwit.names()
    godwit("executions", "abort", name, "--no-wait")
    seen = []
    godwit.wait(lambda: seen.extend(cancelling(godwit, name)) or seen)
    attempt = seen[0]
    assert attempt["cancelling"]["reason"] == "ABORTED"
    assert re.fullmatch(r"process \d+ on .+ \(backend local\)", attempt["cancelling"]["waiting_on"])
    shown = godwit("executions", "show", name).stdout
    assert f"(the execution is aborted); waiting on {attempt['cancelling']['waiting_on']} to end." in shown
    process.communicate(timeout=60)
    (attempt,) = godwit.json("executions", "show", name)["nodes"][0]["history"]
    assert attempt["exit"] == "CANCELLED"
    assert attempt["cancelling"] is None
    watched = godwit("executions", "watch", name).stderr
    assert "attempt 1 cancelling: ABORTED" in watched
    assert "(backend local) to end" in watched


def cancelling(godwit, name):
    (node,) = godwit.json("executions", "show", name)["nodes"]
    return [one for one in node["history"] if one["cancelling"] and "backend" in one["cancelling"]["waiting_on"]]


def test_memory_that_an_attempt_was_given_is_told(godwit):
    godwit.write("larger.py", SOURCE)
    name = godwit.json("run", "larger.py", "raise_memory_error")["execution"]
    history = godwit.json("executions", "show", name)["nodes"][0]["history"]
    assert [attempt["given_memory_bytes"] for attempt in history] == [None, 2 << 30, 3 << 30]
    assert [attempt["exit"] for attempt in history] == ["OUT_OF_MEMORY", "OUT_OF_MEMORY", "succeeded"]
    assert "OUT_OF_MEMORY" in godwit("executions", "show", name).stdout


def test_limits_of_an_execution_and_of_a_queue(godwit):
    godwit.write(
        "limited.py",
        """
        import os, time
        import godwit as gw

        @gw.task(queue="one")
        def count(folder: str, x: int) -> int:
            open(f"{folder}/running.{x}", "x").close()
            most = len([name for name in os.listdir(folder) if name.startswith("running.")])
            time.sleep(0.05)
            os.unlink(f"{folder}/running.{x}")
            return most

        @gw.task
        def top(counts: list[int]) -> int:
            return max(counts)

        @gw.workflow
        def wide(folder: str) -> int:
            return top(counts=[count(folder=folder, x=x) for x in range(4)])
        """,
    )
    for limit in (["--max-parallelism", "1", "--priority", "3"], ["--queue", "one=1"]):
        told = godwit.json("run", "limited.py", "wide", "--workers", "2", *limit, "--folder", godwit.folder)
        assert told["outputs"] == {"result": 1}
        shown = godwit("executions", "show", told["execution"]).stdout
        assert ("Priority   3; at most 1 attempts at a time" in shown) == ("--priority" in limit)
    wrong = godwit("run", "limited.py", "wide", "--queue", "one", "--folder", godwit.folder)
    assert wrong.returncode == 2
    assert "NAME=N" in wrong.stderr


def test_a_task_that_is_too_large_for_the_host_creates_nothing(godwit):
    godwit.write(
        "large.py",
        """
        import godwit as gw

        @gw.task(resources=gw.Resources(cpu=100_000))
        def huge() -> int:
            return 1
        """,
    )
    refused = godwit("run", "large.py", "huge")
    assert refused.returncode == 2
    assert "100000 cores" in refused.stderr
    assert godwit.names() == []
