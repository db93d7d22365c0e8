"""Runtimes of plugins around task code: in warm runners, by the file contract, and in the engine's own process."""

import subprocess
import sys
import textwrap

import pytest
from godwit.context import Secrets, TaskContext
from godwit.runner.attempts import run_attempt
from godwit.runner.session import Session
from godwit_plugin_api.manifest import Kind, Manifest, Record
from godwit_plugin_api.registry import Plugin, PluginRegistry
from godwit_plugin_api.task_runtime import RESERVED_NAMES
from godwitidl.core.v1.errors_pb2 import BLAME_SYSTEM, ExecutionError
from godwitidl.core.v1.event_pb2 import Links
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals
from godwitidl.runner.v1.runner_pb2 import Attempt, Result
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.wrappers_pb2 import StringValue

TASKS = """
    import os
    import godwit as gw

    @gw.task(environment={"GRASS": "dry"})
    def breed() -> str:
        context = gw.current_context()
        context.report.write_text("<p>eggs")
        context.link("nest", f"http://{context.nest}")
        context.link("sky", "http://sky")
        context.link("nest", f"http://{context.nest}/2")
        return f"{context.nest} {context.rank} {context.grass}"

    @gw.task
    def flee() -> str:
        gw.current_context().report.write_text("<p>gone")
        raise RuntimeError("hawk")

    @gw.task
    def ask() -> str:
        return gw.current_context().wings

    @gw.task
    def trust() -> str:
        return gw.current_context().buried

    @gw.task
    def lie() -> None:
        gw.current_context().link("nest", "")
"""

RUNTIME = """
    import os
    from contextlib import contextmanager
    from google.protobuf.wrappers_pb2 import StringValue

    class NestRuntime:
        def __init__(self):
            self.made = 0

        @contextmanager
        def around(self, attempt):
            self.made += 1
            value = StringValue()
            attempt.payload.Unpack(value)
            if value.value == "flooded":
                raise OSError("no nest")
            if value.value == "greedy":
                yield {"secrets": 1}
            print("enter", attempt.number, attempt.task.id.name, self.made)
            try:
                buried = attempt.secret("egg", "nest")
                yield {"buried": buried, "nest": value.value, "rank": attempt.rank, "grass": os.environ.get("GRASS")}
            except BaseException as error:
                print("saw", type(error).__name__)
                raise
            finally:
                print("leave")

        def close(self):
            print("close", self.made)
"""

MANIFEST = """
    from godwit_plugin_api import Kind, Manifest, Record, hookimpl

    @hookimpl
    def godwit_manifest():
        record = Record(Kind.TASK_RUNTIME, "google.protobuf.StringValue", "godwit_nest.runtime:NestRuntime")
        return Manifest("nest", 1, (record,))
"""


@pytest.fixture(autouse=True)
def plugin(tmp_path, monkeypatch):
    """A plugin as if it were installed."""
    source = tmp_path / "site"
    package = source / "godwit_nest"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "manifest.py").write_text(textwrap.dedent(MANIFEST))
    (package / "runtime.py").write_text(textwrap.dedent(RUNTIME))
    info = source / "godwit_nest-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: godwit-nest\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[godwit.plugins]\nnest = godwit_nest.manifest\n")
    monkeypatch.setenv("PYTHONPATH", str(source))
    monkeypatch.syspath_prepend(str(source))
    yield source
    for name in [name for name in sys.modules if name.startswith("godwit_nest")]:
        del sys.modules[name]


def payload_of(text):
    packed = AnyMessage()
    packed.Pack(StringValue(value=text))
    return packed


def value_of(result):
    assert not result.HasField("error"), result.error
    return Literal.FromString(result.outputs[0].value).string_value


def test_a_warm_runner_keeps_its_runtime(source, start):
    source(TASKS)
    runner = start()
    runner.prepare(1, "breed", payload=payload_of("reed"), environment=[{"name": "GRASS", "value": "wet"}])
    runner.prepare(2, "flee", payload=payload_of("sand"))
    runner.run(runner.attempt("a1", 1), runner.attempt("a2", 2), runner.attempt("a3", 1))
    links = []
    results = []
    while len(results) < 3:
        report = runner.receive()
        if report.HasField("linked"):
            links.append((report.linked.id, report.linked.link.name, report.linked.link.url))
        else:
            results.append(report.result)
    first, second, third = results
    assert value_of(first) == value_of(third) == "reed None wet"
    assert links[:3] == [("a1", "nest", "http://reed"), ("a1", "sky", "http://sky"), ("a1", "nest", "http://reed/2")]
    assert second.error.message == "RuntimeError: hawk"
    for result, content in ((first, "<p>eggs"), (second, "<p>gone")):
        assert result.report.startswith((runner.folder / "out").as_uri())
        assert (runner.folder / result.report.removeprefix(f"{runner.folder.as_uri()}/")).read_text() == content
    runner.connection.close()
    runner.process.wait(30)
    name = "tasks_of_test"
    assert runner.log.read_text().splitlines() == [
        f"enter 1 {name}.breed 1",
        "leave",
        f"enter 1 {name}.flee 2",
        "saw RuntimeError",
        "leave",
        f"enter 1 {name}.breed 3",
        "leave",
        "close 3",
    ]


def test_a_runtime_finds_the_secrets_that_its_payload_names(source, start, monkeypatch):
    monkeypatch.setenv("GODWIT_SECRET_NEST_EGG", "olive")
    source(TASKS)
    runner = start()
    runner.prepare(1, "trust", payload=payload_of("reed"))
    runner.run(runner.attempt("a1", 1))
    assert value_of(runner.result()) == "olive"


@pytest.mark.parametrize(("rank", "report", "links"), [(None, True, True), ("0", True, True), ("1", False, False)])
def test_the_file_contract_has_rank_report_and_links(source, spec, environment, tmp_path, rank, report, links):
    source(TASKS)
    inputs, outputs = tmp_path / "inputs", tmp_path / "outputs"
    inputs.mkdir()
    (inputs / "task.pb").write_bytes(spec("breed", payload=payload_of("reed")).SerializeToString())
    (inputs / "inputs.pb").write_bytes(NamedLiterals().SerializeToString())
    folders = ["--inputs", str(inputs), "--outputs", str(outputs), "--source-root", str(tmp_path)]
    variables = {**environment, **({"GODWIT_WORKER_RANK": rank} if rank else {})}
    command = [sys.executable, "-P", "-m", "godwit.runner", "--once", *folders]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["enter 1 tasks_of_test.breed 1", "leave", "close 1"]
    assert (outputs / "report.html").exists() is report
    assert (outputs / "links.pb").exists() is links
    if links:
        told = Links.FromString((outputs / "links.pb").read_bytes()).links
        assert [(link.name, link.url) for link in told] == [("nest", "http://reed/2"), ("sky", "http://sky")]
        (output,) = NamedLiterals.FromString((outputs / "outputs.pb").read_bytes()).values
        assert output.value.string_value == f"reed {rank} None"


@pytest.fixture
def run_here(source, spec, tmp_path):
    """Run a task in this process and return its result."""
    source(TASKS)
    path = list(sys.path)
    record = Record(Kind.TASK_RUNTIME, "google.protobuf.StringValue", "godwit_nest.runtime:NestRuntime")
    registry = PluginRegistry([Plugin(Manifest("nest", 1, (record,)), "godwit-nest", "1")])

    def run(name, payload, plugins=registry):
        session = Session(lambda: plugins)
        session.prepare(1, spec(name, **({"payload": payload} if payload else {})), str(tmp_path))
        result = Result(id="a")
        run_attempt(session, Attempt(id="a", task=1, output_prefix=tmp_path.as_uri()), result)
        return result

    yield run
    sys.path[:] = path
    sys.modules.pop("tasks_of_test", None)


def test_what_a_runtime_raises_is_the_attempts_error(run_here, capsys):
    assert run_here("breed", payload_of("flooded")).error.message == "OSError: no nest"
    error = run_here("breed", payload_of("greedy")).error
    assert (error.code, error.blame) == ("PLUGIN_TARGET_FAILED", BLAME_SYSTEM)
    assert "gives secrets, which every context has" in error.message
    assert "enter" not in capsys.readouterr().out


def test_a_runtime_that_cannot_be_loaded_is_told(run_here):
    record = Record(Kind.TASK_RUNTIME, "google.protobuf.StringValue", "godwit_nest.missing:NestRuntime")
    registry = PluginRegistry([Plugin(Manifest("nest", 1, (record,)), "godwit-nest", "1")])
    assert run_here("breed", payload_of("reed"), registry).error.code == "PLUGIN_TARGET_FAILED"


def test_what_no_plugin_gives_is_an_attribute_error_that_says_so(run_here):
    error = run_here("ask", payload_of("reed")).error
    assert error.code == "NOT_PROVIDED"
    assert "has no attribute 'wings'" in error.message
    assert "beside what every context has, there is buried, grass, nest, rank." in error.message
    assert "payload google.protobuf.StringValue" in error.message
    assert "A config of a plugin may give more" in run_here("ask", None).error.message


def test_a_bad_link_is_refused(source, start):
    source(TASKS)
    runner = start()
    runner.prepare(1, "lie", outputs=())
    runner.run(runner.attempt("a1", 1))
    assert "A link is a name and a url" in runner.result().error.message


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("", "Tasks with a config godwit_spark.Spark(…) have it"),
        ("godwitidl.plugins.ray.v1.RayJob", "Tasks with a config godwit_spark.Spark(…) have it"),
        ("godwitidl.plugins.spark.v1.SparkJob", "pip install godwit-spark where tasks run"),
    ],
)
def test_a_missing_attribute_names_the_config_or_what_to_install(payload, expected):
    context = TaskContext("a", "e", "n0", 1, Secrets({}, lambda *_: None), lambda name: name, payload=payload)
    with pytest.raises(AttributeError, match="has no attribute 'spark'") as caught:
        _ = context.spark
    assert expected in str(caught.value)
    assert not hasattr(context, "wings")
    assert TaskContext("a", "e", "n0", 1, context.secrets, context.create, given={"spark": 3}).spark == 3


def test_the_reserved_names_are_those_of_every_context():
    own = {name for name in (*dir(TaskContext), *TaskContext.__match_args__) if not name.startswith("_")}
    assert own == RESERVED_NAMES


def test_an_error_of_the_file_contract_is_not_hidden(source, spec, environment, tmp_path):
    source(TASKS)
    inputs, outputs = tmp_path / "inputs", tmp_path / "outputs"
    inputs.mkdir()
    (inputs / "task.pb").write_bytes(spec("flee", payload=payload_of("reed")).SerializeToString())
    (inputs / "inputs.pb").touch()
    folders = ["--inputs", str(inputs), "--outputs", str(outputs), "--source-root", str(tmp_path)]
    command = [sys.executable, "-P", "-m", "godwit.runner", "--once", *folders]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert ExecutionError.FromString((outputs / "error.pb").read_bytes()).message == "RuntimeError: hawk"
    assert (outputs / "report.html").read_text() == "<p>gone"
