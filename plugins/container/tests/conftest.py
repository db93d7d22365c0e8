"""A Docker engine of these tests' own, and images made of what this host has."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import APIClient
from docker.errors import DockerException

INSTALL = ["apt-get", "install", "-y", "--no-install-recommends", "docker.io", "iptables"]
REMEDY = "needs a Docker engine: as root, apt-get install docker.io iptables; else have DOCKER_HOST name one"


@pytest.fixture(scope="session")
def docker_host() -> Iterator[str]:
    """Start an engine of our own, or take the one that is there; return its address."""
    if os.geteuid() != 0 or not _installed():
        yield _engine_that_is_there()
        return
    folder = Path(tempfile.mkdtemp(prefix="godwit-docker-", dir="/tmp"))
    address = f"unix://{folder}/socket"
    command = ["dockerd", "--data-root", folder / "data", "--exec-root", folder / "run", "--pidfile", folder / "pid"]
    command += ["--host", address, "--ip", "127.0.0.1", "--insecure-registry", "127.0.0.0/8"]
    with (folder / "log").open("wb") as log:
        # In a group of its own, so that an interrupted test run does not end it before its containers.
        engine = subprocess.Popen(command, stdout=log, stderr=log, process_group=0)
    try:
        _wait_for(address, engine, folder / "log")
        yield address
    finally:
        engine.terminate()
        engine.wait(timeout=60)
        subprocess.run(["umount", "-R", folder / "data"], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def _installed() -> bool:
    if not (shutil.which("dockerd") and shutil.which("iptables")) and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, capture_output=True, env=environment)
        subprocess.run(INSTALL, check=False, capture_output=True, env=environment)
    return bool(shutil.which("dockerd") and shutil.which("iptables"))


def _engine_that_is_there() -> str:
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    try:
        client = APIClient(base_url=address, version="auto", timeout=5)
    except DockerException:
        pytest.skip(REMEDY)
    client.close()
    return address


def _wait_for(address: str, engine: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and engine.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(address.removeprefix("unix://"))
            except OSError:
                time.sleep(0.1)
                continue
        APIClient(base_url=address, version="auto", timeout=60).close()
        return
    raise AssertionError(f"dockerd does not answer; it wrote: {log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def client(docker_host: str) -> Iterator[APIClient]:
    """A client of the engine."""
    client = APIClient(base_url=docker_host, version="auto")
    yield client
    client.close()


@pytest.fixture(autouse=True)
def docker_variables(docker_host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have everything that is tested find the engine."""
    monkeypatch.setenv("DOCKER_HOST", docker_host)


@pytest.fixture(autouse=True)
def nothing_left(client: APIClient, request: pytest.FixtureRequest) -> Iterator[None]:
    """See that no container is left by a test, but by the one that closes a backend while work is under way."""
    yield
    left = client.containers(all=True, filters={"label": "dev.godwit.attempt"})
    for container in left:
        client.remove_container(container["Id"], v=True, force=True)
    if request.node.name != "test_closing_twice_is_once":
        assert [container["Names"] for container in left] == []


@pytest.fixture(scope="session")
def tools_image(client: APIClient, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image with a shell and a few tools."""
    return _imported(client, "tools", tmp_path_factory.mktemp("image") / "tree.tar")


@pytest.fixture(scope="session")
def python_image(client: APIClient, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image with Python and Godwit."""
    return _imported(client, "python", tmp_path_factory.mktemp("image") / "tree.tar")


def _imported(client: APIClient, kind: str, archive: Path) -> str:
    command = [sys.executable, Path(__file__).with_name("image_tree.py"), kind, archive]
    changes = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    name = f"godwit-test-{kind}"
    with archive.open("rb") as stream:
        client.import_image_from_data(stream, repository=name, tag="1", changes=changes)
    archive.unlink()
    return f"{name}:1"
