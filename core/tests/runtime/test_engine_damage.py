"""Data that is damaged while its readers run is made again in the same execution, restarts in between or not."""

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from godwit_core.engine.failures import make_error
from godwit_core.runtime.settings import ExecutionOptions
from godwit_core.store import reading
from godwit_plugin_api.backend import Finished, OutputValue
from godwitidl.core.v1.errors_pb2 import RETRY_ALLOWED
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals
from godwitidl.rules.digest import literal_digest
from scripting import chain, engine, integer, task


class Files:
    """A script whose tasks pass a file on; each writes one of its own, and complains if what it reads is damaged."""

    def __init__(self, registry, folder):
        self.folder = folder
        self.submitted = set()
        self.ran = []
        self.damaged_before = {}  # attempt that is to come → task whose file is damaged then
        self.made = {}
        registry.script = self

    def __call__(self, request):
        if request.id not in self.submitted:  # it is called when an attempt is submitted, and when it is run
            self.submitted.add(request.id)
            return None
        name = request.task.name
        self.ran.append(name)
        (given,) = NamedLiterals.FromString(request.inputs).values
        if (spoilt := self.damaged_before.pop(len(self.ran), "")) != "":
            self.made[spoilt].write_text("damaged")
        if given.value.HasField("file"):
            path = Path(urlsplit(given.value.file.uri).path)
            if not path.exists() or self.digest(path.read_bytes()) != given.value.file.digest:
                error = make_error("DATA_CORRUPT", f"{path.as_uri()} is damaged.", retry=RETRY_ALLOWED)
                return Finished(request.id, error=error)
        path = self.folder / f"{name}-{len(self.ran)}"
        path.write_text(name)
        self.made[name] = path
        literal = Literal()
        literal.file.uri, literal.file.digest = path.as_uri(), self.digest(name.encode())
        literal.file.size_bytes = len(name)
        return Finished(request.id, (OutputValue("result", literal.SerializeToString(), literal_digest(literal)),))

    def digest(self, data):
        return f"sha256:{hashlib.sha256(data).hexdigest()}"


@pytest.fixture
def files(tmp_path, registry):
    folder = tmp_path / "data"
    folder.mkdir()
    return Files(registry, folder)


def run(home, registry, clock, registration, **options):
    with engine(home, registry, clock) as one:
        return one.run(one.accept(registration, "chain", {"x": integer(1)}, ExecutionOptions(**options)))


def attempts(outcome):
    return [(node.phase.name, node.attempts) for node in outcome.nodes]


def test_what_is_damaged_is_made_again_at_once(tmp_path, registry, clock, files):
    files.damaged_before[3] = "b"
    outcome = run(tmp_path, registry, clock, chain(task("a"), task("b"), task("c")))
    assert files.ran == ["a", "b", "c", "b", "c"]
    assert attempts(outcome) == [("SUCCEEDED", 1), ("SUCCEEDED", 2), ("SUCCEEDED", 2)]


def test_what_a_producer_reads_is_made_again_too(tmp_path, registry, clock, files):
    files.damaged_before = {3: "b", 4: "a"}
    outcome = run(tmp_path, registry, clock, chain(task("a"), task("b"), task("c")))
    assert files.ran == ["a", "b", "c", "b", "a", "b", "c"]
    assert outcome.phase.name == "SUCCEEDED"


def test_what_is_damaged_again_fails(tmp_path, registry, clock, files):
    files.damaged_before = {2: "a", 4: "a"}
    outcome = run(tmp_path, registry, clock, chain(task("a"), task("b", retries=3)))
    assert files.ran == ["a", "b", "a", "b"]
    assert (outcome.phase.name, outcome.error.code, outcome.error.node_path) == ("FAILED", "DATA_CORRUPT", "n1")
    assert "It comes from node n0" in outcome.error.message
    outcome = run(tmp_path, registry, clock, chain(task("a"), task("b")), recovers=outcome.name)
    assert attempts(outcome) == [("SUCCEEDED", 1), ("SUCCEEDED", 1)]


def test_a_cached_result_that_is_damaged_after_the_look_up_is_replaced(tmp_path, registry, clock, files):
    registration = chain(task("a", cache="1"), task("b"))
    run(tmp_path, registry, clock, registration)
    files.damaged_before[3] = "a"
    outcome = run(tmp_path, registry, clock, registration)
    assert files.ran == ["a", "b", "b", "a", "b"]
    assert [node.cache.name for node in outcome.nodes] == ["OVERWRITTEN", "DISABLED"]
    outcome = run(tmp_path, registry, clock, registration)
    assert [node.cache.name for node in outcome.nodes] == ["HIT", "DISABLED"]


def nested():
    """A workflow that makes a file in a sub-workflow, and reads it in another."""
    registration = chain(task("a"), task("b"))
    workflow = registration.bundle.workflows[0]
    for name in ("maker", "reader"):
        inner = registration.bundle.workflows.add()
        inner.CopyFrom(workflow)
        inner.id.name = name
        node = inner.body.nodes[name == "reader"]
        node.call.inputs[0].value.workflow_input = "x"
        del inner.body.nodes[name == "maker"]
        inner.body.outputs[0].value.node_output.node_id = node.id if name == "maker" else "n1"
    for node, name in zip(workflow.body.nodes, ("maker", "reader"), strict=True):
        node.call.target.workflow.name = name
    return registration


def test_a_producer_in_a_sub_workflow_serves_a_reader_in_another(tmp_path, registry, clock, files):
    files.damaged_before[2] = "a"
    outcome = run(tmp_path, registry, clock, nested())
    assert files.ran == ["a", "b", "a", "b"]
    assert {node.phase.name for node in outcome.nodes} == {"SUCCEEDED"}


@pytest.mark.parametrize("make", [lambda: chain(task("a"), task("b"), task("c")), nested])
@pytest.mark.parametrize("turns", range(1, 14))
def test_an_engine_that_dies_in_between_is_resumed(tmp_path, registry, clock, files, make, turns):
    files.damaged_before[2] = "a"
    with engine(tmp_path, registry, clock) as one:
        name = one.accept(make(), "chain", {"x": integer(1)})
        for _ in range(turns):
            one.turn(0)
        if reading.get_execution(one.connection, name).phase.final:
            return
    with engine(tmp_path, registry, clock) as one:
        one.resume(name)
        outcome = one.run(name)
    assert outcome.phase.name == "SUCCEEDED"
    assert files.ran.count("a") == 2


def test_an_item_of_a_map_tells_who_made_what_it_read(tmp_path, registry, clock, files):
    registration = chain(task("a"), task("b"))
    workflow = registration.bundle.workflows[0]
    reader = workflow.body.nodes[1]
    spec = registration.bundle.tasks[1]
    spec.interface.inputs.add(name="y").type.CopyFrom(spec.interface.inputs[0].type)
    reader.map.target.CopyFrom(reader.call.target)
    bound = reader.map.inputs.add(name="x")
    bound.value.node_output.node_id, bound.value.node_output.output = "n0", "result"
    for _ in range(2):
        items = reader.map.over.add(name="y") if not reader.map.over else reader.map.over[0]
        items.value.literal.list.items.add().int_value = 1
    of = workflow.interface.outputs[0].type
    of.list.item.CopyFrom(spec.interface.outputs[0].type)

    def script(request):
        inputs = NamedLiterals.FromString(request.inputs)
        if len(inputs.values) == 2:
            Path(urlsplit(inputs.values[0].value.file.uri).path).write_text("damaged")
            return Finished(request.id, error=make_error("DATA_CORRUPT", "It is damaged.", retry=RETRY_ALLOWED))
        return files(request)

    registry.script = script
    outcome = run(tmp_path, registry, clock, registration)
    assert outcome.error.code == "DATA_CORRUPT"
    assert "It comes from node n0, which is not run again here: what reads it is an item of a map." in (
        outcome.error.message
    )
