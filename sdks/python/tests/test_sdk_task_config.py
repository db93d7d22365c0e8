"""Configs of plugins: what they make of tasks, of calls, and of tasks without a function."""

import re
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import godwit as gw
import pytest
from godwitidl.core.v1.task_pb2 import Container
from google.protobuf.wrappers_pb2 import StringValue

CONFIGS = """
    from dataclasses import dataclass
    from datetime import date

    from godwitidl.core.v1.task_pb2 import Container
    from google.protobuf.wrappers_pb2 import StringValue


    @dataclass(frozen=True)
    class Nest(gw.TaskConfig):
        place: str = "dune"
        image: str = ""
        backend = "nest"
        other_backends = ("local",)

        def payload(self):
            return StringValue(value=self.place) if self.place else None

        def container(self):
            return Container(image=self.image) if self.image else None

        def default_resources(self):
            return gw.Resources(cpu=4)
"""


def declared(load_source, text, entity):
    """Return the specs of the tasks that *entity* of *text*, after the configs, refers to, by name."""
    bundle = load_source(CONFIGS + text).registration(entity).bundle
    return bundle, {task.id.name: task for task in bundle.tasks}


def text_of(payload):
    value = StringValue()
    assert payload.Unpack(value)
    return value.value


@dataclass(frozen=True)
class Nest(gw.TaskConfig):
    place: str = "dune"
    backend = "nest"
    other_backends = ("local",)

    def payload(self):
        return StringValue(value=self.place)


@dataclass(frozen=True)
class Anywhere(gw.TaskConfig):
    eggs: int = 3

    def payload(self):
        return StringValue(value=str(self.eggs))

    def run_in_place(self, inputs):
        return {**inputs, "eggs": self.eggs}


class Empty(gw.TaskConfig):
    """Says nothing."""


def test_a_config_says_backend_payload_container_and_resources(load_source):
    _, tasks = declared(
        load_source,
        """
    @gw.task(task_config=Nest("reed", image="heron:1"))
    def count(day: date) -> int:
        return 1

    @gw.task(task_config=Nest(), backend="local", resources=gw.Resources(cpu=1))
    def near(day: date) -> int:
        return 1

    @gw.task(task_config=Nest(place=""))
    def bare(day: date) -> int:
        return 1

    @gw.workflow
    def flow(day: date) -> int:
        near(day=day)
        bare(day=day)
        return count(day=day)
""",
        "flow",
    )
    count, near, bare = tasks["flow.count"], tasks["flow.near"], tasks["flow.bare"]
    assert (count.backend, text_of(count.payload), count.container) == ("nest", "reed", Container(image="heron:1"))
    assert count.resources.cpu_millis == 4000
    assert count.program.arguments[2] == "count"
    assert (near.backend, text_of(near.payload), near.resources.cpu_millis) == ("local", "dune", 1000)
    assert (bare.backend, bare.HasField("payload"), bare.HasField("container")) == ("nest", False, False)


def test_a_backend_that_the_config_is_not_for_is_refused():
    with pytest.raises(gw.DeclarationError, match=r"Nest.* is for 'nest' or 'local'; got backend='reef'") as caught:
        gw.task(task_config=Nest(), backend="reef")
    assert caught.value.code == "BACKEND_CONFLICT"

    @gw.task(task_config=Anywhere(), backend="reef")
    def count() -> int:
        return 1

    assert count.settings.backend == "reef"


@pytest.mark.parametrize("config", [Nest, "nest", {"backend": "nest"}])
def test_what_is_no_config_is_refused(config):
    with pytest.raises(gw.DeclarationError, match=r"inherits gw\.TaskConfig"):
        gw.task(task_config=config)


def test_a_call_changes_the_config_of_its_task(load_source):
    bundle, _ = declared(
        load_source,
        """
    @gw.task(task_config=Nest(), backend="local")
    def count(day: date) -> int:
        return 1

    @gw.task
    def plain(day: date) -> int:
        return 1

    @gw.workflow
    def flow(day: date) -> int:
        count.with_overrides(task_config=Nest("reed", image="heron:2"))(day=day)
        count.with_overrides(task_config=Nest(place=""), backend="nest")(day=day)
        gw.map_task(count.with_overrides(backend="nest"))(day=[day])
        plain.with_overrides(task_config=Nest("sand"))(day=day)
        return count(day=day)
""",
        "flow",
    )
    first, second, mapped, plain, untouched = (
        getattr(node, node.WhichOneof("kind")) for node in bundle.workflows[0].body.nodes
    )
    assert (text_of(first.overrides.payload), first.overrides.backend) == ("reed", "")
    assert first.overrides.container.image == "heron:2"
    assert second.overrides.HasField("payload")
    assert (second.overrides.payload.type_url, second.overrides.backend) == ("", "nest")
    assert (mapped.overrides.HasField("payload"), mapped.overrides.backend) == (False, "nest")
    assert (text_of(plain.overrides.payload), plain.overrides.backend) == ("sand", "nest")
    assert plain.overrides.resources.cpu_millis == 4000
    assert not untouched.HasField("overrides")


def test_a_call_cannot_change_the_class_of_the_config():
    @gw.task(task_config=Nest())
    def count(day: date) -> int:
        return day.day

    with pytest.raises(gw.DeclarationError, match="must be a Nest, as its task's; got Anywhere"):
        count.with_overrides(task_config=Anywhere())
    with pytest.raises(gw.DeclarationError, match="is for 'nest' or 'local'; got backend='reef'"):
        count.with_overrides(backend="reef")


def test_a_task_with_config_and_function_is_called_as_python():
    @gw.task(task_config=Nest())
    def count(day: date) -> int:
        return day.day

    assert count(day=date(2026, 7, 3)) == 3


DECLARED = """
    rows = gw.declare_task(
        "count_rows",
        inputs={"day": date, "limit": int},
        outputs={"rows": int, "page": str},
        defaults={"limit": 10},
        task_config=Nest("select"),
        description="Count rows.\\n\\nOf one day.",
        cache=True,
        retries=2,
    )

    def make(name):
        return gw.declare_task(name, inputs={"rows": int}, task_config=Nest(name))

    tidy = make("tidy")

    @gw.workflow
    def flow(day: date) -> str:
        rows_of_day, page = rows(day=day)
        make("sweep").after(rows_of_day)(rows=3)
        tidy(rows=rows_of_day)
        return page
"""


def test_a_declared_task_is_its_payload(load_source):
    bundle, tasks = declared(load_source, DECLARED, "flow")
    assert sorted(tasks) == ["flow.count_rows", "flow.sweep", "flow.tidy"]
    count = tasks["flow.count_rows"]
    assert (count.backend, text_of(count.payload), count.HasField("program")) == ("nest", "select", False)
    assert [(entry.name, entry.HasField("default_value")) for entry in count.interface.inputs] == [
        ("day", False),
        ("limit", True),
    ]
    assert [entry.name for entry in count.interface.outputs] == ["rows", "page"]
    assert (count.summary, count.description, count.retries.max_retries) == ("Count rows.", "Of one day.", 2)
    assert count.source.file == "flow.py"
    assert not tasks["flow.tidy"].interface.outputs
    body = bundle.workflows[0].body
    assert [node.display_name for node in body.nodes] == ["count_rows", "sweep", "tidy"]
    assert body.nodes[1].after == ["n0"]


def test_the_version_auto_of_a_declared_task_is_that_of_its_payload(load_source):
    versions = []
    for number, place in enumerate(("select", "select", "delete")):
        text = CONFIGS + DECLARED.replace('Nest("select")', f'Nest("{place}")')
        ((resolved,),) = [load_source(text, f"at{number}/flow.py").registration("flow").cache_versions]
        versions.append(resolved.version)
    assert versions[0] == versions[1] != versions[2]
    assert all(re.fullmatch("auto-[0-9a-f]{32}", version) for version in versions)


def test_a_declared_task_is_found_by_its_variable_and_by_its_name(load_source):
    source = load_source(CONFIGS + DECLARED)
    assert [task.id.name for task in source.registration("rows").bundle.tasks] == ["flow.count_rows"]
    assert [task.id.name for task in source.registration("flow.count_rows").bundle.tasks] == ["flow.count_rows"]


def test_called_as_python_a_declared_task_does_what_its_config_says():
    eggs = gw.declare_task("eggs", inputs={"a": int, "b": int}, outputs=int, defaults={"b": 2}, task_config=Anywhere(5))
    assert eggs(a=1) == {"a": 1, "b": 2, "eggs": 5}
    with pytest.raises(gw.DeclarationError, match="is called without a"):
        eggs()
    with pytest.raises(gw.DeclarationError, match="has no input c"):
        eggs(a=1, c=2)
    rows = gw.declare_task("rows", task_config=Nest())
    with pytest.raises(gw.DeclarationError, match=r"A task of Nest is run by the backend 'nest'.*Call it in a") as told:
        rows()
    assert told.value.code == "NOT_IN_PLACE"


class Pair(NamedTuple):
    left: int
    right: str


def test_outputs_of_a_declared_task():
    def names(outputs):
        signature = gw.declare_task("rows", outputs=outputs, task_config=Nest()).signature
        return [field.name for field in signature.outputs]

    assert names(None) == []
    assert names({}) == []
    assert names(int) == ["result"]
    assert names(tuple[int, str]) == ["result_0", "result_1"]
    assert names(Pair) == ["left", "right"]
    assert names({"rows": list[int]}) == ["rows"]
    assert names({"a": int, "b": tuple[int, str]}) == ["a", "b"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"name": "count rows"}, "name must be letters"),
        ({"task_config": None}, "task_config must be a config"),
        ({"inputs": {"a-b": int}}, "must be named by letters"),
        ({"inputs": {"a": int}, "defaults": {"aa": 1}}, "gives a default to aa.*[Dd]id you mean a"),
        ({"outputs": {"a b": int}}, "names an output 'a b'"),
        ({"cache": "1"}, "cache must be"),
    ],
)
def test_what_cannot_be_declared_is_refused(given, expected):
    with pytest.raises(gw.DeclarationError, match=expected):
        gw.declare_task(**{"name": "rows", "task_config": Empty(), **given})


def test_a_config_that_raises_is_a_fault_of_the_task(load_source):
    source = load_source(
        CONFIGS
        + """
    class Broken(gw.TaskConfig):
        def payload(self):
            return StringValue(value=3)

    @gw.task(task_config=Broken())
    def count(day: date) -> int:
        return 1

    @gw.task
    def plain() -> int:
        return 1

    @gw.workflow
    def flow() -> int:
        return plain.with_overrides(task_config=Broken())()
"""
    )
    for name, where in (("count", "The config of task count"), ("flow", "The config of plain, node n0 of flow")):
        with pytest.raises(gw.DeclarationError, match=f"{where}: Broken cannot be made a message: TypeError"):
            source.registration(name)
