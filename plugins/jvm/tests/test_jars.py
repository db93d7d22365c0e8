"""Jars as sources: the suite of entity loaders, tasks of jars in Python workflows, and jars that are none."""

import json
import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest
from godwit_jvm.jars import digest_of
from godwit_jvm.loader import JarLoader
from godwit_plugin_api.errors import InvalidInput
from godwit_plugin_api.testing.entity_loader_suite import EntityLoaderSuite
from godwitidl.core.v1.bundle_pb2 import Bundle, EntityReference
from godwitidl.core.v1.workflow_pb2 import WorkflowSpec
from google.protobuf.json_format import ParseDict
from jvm_specs import bundle_of, specs, task, write_jar

WORKFLOW = {
    "id": {"name": "dev.example.twice"},
    "interface": {"outputs": [{"name": "result", "type": {"simple": "SIMPLE_TYPE_INT"}}]},
    "failurePolicy": "FAILURE_POLICY_FAIL_FAST",
    "body": {
        "nodes": [{"id": "n0", "call": {"target": {"task": {"name": "dev.example.succeed"}}}}],
        "outputs": [{"name": "result", "value": {"nodeOutput": {"nodeId": "n0", "output": "result"}}}],
    },
}


def encoded(*tasks, workflows=()):
    bundle = bundle_of(tasks)
    bundle.workflows.extend(ParseDict(one, WorkflowSpec()) for one in workflows)
    return bundle.SerializeToString(deterministic=True)


class TestJarLoader(EntityLoaderSuite):
    """A jar that holds its specs needs no Java to be read."""

    def make_loader(self):
        return JarLoader()

    def write_source(self, folder):
        data = encoded(task("succeed", "SUCCEED"), task("other", "OTHER"), workflows=[WORKFLOW])
        return write_jar(folder / "tasks.jar", {"META-INF/godwit/bundle.pb": data})

    def write_broken_source(self, folder):
        path = folder / "broken.jar"
        path.write_bytes(b"PK\x03\x04 but no more than that")
        return path


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        (None, "JAR_INVALID"),
        ({"dev/example/Lonely.class": b""}, "JAR_WITHOUT_TASKS"),
        ({"META-INF/godwit/index": b"dev.example.Gone\n"}, "JAR_NOT_SERIALIZED"),
        ({"META-INF/godwit/bundle.pb": b"\xff\xff\xff"}, "JAR_INVALID"),
    ],
)
@pytest.mark.usefixtures("runner")
def test_what_is_no_jar_of_tasks_says_so(tmp_path, entries, code):
    path = tmp_path / "odd.jar"
    if entries is None:
        path.write_text("a text")
    else:
        write_jar(path, entries)
    with pytest.raises(InvalidInput) as caught:
        JarLoader().load(path, project=None, domain=None)
    assert caught.value.code == code
    assert "odd.jar" in str(caught.value)


def test_auto_is_the_digest_of_the_jar_and_follows_it(tmp_path):
    cached, plain = task("cached", "A"), task("plain", "B")
    cached.cache.version = "auto"
    path = write_jar(tmp_path / "a.jar", {"META-INF/godwit/bundle.pb": encoded(cached, plain), "x": b"1"})
    registration = JarLoader().load(path, project="p", domain="d").registration()
    assert [(one.task, one.version) for one in registration.cache_versions] == [("dev.example.cached", digest_of(path))]
    assert [(one.task, one.version) for one in registration.code_versions] == [("dev.example.plain", digest_of(path))]
    write_jar(path, {"META-INF/godwit/bundle.pb": encoded(cached, plain), "x": b"2"})
    fresh = JarLoader().refreshed(registration)
    assert fresh.cache_versions[0].version == fresh.code_versions[0].version == digest_of(path)
    path.unlink()
    assert JarLoader().refreshed(fresh) == fresh


FLOW = """
    import godwit as gw
    import godwit_jvm
    from dataclasses import dataclass

    greet = godwit_jvm.task("dev.example.greet", jar="behaviours.jar")
    total = godwit_jvm.task("sum", jar="behaviours.jar")
    draw = godwit_jvm.task("draw", jar="behaviours.jar")

    @dataclass
    class Point:
        x: int
        y: float

    @gw.task
    def numbers(count: int) -> list[int]:
        return list(range(count))

    @gw.task
    def points(count: int) -> list[Point]:
        return [Point(x=n, y=n / 2) for n in range(count)]

    @gw.task
    def page() -> gw.File:
        path = gw.current_context().create("page.txt")
        path.write_text("points: ")
        return gw.File(path)

    @gw.task
    def read(file: gw.File, points: list[Point], length: int) -> str:
        return f"{file.read_text()} {points[-1].y} {length}"

    @gw.workflow
    def flow(count: int = 3) -> tuple[str, int, str]:
        line = draw(points=points(count=count), file=page())
        greeting = greet(name="x", times=2)
        return (
            greeting.greeting,
            total(numbers=numbers(count=100_000)),
            read(file=line.file, points=line.points, length=greeting.length),
        )

    @gw.workflow
    def every() -> list[int]:
        return gw.map_task(total)(numbers=[[1, 2], [3], []])
"""


@pytest.fixture
def godwit(jar, tmp_path):
    """Calls the command line in a folder with the jar and a Python file."""
    (tmp_path / "behaviours.jar").write_bytes(jar.read_bytes())

    def call(text, *arguments, file="flow.py"):
        (tmp_path / file).write_text(textwrap.dedent(text))
        environment = {**os.environ, "GODWIT_HOME": str(tmp_path / "home")}
        program = Path(sys.executable).parent / "godwit"
        return subprocess.run(
            [program, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return call


def result(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_records_lists_and_files_pass_between_python_and_java(godwit):
    first = result(godwit(FLOW, "--json", "run", "flow.py", "flow"))
    assert first["outputs"] == {
        "result_0": "hello xx",
        "result_1": sum(range(100_000)),
        "result_2": "points: 3 1.0 8",
    }
    again = result(godwit(FLOW, "--json", "run", "flow.py", "flow"))
    assert {node["name"]: node["cache"] for node in again["nodes"]}["greet"] == "HIT"


def test_a_jars_own_entity_hits_what_python_has_computed(godwit):
    result(godwit(FLOW, "--json", "run", "flow.py", "flow"))
    alone = result(godwit(FLOW, "--json", "run", "behaviours.jar", "greet", "--name", "x", "--times", "2"))
    assert alone["nodes"][0]["cache"] == "HIT"
    assert alone["outputs"] == {"greeting": "hello xx", "length": 8}


def test_a_map_over_a_task_of_a_jar(godwit):
    assert result(godwit(FLOW, "--json", "run", "flow.py", "every"))["outputs"] == {"result": [3, 3, 0]}


def test_a_workflow_with_tasks_of_a_jar_can_be_called_in_python(godwit, tmp_path):
    godwit(FLOW, "--version")
    done = subprocess.run(
        [sys.executable, "-c", "import flow; print(flow.every())"], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.stdout.strip() == b"[3, 3, 0]", done.stderr


@pytest.mark.parametrize(
    ("call", "part"),
    [
        ("greet(name=3)", "expected string"),
        ("greet(nam='x')", "nam"),
        ("greet(name=numbers(count=1))", "expected string, came list<int>"),
        ("draw(points=numbers(count=2), file=page())", "points"),
        ("greet(name=greet(name='x').greting)", "greting"),
    ],
)
def test_types_are_checked_across_the_border_before_anything_runs(godwit, call, part):
    text = textwrap.dedent(FLOW) + f"\n@gw.workflow\ndef wrong() -> None:\n    {call}\n"
    done = godwit(text, "run", "flow.py", "wrong")
    assert done.returncode == 2
    assert part in done.stderr
    assert "Traceback (most recent call last)" not in done.stderr


def test_an_unknown_task_names_what_is_close(godwit):
    text = "import godwit_jvm\ngreet = godwit_jvm.task('dev.example.gret', jar='behaviours.jar')\n"
    done = godwit(text, "run", "flow.py", "greet")
    assert done.returncode == 2
    assert "Did you mean dev.example.greet" in done.stderr


def test_a_reference_is_resolved_by_a_jar(godwit):
    text = """
        import godwit as gw

        greet = gw.reference_task("dev.example.greet", inputs={"name": str}, outputs={"greeting": str})

        @gw.workflow
        def flow() -> str:
            return greet(name="y")
    """
    run = ("--json", "run", "flow.py", "flow", "--with", "behaviours.jar")
    assert result(godwit(text, *run))["outputs"] == {"result": "hello y"}
    mismatch = godwit(text.replace('"name": str', '"name": int').replace('"y"', "3"), *run[1:])
    assert mismatch.returncode == 2
    assert "REFERENCE_MISMATCH" in mismatch.stderr


def test_a_workflow_of_a_jar_calls_a_task_of_python(godwit, classes, tmp_path):
    string = {"simple": "SIMPLE_TYPE_STRING"}
    workflow = {
        "id": {"name": "dev.example.loud"},
        "interface": {
            "inputs": [{"name": "name", "type": string}],
            "outputs": [{"name": "result", "type": string}],
        },
        "failurePolicy": "FAILURE_POLICY_FAIL_FAST",
        "body": {
            "nodes": [
                _call("n0", "dev.example.greet", name={"workflowInput": "name"}),
                _call("n1", "tasks.shout", text={"nodeOutput": {"nodeId": "n0", "output": "greeting"}}),
            ],
            "outputs": [{"name": "result", "value": {"nodeOutput": {"nodeId": "n1", "output": "result"}}}],
        },
    }
    interface = {"inputs": [{"name": "text", "type": string}], "outputs": [{"name": "result", "type": string}]}
    bundle = Bundle.FromString(encoded(*specs(), workflows=[workflow]))
    bundle.references.append(
        ParseDict({"target": {"task": {"name": "tasks.shout"}}, "interface": interface}, EntityReference())
    )
    write_jar(tmp_path / "loud.jar", {**classes, "META-INF/godwit/bundle.pb": bundle.SerializeToString()})
    text = """
        import godwit as gw

        @gw.task
        def shout(text: str) -> str:
            return text.upper()
    """
    run = ("--json", "run", "loud.jar", "loud", "--name", "x")
    assert result(godwit(text, *run, "--with", "tasks.py", file="tasks.py"))["outputs"] == {"result": "HELLO X"}
    alone = godwit(text, *run[1:])
    assert alone.returncode == 2
    assert "UNRESOLVED_REFERENCE" in alone.stderr
    wrong = godwit(text.replace("text: str", "text: int"), *run[1:], "--with", "tasks.py", file="tasks.py")
    assert "REFERENCE_MISMATCH" in wrong.stderr


def _call(node, task_name, **values):
    inputs = [{"name": key, "value": value} for key, value in values.items()]
    return {"id": node, "call": {"target": {"task": {"name": task_name}}, "inputs": inputs}}


def test_recovering_runs_again_what_is_of_a_jar_that_was_built_anew(godwit, tmp_path):
    text = """
        import godwit as gw
        import godwit_jvm
        from pathlib import Path

        succeed = godwit_jvm.task("succeed", jar="behaviours.jar")

        @gw.task
        def check(value: int) -> int:
            if not Path(__file__).with_name("ready").exists():
                raise ValueError("not yet")
            return value

        @gw.workflow
        def flow() -> int:
            return check(value=succeed())
    """
    failed = json.loads(godwit(text, "--json", "run", "flow.py", "flow").stdout)
    assert [node["phase"] for node in failed["nodes"]] == ["SUCCEEDED", "FAILED"]
    (tmp_path / "ready").touch()
    kept = result(godwit(text, "--json", "executions", "recover", failed["execution"]))
    assert [node["phase"] for node in kept["nodes"]] == ["RECOVERED", "SUCCEEDED"]
    with zipfile.ZipFile(tmp_path / "behaviours.jar", "a") as built:
        built.writestr("changed", b"x")
    again = result(godwit(text, "--json", "executions", "recover", failed["execution"]))
    assert [node["phase"] for node in again["nodes"]] == ["SUCCEEDED", "SUCCEEDED"]


def test_specs_of_a_jar_run_from_a_file(godwit, tmp_path):
    (tmp_path / "specs.pb").write_bytes(encoded(*specs()))
    run = ("--json", "run", "specs.pb", "succeed", "--source-root", "behaviours.jar")
    assert result(godwit("", *run))["outputs"] == {"result": 7}


def test_without_java_it_says_what_to_install(jar, tmp_path):
    environment = {**os.environ, "JAVA_HOME": str(tmp_path), "GODWIT_HOME": str(tmp_path / "home")}
    godwit = Path(sys.executable).parent / "godwit"
    done = subprocess.run(
        [godwit, "run", str(jar), "succeed"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "JAVA_HOME is" in done.stderr


def test_importing_the_authoring_half_imports_nothing_heavy():
    code = "import sys; from godwit_jvm import task\n"
    code += "print([name for name in ('google.protobuf', 'grpc', 'godwit_core', 'zipfile') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
