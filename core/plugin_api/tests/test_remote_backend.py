"""The engine's half of backends in other processes, against servers that say what a test has them say."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import grpc
import pytest
from godwit_plugin_api.backend import AttemptRequest, BackendSettings, Finished, Handle, Lost, Started, TaskReference
from godwit_plugin_api.errors import InvalidInput, PluginError
from godwit_plugin_api.remote import client, telling
from godwit_plugin_api.remote.client import RemoteBackend
from godwit_plugin_api.remote.service import METHODS, SERVICE
from godwit_plugin_api.testing.fake_host import FakeHost
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.plugin.v1 import backend_pb2 as messages
from google.protobuf.any_pb2 import Any as AnyMessage


class Scripted(grpc.GenericRpcHandler):
    """A server in this process. Calls are kept; what they are answered with may be replaced, or raise."""

    def __init__(self, address):
        self.told = {
            "oldest_version": 1, "newest_version": 1, "backend": "far", "instance": "first", "outlives_engine": True,
            "capacity": messages.Capacity(places=2),
        }  # fmt: skip
        self.calls = []
        self.failures = {}
        self.answers = {}
        self.resumed = False
        self.address = address
        self._events = []
        self._changed = threading.Condition()
        self._lives = 0
        self.server = None

    def start(self):
        self._lives += 1
        self.told["instance"] = f"life {self._lives}"
        self.server = grpc.server(ThreadPoolExecutor(8))
        self.server.add_generic_rpc_handlers((self,))
        self.server.add_insecure_port(self.address)
        self.server.start()

    def stop(self):
        with self._changed:
            self._lives += 1
            self._changed.notify_all()
        self.server.stop(None).wait()

    def tell(self, *events):
        with self._changed:
            self._events += events
            self._changed.notify_all()

    def made(self, name):
        return [request for called, request in self.calls if called == name]

    def service(self, details):
        name = details.method.rpartition("/")[2]
        if details.method != f"/{SERVICE}/{name}" or name not in METHODS:
            return None
        method = METHODS[name]
        make = grpc.unary_stream_rpc_method_handler if method.streams else grpc.unary_unary_rpc_method_handler
        call = self._watch if method.streams else self._answer(name)
        return make(
            call,
            request_deserializer=method.request.FromString,
            response_serializer=method.response.SerializeToString,
        )

    def _answer(self, name):
        def answer(request, context):
            self.calls.append((name, request))
            if self.failures.get(name):
                context.abort(self.failures[name].pop(0), "as the test wants it")
            if name in self.answers:
                return self.answers[name](request)
            if name == "Handshake":
                return messages.HandshakeResponse(**self.told)
            if name == "Submit":
                answers = [messages.Answer(id=one.id, handle=b"a handle") for one in request.attempts]
                return messages.SubmitResponse(answers=answers)
            return METHODS[name].response()

        return answer

    def _watch(self, request, context):
        self.calls.append(("WatchEvents", request))
        life, position = self._lives, len(self._events)
        yield messages.WatchEventsResponse(position=position, resumed=self.resumed, capacity=self.told["capacity"])
        while context.is_active():
            with self._changed:
                self._changed.wait_for(lambda: len(self._events) > position or life != self._lives, 1.0)  # noqa: B023
                if life != self._lives:
                    return
                events, position = self._events[position:], len(self._events)
            yield messages.WatchEventsResponse(position=position, events=events)


@pytest.fixture
def server(tmp_path):
    scripted = Scripted(f"unix:{tmp_path}/s")
    scripted.start()
    yield scripted
    scripted.stop()


@pytest.fixture
def opened(tmp_path):
    """Open a backend with given options: `opened(server=…)` gives the backend and its host."""
    made = []

    def open_backend(**options):
        (tmp_path / "logs").mkdir(exist_ok=True)
        settings = BackendSettings(str(tmp_path), str(tmp_path / "logs"), 2, options={"name": "far", **options})
        host = FakeHost(settings)
        backend = RemoteBackend()
        made.append((backend, host))
        backend.open(host)
        host.wait_for(lambda: backend.remote.is_connected, "the connection")
        return SimpleNamespace(backend=backend, host=host)

    yield open_backend
    for backend, host in made:
        backend.close()
        host.close()
        assert host.order_faults() == []


def request(number=1, spec=None):
    task = TaskReference(1, "task", (spec or TaskSpec(interface={})).SerializeToString(), "", ("program",))
    return AttemptRequest(f"e/{number}/1", task, b"", "file:///o", "file:///c", 1, "e", f"n{number}")


def code_of(encoded):
    return ExecutionError.FromString(encoded).code


def refused(opened, **options):
    with pytest.raises((PluginError, InvalidInput)) as caught:
        opened(**options)
    return caught.value


# ----- What does not fit is refused when the backend is opened -----


@pytest.mark.parametrize(
    ("versions", "who", "what"),
    [((2, 3), "the server is newer", "Update Godwit"), ((0, 0), "older", "Update the backend")],
)
def test_other_versions_are_refused_with_what_is_to_be_updated(server, opened, versions, who, what):
    server.told |= {"oldest_version": versions[0], "newest_version": versions[1], "software": "heron 7"}
    error = refused(opened, server=server.address)
    assert error.code == "BACKEND_VERSION"
    assert who in error.message
    assert "heron 7" in error.message
    assert what in error.hint


def test_a_server_that_speaks_newer_versions_too_fits(server, opened):
    server.told |= {"oldest_version": 1, "newest_version": 9}
    opened(server=server.address)


def test_another_backend_is_refused_unless_it_is_meant(server, opened):
    server.told["backend"] = "near"
    error = refused(opened, server=server.address)
    assert error.code == "BACKEND_MISMATCH"
    assert 'backend = "near"' in error.hint
    opened(server=server.address, backend="near")


def test_nobody_there(opened, tmp_path, monkeypatch):
    monkeypatch.setattr(client, "_OPEN_S", 0.0)
    error = refused(opened, server=f"unix:{tmp_path}/nobody")
    assert error.code == "BACKEND_UNREACHABLE"
    assert "No such file or directory." in error.message
    assert f"godwit backend serve far --listen unix:{tmp_path}/nobody" in error.hint


def test_a_grpc_server_that_is_no_backend(opened, tmp_path):
    other = grpc.server(ThreadPoolExecutor(1))
    other.add_insecure_port(f"unix:{tmp_path}/other")
    other.start()
    assert refused(opened, server=f"unix:{tmp_path}/other").code == "BACKEND_WRONG_SERVICE"
    other.stop(None).wait()


def test_something_that_speaks_no_grpc(opened, monkeypatch):
    monkeypatch.setattr(client, "_OPEN_S", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        error = refused(opened, server=f"127.0.0.1:{listener.getsockname()[1]}")
        thread.join()
    assert error.code == "BACKEND_UNREACHABLE"


def test_a_server_that_lets_nobody_in(server, opened):
    server.failures["Handshake"] = [grpc.StatusCode.UNAUTHENTICATED]
    error = refused(opened, server=server.address)
    assert error.code == "BACKEND_UNAUTHENTICATED"
    assert "token_file" in error.hint


def test_a_server_that_cannot_open_its_backend_says_why(server, opened):
    server.failures["Handshake"] = [grpc.StatusCode.FAILED_PRECONDITION]
    error = refused(opened, server=server.address)
    assert error.code == "BACKEND_NOT_OPEN"
    assert "as the test wants it" in error.message


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({}, "server is missing"),
        ({"server": "unix:/s", "sever": "x"}, "sever means nothing"),
        ({"server": "unix:/s", "give_up_s": "soon"}, "give_up_s is 'soon'"),
        ({"server": "unix:/s", "give_up_s": "-1"}, "seconds above 0"),
        ({"server": "unix:/s", "token_file": "/no/such/file"}, "cannot be read"),
    ],
)
def test_settings_that_mean_nothing_are_refused(opened, options, what):
    error = refused(opened, **options)
    assert error.code == "CONFIGURATION"
    assert what in error.message


# ----- What the server is told, and what it tells -----


def test_what_the_backend_takes_is_what_its_server_says(server, opened):
    server.told["capacity"] = messages.Capacity(places=3, cpu_millis=2000, memory_bytes=1 << 30)
    far = opened(server=server.address)
    assert far.backend.capacity() == (3, 0, 2000, 1 << 30, 0)
    far.backend.submit([request()])
    assert far.backend.capacity().immediate == 2


def test_servers_that_take_attempts_ahead_get_them(server, opened):
    server.told["capacity"] = messages.Capacity(places=1, ahead=3)
    far = opened(server=server.address)
    assert far.backend.capacity()[:2] == (1, 3)
    far.backend.submit([request(1), request(2)])
    assert far.backend.capacity()[:2] == (0, 2)
    far.backend.submit([request(number) for number in (3, 4, 5)])
    assert far.backend.capacity()[:2] == (0, 0)


def test_payloads_that_the_server_does_not_take_are_refused(server, opened):
    server.told["payloads"] = ["heron.v1.Job"]
    far = opened(server=server.address)
    other = TaskSpec(payload=AnyMessage(type_url="type.googleapis.com/stork.v1.Job"))
    (problem,) = far.backend.check(request(spec=other).task)
    assert "heron.v1.Job" in problem
    assert "stork.v1.Job" in problem


def test_what_the_server_finds_wrong_is_wrong_and_no_answer_is_none(server, opened):
    far = opened(server=server.address)
    server.answers["Check"] = lambda _: messages.CheckResponse(problems=["It has no wings."])
    assert far.backend.check(request().task) == ["It has no wings."]
    server.failures["Check"] = [grpc.StatusCode.INTERNAL]
    assert far.backend.check(request().task) == []


def test_a_submission_whose_answer_was_lost_is_made_again(server, opened):
    far = opened(server=server.address)
    server.failures["Submit"] = [grpc.StatusCode.UNAVAILABLE]
    far.backend.submit([request()])
    far.host.wait_for(lambda: len(server.made("Submit")) == 2, "the second try")
    server.tell(messages.Event(id="e/1/1", finished=messages.Finished()))
    assert far.host.end_of("e/1/1") == Finished("e/1/1")
    assert far.backend.capacity().immediate == 2


def test_a_server_that_fails_costs_the_attempt_and_is_told_to_drop_it(server, opened):
    far = opened(server=server.address)
    server.failures["Submit"] = [grpc.StatusCode.INTERNAL]
    far.backend.submit([request()])
    end = far.host.end_of("e/1/1")
    assert code_of(end.error) == "BACKEND_DEFECT"
    far.host.wait_for(lambda: server.made("Cancel"), "that it is told")
    assert list(server.made("Cancel")[0].ids) == ["e/1/1"]


def test_a_refusal_is_whole_however_little_the_server_says(server, opened):
    far = opened(server=server.address)
    server.answers["Submit"] = lambda told: messages.SubmitResponse(
        answers=[messages.Answer(id=told.attempts[0].id, refusal=ExecutionError(message="No."))]
    )
    far.backend.submit([request()])
    error = ExecutionError.FromString(far.host.end_of("e/1/1").error)
    assert error.message == "No."
    assert error.code == "BACKEND_DEFECT"
    assert error.blame
    assert error.retry


def test_a_server_that_forgets_an_answer_is_defect(server, opened):
    far = opened(server=server.address)
    server.answers["Submit"] = lambda _: messages.SubmitResponse()
    far.backend.submit([request()])
    assert code_of(far.host.end_of("e/1/1").error) == "BACKEND_DEFECT"


def test_outputs_that_cannot_be_read_are_an_error(server, opened):
    far = opened(server=server.address)
    far.backend.submit([request()])
    server.tell(messages.Event(id="e/1/1", finished=messages.Finished(outputs=b"\xff\xff\xff")))
    assert code_of(far.host.end_of("e/1/1").error) == "BACKEND_DEFECT"


def test_events_are_told_once_and_those_of_others_not_at_all(server, opened):
    far = opened(server=server.address)
    far.backend.submit([request()])
    started = messages.Event(id="e/1/1", started=messages.Started(worker="w"))
    lost = messages.Event(id="e/1/1", lost=messages.Lost())
    server.tell(started, started, messages.Event(id="of another engine", finished=messages.Finished()), lost, lost)
    assert code_of(far.host.end_of("e/1/1").error) == "JOB_LOST"
    assert [type(event) for event in far.host.events] == [Started, Lost]


# ----- Connections that break -----


def test_an_engine_that_missed_nothing_goes_on_from_where_it_was(server, opened):
    far = opened(server=server.address)
    far.backend.submit([request()])
    far.host.wait_for(lambda: server.made("Submit"), "the submission")
    server.resumed = True
    server.told["instance"] = "the same"
    server.stop()
    server.start()
    far.host.wait_for(lambda: len(server.made("WatchEvents")) == 2, "the second connection")
    server.tell(messages.Event(id="e/1/1", finished=messages.Finished()))
    assert far.host.end_of("e/1/1") == Finished("e/1/1")
    assert server.made("Attach") == []
    assert server.made("WatchEvents")[1].instance == "life 1"


def test_an_engine_that_missed_something_attaches_with_the_handles_that_it_was_given(server, opened):
    far = opened(server=server.address)
    far.backend.submit([request()])
    attempts = far.backend.remote.attempts
    far.host.wait_for(lambda: all(one.handle for one in attempts.values()), "the answer")
    server.stop()
    server.start()
    far.host.wait_for(lambda: server.made("Attach"), "that it attaches")
    (known,) = server.made("Attach")[0].attempts
    assert (known.attempt.id, known.handle) == ("e/1/1", b"a handle")
    assert len(server.made("Submit")) == 1
    server.tell(messages.Event(id="e/1/1", finished=messages.Finished()))
    far.host.end_of("e/1/1")


def test_a_server_that_says_nothing_any_more_is_called_anew(server, opened, monkeypatch):
    monkeypatch.setattr(telling, "SILENCE_S", 0.3)
    far = opened(server=server.address)
    far.host.wait_for(lambda: len(server.made("WatchEvents")) > 1, "the second connection")


def test_what_waits_for_too_long_is_lost_and_cancelled_when_the_server_is_back(server, opened):
    far = opened(server=server.address, give_up_s="0.5")
    far.backend.submit([request()])
    far.host.wait_for(lambda: server.made("Submit"), "the submission")
    server.stop()
    end = far.host.end_of("e/1/1")
    assert isinstance(end, Lost)
    assert code_of(end.error) == "BACKEND_UNAVAILABLE"
    far.backend.submit([request(2)])  # while it is away
    assert isinstance(far.host.end_of("e/2/1"), Lost)
    server.start()
    far.host.wait_for(lambda: server.made("Cancel"), "that it is told")
    assert list(server.made("Cancel")[0].ids) == ["e/1/1"]  # the other never came to it


def test_closing_tells_the_server_what_it_was_not_told_yet(server, opened):
    far = opened(server=server.address)
    far.backend.submit([request(number) for number in range(20)])
    far.backend.close()
    assert sum(len(one.attempts) for one in server.made("Submit")) == 20


def test_a_home_that_is_to_vanish_leaves_nothing_behind(server, opened):
    far = opened(server=server.address, temporary_home="yes")
    far.backend.submit([request()])
    far.host.wait_for(lambda: server.made("Submit"), "the submission")
    far.backend.close()
    assert list(server.made("Cancel")[0].ids) == ["e/1/1"]


def test_work_that_ends_with_its_engine_has_handles_that_say_so(server, opened):
    server.told["outlives_engine"] = False
    far = opened(server=server.address)
    assert list(far.backend.submit([request()])) == [Handle("e/1/1", b"")]


def test_tasks_are_sent_once_for_many_attempts(server, opened):
    far = opened(server=server.address)
    far.backend.submit([request(number) for number in range(600)])
    far.backend.close()
    sent = server.made("Submit")
    assert len(sent) < 30
    assert all(len(one.tasks) == 1 for one in sent)


def test_homes_have_scopes_of_their_own_which_stay(server, opened, tmp_path):
    opened(server=server.address)
    opened(server=server.address)
    (scope,) = {one.scope for one in server.made("Handshake")}
    assert (tmp_path / "remote-scope").read_text() == scope
