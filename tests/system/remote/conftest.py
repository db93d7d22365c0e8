"""Servers of backends, in processes of their own: of the example in Python, and of the one in Node."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples" / "plugins"
GODWIT = Path(sys.executable).parent / "godwit"
DESCRIPTOR = ROOT / "idl" / "src" / "godwitidl" / "descriptor.binpb"


class Server:
    """A server that can be killed and started again, at the same address and with the same folder."""

    def __init__(self, folder, backend, command, environment):
        self.folder = folder
        self.backend = backend
        self.command = [str(part) for part in command]
        self.environment = environment
        self.process = None
        self.address = ""

    def start(self):
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=subprocess.PIPE, stderr=log, env=self.environment, cwd=self.folder
            )
        line = self.process.stdout.readline()
        assert line, (self.folder / "server.log").read_text()
        self.address = json.loads(line)["address"]

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(30)
        self.process.stdout.close()
        return self.process.returncode


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """A folder on the path of modules in which the example's distribution is installed."""
    folder = tmp_path_factory.mktemp("packages")
    project = tomllib.loads((EXAMPLES / "godwit-example" / "pyproject.toml").read_text())["project"]
    info = folder / "godwit_example-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: godwit-example\nVersion: 0.1.0\n")
    points = "".join(f"{key} = {value}\n" for key, value in project["entry-points"]["godwit.plugins"].items())
    (info / "entry_points.txt").write_text(f"[godwit.plugins]\n{points}")
    return folder


@pytest.fixture(scope="session")
def node_example(tmp_path_factory):
    """The example in Node, with what it needs."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("needs Node and npm: install Node 18 or later")
    folder = tmp_path_factory.mktemp("node") / "godwit-node-example"
    shutil.copytree(EXAMPLES / "godwit-node-example", folder, ignore=shutil.ignore_patterns("node_modules"))
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def serve(tmp_path, packages, request):
    """Start the server of a backend: `serve("once")`, `serve("local", "--token-file", path)`, `serve("node")`."""
    started = []

    def start(backend, *options, address=None, name="server"):
        folder = tmp_path / name
        folder.mkdir()
        address = address or f"unix:{folder}/s"
        environment = {**os.environ, "GRACE_MS": "500"}
        if backend == "node":
            program = request.getfixturevalue("node_example") / "backend.mjs"
            command = ["node", program, "--python", sys.executable, "--descriptor", DESCRIPTOR, *options]
        else:
            paths = [str(packages), str(EXAMPLES / "godwit-example" / "src")]
            environment["PYTHONPATH"] = os.pathsep.join(paths)
            command = [GODWIT, "--home", folder / "home", "--json", "backend", "serve", backend, "--workers", "2"]
            command += options
        server = Server(folder, backend, [*command, "--listen", address], environment)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        if server.process.returncode is None:
            server.end()
