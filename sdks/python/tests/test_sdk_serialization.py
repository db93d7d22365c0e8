"""Declarations as specs: what stands in them, that they compile, and that they are the same everywhere."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from godwit.errors import DeclarationError
from godwit.location import import_folder, module_name, project_name, project_root
from godwit_core.compiler.compilation import compile_bundle
from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.workflow_pb2 import FAILURE_POLICY_RUN_WHAT_CAN_RUN

PIPELINE = '''
    from dataclasses import dataclass, field
    from datetime import timedelta
    from enum import Enum
    from typing import NamedTuple

    class Solver(Enum):
        FAST = 1
        EXACT = 2

    @dataclass
    class Settings:
        rate: float
        tags: set[str] = field(default_factory=lambda: {"red", "green", "blue", "black", "white"})
        solver: Solver = Solver.FAST

    class Scores(NamedTuple):
        accuracy: float
        names: dict[str, int]

    @gw.task(
        retries=gw.Retry(2, backoff=gw.Backoff(base=1)),
        cache=gw.Cache(version="1", salt="s", ttl=timedelta(days=1), ignored_inputs=("seed",)),
        resources=gw.Resources(cpu=2, mem="1Gi"),
        timeout=60,
        secrets=["token"],
        environment={"B": "2", "A": "1"},
        labels={"team": "x"},
    )
    def train(settings: Settings, seed: int = 7) -> Scores:
        """Train a model.

        With care.

        Args:
            settings: how.
        """
        return Scores(settings.rate, {})

    @gw.task
    def show(text: str, scores: list[float | None]) -> None:
        """Show it."""

    @gw.task
    def judge(ok: bool) -> None:
        """Judge it."""

    @gw.workflow(failure_policy=gw.FailurePolicy.RUN_WHAT_CAN_RUN)
    def inner(rate: float, solver: Solver = Solver.EXACT) -> Scores:
        return train.with_overrides(retries=5, cache=False)(settings=Settings(rate=rate, solver=solver))

    @gw.workflow
    def flow(rate: float = 0.5, name: str = "x", tags: set[str] = {"a", "b", "c", "d"}) -> tuple[float, int]:
        """Train twice."""
        first = inner(rate=rate)
        second = train(settings=Settings(rate=0.25))
        show(text="set", scores=[gw.coalesce(None, 1.0)])
        judge(ok=gw.is_in(first.accuracy, {0.5, 1.0, 2.0, 3.0}) & gw.is_in(name, {"x", "y", "z", "w"}))
        show.after(second)(text="done", scores=[first.accuracy, None, 0.5])
        return first.accuracy, second.names["a"]
'''


def specs(registration: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    bundle = registration.bundle
    return {spec.id.name: spec for spec in bundle.tasks}, {spec.id.name: spec for spec in bundle.workflows}


def test_all_that_an_entity_refers_to_is_in_its_bundle(load_source):
    tasks, workflows = specs(load_source(PIPELINE).registration("flow"))
    assert list(tasks) == ["flow.judge", "flow.show", "flow.train"]
    assert list(workflows) == ["flow.flow", "flow.inner"]
    tasks, workflows = specs(load_source(PIPELINE).registration("train"))
    assert (list(tasks), list(workflows)) == (["flow.train"], [])


def test_a_task_spec_says_what_its_declaration_says(load_source):
    tasks, _ = specs(load_source(PIPELINE).registration("flow"))
    spec = tasks["flow.train"]
    assert [entry.name for entry in spec.interface.inputs] == ["settings", "seed"]
    assert spec.interface.inputs[0].description == "how."
    assert spec.interface.inputs[1].default_value.int_value == 7
    assert [entry.name for entry in spec.interface.outputs] == ["accuracy", "names"]
    assert list(spec.program.command) == ["{python}", "-P", "-m", "godwit.runner"]
    assert list(spec.program.arguments) == [".", "flow", "train"]
    assert (spec.retries.max_retries, spec.retries.backoff_base.seconds) == (2, 1)
    assert (spec.cache.version, spec.cache.salt, list(spec.cache.ignored_inputs)) == ("1", "s", ["seed"])
    assert spec.cache.time_to_live.seconds == 86400
    assert (spec.resources.cpu_millis, spec.resources.memory_bytes) == (2000, 2**30)
    assert spec.timeouts.attempt.seconds == 60
    assert [secret.name for secret in spec.secrets] == ["token"]
    assert [(entry.name, entry.value) for entry in spec.environment] == [("A", "1"), ("B", "2")]
    assert (spec.summary, spec.description) == ("Train a model.", "With care.")
    assert spec.source.file == "flow.py"
    assert spec.labels[0].key == "team"
    assert not tasks["flow.show"].HasField("retries")


def test_a_workflow_spec_says_what_its_body_does(load_source):
    _, workflows = specs(load_source(PIPELINE).registration("flow"))
    inner, flow = workflows["flow.inner"], workflows["flow.flow"]
    assert inner.failure_policy == FAILURE_POLICY_RUN_WHAT_CAN_RUN
    (call,) = inner.body.nodes
    assert call.call.overrides.retries.max_retries == 5
    assert call.call.overrides.cache_enabled is False
    assert call.call.overrides.HasField("cache_enabled")
    record = call.call.inputs[0].value.record
    assert [field.name for field in record.fields] == ["rate", "tags", "solver"]
    assert record.fields[2].value.workflow_input == "solver"
    assert [node.id for node in flow.body.nodes] == ["n0", "n1", "n2", "n3", "n4"]
    assert flow.body.nodes[0].call.target.workflow.name == "flow.inner"
    assert list(flow.body.nodes[4].after) == ["n1"]
    assert [output.name for output in flow.body.outputs] == ["result_0", "result_1"]
    assert flow.body.outputs[1].value.access.steps[0].key.string_value == "a"


def test_the_bundle_compiles(load_source):
    plan = compile_bundle(load_source(PIPELINE).registration("flow").bundle, "flow.flow")
    assert [node.name for node in plan.root.nodes] == ["inner", "train", "show", "judge", "show"]


PROBE = """
import sys
from pathlib import Path
from godwit.loader import PythonLoader
source = PythonLoader().load(Path(sys.argv[1]), project=None, domain=None)
registration = source.registration()
sys.stdout.write(registration.version + " " + registration.bundle.SerializeToString(deterministic=True).hex())
"""


def test_the_same_source_gives_the_same_bytes_anywhere(write_source, tmp_path):
    outputs = set()
    for number, seed in enumerate(["0", "1", "4711"]):
        path = write_source(PIPELINE, f"place{number}/deep/er/flow.py")
        (path.parents[1] / "pyproject.toml").write_text('[project]\nname = "same"\n', encoding="utf-8")
        for folder in (path.parent, tmp_path):
            result = subprocess.run(
                [sys.executable, "-c", PROBE, os.path.relpath(path, folder)],
                cwd=folder,
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                text=True,
                check=True,
            )
            outputs.add(result.stdout)
    assert len(outputs) == 1


def test_the_registration_says_what_depends_on_the_machine(load_source, tmp_path):
    registration = load_source(PIPELINE).registration()
    assert registration.source_root == str(tmp_path.resolve())
    assert registration.domain == "development"
    assert registration.project == project_name(tmp_path)
    assert len(registration.project) == 12
    assert registration.sdk.startswith("godwit/")
    assert len(registration.version) == 64


def test_names_are_relative_to_the_project(load_source, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "wine"\n', encoding="utf-8")
    registration = load_source(PIPELINE, "examples/wine/training.py").registration("train")
    assert registration.project == "wine"
    assert registration.bundle.tasks[0].id.name == "examples.wine.training.train"
    assert list(registration.bundle.tasks[0].program.arguments) == ["examples/wine", "training", "train"]
    assert registration.bundle.tasks[0].source.file == "examples/wine/training.py"


def test_packages_are_imported_as_packages(load_source, write_source, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.x]\n", encoding="utf-8")
    write_source("", "src/shop/__init__.py")
    write_source("@gw.task\ndef price(x: int) -> int:\n    return x\n", "src/shop/prices.py")
    text = """
    from shop.prices import price

    @gw.workflow
    def flow(x: int) -> int:
        return price(x=x)
    """
    registration = load_source(text, "src/shop/flow.py").registration("flow")
    assert registration.bundle.tasks[0].id.name == "src.shop.prices.price"
    assert list(registration.bundle.tasks[0].program.arguments) == ["src", "shop.prices", "price"]
    assert registration.bundle.workflows[0].id.name == "src.shop.flow.flow"
    assert len(registration.project) == 12


def test_a_project_file_that_is_no_toml_is_named(load_source, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project", encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"pyproject\.toml is not valid TOML"):
        load_source(PIPELINE).registration()


def test_files_know_where_they_are_imported_from(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "__init__.py").touch()
    (tmp_path / "a" / "b" / "c.py").touch()
    file = tmp_path / "a" / "b" / "c.py"
    assert import_folder(file) == (tmp_path / "a").resolve()
    assert module_name(file, import_folder(file)) == "b.c"
    assert module_name(file.with_name("__init__.py"), import_folder(file)) == "b"
    assert project_root(file) == file.parent.resolve()


def test_tasks_of_installed_packages_keep_their_import_name(load_source, write_source, tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "wine"\n', encoding="utf-8")
    write_source("@gw.task\ndef price(x: int) -> int:\n    return x\n", ".venv/lib/site-packages/priced.py")
    monkeypatch.syspath_prepend(str(tmp_path / ".venv/lib/site-packages"))
    text = """
    from priced import price

    @gw.workflow
    def flow(x: int) -> int:
        return price(x=x)
    """
    task = load_source(text).registration("flow").bundle.tasks[0]
    assert task.id.name == "priced.price"
    assert list(task.program.arguments) == ["", "priced", "price"]
    assert not task.HasField("source")


def test_a_task_under_another_name_than_its_function(load_source):
    text = """
    def plain(x: int) -> int:
        return x

    stubborn = gw.task(retries=3)(plain)

    @gw.task(name="acme.price")
    def price(x: int) -> int:
        return x
    """
    tasks, _ = specs(load_source(text).registration())
    assert list(tasks) == ["acme.price", "flow.stubborn"]
    assert list(tasks["flow.stubborn"].program.arguments) == [".", "flow", "stubborn"]


def test_what_no_runner_can_import_is_refused(load_source):
    text = """
    def make():
        @gw.task
        def hidden(x: int) -> int:
            return x
        return hidden

    @gw.workflow
    def flow() -> int:
        return make()(x=1)
    """
    with pytest.raises(InvalidInput, match="cannot be found in its module") as caught:
        load_source(text).registration("flow")
    assert caught.value.code == "NOT_IMPORTABLE"


def test_two_tasks_of_one_name_are_refused(load_source):
    text = """
    @gw.task(name="same")
    def one(x: int) -> int:
        return x

    @gw.task(name="same")
    def two(x: int) -> int:
        return x
    """
    with pytest.raises(InvalidInput) as caught:
        load_source(text).registration()
    assert caught.value.code == "DUPLICATE_NAME"


RECURSIVE = """
    import dataclasses

    @dataclasses.dataclass
    class Tree:
        below: list["Tree"]

    @gw.task
    def f(x: Tree) -> int:
        return 1
"""


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("@gw.task\ndef f(x: object) -> int: return 1", "UNSUPPORTED_TYPE", "Parameter x of task f: object"),
        ("@gw.task\ndef f() -> object: return 1", "UNSUPPORTED_TYPE", "Output result of task f: object"),
        ("@gw.task\ndef f(x: int = 'a') -> int: return 1", "VALUE_MISMATCH", "Parameter x of task f: expected int"),
        ("@gw.task\ndef f(x: int = None) -> int: return 1", "VALUE_MISMATCH", "Parameter x of task f: expected int"),
        (
            "@gw.task\ndef f(x: int) -> int: return 1\n@gw.workflow\ndef g() -> int: return f(x='a')",
            "VALUE_MISMATCH",
            "Input x of task f, node n0 of g: expected int",
        ),
        (
            RECURSIVE,
            "UNSUPPORTED_TYPE",
            "Tree contains itself",
        ),
    ],
)
def test_types_and_constants_that_do_not_fit(load_source, text, code, words):
    with pytest.raises(InvalidInput) as caught:
        load_source(text).registration()
    assert words in str(caught.value)
    assert caught.value.code == code


def test_everything_wrong_is_told_at_once(load_source):
    text = """
    @gw.task
    def f(x: object, y: int = "a") -> object:
        return x

    @gw.task
    def g():
        return 3
    """
    with pytest.raises(InvalidInput) as caught:
        load_source(text).registration()
    for words in ("Parameter x of task f", "Parameter y of task f", "Output result of task f", "g (flow.py:"):
        assert words in str(caught.value)


def test_a_workflow_that_calls_itself_is_left_to_the_compiler(load_source):
    text = """
    @gw.workflow
    def flow(x: int) -> int:
        return flow(x=x)
    """
    _, workflows = specs(load_source(text).registration("flow"))
    assert workflows["flow.flow"].body.nodes[0].call.target.workflow.name == "flow.flow"


def test_declarations_are_found_by_a_script(write_source, tmp_path: Path):
    text = """
    @gw.task
    def f(x: int) -> int:
        return x

    if __name__ == "__main__":
        from pathlib import Path
        from godwit.serialization import registration_of
        from godwit.types.registry import TypeRegistry
        spec = registration_of([f], root=Path.cwd(), types=TypeRegistry(lambda: None)).bundle.tasks[0]
        print(spec.id.name, *spec.program.arguments)
    """
    path = write_source(text, "deep/script.py")
    result = subprocess.run([sys.executable, str(path)], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["deep.script.f", "deep", "script", "f"]
