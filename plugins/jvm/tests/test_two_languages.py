"""One workflow, written in Python and in Java, over tasks of both and of Scala: records, unions, tables, files pass."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from godwitidl.core.v1.bundle_pb2 import Bundle
from jvm_specs import write_jar

COMPILER = (
    "org/scala-lang/scala3-compiler_3/*/scala3-compiler_3-3.",
    "org/scala-lang/scala3-interfaces/*/scala3-interfaces-3.",
    "org/scala-lang/tasty-core_3/*/tasty-core_3-3.",
    "org/scala-lang/scala3-library_3/*/scala3-library_3-3.",
    "org/scala-lang/scala-library/2.13.*/scala-library-2.13.",
    "org/scala-lang/modules/scala-asm/*/scala-asm-",
    "org/scala-sbt/compiler-interface/*/compiler-interface-",
    "org/scala-sbt/util-interface/*/util-interface-",
)
REPOSITORY = Path(os.environ.get("HOME", "/")) / ".m2" / "repository"
"""Of Maven, in the home of whoever runs the tests: tests have another one."""
EXAMPLE = Path(__file__).parents[3] / "examples" / "jvm"


@pytest.fixture(scope="session")
def ranking(java, runner, tmp_path_factory):
    """The jar of the task in Scala, with Scala's library in it."""
    parts = [find_artifact(name) for name in COMPILER]
    if not all(parts):
        pytest.skip("no Scala compiler in Maven's repository: make test-jvm")
    folder = tmp_path_factory.mktemp("ranking")
    libraries = [part for part in parts if "library" in part.name]
    command = [java, "-cp", os.pathsep.join(map(str, parts)), "dotty.tools.dotc.Main", "-release", "17", "-d", folder]
    command += ["-classpath", os.pathsep.join(map(str, [runner, *libraries]))]
    subprocess.run([*command, EXAMPLE / "src" / "dev" / "example" / "Ranking.scala"], check=True)
    entries = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.class"))}
    for library in libraries:
        with zipfile.ZipFile(library) as jar:
            entries |= {name: jar.read(name) for name in jar.namelist() if name.endswith(".class")}
    return write_jar(folder / "ranking.jar", entries)


def find_artifact(name):
    return next(iter(sorted(REPOSITORY.glob(f"{name}*.jar"), reverse=True)), None)


@pytest.fixture
def survey(java, runner, ranking, tmp_path):
    """Calls the command line in a folder with the example, its jar built as it says."""
    for name in ("features.py", "flow.py"):
        shutil.copy(EXAMPLE / name, tmp_path)
    shutil.copy(ranking, tmp_path)
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
    beside = ("--with", "features.py", "--with", "ranking.jar")
    by_java = json.loads(survey("--json", "run", "survey.jar", "survey", "--count", "5", *beside))
    assert by_python["outputs"] == by_java["outputs"] == {"result": "5 findings, 5.0, site 4, site 3"}
    assert [node["cache"] for node in by_python["nodes"]] == ["MISS"] * 4
    assert [node["cache"] for node in by_java["nodes"]] == ["HIT"] * 4


def test_a_jar_that_is_asked_gives_the_same_bytes(survey, tmp_path):
    for name in ("one.pb", "two.pb"):
        survey("serialize", "survey.jar", "-o", name)
    assert (tmp_path / "one.pb").read_bytes() == (tmp_path / "two.pb").read_bytes()
    bundle = Bundle.FromString((tmp_path / "one.pb").read_bytes())
    assert [one.target.task.name for one in bundle.references] == [
        "dev.example.rank",
        "survey.measure",
        "survey.summarize",
    ]
