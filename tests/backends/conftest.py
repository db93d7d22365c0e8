"""Everything that a workflow over all backends needs: a Docker engine, a network of our own, the web service."""

import ctypes
import fcntl
import importlib.util
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "backends"
_NEW_NETWORK = 0x40000000
_SET_FLAGS = 0x8914
_UP_AND_RUNNING = 0x41


def _container_tests():
    path = ROOT / "plugins" / "container" / "tests" / "conftest.py"
    spec = importlib.util.spec_from_file_location("container_tests", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_container = _container_tests()
docker_host = _container.docker_host


@pytest.fixture(scope="session", autouse=True)
def own_network():
    """Leave the host's network for one of these tests' own: Ray and Spark listen on every address there is."""
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        return
    _container._installed()  # while there still is a network to fetch it from
    if ctypes.CDLL(None, use_errno=True).unshare(_NEW_NETWORK) != 0:
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP_AND_RUNNING))


@pytest.fixture(scope="session")
def docker_image(docker_host, tmp_path_factory):
    """The image that the example names, made of what this host has, since none can be pulled everywhere."""
    archive = tmp_path_factory.mktemp("image") / "tree.tar"
    tree = ROOT / "plugins" / "container" / "tests" / "image_tree.py"
    subprocess.run([sys.executable, tree, "tools", archive], check=True, capture_output=True)
    client = _container.APIClient(base_url=docker_host, version="auto")
    with archive.open("rb") as stream:
        client.import_image_from_data(stream, repository="debian", tag="12")
    archive.unlink()
    yield client
    client.close()


class Register(NamedTuple):
    """The web service of the example."""

    url: str

    def entries(self):
        with urllib.request.urlopen(f"{self.url}/entries", timeout=10) as answer:
            return json.load(answer)["entries"]


@pytest.fixture
def register():
    command = [sys.executable, EXAMPLE / "register.py", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield Register(process.stdout.readline().strip())
        process.terminate()


class Season:
    """The example, its engines and its jobs."""

    def __init__(self, folder, docker_host, register):
        self.home = folder / "home"
        self.folder = folder
        self.register = register
        self.environment = {**os.environ, "DOCKER_HOST": docker_host, "REGISTER": register.url}

    def engine(self, *arguments):
        """Start an engine."""
        command = [sys.executable, "-P", "-m", "godwit_core", "--home", self.home, *arguments, "--json"]
        with (self.folder / "told").open("wb") as told, (self.folder / "said").open("ab") as said:
            return subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=told, stderr=said)

    def begin(self, name):
        return self.engine("run", EXAMPLE / "together.py", "season", "--birds", "300", "--execution-name", name)

    def resume(self, name):
        return self.engine("executions", "resume", name)

    def told(self):
        lines = (self.folder / "told").read_text().splitlines()
        assert lines, (self.folder / "said").read_text()
        return json.loads(lines[-1])


@pytest.fixture
def season(tmp_path, docker_host, docker_image, register):  # noqa: ARG001 - the image must be there
    assert shutil.which("java"), "Spark needs Java: apt-get install openjdk-17-jre-headless"
    return Season(tmp_path, docker_host, register)
