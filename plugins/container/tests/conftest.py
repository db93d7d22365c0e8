"""A Docker engine of these tests' own, and images made of what this host has."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import godwit as gw
import pytest
from docker import APIClient
from docker.errors import DockerException
from godwit.serialization import bundle_of
from godwit.types.registry import TypeRegistry
from godwit_container.backend import ContainerBackend
from godwit_plugin_api.backend import AttemptRequest, BackendSettings, Finished, Handle, Lost, Started, TaskReference
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.polling import job_name
from godwit_plugin_api.registry import PluginRegistry
from godwit_plugin_api.testing.fake_host import FakeHost
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals
from godwitidl.rules.value_json import from_json

INSTALL = ["apt-get", "install", "-y", "--no-install-recommends", "docker.io", "iptables"]
REMEDY = "needs a Docker engine: as root, apt-get install docker.io iptables; else have DOCKER_HOST name one"


@pytest.fixture(scope="session")
def docker_host() -> Iterator[str]:
    """Start an engine of our own, or take the one that is there; return its address."""
    if os.geteuid() != 0 or not _installed():
        yield _engine_that_is_there()
        return
    engine = Dockerd()
    try:
        engine.start()
        yield engine.address
    finally:
        engine.remove()


class Dockerd:
    """An engine with a folder of its own, which holds all that it has."""

    def __init__(self, *options: str) -> None:
        """Do not start it yet. *options*: more of its command line."""
        self.folder = Path(tempfile.mkdtemp(prefix="godwit-docker-", dir="/tmp"))
        self.address = f"unix://{self.folder}/socket"
        self.data = self.folder / "data"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        folder = self.folder
        command = ["dockerd", "--data-root", self.data, "--exec-root", folder / "run", "--pidfile", folder / "pid"]
        command += ["--host", self.address, "--ip", "127.0.0.1", "--insecure-registry", "127.0.0.0/8", *self._options]
        with (folder / "log").open("ab") as log:
            # In a group of its own, so that an interrupted test run does not end it before its containers.
            self._process = subprocess.Popen(command, stdout=log, stderr=log, process_group=0)
        _wait_for(self.address, self._process, folder / "log")

    def stop(self) -> None:
        """Stop it, and with it its containers."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=60)
            self._process = None

    def remove(self) -> None:
        """Stop it, and remove what it has."""
        self.stop()
        subprocess.run(["umount", "-R", self.data], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def own_dockerd(docker_host: str, tmp_path: Path) -> Iterator[Callable[..., Dockerd]]:
    """A function that starts a further engine with options, which has the image with tools."""
    if not Path(docker_host.removeprefix("unix://")).with_name("pid").is_file():
        pytest.skip(REMEDY)
    engines = []

    def start(*options: str) -> Dockerd:
        engine = Dockerd(*options)
        engines.append(engine)
        engine.start()
        client = APIClient(base_url=engine.address, version="auto")
        _imported(client, "tools", tmp_path / "tree.tar")
        client.close()
        return engine

    yield start
    for engine in engines:
        engine.remove()


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


@dataclass
class Run:
    """How an attempt ended, and what can be asked of it."""

    end: Finished | Lost
    log: str
    container: str

    @property
    def error(self) -> ExecutionError:
        """The error; empty on success."""
        return ExecutionError.FromString(self.end.error)

    @property
    def outputs(self) -> dict[str, Literal]:
        """The outputs, of which there must be some."""
        assert self.end.error == b"", self.error
        assert isinstance(self.end, Finished)
        return {output.name: Literal.FromString(output.value) for output in self.end.outputs}


class Bench:
    """Runs single tasks on a backend, without an engine. *settings*: of every backend."""

    def __init__(self, folder: Path, registry: PluginRegistry) -> None:
        self.settings: dict[str, Any] = {}
        logs = folder / "logs"
        logs.mkdir(parents=True)
        self.folder = folder
        self.registry = registry
        self.host = FakeHost(BackendSettings(str(folder), str(logs), workers=4, grace_s=1.0))
        self.backends: list[ContainerBackend] = []
        self._numbers = count(1)
        self.prefix = (folder / "blobs").as_uri()

    def backend(self, **settings: Any) -> ContainerBackend:
        """Return a new backend, open."""
        backend = ContainerBackend(registry=self.registry, **{**self.settings, **settings})
        backend.open(self.host)
        self.backends.append(backend)
        return backend

    def request(self, task: gw.Task[..., Any], /, **inputs: Any) -> AttemptRequest:
        """Return a request for a further attempt of *task*; inputs as JSON says them."""
        attempt = next(self._numbers)
        (spec,) = bundle_of([task], root=Path(__file__).parent, types=TypeRegistry(lambda: self.registry)).tasks
        given = NamedLiterals()
        for variable in spec.interface.inputs:
            value = from_json(inputs[variable.name], variable.type)
            given.values.add(name=variable.name, value=value)
        command = tuple(spec.program.command)
        reference = TaskReference(1, task.__name__, spec.SerializeToString(), str(Path(__file__).parent), command)
        execution = f"p/d/e{attempt}"
        return AttemptRequest(
            id=f"{execution}/{self.folder.name}/n0/{attempt}",
            task=reference,
            inputs=given.SerializeToString(),
            output_prefix=f"{self.prefix}/{execution}/n0",
            checkpoint_prefix=f"{self.prefix}/{execution}/checkpoint",
            number=1,
            execution=execution,
            node_path="n0",
        )

    def start(self, task: gw.Task[..., Any], /, **inputs: Any) -> tuple[ContainerBackend, AttemptRequest]:
        """Submit *task* to a new backend, and wait until its container runs."""
        backend, request = self.backend(), self.request(task, **inputs)
        backend.submit([request])
        self.wait_for_start(request)
        return backend, request

    def wait_for_start(self, request: AttemptRequest) -> None:
        """Wait until the container of *request* runs."""

        def started() -> bool:
            return any(isinstance(event, Started) for event in self.host.of(request.id))

        self.host.wait_for(started, "a start", timeout_s=120)

    def run(self, task: gw.Task[..., Any], /, **inputs: Any) -> Run:
        """Run *task* on a new backend, and return how it ended."""
        backend, request = self.backend(), self.request(task, **inputs)
        assert list(backend.check(request.task)) == []
        backend.submit([request])
        return self.end_of(backend, request)

    def end_of(self, backend: ContainerBackend, request: AttemptRequest) -> Run:
        """Wait for the end of an attempt."""
        end = self.host.end_of(request.id, timeout_s=120)
        return Run(end, b"".join(backend.logs(Handle(request.id))).decode(), job_name(request.id))

    def close(self) -> None:
        """Close what is open."""
        for backend in self.backends:
            backend.close()
        self.host.close()
        assert self.host.order_faults() == []


@pytest.fixture(scope="session")
def registry() -> PluginRegistry:
    """What is installed."""
    return load_plugins()


@pytest.fixture
def bench_in(registry: PluginRegistry) -> Iterator[Callable[..., Bench]]:
    """A function that returns a bench in a folder, with settings of its backends."""
    benches = []

    def make(folder: Path, **settings: Any) -> Bench:
        bench = Bench(folder, registry)
        bench.settings = settings
        benches.append(bench)
        return bench

    yield make
    for bench in benches:
        bench.close()


@pytest.fixture
def bench(tmp_path: Path, registry: PluginRegistry) -> Iterator[Bench]:
    """A bench for single tasks."""
    bench = Bench(tmp_path / "home", registry)
    yield bench
    bench.close()
