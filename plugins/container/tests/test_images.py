"""Images that are pulled from a registry, and those that cannot be."""

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress

import pytest
from docker.errors import ImageNotFound
from godwit_container import Container, container_task
from godwit_container.images import image_error
from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE, BLAME_USER, ExecutionError

TOOLS = "godwit-test-tools:1"
INSTALL = ["apt-get", "install", "-y", "--no-install-recommends", "docker-registry"]
USERS = "nest:$2b$04$52xP/EwX2K8UdFxnijlE8.N8htps08MbpAyKRqOucZ7OE0KM78NKi"  # as `htpasswd -nbB nest curlew` says


@pytest.fixture
def open_registry(tmp_path):
    """The address of a registry on this host, from which everybody may pull."""
    with registry_at(tmp_path / "registry", "") as address:
        yield address


@pytest.fixture
def locked_registry(tmp_path):
    """The address of a registry on this host that wants to know who somebody is."""
    folder = tmp_path / "registry"
    with registry_at(folder, f"auth: {{htpasswd: {{realm: nest, path: {folder}/users}}}}") as address:
        yield address


@contextmanager
def registry_at(folder, lock):
    """Run a registry that keeps all it has in *folder*."""
    if shutil.which("docker-registry") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(INSTALL, check=False, capture_output=True)
    if shutil.which("docker-registry") is None:
        pytest.skip("needs a registry: apt-get install docker-registry")
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "users").write_text(USERS + "\n")
    (folder / "config.yml").write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
        f"http: {{addr: '127.0.0.1:{port}'}}\n{lock}\n"
    )
    command = ["docker-registry", "serve", folder / "config.yml"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def task(image, **settings):
    return container_task("task", image, command=["sh", "-c", "echo pulled"], container=Container(image, **settings))


def forget(client, image):
    with suppress(ImageNotFound):
        client.remove_image(image)


def test_a_registry_that_is_locked_gives_to_who_is_logged_in(
    bench, client, locked_registry, tools_image, tmp_path, monkeypatch
):
    address = locked_registry
    image = f"{address}/nest/tools:1"
    run = bench.run(task(image))
    assert run.error.code == "IMAGE_DENIED"
    assert run.error.blame == BLAME_USER
    client.tag(tools_image, f"{address}/nest/tools", tag="1")
    login = {"username": "nest", "password": "curlew"}
    assert "error" not in client.push(f"{address}/nest/tools", tag="1", auth_config=login)
    forget(client, image)
    auth = base64.b64encode(b"nest:curlew").decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {address: {"auth": auth}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert bench.run(task(image)).log == "pulled\n"


def test_an_image_is_pulled_when_it_is_not_there(bench, client, open_registry, tools_image):
    address = open_registry
    image = f"{address}/nest/tools:1"
    client.tag(tools_image, f"{address}/nest/tools", tag="1")
    assert "error" not in client.push(f"{address}/nest/tools", tag="1")
    forget(client, image)
    assert bench.run(task(image, pull="never")).error.code == "IMAGE_NOT_PRESENT"
    assert bench.run(task(image)).log == "pulled\n"
    assert bench.run(task(image, pull="always")).log == "pulled\n"
    pinned = next(name for name in client.inspect_image(image)["RepoDigests"] if name.startswith(address))
    for reference in (pinned, pinned.replace("@", ":1@")):
        forget(client, image)
        forget(client, pinned)
        assert bench.run(task(reference)).log == "pulled\n"
    forget(client, image)
    forget(client, pinned)
    digest = client.inspect_image(tools_image)["Id"]
    assert bench.run(task(digest, pull="never")).log == "pulled\n"
    run = bench.run(task(f"{address}/nest/no-such-tools:1"))
    assert run.error.code == "IMAGE_NOT_FOUND"
    assert "no-such-tools:1" in run.error.message


def test_a_registry_that_is_away_is_the_infrastructure(bench):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    run = bench.run(task(f"127.0.0.1:{port}/nest/tools:1"))
    assert run.error.code == "IMAGE_UNREACHABLE"
    assert run.error.blame == BLAME_INFRASTRUCTURE


def test_a_registry_that_says_nothing_can_be_left(bench):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        backend = bench.backend()
        request = bench.request(task(f"127.0.0.1:{silent.getsockname()[1]}/nest/tools:1"))
        backend.submit([request])
        connection, _ = silent.accept()
        with connection:
            backend.cancel([request.id])
            began = time.monotonic()
            assert bench.end_of(backend, request).error.code == "CANCELLED"
            assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("manifest for debian:13.99 not found: manifest unknown: manifest unknown", "IMAGE_NOT_FOUND"),
        (
            "pull access denied for x, repository does not exist or may require 'docker login': denied",
            "IMAGE_NOT_FOUND",
        ),
        ("Head https://r.io/v2/x/manifests/1: unauthorized: authentication required", "IMAGE_DENIED"),
        ("no matching manifest for linux/arm64/v8 in the manifest list entries", "IMAGE_PLATFORM"),
        ("write /data/blob: no space left on device", "IMAGE_NO_ROOM"),
        ("dial tcp: lookup r.io: no such host", "IMAGE_UNREACHABLE"),
        ("toomanyrequests: You have reached your pull rate limit", "IMAGE_UNREACHABLE"),
        ("received unexpected HTTP status: 503 Service Unavailable", "IMAGE_UNREACHABLE"),
    ],
)
def test_what_registries_say_is_told_apart(said, code):
    error = ExecutionError.FromString(image_error("nest/tools:1", said).error)
    assert error.code == code
    assert said in error.message
