import signal
import subprocess


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_lists_newest_first_page_by_page(godwit):
    assert godwit.json("executions", "list") == {"executions": [], "next": None}
    for a in range(3):
        godwit("run", "flows.py", "add", "--a", a, "--b", "1", "--execution-name", f"run-{a}")
    godwit("run", "flows.py", "fail", "--x", "1", "--execution-name", "broken")
    page = godwit.json("executions", "list", "--limit", "2")
    assert [one["execution"] for one in page["executions"]] == ["broken", "run-2"]
    rest = godwit.json("executions", "list", "--limit", "2", "--page", page["next"])
    assert [one["execution"] for one in rest["executions"]] == ["run-1", "run-0"]
    assert rest["next"] is None
    failed = godwit.json("executions", "list", "--phase", "failed")["executions"]
    assert [(one["execution"], one["entity"], one["phase"]) for one in failed] == [("broken", "flows.fail", "FAILED")]
    assert failed[0]["created"].endswith("Z")


def test_shows_nodes_attempts_error_and_logs(godwit):
    name = godwit.json("run", "flows.py", "failing", status=1)["execution"]
    told = godwit.json("executions", "show", name[:6])
    assert told["inputs"] == {"x": 3}
    last = told["nodes"][2]
    assert (last["id"], last["error"]["message"]) == ("n1/n0", "ValueError: boom 4")
    assert [one["attempt"] for one in last["history"]] == [1, 2]
    shown = godwit("executions", "show", name).stdout
    assert "Attempts of n1/n0:" in shown
    assert "ValueError: boom 4" in shown
    assert all(len(line) <= 100 for line in shown.splitlines() if "File " not in line)
    logs = godwit.json("executions", "logs", name)["logs"]
    assert [(one["node"], one["attempt"], one["text"]) for one in logs] == [
        ("n0", 1, "adding\n"), ("n1/n0", 1, "failing\n"), ("n1/n0", 2, "failing\n"),
    ]  # fmt: skip
    assert godwit("executions", "logs", name, "fail", "--attempt", "2").stdout == "failing\n"
    watched = godwit("executions", "watch", name)
    assert watched.returncode == 1
    assert "n1/n0 attempt 1 failed: ValueError: boom 4" in watched.stderr


def test_an_execution_goes_on_after_its_engine_was_killed(godwit):
    process = godwit.hold()
    (name,) = godwit.names()
    running = godwit.json("executions", "show", name)
    assert (running["phase"], running["engine"]) == ("RUNNING", "ALIVE")
    busy = godwit("executions", "resume", name)
    assert busy.returncode == 2
    assert "is under way in process" in busy.stderr
    kill(process)
    assert "RUNNING, engine gone" in godwit("executions", "list").stdout
    assert "executions resume" in godwit("executions", "watch", name).stderr
    godwit.release()
    told = godwit.json("executions", "resume", name)
    assert (told["phase"], told["outputs"]) == ("SUCCEEDED", {"result": 3})
    assert {node["name"]: node["attempts"] for node in told["nodes"]}["hold"] == 2
    ended = godwit("executions", "resume", name)
    assert ended.returncode == 2
    assert "has ended: SUCCEEDED" in ended.stderr


def test_resume_of_a_failed_execution_says_what_to_do_instead(godwit):
    name = godwit.json("run", "flows.py", "failing", status=1)["execution"]
    done = godwit("executions", "resume", name)
    assert done.returncode == 2
    assert "recover" in done.stderr


def test_the_first_interrupt_aborts_and_waits(godwit):
    process = godwit.hold()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "ABORTED" in out
    assert "Ctrl-C again" in err
    assert godwit.json("executions", "list")["executions"][0]["phase"] == "ABORTED"


def test_the_second_interrupt_leaves_at_once_and_resume_goes_on(godwit):
    godwit.write(
        "stubborn.py",
        """
        import os, signal, time
        import godwit as gw

        @gw.task
        def hold(folder: str) -> int:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            open(f"{folder}/started", "a").close()
            while not os.path.exists(f"{folder}/go"):
                time.sleep(0.01)
            return 1
        """,
    )
    process = godwit.start("run", "stubborn.py", "hold", "--folder", godwit.folder)
    godwit.wait((godwit.folder / "started").exists)
    process.send_signal(signal.SIGINT)
    assert "Ctrl-C again" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "executions resume" in err
    (name,) = godwit.names()
    godwit.release()
    resumed = godwit("executions", "resume", name)
    assert resumed.returncode in {0, 1}, resumed
    assert godwit.json("executions", "show", name)["phase"] in {"SUCCEEDED", "ABORTED"}


def test_aborts_from_a_second_terminal(godwit):
    process = godwit.hold()
    (name,) = godwit.names()
    done = godwit("executions", "abort", name, "--reason", "wrong data")
    assert done.returncode == 0, done
    assert "ABORTED" in done.stdout
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "wrong data" in out
    again = godwit("executions", "abort", name)
    assert again.returncode == 2
    assert "has ended already" in again.stderr


def test_aborts_an_execution_whose_engine_is_gone(godwit):
    kill(godwit.hold())
    (name,) = godwit.names()
    assert godwit.json("executions", "abort", name)["phase"] == "ABORTED"


def test_watch_follows_to_the_end(godwit):
    process = godwit.hold()
    (name,) = godwit.names()
    watcher = godwit.start("executions", "watch", name, "--json")
    logs = godwit.start("executions", "logs", name, "--follow")
    godwit.release()
    out, err = watcher.communicate(timeout=60)
    assert watcher.returncode == 0, err
    assert '"phase": "SUCCEEDED"' in out
    assert "adding" in logs.communicate(timeout=60)[0]
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_an_unknown_name_is_told(godwit):
    for verb in ("show", "watch", "logs", "abort", "resume"):
        done = godwit("executions", verb, "nothing")
        assert done.returncode == 2
        assert "Error: " in done.stderr
    godwit("run", "flows.py", "add", "--a", "1", "--b", "2")
    (name,) = godwit.names()
    assert "Say one of: task" in godwit("executions", "logs", name, "n9").stderr
