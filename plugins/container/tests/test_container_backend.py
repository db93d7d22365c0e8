"""The backend keeps the contract: it inherits the suite, against a real Docker engine."""

from pathlib import Path

import pytest
from godwit_container.backend import ContainerBackend
from godwit_plugin_api.backend import TaskReference
from godwit_plugin_api.testing.backend_suite import BackendSuite
from godwitidl.core.v1.task_pb2 import Container, Program, TaskSpec

PROGRAM = Path(__file__).with_name("contract_program.py")


class ContainerSuite(BackendSuite):
    """What holds however folders come into containers."""

    outlives_engine = True
    timeout_s = 60.0
    mounting = True
    image = ""

    @pytest.fixture(autouse=True)
    def images(self, python_image):
        self.image = python_image

    def make_backend(self):
        return ContainerBackend(mounting=self.mounting)

    def task(self, behaviour):
        spec = TaskSpec(
            program=Program(command=["unused"], arguments=[f"behave-{behaviour.value}"]),
            container=Container(image=self.image),
            backend="container",
        )
        command = ("{python}", f"/godwit/source/{PROGRAM.name}")
        return TaskReference(1, behaviour.value, spec.SerializeToString(), str(PROGRAM.parent), command)


class TestMountedFolders(ContainerSuite):
    """The engine sees the folders of this host."""


class TestCopiedFolders(ContainerSuite):
    """The engine does not see them, as one on another host does not."""

    mounting = False
