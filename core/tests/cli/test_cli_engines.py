"""`--detach`, `godwit engine`, and the settings of a home, on the command line."""

import json
import signal


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_a_detached_execution_is_stored_and_run_by_an_engine(godwit):
    stored = godwit("run", "flows.py", "summing", "--a", "4", "--detach", "--execution-name", "sum")
    assert (stored.returncode, stored.stdout) == (0, "Execution sum: QUEUED\n")
    assert "It waits for an engine. Start one: godwit engine run" in stored.stderr
    assert "godwit executions watch sum" in stored.stderr
    told = godwit.json("executions", "show", "sum")
    assert (told["phase"], told["engine"], told["held_by"], told["nodes"]) == ("QUEUED", "WAITING", None, [])
    assert "QUEUED, waits for an engine" in godwit("executions", "list").stdout
    watched = godwit("executions", "watch", "sum")
    assert watched.returncode == 1
    assert "godwit engine run, or: godwit executions resume sum" in watched.stderr
    served = godwit("engine", "run", "--until-idle", "--workers", "1")
    assert served.returncode == 0, served
    assert served.stdout == ""
    assert "sum           taken       flows.summing" in served.stderr
    assert "Engine ended: 1 SUCCEEDED." in served.stderr
    assert all(len(line) <= 80 for line in served.stderr.splitlines())
    assert godwit.json("executions", "watch", "sum")["outputs"] == {"result": 16}


def test_bad_input_of_a_detached_execution_is_refused_and_nothing_stored(godwit):
    done = godwit("run", "flows.py", "add", "--a", "x", "--b", "1", "--detach")
    assert done.returncode == 2
    assert godwit.count() == 0


def test_recover_and_relaunch_may_be_detached(godwit):
    failed = godwit.json("run", "flows.py", "failing", status=1)["execution"]
    stored = godwit.json("executions", "recover", failed, "--detach")
    assert (stored["phase"], stored["engine"]) == ("QUEUED", "WAITING")
    again = godwit.json("executions", "relaunch", failed, "--x", "7", "--detach")["execution"]
    served = godwit("engine", "run", "--until-idle", "--json")
    events = lines(served.stdout)
    assert [one["event"] for one in events] == ["began", "taken", "taken", "ended", "ended", "done"]
    assert {one["error"]["code"] for one in events if one["event"] == "ended"} == {"USER_EXCEPTION"}
    nodes = godwit.json("executions", "show", stored["execution"])["nodes"]
    assert nodes[0]["phase"] == "RECOVERED"
    assert godwit.json("executions", "show", again)["inputs"] == {"x": 7}


def test_resume_takes_what_nobody_holds(godwit):
    name = godwit.json("run", "flows.py", "add", "--a", "1", "--b", "1", "--detach")["execution"]
    assert godwit.json("executions", "resume", name)["outputs"] == {"result": 2}


def test_who_holds_what_is_told(godwit):
    name = godwit.json("run", "flows.py", "holding", "--folder", godwit.folder, "--detach")["execution"]
    (check,) = (one for one in godwit.json("doctor")["checks"] if one["check"] == "engines")
    assert check["message"] == "1 executions are held by no engine, and no engine takes them"
    assert "godwit engine run" in check["hint"]
    process = godwit.start("engine", "run", "--workers", "2", "--json")
    godwit.wait((godwit.folder / "started").exists)
    told = godwit.json("executions", "show", name)
    assert told["engine"] == "ALIVE"
    assert told["held_by"]["process"] == process.pid
    engine = f"e{told['held_by']['engine']}"
    assert f"RUNNING, {engine}" in godwit("executions", "list").stdout
    assert f"Engine     {engine}, process {process.pid} on" in godwit("executions", "show", name).stdout
    row = godwit("engine", "list").stdout.splitlines()[1].split()
    assert row[:5] == [engine, "ALIVE", "yes", "1", str(process.pid)]
    godwit.release()
    assert godwit.json("executions", "watch", name)["phase"] == "SUCCEEDED"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert [one["event"] for one in lines(out)] == ["began", "taken", "ended", "leaving", "done"]
    assert "Ctrl-C again" in err
    assert godwit.json("engine", "list") == {"engines": [], "waiting": 0}


def test_watching_and_following_logs_wait_for_an_engine_that_is_busy(godwit):
    first = godwit.json("run", "flows.py", "hold", "--folder", godwit.folder, "--detach")["execution"]
    name = godwit.json("run", "flows.py", "add", "--a", "1", "--b", "1", "--detach")["execution"]
    process = godwit.start("engine", "run", "--workers", "1")
    godwit.wait((godwit.folder / "started").exists)
    watching = godwit.start("executions", "watch", name)
    following = godwit.start("executions", "logs", name, "--follow")
    assert watching.stderr.readline() == "It waits for an engine to take it.\n"
    assert following.poll() is None
    godwit.release()
    out, _ = watching.communicate(timeout=60)
    assert "SUCCEEDED" in out
    out, err = following.communicate(timeout=60)
    assert "adding" in out, err
    assert godwit.json("executions", "watch", first)["phase"] == "SUCCEEDED"
    process.terminate()
    process.communicate(timeout=60)


def test_settings_of_the_home_hold_for_its_engines_and_options_win(godwit):
    godwit.write(
        "queued.py",
        """
        import time
        from pathlib import Path
        import godwit as gw

        @gw.task(queue="gpu")
        def use(n: int, together: int, folder: str) -> int:
            log = Path(folder, "log")
            with log.open("a") as lines:
                lines.write("begin ")
            deadline = time.monotonic() + 30
            while log.read_text().count("begin") < together and time.monotonic() < deadline:
                time.sleep(0.01)
            with log.open("a") as lines:
                lines.write("end ")
            return n

        @gw.workflow
        def both(together: int, folder: str) -> int:
            use(n=1, together=together, folder=folder)
            return use(n=2, together=together, folder=folder)
        """,
    )
    godwit.home.mkdir()
    (godwit.home / "config.toml").write_text("[engine]\nworkers = 2\n[queues]\ngpu = 1\n")
    run = ("run", "queued.py", "both", "--folder", godwit.folder)
    assert godwit(*run, "--together", "1").returncode == 0
    log = godwit.folder / "log"
    assert log.read_text().split() == ["begin", "end", "begin", "end"]
    log.unlink()
    assert godwit(*run, "--together", "2", "--queue", "gpu=2").returncode == 0
    assert log.read_text().split() == ["begin", "begin", "end", "end"]
    (godwit.home / "config.toml").write_text("[queues]\ngpu = 'one'\n")
    refused = godwit(*run, "--together", "1")
    assert refused.returncode == 2
    assert "queues.gpu = 'one'; expected a whole number from 1" in refused.stderr
