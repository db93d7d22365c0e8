"""Tasks that are declared elsewhere: referred to by name, and resolved by files that are given beside a workflow."""

import json
import os
import subprocess
import sys
from pathlib import Path

import godwit as gw
import pytest
from godwitidl.core.v1.bundle_pb2 import Bundle, Registration

FLOW = """
import godwit as gw

greet = gw.reference_task("other.greet", inputs={"name": str}, outputs={"greeting": str})


@gw.task
def shout(text: str) -> str:
    return text.upper()


@gw.workflow
def flow(name: str = "you") -> str:
    return shout(text=greet(name=name))
"""
OTHER = """
import godwit as gw


@gw.task(outputs=["greeting"], cache=gw.Cache(version="auto"))
def greet(name: str, mark: str = "!") -> str:
    return "hello " + name + mark
"""


@pytest.fixture
def folders(tmp_path):
    for name, file, text in (("mine", "flow.py", FLOW), ("theirs", "other.py", OTHER)):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text(text)
    return tmp_path


@pytest.fixture
def godwit(folders):
    def call(*arguments):
        environment = {**os.environ, "GODWIT_HOME": str(folders / "home"), "GODWIT_PROJECT": "p"}
        program = Path(sys.executable).parent / "godwit"
        return subprocess.run(
            [program, *arguments], cwd=folders, env=environment, capture_output=True, text=True, check=False
        )

    return call


def result(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_reference_is_resolved_by_a_file_beside(godwit):
    command = ("--json", "run", "mine/flow.py", "flow", "--with", "theirs/other.py", "--name", "x")
    first, second = result(godwit(*command)), result(godwit(*command))
    assert first["outputs"] == second["outputs"] == {"result": "HELLO X!"}
    assert [node["cache"] for node in second["nodes"]] == ["HIT", "DISABLED"]


def test_specs_of_several_files_run_where_their_source_is_given(godwit, folders):
    assert godwit("serialize", "mine/flow.py", "-o", "flow.pb").returncode == 0
    assert godwit("serialize", "theirs/other.py", "--registration", "-o", "other.pb").returncode == 0
    (reference,) = Bundle.FromString((folders / "flow.pb").read_bytes()).references
    assert (reference.target.task.name, [one.name for one in reference.interface.inputs]) == ("other.greet", ["name"])
    done = godwit("--json", "run", "flow.pb", "flow", "--source-root", "mine", "--with", "other.pb")
    assert result(done)["outputs"] == {"result": "HELLO YOU!"}


def test_specs_are_joined_with_the_source_of_each(godwit, folders):
    done = godwit("serialize", "mine/flow.py", "--with", "theirs/other.py", "--registration", "-o", "all.pb")
    assert done.returncode == 0, done.stderr
    joined = Registration.FromString((folders / "all.pb").read_bytes())
    assert [task.id.name for task in joined.bundle.tasks] == ["flow.shout", "other.greet"]
    assert joined.source_root == str(folders / "mine")
    assert {one.task: one.source_root for one in joined.task_sources} == {"other.greet": str(folders / "theirs")}
    assert [one.task for one in joined.cache_versions] == ["other.greet"]
    assert result(godwit("--json", "run", "all.pb", "flow"))["outputs"] == {"result": "HELLO YOU!"}


def test_a_reference_that_nothing_resolves_says_so(godwit):
    done = godwit("run", "mine/flow.py", "flow")
    assert done.returncode == 2
    assert "UNRESOLVED_REFERENCE" in done.stderr
    assert "--with" in done.stderr


def test_a_task_that_has_become_another_is_a_mismatch(godwit, folders):
    other = folders / "theirs" / "other.py"
    other.write_text(OTHER.replace("name: str, mark", "who: str, mark").replace("+ name +", "+ who +"))
    done = godwit("run", "mine/flow.py", "flow", "--with", "theirs/other.py")
    assert done.returncode == 2
    assert "REFERENCE_MISMATCH" in done.stderr
    assert "no input 'name', but 'who', 'mark'" in done.stderr


def test_only_what_is_referred_to_is_taken(godwit, folders):
    (folders / "again").mkdir()
    (folders / "again" / "other.py").write_text(OTHER.replace('mark: str = "!"', 'mark: str = "?"'))
    (folders / "again" / "both.py").write_text(
        "import godwit as gw\nfrom other import greet\n"
        'late = gw.reference_task("late.task", inputs={}, outputs=int)\n'
        "@gw.workflow\ndef both() -> int:\n    return late.after(greet(name='a'))()\n"
    )
    (folders / "theirs" / "late.py").write_text(
        "import godwit as gw\nfrom other import greet\n@gw.task\ndef task() -> int:\n    return 1\n"
    )
    done = godwit("run", "again/both.py", "both", "--with", "theirs/late.py")
    assert done.returncode == 0, done.stderr


def test_an_archive_needs_its_plugin(godwit, folders):
    (folders / "x.unknown").write_bytes(b"")
    done = godwit("run", "x.unknown", "flow")
    assert done.returncode == 2
    assert "No plugin loads files that end with '.unknown'" in done.stderr


def test_a_reference_cannot_be_called_in_python():
    greet = gw.reference_task("dev.example.greet", inputs={"name": str}, outputs={"greeting": str})
    with pytest.raises(gw.DeclarationError) as caught:
        greet(name="x")
    assert caught.value.code == "NOT_IN_PLACE"


@pytest.mark.parametrize("name", ["", "with space", "with/slash"])
def test_a_reference_names_a_task(name):
    with pytest.raises(gw.DeclarationError) as caught:
        gw.reference_task(name, outputs=int)
    assert caught.value.code == "INVALID_SETTING"
