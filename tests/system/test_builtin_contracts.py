"""The built-ins keep the contracts of plugins: local backend and Python loader, by the suites of the plugin API."""

import pytest
from godwit_plugin_api import Kind
from godwit_plugin_api.backend import TaskReference
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.testing.backend_suite import BackendSuite, Behaviour
from godwit_plugin_api.testing.entity_loader_suite import EntityLoaderSuite

SOURCE = '''
import os
import signal
import time

import godwit as gw


@gw.task
def succeed() -> int:
    """Succeed."""
    return 7


@gw.task
def fail() -> int:
    raise ValueError("no wind")


@gw.task
def sleep() -> int:
    time.sleep(120)
    return 0


@gw.task
def crash() -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


@gw.workflow
def everything() -> int:
    return succeed()
'''


class PythonTasks(BackendSuite):
    """A suite whose tasks are functions of a source file."""

    backend_key: str
    missing: frozenset[Behaviour] = frozenset()
    socket_on_standard_input = False

    @pytest.fixture(autouse=True)
    def _source(self, tmp_path):
        path = tmp_path / "behaviours.py"
        path.write_text(SOURCE)
        loader = registry().create(Kind.ENTITY_LOADER, ".py")
        self.registration = loader.load(path, project="p", domain="d").registration()

    def make_backend(self):
        return registry().create(Kind.BACKEND, self.backend_key)

    def task(self, behaviour):
        if behaviour in self.missing:
            return None
        (spec,) = [s for s in self.registration.bundle.tasks if s.id.name.endswith(f".{behaviour.value}")]
        number = list(Behaviour).index(behaviour)
        return TaskReference(
            number,
            spec.id.name,
            spec.SerializeToString(),
            self.registration.source_root,
            tuple(spec.program.command),
            self.socket_on_standard_input,
        )


class TestLocalBackend(PythonTasks):
    backend_key = "local"


class TestLocalBackendByStandardInput(PythonTasks):
    """Runners that take their socket as standard input are like any others."""

    backend_key = "local"
    socket_on_standard_input = True


class TestPythonLoader(EntityLoaderSuite):
    def make_loader(self):
        return registry().create(Kind.ENTITY_LOADER, ".py")

    def write_source(self, folder):
        path = folder / "behaviours.py"
        path.write_text(SOURCE)
        return path

    def write_broken_source(self, folder):
        path = folder / "broken.py"
        path.write_text("def half(:\n")
        return path


def registry():
    return load_plugins()
