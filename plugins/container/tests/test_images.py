"""Images that are pulled from a registry, and those that cannot be."""

import os
import shutil
import socket
import subprocess
import time
from contextlib import suppress

import pytest
from docker.errors import ImageNotFound
from godwit_container import Container, container_task
from godwit_container.images import image_error
from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE, BLAME_USER, ExecutionError

TOOLS = "godwit-test-tools:1"
INSTALL = ["apt-get", "install", "-y", "--no-install-recommends", "docker-registry"]
USERS = "nest:$2b$05$0JwsD.Uf8yCkiBzcB5yPqOpHsLEvd4nWBqJSKGLg9U8oLhY8ZQXZe"  # of `htpasswd -B`; nobody logs in


@pytest.fixture(scope="module", params=["open", "locked"])
def registry_at(request, tmp_path_factory):
    """The address of a registry on this host, and whether everybody may pull from it."""
    if shutil.which("docker-registry") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(INSTALL, check=False, capture_output=True)
    if shutil.which("docker-registry") is None:
        pytest.skip("needs a registry: apt-get install docker-registry")
    folder = tmp_path_factory.mktemp("registry")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "users").write_text(USERS + "\n")
    lock = f"auth: {{htpasswd: {{realm: nest, path: {folder}/users}}}}" if request.param == "locked" else ""
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
        yield f"127.0.0.1:{port}", request.param == "open"
    finally:
        server.terminate()
        server.wait(timeout=30)


def task(image, **settings):
    return container_task("task", image, command=["sh", "-c", "echo pulled"], container=Container(image, **settings))


def forget(client, image):
    with suppress(ImageNotFound):
        client.remove_image(image)


def test_an_image_is_pulled_when_it_is_not_there(bench, client, registry_at, tools_image):
    address, is_open = registry_at
    image = f"{address}/nest/tools:1"
    if not is_open:
        run = bench.run(task(image))
        assert run.error.code == "IMAGE_DENIED"
        assert run.error.blame == BLAME_USER
        return
    client.tag(tools_image, f"{address}/nest/tools", tag="1")
    assert "error" not in client.push(f"{address}/nest/tools", tag="1")
    forget(client, image)
    assert bench.run(task(image, pull="never")).error.code == "IMAGE_NOT_PRESENT"
    assert bench.run(task(image)).log == "pulled\n"
    assert bench.run(task(image, pull="always")).log == "pulled\n"
    forget(client, image)
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
