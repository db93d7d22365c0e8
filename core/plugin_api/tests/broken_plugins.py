"""Plugins with one planted defect each, under their suites: all must fail. Run by `test_suites_catch.py`."""

import threading

import pytest
from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import Capacity, Finished, Handle, Lost, OutputValue, TaskReference
from godwit_plugin_api.testing.backend_suite import BackendSuite, Behaviour
from godwit_plugin_api.testing.fakes import FakeBackend, FakePlace


class Broken(BackendSuite):
    timeout_s = 0.03

    @pytest.fixture(autouse=True)
    def _place(self):
        self.place = FakePlace()

    def make_backend(self):
        return type(self).kind(place=self.place)

    def task(self, behaviour):
        return TaskReference(1, behaviour.value, b"", "", ())

    kind = FakeBackend


class TestEndsTwice(Broken):
    class kind(FakeBackend):  # noqa: N801 - stands in for an attribute
        def end(self, event):
            if event.id in self.place.running:
                self._push(event)
            super().end(event)


class TestStartsAgain(Broken):
    class kind(FakeBackend):  # noqa: N801 - stands in for an attribute
        def submit(self, requests):
            for request in requests:
                self.place.running.pop(request.id, None)
            return super().submit(requests)


class TestNeverConfirmsCancel(Broken):
    class kind(FakeBackend):  # noqa: N801 - stands in for an attribute
        def cancel(self, ids): ...


class TestConfirmsCancelOfTheUnknown(Broken):
    class kind(FakeBackend):  # noqa: N801 - stands in for an attribute
        def cancel(self, ids):
            for attempt_id in ids:
                self._push(Finished(attempt_id, error=attempt_errors.cancelled()))
                self.place.running.pop(attempt_id, None)


class TestCancelIsAFailure(Broken):
    class kind(FakeBackend):  # noqa: N801 - stands in for an attribute
        def end(self, event):
            cancelled = isinstance(event, Finished) and b"CANCELLED" in event.error
            super().end(event._replace(error=attempt_errors.failed("KILLED", "killed")) if cancelled else event)


class TestForgetsTheLost(Broken):
    class kind(FakeBackend):  # noqa: N801 - stands in for an attribute
        def attach(self, known): ...


class TestErrorWithoutBlame(Broken):
    class kind(FakeBackend):  # noqa: N801 - stands in for an attribute
        def end(self, event):
            broken = isinstance(event, Finished) and b"FAKE" in event.error
            super().end(event._replace(error=b"\x0a\x01X\x12\x01y") if broken else event)


class TestWrongDigest(Broken):
    class kind(FakeBackend):  # noqa: N801 - stands in for an attribute
        def end(self, event):
            if isinstance(event, Finished) and not event.error:
                event = event._replace(outputs=(OutputValue("result", b"\x18\x07", b"\0" * 32),))
            super().end(event)


class TestAnswersOutOfOrder(Broken):
    class kind(FakeBackend):  # noqa: N801 - stands in for an attribute
        def submit(self, requests):
            return list(reversed(super().submit(requests)))


class TestHugeHandle(Broken):
    class kind(FakeBackend):  # noqa: N801 - stands in for an attribute
        def submit(self, requests):
            return [Handle(handle.id, bytes(5000)) for handle in super().submit(requests)]


class TestCapacityNeverComesBack(Broken):
    class kind(FakeBackend):  # noqa: N801 - stands in for an attribute
        def capacity(self):
            return Capacity(max(0, 3 - len(self.place.submitted)))


class TestLostAfterTheEnd(Broken):
    class kind(FakeBackend):  # noqa: N801 - stands in for an attribute
        def end(self, event):
            known = event.id in self.place.running
            super().end(event)
            if known:
                self._push(Lost(event.id, attempt_errors.lost("again")))


class TestHostCalledFromAThread(Broken):
    class kind(FakeBackend):  # noqa: N801 - stands in for an attribute
        def open(self, host):

            super().open(host)
            thread = threading.Thread(target=host.call_later, args=(0.0, lambda: None))
            thread.start()
            thread.join()


class TestFindsFaultWithAFittingTask(Broken):
    class kind(FakeBackend):  # noqa: N801 - stands in for an attribute
        def check(self, task):
            return [f"{task.name} is unknown"] if task.name == Behaviour.SUCCEED.value else []
