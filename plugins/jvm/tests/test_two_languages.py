"""One workflow, written in Python and in Java, over tasks of both: records, unions, tables and files pass."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from godwitidl.core.v1.bundle_pb2 import Bundle

EXAMPLE = Path(__file__).parents[3] / "examples" / "jvm"


@pytest.fixture
def survey(java, runner, tmp_path):
    """Calls the command line in a folder with the example, its jar built as it says."""
    for name in ("features.py", "flow.py"):
        shutil.copy(EXAMPLE / name, tmp_path)
    tools = Path(java).resolve().parent
    source = EXAMPLE / "src" / "dev" / "example" / "Survey.java"
    subprocess.run([tools / "javac", "-cp", runner, "-d", "build", source], cwd=tmp_path, check=True)
    subprocess.run([tools / "jar", "--create", "--file", "survey.jar", "-C", "build", "."], cwd=tmp_path, check=True)

    def call(*arguments):
        environment = {**os.environ, "GODWIT_HOME": str(tmp_path / "home")}
        godwit = Path(sys.executable).parent / "godwit"
        done = subprocess.run(
            [godwit, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


def test_both_come_to_the_same_and_share_what_was_computed(survey):
    by_python = json.loads(survey("--json", "run", "flow.py", "survey", "--count", "5"))
    by_java = json.loads(survey("--json", "run", "survey.jar", "survey", "--count", "5", "--with", "features.py"))
    assert by_python["outputs"] == by_java["outputs"] == {"result": "5 findings, 5.0, site 3, site 4"}
    assert [node["cache"] for node in by_python["nodes"]] == ["MISS"] * 3
    assert [node["cache"] for node in by_java["nodes"]] == ["HIT"] * 3


def test_a_jar_that_is_asked_gives_the_same_bytes(survey, tmp_path):
    for name in ("one.pb", "two.pb"):
        survey("serialize", "survey.jar", "-o", name)
    assert (tmp_path / "one.pb").read_bytes() == (tmp_path / "two.pb").read_bytes()
    bundle = Bundle.FromString((tmp_path / "one.pb").read_bytes())
    assert [one.target.task.name for one in bundle.references] == ["survey.measure", "survey.summarize"]
