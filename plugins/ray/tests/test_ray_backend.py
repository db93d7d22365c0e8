"""The backend keeps its contract: ordinary tasks in residents of a cluster, and tasks with a `RayJob`."""

import json
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="install godwit-ray[ray]: make test-plugin PLUGIN=ray")

from godwit_plugin_api.backend import Finished, Lost, TaskReference
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.testing.backend_suite import BackendSuite, Behaviour, assert_error
from godwit_ray.backend import RayBackend
from godwitidl.core.v1.event_pb2 import LogSlice

SOURCE = Path(__file__).with_name("ray_tasks.py")


class Tasks(BackendSuite):
    outlives_engine = True
    timeout_s = 90.0

    @pytest.fixture(autouse=True)
    def _source(self, joined, tmp_path):  # noqa: ARG002 - its variables
        loader = load_plugins().create(Kind.ENTITY_LOADER, ".py")
        self.registration = loader.load(SOURCE, project="p", domain="d").registration()
        yield
        # What outlives its engine by nature would take the places of the tests that follow.
        for path in tmp_path.glob("**/ray/*/gateway.json"):
            with suppress(ProcessLookupError):
                os.kill(json.loads(path.read_text())["process"], signal.SIGTERM)

    def make_backend(self):
        return RayBackend()

    def named(self, name):
        (spec,) = [one for one in self.registration.bundle.tasks if one.id.name.endswith(f".{name}")]
        number = [one.id.name for one in self.registration.bundle.tasks].index(spec.id.name)
        command = tuple(spec.program.command)
        return TaskReference(number, spec.id.name, spec.SerializeToString(), self.registration.source_root, command)


class TestResidents(Tasks):
    def task(self, behaviour):
        return self.named(behaviour.value)

    def test_a_crash_counts_against_the_attempt_and_what_waited_behind_runs(self, backend, host):
        crash = self.request_for(host, Behaviour.CRASH, 1)
        others = [self.request_for(host, Behaviour.SUCCEED, number) for number in range(2, 8)]
        self.submit(backend, host, crash, *others)
        end = self.end_of(host, crash)
        assert isinstance(end, Lost)
        assert assert_error(end.error).code == "RUNNER_LOST"
        for other in others:
            assert self.end_of(host, other).error == b""

    def test_the_log_of_each_attempt_is_its_own(self, backend, host):
        requests = [self.request_for(host, Behaviour.SUCCEED, number) for number in range(5)]
        self.submit(backend, host, *requests)
        for request in requests:
            end = self.end_of(host, request)
            assert isinstance(end, Finished)
            assert log_of(host, end.log) == b"done\n"


class TestJobs(Tasks):
    many = 3

    def task(self, behaviour):
        return self.named(f"job_{behaviour.value}")


def log_of(host, encoded):
    told = LogSlice.FromString(encoded)
    content = Path(host.settings.log_folder).parent.joinpath("logs", told.segment.partition("/")[2]).read_bytes()
    return content[told.begin : told.end]
