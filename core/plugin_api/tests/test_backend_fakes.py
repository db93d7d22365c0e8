"""The fakes pass the suite, so they cannot lie."""

import pytest
from godwit_plugin_api.backend import TaskReference
from godwit_plugin_api.testing.backend_suite import BackendSuite
from godwit_plugin_api.testing.fakes import FakeBackend, FakePlace, FakeService, FakeServiceBackend


def task_named(behaviour):
    return TaskReference(1, behaviour.value, b"", "", ())


class TestFakeBackend(BackendSuite):
    @pytest.fixture(autouse=True)
    def _place(self):
        self.place = FakePlace()

    def make_backend(self):
        return FakeBackend(place=self.place)

    def task(self, behaviour):
        return task_named(behaviour)


class TestPollingBackend(BackendSuite):
    @pytest.fixture(autouse=True)
    def _service(self):
        self.service = FakeService()

    def make_backend(self):
        return FakeServiceBackend(self.service)

    def task(self, behaviour):
        return task_named(behaviour)
