"""The backend that runs tasks in the engine's own process."""

import sys

import pytest
from godwit.runner.inline import InlineBackend
from godwit_plugin_api.backend import AttemptRequest, BackendSettings, Finished, Handle, Lost, Started, TaskReference
from godwit_plugin_api.testing.fake_host import FakeHost
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals

MODULE = "tasks_of_test"
TASKS = """
    import threading
    import godwit as gw

    @gw.task
    def where() -> int:
        print("seen")
        return threading.get_ident()

    @gw.task
    def fail() -> int:
        raise ValueError("no")

    @gw.task
    def interrupt() -> int:
        raise KeyboardInterrupt
"""


@pytest.fixture
def host(tmp_path):
    host = FakeHost(BackendSettings(str(tmp_path), str(tmp_path), workers=1))
    yield host
    host.close()


@pytest.fixture
def backend(host, source):
    source(TASKS)
    path = list(sys.path)
    backend = InlineBackend()
    backend.open(host)
    yield backend
    backend.close()
    sys.path[:] = path
    sys.modules.pop(MODULE, None)


@pytest.fixture
def request_for(tmp_path, spec):
    def make(name: str, id_: str = "e/n0/1", key: int = 1) -> AttemptRequest:
        task = TaskReference(key, name, spec(name).SerializeToString(), str(tmp_path), ())
        prefix = (tmp_path / "out").as_uri()
        return AttemptRequest(id_, task, NamedLiterals().SerializeToString(), prefix, "", 1, "e", "n0")

    return make


def test_a_task_runs_in_the_engines_thread_in_a_turn_of_its_own(backend, host, request_for, capsys):
    import threading  # noqa: PLC0415 - compared with what the task says

    request = request_for("where")
    assert backend.capacity().immediate == 1
    assert backend.submit([request]) == [Handle("e/n0/1")]
    assert backend.submit([request]) == [Handle("e/n0/1")], "the same again is no second attempt"
    assert backend.capacity().immediate == 0
    assert host.of("e/n0/1") == []
    end = host.end_of("e/n0/1")
    assert isinstance(end, Finished)
    assert Literal.FromString(end.outputs[0].value).int_value == threading.get_ident()
    assert isinstance(host.of("e/n0/1")[0], Started)
    assert capsys.readouterr().out == "seen\n"
    assert backend.capacity().immediate == 1
    host.settle()
    assert host.order_faults() == []


def test_errors_are_data(backend, host, request_for):
    backend.submit([request_for("fail")])
    end = host.end_of("e/n0/1")
    assert ExecutionError.FromString(end.error).message == "ValueError: no"


def test_an_interrupt_is_meant_for_the_engine(backend, host, request_for):
    backend.submit([request_for("interrupt")])
    with pytest.raises(KeyboardInterrupt):
        host.settle()


def test_what_waits_can_be_cancelled(backend, host, request_for):
    backend.submit([request_for("where"), request_for("where", "e/n1/1")])
    backend.cancel(["e/n1/1", "unknown"])
    assert isinstance(host.end_of("e/n0/1"), Finished)
    end = host.end_of("e/n1/1")
    assert ExecutionError.FromString(end.error).code == "CANCELLED"


def test_work_of_an_engine_that_ended_is_lost(backend, host, request_for):
    backend.attach([(request_for("where"), Handle("e/n0/1"))])
    assert isinstance(host.end_of("e/n0/1"), Lost)


def test_only_python_tasks_are_taken(backend, request_for):
    assert backend.check(request_for("where").task) == []
    foreign = TaskReference(2, "sql", b"", "", ())
    assert "only these" in backend.check(foreign)[0]
    assert list(backend.logs(Handle("x"))) == []
