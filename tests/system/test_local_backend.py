"""The local backend by its own verbs: which runner an attempt goes to, what it may use, what is left when it ends."""

from pathlib import Path

import pytest
from godwit_plugin_api import Kind
from godwit_plugin_api.backend import AttemptRequest, BackendSettings, Finished, TaskReference
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.testing.fake_host import FakeHost
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals

SOURCE = """
import os

import godwit as gw

WHERE = "{word}"


@gw.task
def tell() -> str:
    return WHERE


@gw.task
def process() -> int:
    return os.getpid()
"""


class Tasks:
    """Requests for tasks of one source file."""

    numbers = iter(range(1, 1000))

    def __init__(self, path: Path) -> None:
        loader = load_plugins().create(Kind.ENTITY_LOADER, ".py")
        registration = loader.load(path, project="p", domain="d").registration()
        self.path = path
        self.references = {}
        for spec in registration.bundle.tasks:
            command = tuple(spec.program.command)
            self.references[spec.id.name.rpartition(".")[2]] = TaskReference(
                next(self.numbers), spec.id.name, spec.SerializeToString(), registration.source_root, command
            )

    def request(self, name, **more):
        identifier = f"e/{next(self.numbers)}/1"
        prefix = self.path.parent.as_uri()
        inputs = NamedLiterals().SerializeToString()
        return AttemptRequest(identifier, self.references[name], inputs, prefix, prefix, 1, "e", "n", **more)


def written(folder, text):
    folder.mkdir()
    path = folder / "same_name.py"
    path.write_text(text)
    return Tasks(path)


@pytest.fixture
def options():
    return {}


@pytest.fixture
def host(tmp_path, options):
    with_one_worker = BackendSettings(str(tmp_path), str(tmp_path / "logs"), workers=1, grace_s=0.5, options=options)
    host = FakeHost(with_one_worker)
    yield host
    host.close()
    assert host.order_faults() == []


@pytest.fixture
def backend(host):
    backend = load_plugins().create(Kind.BACKEND, "local")
    backend.open(host)
    yield backend
    backend.close()


def result(host, backend, request):
    backend.submit([request])
    end = host.end_of(request.id)
    assert isinstance(end, Finished)
    assert not end.error
    return Literal.FromString(end.outputs[0].value)


def test_modules_of_one_name_in_two_folders_do_not_meet_in_a_runner(host, backend, tmp_path):
    one = written(tmp_path / "one", SOURCE.format(word="one"))
    two = written(tmp_path / "two", SOURCE.format(word="two"))
    told = [result(host, backend, tasks.request("tell")).string_value for tasks in (one, two, one, two)]
    assert told == ["one", "two", "one", "two"]


def test_a_runner_stays_for_tasks_of_its_folder(host, backend, tmp_path):
    tasks = written(tmp_path / "one", SOURCE.format(word="one"))
    processes = {result(host, backend, tasks.request("process")).int_value for _ in range(3)}
    assert len(processes) == 1


@pytest.mark.parametrize("options", [{"recycle_after": "2"}])
def test_a_runner_makes_way_for_a_fresh_one_after_so_many_attempts(host, backend, tmp_path):
    tasks = written(tmp_path / "one", SOURCE.format(word="one"))
    processes = [result(host, backend, tasks.request("process")).int_value for _ in range(5)]
    assert processes[0] == processes[1] != processes[2] == processes[3] != processes[4]
