"""Bad input: a clear message, exit status 2, and nothing created."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from godwitidl.core.v1.bundle_pb2 import Bundle
from google.protobuf import json_format

SOURCES = {
    "unannotated.py": "import godwit as gw\n\n@gw.task\ndef one(x) -> int:\n    return 1\n",
    "unsupported.py": "import socket\nimport godwit as gw\n\n@gw.task\ndef one(x: socket.socket) -> int:\n    ...\n",
    "branching.py": (
        "import godwit as gw\n\n@gw.task\ndef one(x: int) -> int:\n    return 1\n\n"
        "@gw.workflow\ndef wf(x: int) -> int:\n    if one(x=x):\n        return one(x=1)\n    return one(x=2)\n"
    ),
    "broken.py": "def (\n",
    "missing.py": "import no_such_module\n",
}

CASES = [
    pytest.param(["flows.py", "summin"], "no task or workflow summin.*Did you mean summing", id="unknown entity"),
    pytest.param(["flows.py", "summing", "--c", "1"], "no input or option 'c'.*a, b", id="unknown input"),
    pytest.param(["flows.py", "shape", "--cuont", "1"], "Did you mean --count", id="misspelt input"),
    pytest.param(["flows.py", "shape"], "Input 'count', of type int, is missing", id="missing input"),
    pytest.param(["flows.py", "add", "--a", "x", "--b", "y"], "'a': expected int.*'b': expected int", id="wrong types"),
    pytest.param(["flows.py", "add", "--a", "9" * 20, "--b", "1"], "integer of 64 bits", id="number out of range"),
    pytest.param(["flows.py", "shape", "--count", "1.5"], "expected int", id="wrong type"),
    pytest.param(["flows.py", "shape", "--count", "1", "--colour", "GREEN"], "one of RED, BLUE", id="enum"),
    pytest.param(["flows.py", "shape", "--count", "1", "--settings", "{rat: 1}"], "Did you mean 'rate'", id="field"),
    pytest.param(["flows.py", "shape", "--count", "1", "--items", "{["], "neither JSON nor YAML", id="no JSON"),
    pytest.param(["flows.py", "shape", "--count"], "requires an argument", id="no value"),
    pytest.param(["flows.py", "size", "--file", "nowhere.csv"], "nowhere.csv cannot be read", id="missing file input"),
    pytest.param(["flows.py", "add", "--a", "@nowhere", "--b", "1"], "file nowhere cannot be read", id="missing value"),
    pytest.param(["nowhere.py", "wf"], "nowhere.py cannot be read", id="unreadable file"),
    pytest.param(["flows.txt", "wf"], "No plugin loads files that end with '.txt'", id="unknown kind of file"),
    pytest.param(["unannotated.py", "one", "--x", "1"], "Parameter x of task one.*no type", id="unannotated"),
    pytest.param(["unsupported.py", "one", "--x", "1"], "Parameter x.*socket has no type", id="unsupported type"),
    pytest.param(["branching.py", "wf", "--x", "1"], "`if` on a promise", id="if on a promise"),
    pytest.param(["broken.py", "wf"], "SyntaxError", id="syntax error"),
    pytest.param(["missing.py", "wf"], "No module named 'no_such_module'", id="import error"),
    pytest.param(["cycle.pb", "wf"], "CYCLE", id="cycle"),
    pytest.param(["garbage.pb", "wf"], "neither an encoded Registration nor", id="no specs"),
    pytest.param(["flows.py", "summing", "--workers", "0"], "--workers", id="own option"),
    pytest.param(["flows.py"], "ENTITY is missing.*summing", id="no entity"),
    pytest.param([], "FILE and ENTITY are missing", id="nothing"),
]


@pytest.fixture
def sources(godwit):
    for name, text in SOURCES.items():
        godwit.write(name, text)
    godwit.write("flows.txt", "")
    godwit.write("garbage.pb", "garbage")
    (godwit.folder / "cycle.pb").write_bytes(cyclic_bundle())
    return godwit


def cyclic_bundle() -> bytes:
    number = {"simple": "SIMPLE_TYPE_INT"}
    interface = {"inputs": [{"name": "x", "type": number}], "outputs": [{"name": "result", "type": number}]}

    def node(name: str, other: str) -> dict:
        value = {"nodeOutput": {"nodeId": other, "output": "result"}}
        call = {"target": {"task": {"name": "m.one"}}, "inputs": [{"name": "x", "value": value}]}
        return {"id": name, "displayName": "one", "call": call}

    result = {"name": "result", "value": {"nodeOutput": {"nodeId": "n0", "output": "result"}}}
    described = {
        "tasks": [{"id": {"name": "m.one"}, "interface": interface, "program": {"command": ["x"]}}],
        "workflows": [
            {
                "id": {"name": "m.wf"},
                "interface": {"outputs": interface["outputs"]},
                "body": {"nodes": [node("n0", "n1"), node("n1", "n0")], "outputs": [result]},
                "failurePolicy": "FAILURE_POLICY_FAIL_FAST",
            }
        ],
    }
    return json_format.ParseDict(described, Bundle()).SerializeToString()


@pytest.mark.parametrize(("arguments", "message"), CASES)
def test_bad_input_is_told_and_nothing_is_created(sources, arguments, message):
    done = sources("run", *arguments)
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert re.search(message, done.stderr, re.DOTALL), done.stderr
    assert "Traceback (most recent call last)" not in done.stderr
    assert sources.count() == 0


def test_errors_are_json_where_json_is_wanted(sources):
    for arguments in (["flows.py", "summin"], ["flows.py", "add", "--a", "x", "--b", "1"], []):
        done = sources("run", *arguments, "--json")
        assert done.returncode == 2
        error = json.loads(done.stdout)["error"]
        assert set(error) == {"code", "message", "hint"}
        assert re.fullmatch("[A-Z][A-Z0-9_]+", error["code"])
    error = sources.json("exections", status=2)["error"]
    assert "Did you mean executions" in error["message"]
    assert "Did you mean list" in sources("executions", "lits").stderr
    assert "--limit" in sources("executions", "list", "--limt", "3").stderr


def test_tracebacks_come_when_asked_for(sources):
    assert "Traceback (most recent call last)" in sources("--debug", "run", "flows.py", "summin").stderr


@pytest.mark.parametrize("command", [["run", "flows.py", "summing"], ["executions", "list"], ["gc"]])
def test_a_corrupt_database_is_told(sources, command):
    sources.home.mkdir()
    (sources.home / "godwit.db").write_bytes(b"this is no database" * 500)
    done = sources(*command)
    assert done.returncode == 2
    assert "is damaged" in done.stderr
    assert (sources.home / "godwit.db").read_bytes() == b"this is no database" * 500


@pytest.fixture
def public_folder():
    """A folder that other users may read, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user: run as root")
@pytest.mark.parametrize("made", [False, True])
def test_a_read_only_home_is_told(command_line_in, public_folder, made):
    """The home belongs to another user, made or not; imports come first, as the other user may not read ours."""
    godwit = command_line_in(public_folder)
    if made:
        assert godwit("run", "flows.py", "summing").returncode == 0
    program = (
        "import ast, inspect, os, shutil, sys, tempfile, textwrap, traceback, uuid\n"
        "import godwit.body, godwit.loader\n"
        "import godwit_core.backends.local, godwit_core.cli.run, godwit_core.cli.application\n"
        "from godwit_core.cli import main\n"
        "os.setgid(65534)\nos.setuid(65534)\nmain(sys.argv[1:])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "run", "flows.py", "summing"],
        cwd=public_folder, env=godwit.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done
    assert re.search("cannot be (made|written)", done.stderr), done.stderr
    assert "--home" in done.stderr
    assert godwit.count() == int(made)
