"""What a server remembers of its backend: for engines that come back, missed something, or ask again."""

from itertools import islice

import pytest

pytest.importorskip("grpc", reason="needs gRPC: pip install 'godwit-core[remote]'")

from godwit_core.runtime import served_backend
from godwit_core.runtime.clock import SystemClock
from godwit_core.runtime.loop import Loop
from godwit_core.runtime.served_backend import ServedBackend
from godwit_plugin_api.backend import (
    AttemptRequest,
    BackendSettings,
    Capacity,
    Finished,
    Handle,
    LogStarted,
    Lost,
    OutputValue,
    Progress,
    Refusal,
    Started,
    TaskReference,
)
from godwit_plugin_api.testing.fakes import FakeBackend, FakePlace
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.event_pb2 import LogSlice
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.plugin.v1 import backend_pb2 as messages


def request(number=1, name="sleep"):
    task = TaskReference(1, name, b"\x08\x01", "", ("program",))
    return AttemptRequest(f"e/{number}/1", task, b"", "", "", 1, "e", f"n{number}")


class Served:
    """A served backend over a fake one, whose events a test pushes itself."""

    def __init__(self, folder, room=4):
        self.place = FakePlace()
        self.loop = Loop(SystemClock())
        self.logs = folder / "logs"
        (self.logs / "served").mkdir(parents=True)
        self.fake = FakeBackend(self.script, self.place, room=room)
        settings = BackendSettings(str(folder), str(self.logs / "served"), 4)
        self.backend = ServedBackend(self.fake, self.loop, settings, "this life")

    @staticmethod
    def script(asked):
        if asked.task.name == "refuse":
            return Refusal(asked.id, ExecutionError(code="NO").SerializeToString())
        return None

    def push(self, *events):
        self.backend._push(events)

    def turn(self):
        for _ in range(3):
            self.loop.wait(0.0)

    def watch(self, position=0, instance="", count=1):
        """Return the first *count* responses."""
        asked = messages.WatchEventsRequest(instance=instance, position=position)
        return list(islice(self.backend.watch(asked, lambda: True), count))


@pytest.fixture
def served(tmp_path):
    served = Served(tmp_path)
    yield served
    served.backend.close()
    served.loop.close()


def kinds(response):
    return [(event.id, event.WhichOneof("kind")) for event in response.events]


def test_who_comes_first_hears_what_happens_from_now_on(served):
    served.backend.submit([request()])
    served.push(Started("e/1/1"))
    (first,) = served.watch()
    assert not first.resumed
    assert first.capacity.places == 4
    assert kinds(first) == []


def test_who_comes_back_hears_what_was_missed(served):
    served.backend.submit([request()])
    (first,) = served.watch()
    served.push(Started("e/1/1"), Finished("e/1/1"))
    again, missed = served.watch(first.position, "this life", count=2)
    assert again.resumed
    assert kinds(missed) == [("e/1/1", "started"), ("e/1/1", "finished")]
    last, *_ = served.watch(missed.position, "this life")
    assert (last.resumed, last.position) == (True, missed.position)


@pytest.mark.parametrize(("instance", "position"), [("another life", 0), ("", 0), ("this life", 99)])
def test_who_was_elsewhere_has_missed_something(served, instance, position):
    (first,) = served.watch(position, instance)
    assert not first.resumed


def test_who_was_away_for_too_long_has_missed_something_and_who_is_too_slow_is_sent_away(served, monkeypatch):
    monkeypatch.setattr(served_backend, "_KEPT_BYTES", 1000)
    served.backend.submit([request()])
    slow = served.backend.watch(messages.WatchEventsRequest(), lambda: True)
    first = next(slow)
    for number in range(50):
        served.push(Progress("e/1/1", number / 50))
    (later,) = served.watch(first.position, "this life")
    assert not later.resumed
    assert list(slow) == []


def test_what_is_submitted_again_is_told_again_and_not_started(served):
    assert served.backend.submit([request()]) == [Handle("e/1/1", b"fake")]
    served.push(Started("e/1/1", "here"), Progress("e/1/1", 0.5))
    (first,) = served.watch()
    assert served.backend.submit([request()]) == [Handle("e/1/1", b"fake")]
    _, told = served.watch(first.position, "this life", count=2)
    assert kinds(told) == [("e/1/1", "started"), ("e/1/1", "progress")]
    assert len(served.place.submitted) == 1


def test_ends_are_told_again_to_who_attaches_and_nothing_comes_after_them(served):
    value = OutputValue("x", Literal(int_value=7).SerializeToString(), b"d" * 32)
    served.backend.submit([request()])
    served.push(Started("e/1/1"), Finished("e/1/1", (value,)), Progress("e/1/1", 1.0))
    (first,) = served.watch()
    served.backend.attach([(request(), Handle("e/1/1"))])
    _, told = served.watch(first.position, "this life", count=2)
    assert kinds(told) == [("e/1/1", "started"), ("e/1/1", "finished")]
    assert told.events[-1].finished.outputs


def test_what_nobody_knows_is_the_backends_to_find(served):
    served.backend.attach([(request(), Handle("e/1/1"))])
    _, told = served.watch(0, "this life", count=2)
    assert kinds(told) == [("e/1/1", "lost")]


def test_a_refusal_is_forgotten(served):
    (answer,) = served.backend.submit([request(name="refuse")])
    assert isinstance(answer, Refusal)
    assert served.backend.under_way == 0


def test_a_backend_that_fails_to_submit_has_taken_nothing(served, monkeypatch):
    def fail(_):
        raise RuntimeError("no")

    with monkeypatch.context() as patch:
        patch.setattr(served.fake, "submit", fail)
        with pytest.raises(RuntimeError):
            served.backend.submit([request()])
    assert served.backend.under_way == 0
    assert isinstance(served.backend.submit([request()])[0], Handle)


def test_places_are_those_that_are_free_and_those_that_are_taken(served):
    served.backend.submit([request(number) for number in range(3)])
    served.backend.update_capacity()
    assert served.backend.capacity.places == 4
    served.push(Finished("e/0/1"))  # which the fake does not know of: it still has three
    served.backend.update_capacity()
    assert served.backend.capacity.places == 3
    *_, told = served.watch(count=1)
    assert told.capacity.places == 3


def test_ends_beyond_what_is_kept_are_forgotten(served, monkeypatch):
    monkeypatch.setattr(served_backend, "_KEPT_ENDS", 2)
    for number in range(5):
        served.backend.submit([request(number)])
        served.push(Finished(f"e/{number}/1"))
    assert len(served.backend._told) == 2
    assert served.backend.under_way == 0


def test_cancelling_reaches_what_is_under_way_alone(served):
    served.backend.submit([request()])
    served.backend.cancel(["e/1/1", "e/2/1"])
    served.turn()
    _, told = served.watch(0, "this life", count=2)
    assert kinds(told)[-1] == ("e/1/1", "finished")
    assert told.events[-1].finished.error.code == "CANCELLED"
    served.backend.cancel(["e/1/1"])


def test_logs_are_read_by_offset_while_they_are_written_and_after(served):
    path = served.logs / "jobs" / "one.log"
    path.parent.mkdir()
    path.write_bytes(b"of another|first ")
    served.backend.submit([request()])
    assert served.backend.read_log("e/1/1", 0, 100) == b""
    log = LogSlice(segment="jobs/one.log", begin=11)
    served.push(LogStarted("e/1/1", log.SerializeToString()))
    assert served.backend.read_log("e/1/1", 0, 100) == b"first "
    with path.open("ab") as file:
        file.write(b"second|of another")
    log.end = 23
    served.push(Finished("e/1/1", log=log.SerializeToString()))
    assert served.backend.read_log("e/1/1", 6, 100) == b"second"
    assert served.backend.read_log("e/1/1", 6, 3) == b"sec"
    assert served.backend.read_log("e/1/1", 12, 100) == b""
    assert served.backend.read_log("e/2/1", 0, 100) == b""
    *_, told = served.watch(0, "this life", count=2)
    assert told.events[-1].finished.log_bytes == 12


def test_equal_tasks_have_equal_numbers(served):
    one, other = messages.Task(name="a", spec=b"1"), messages.Task(name="a", spec=b"2")
    assert served.backend.task_key(one) == served.backend.task_key(one) != served.backend.task_key(other)


def test_what_is_lost_before_it_began_may_come_again(served):
    served.backend.submit([request()])
    served.push(Lost("e/1/1", ExecutionError(code="GONE").SerializeToString()))
    served.place.running.clear()
    served.backend.submit([request()])
    assert len(served.place.submitted) == 2
    served.push(Started("e/1/1"), Lost("e/1/1", ExecutionError(code="GONE").SerializeToString()))
    served.backend.submit([request()])
    assert len(served.place.submitted) == 2


def test_what_is_sent_ahead_is_told_apart_from_what_starts_at_once(served, monkeypatch):
    capacity = Capacity(immediate=1, prefetch=5)
    monkeypatch.setattr(served.fake, "capacity", lambda: capacity)
    served.backend.update_capacity()
    assert (served.backend.capacity.places, served.backend.capacity.ahead) == (1, 5)
    (first,) = served.watch()
    served.backend.submit([request(1), request(2)])
    capacity = Capacity(immediate=0, prefetch=4)
    served.backend.update_capacity()
    assert (served.backend.capacity.places, served.backend.capacity.ahead) == (1, 5)
    _, told = served.watch(first.position, "this life", count=2)
    assert kinds(told) == [("e/1/1", "started")]
