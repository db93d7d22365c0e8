import json
import os
import pty
import subprocess
import sys


def test_runs_a_task_with_options_made_from_its_interface(godwit):
    done = godwit(
        "run", "flows.py", "shape", "--count", "-1", "--flag", "--colour", "BLUE", "--settings", "{layers: [1, 2]}",
        "--note", "hey", "--learning_rate", "1", "-i", "items:=[4]",
    )  # fmt: skip
    assert done.returncode == 0, done
    assert "-1 True BLUE Settings(rate=0.1, layers=[1, 2]) 'hey' 1.0 [4]" in done.stdout
    assert "shaping" not in done.stdout
    assert "task shape: SUCCEEDED" in done.stderr


def test_writes_exactly_one_json_object(godwit):
    godwit.write("loud.py", "import godwit as gw\nprint('loading')\n\n@gw.task\ndef one() -> int:\n    return 1\n")
    done = godwit("run", "loud.py", "one", "--json")
    told = json.loads(done.stdout)
    assert set(told) == {"execution", "phase", "outputs", "error", "duration_s", "nodes"}
    assert (told["phase"], told["outputs"], told["error"]) == ("SUCCEEDED", {"result": 1}, None)
    (node,) = told["nodes"]
    assert set(node) == {"id", "name", "phase", "cache", "attempts", "duration_s"}
    assert (node["id"], node["name"], node["cache"], node["attempts"]) == ("task", "one", "DISABLED", 1)
    assert 0 < node["duration_s"] <= told["duration_s"]
    assert "loading" in done.stderr


def test_a_second_run_takes_results_from_the_cache_unless_they_are_to_be_overwritten(godwit):
    caches = [
        [node["cache"] for node in godwit.json("run", "flows.py", "summing", *options)["nodes"]]
        for options in ([], [], ["--overwrite-cache"])
    ]
    assert caches == [["MISS", "MISS"], ["HIT", "HIT"], ["OVERWRITTEN", "OVERWRITTEN"]]


def test_a_failed_execution_tells_the_error_and_the_node(godwit):
    told = godwit.json("run", "flows.py", "failing", status=1)
    assert told["phase"] == "FAILED"
    assert (told["error"]["code"], told["error"]["node_path"]) == ("USER_EXCEPTION", "n1/n0")
    assert [(node["id"], node["phase"], node["attempts"]) for node in told["nodes"]] == [
        ("n0", "SUCCEEDED", 1), ("n1", "FAILED", 0), ("n1/n0", "FAILED", 2),
    ]  # fmt: skip
    done = godwit("run", "flows.py", "failing")
    assert done.returncode == 1
    assert "ValueError: boom 4" in done.stdout
    assert 'raise ValueError(f"boom {x}")' in done.stdout


def test_options_stand_before_or_after_the_command_and_own_ones_win(godwit):
    home = godwit.folder / "elsewhere"
    done = godwit("--home", home, "--json", "run", "--workers", "1", "flows.py", "add", "--a", "1", "--b", "2")
    assert json.loads(done.stdout)["outputs"] == {"result": 3}
    assert [one["entity"] for one in godwit.json("executions", "list", "--home", home)["executions"]] == ["flows.add"]
    godwit.write("own.py", "import godwit as gw\n\n@gw.task\ndef two(workers: int = 5) -> int:\n    return workers\n")
    assert godwit.json("run", "own.py", "two", "--workers", "1")["outputs"] == {"result": 5}
    assert godwit.json("run", "own.py", "two", "-i", "workers=7")["outputs"] == {"result": 7}


def test_a_name_may_be_given(godwit):
    told = godwit.json("run", "flows.py", "add", "--a", 1, "--b", 2, "--execution-name", "first-one")
    assert told["execution"] == "first-one"
    again = godwit("run", "flows.py", "add", "--a", "1", "--b", "2", "--execution-name", "first-one")
    assert again.returncode == 2
    assert "first-one already" in again.stderr


def test_files_are_read_and_given(godwit):
    data = godwit.write("data.csv", "1,2,3\n")
    assert godwit.json("run", "flows.py", "size", "--file", "data.csv")["outputs"] == {"result": 6}
    assert godwit.json("run", "flows.py", "size", "--file", data.as_uri())["outputs"] == {"result": 6}
    (name, *_) = godwit.names()
    given = godwit.json("executions", "show", name)["inputs"]["file"]
    assert (given["uri"], given["name"], given["size_bytes"]) == (data.as_uri(), "data.csv", 6)
    assert given["digest"].startswith("sha256:")
    godwit.write("count.json", "41")
    godwit.write("note.txt", "from a file\n")
    done = godwit("run", "flows.py", "shape", "--count", "@count.json", "--note", "@note.txt")
    assert "41 False RED" in done.stdout
    assert "from a file" in done.stdout
    assert "'@x'" in godwit("run", "flows.py", "shape", "--count", "1", "--note", "@@x").stdout


def test_inline_tasks_print_to_the_terminal(godwit):
    done = godwit("run", "flows.py", "add", "--a", "1", "--b", "2", "--inline")
    assert done.returncode == 0, done
    assert "adding" in done.stdout + done.stderr
    done = godwit("run", "flows.py", "add", "--a", "1", "--b", "3", "--inline", "--json")
    assert json.loads(done.stdout)["outputs"] == {"result": 4}


def test_helps_with_an_entity_and_with_a_file(godwit):
    shown = godwit("run", "flows.py", "shape", "--help").stdout
    assert "--learning-rate" in shown
    assert "float; default 0.5" in shown
    assert "--flag / --no-flag" in shown
    assert "RED | BLUE" in shown
    assert "int; required. How many." in shown
    assert "Say what came." in shown
    assert "summing  (workflow)" in godwit("run", "flows.py", "--help").stdout
    assert all(len(line) <= 80 for line in shown.splitlines())


def test_specs_are_serialized_the_same_from_anywhere_and_run(godwit, tmp_path):
    assert godwit("serialize", "flows.py", "-o", "one.pb").returncode == 0
    elsewhere = tmp_path / "other"
    elsewhere.mkdir()
    (elsewhere / "flows.py").write_text((tmp_path / "flows.py").read_text())
    assert godwit("serialize", elsewhere / "flows.py", "-o", "two.pb").returncode == 0
    assert (tmp_path / "one.pb").read_bytes() == (tmp_path / "two.pb").read_bytes()
    text = godwit.json("serialize", "flows.py")
    assert "flows.summing" in [workflow["id"]["name"] for workflow in text["workflows"]]
    assert godwit("serialize", "flows.py", "--registration", "-o", "flows.pb").returncode == 0
    assert godwit.json("run", "flows.pb", "summing", "--a", 4)["outputs"] == {"result": 16}


def test_a_reader_that_goes_away_is_no_error(godwit):
    shell = f"{sys.executable} -m godwit_core run flows.py failing | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", shell], cwd=godwit.folder, env=godwit.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Broken" not in done.stderr
    assert "Traceback (most" not in done.stderr


def test_colours_on_a_terminal_unless_unwanted(godwit):
    for unwanted in (False, True):
        leader, follower = pty.openpty()
        environment = godwit.environment | {"TERM": "xterm", **({"NO_COLOR": "1"} if unwanted else {})}
        command = [sys.executable, "-m", "godwit_core", "run", "flows.py", "add", "--a", "1", "--b", "2"]
        process = subprocess.Popen(command, cwd=godwit.folder, env=environment, stdout=follower, stderr=follower)
        os.close(follower)
        shown = b""
        while True:
            try:
                data = os.read(leader, 4096)
            except OSError:
                break
            if not data:
                break
            shown += data
        os.close(leader)
        assert process.wait() == 0
        assert (b"\x1b[32mSUCCEEDED" in shown) is not unwanted
