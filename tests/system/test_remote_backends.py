"""Backends in processes of their own: servers of the example's backend and of the local one keep the contract."""

import json
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from godwit_plugin_api.backend import BackendSettings, TaskReference
from godwit_plugin_api.remote.client import RemoteBackend
from godwit_plugin_api.testing.backend_suite import BackendSuite
from godwit_plugin_api.testing.fake_host import FakeHost
from godwitidl.core.v1.task_pb2 import Program, TaskSpec

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "plugins" / "godwit-example"
PROGRAM = EXAMPLE / "tests" / "contract_program.py"
GODWIT = Path(sys.executable).parent / "godwit"


class Server:
    """A `godwit backend serve` that can be killed and started again, at the same address."""

    def __init__(self, folder, backend, packages):
        self.folder = folder
        self.command = [GODWIT, "--home", folder / "server", "--json", "backend", "serve", backend]
        self.command += ["--listen", f"unix:{folder}/s", "--workers", "2"]
        paths = [str(packages), str(EXAMPLE / "src")]
        self.environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        self.process = None
        self.address = ""

    def start(self):
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in self.command], stdout=subprocess.PIPE, stderr=log, env=self.environment
            )
        line = self.process.stdout.readline()
        assert line, (self.folder / "server.log").read_text()
        self.address = json.loads(line)["address"]

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(30)
        self.process.stdout.close()


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """A folder on the path of modules in which the example's distribution is installed."""
    folder = tmp_path_factory.mktemp("packages")
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    info = folder / "godwit_example-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: godwit-example\nVersion: 0.1.0\n")
    points = "".join(f"{key} = {value}\n" for key, value in project["entry-points"]["godwit.plugins"].items())
    (info / "entry_points.txt").write_text(f"[godwit.plugins]\n{points}")
    return folder


class Remote(BackendSuite):
    served: str

    @pytest.fixture(autouse=True)
    def _server(self, tmp_path, packages):
        self.server = Server(tmp_path, self.served, packages)
        self.server.start()
        yield
        self.server.end()

    @pytest.fixture
    def host(self, tmp_path):
        logs = tmp_path / "home" / "logs"
        logs.mkdir(parents=True)
        options = {"name": "far", "server": self.server.address, "backend": self.served}
        settings = BackendSettings(str(tmp_path / "home"), str(logs), workers=2, grace_s=0.5, options=options)
        host = FakeHost(settings)
        yield host
        host.close()
        assert host.order_faults() == []

    def make_backend(self):
        return RemoteBackend()


class TestServerOfTheExample(Remote):
    served = "once"
    outlives_engine = True

    def task(self, behaviour):
        spec = TaskSpec(program=Program(command=["unused"], arguments=[behaviour.value]))
        return TaskReference(1, behaviour.value, spec.SerializeToString(), "", ("{python}", str(PROGRAM)))
