"""What people write, what it becomes, and what is said when it cannot be; and the example of the documentation."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import godwit as gw
import pytest
from godwit_container import Container, container_task, docker_engine
from godwit_container.backend import ContainerBackend
from godwit_container.containers import creation
from godwit_container.docker_engine import address, missing_engine
from godwit_container.manifest import godwit_manifest
from godwit_plugin_api.backend import AttemptRequest, TaskReference
from godwitidl.core.v1.task_pb2 import Container as ContainerMessage
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.plugins.container.v1 import container_pb2 as pb

ROOT = Path(__file__).resolve().parents[3]


def test_importing_what_people_write_imports_no_docker_and_no_protobuf():
    told = "import sys, godwit_container; print(sorted({'docker', 'requests', 'google.protobuf'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_config_becomes_its_message():
    config = Container(
        "registry:5000/team/train:3",
        pull="always",
        network="nest",
        hosts={"db": "10.0.0.7"},
        user="1000:1000",
        working_directory="/work",
        python="/opt/python",
    )
    assert config.payload() == pb.ContainerJob(
        pull=pb.PULL_POLICY_ALWAYS,
        network="nest",
        hosts=[pb.Host(name="db", address="10.0.0.7")],
        user="1000:1000",
        python="/opt/python",
    )
    assert config.container() == ContainerMessage(image="registry:5000/team/train:3", working_directory="/work")
    assert godwit_manifest().records[0].key == config.backend == "container"


@pytest.mark.parametrize(
    "image", ["debian", "python:3.12", "a/b/c:1", "10.0.0.7:5000/x", "x@sha256:" + "0" * 64, "sha256:" + "a" * 64]
)
def test_references_of_images(image):
    assert Container(image).image == image


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"image": ""}, "image must be a reference"),
        ({"image": "Debian"}, "lower case"),
        ({"image": "debian:12 "}, "image must be"),
        ({"image": 7}, "image must be"),
        ({"pull": "sometimes"}, "'if-missing', 'always', 'never'"),
        ({"working_directory": "work"}, "starts with /"),
        ({"hosts": {"db": ""}}, "names with their addresses"),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_written(settings, words):
    with pytest.raises(gw.DeclarationError, match="(?s)" + words):
        Container(**{"image": "debian:12", **settings})


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ({"command": "echo 1"}, "INVALID_SETTING", "no shell between"),
        ({"command": ["echo", 1]}, "INVALID_SETTING", "list of texts"),
        ({"command": ["echo", "{inputs.nothing}"]}, "UNKNOWN_PARAMETER", "inputs.nothing"),
        ({"command": ["touch", "{outputs.other}"]}, "UNKNOWN_PARAMETER", "its outputs are: number"),
        ({"json": ["other"]}, "UNKNOWN_PARAMETER", "json='other'"),
        ({"inputs_folder": "inputs"}, "INVALID_SETTING", "start with /"),
        ({"outputs_folder": "/"}, "INVALID_SETTING", "start with /"),
    ],
)
def test_a_raw_container_that_cannot_be(settings, code, words):
    with pytest.raises(gw.DeclarationError, match=words) as caught:
        container_task("task", "debian:12", outputs={"number": int}, **settings)
    assert caught.value.code == code


def test_gpus_are_asked_for():
    from_spec = TaskSpec(container=ContainerMessage(image="x"))
    from_spec.resources.gpu_count = 2
    assert _host_config(from_spec)["DeviceRequests"] == [{"Count": 2, "Capabilities": [["gpu"]]}]


def _host_config(spec):
    reference = TaskReference(1, "task", spec.SerializeToString(), "", ())
    request = AttemptRequest("a/1", reference, b"", "", "", 1, "p/d/e", "n0")
    made = creation(request, spec, pb.ContainerJob(), command=[], arguments=[], environment={}, mounts=[])
    return made["HostConfig"]


def test_a_payload_of_a_later_plugin_is_refused_by_name():
    spec = TaskSpec(container=ContainerMessage(image="debian:12"))
    spec.payload.Pack(pb.Host(name="a", address="b"))
    (problem,) = ContainerBackend().check(TaskReference(1, "task", spec.SerializeToString(), "", ("run",)))
    assert "godwitidl.plugins.container.v1.Host" in problem


@pytest.mark.parametrize("made", ["nothing", "file", "deaf"])
def test_where_there_is_no_engine(tmp_path, monkeypatch, made):
    path = tmp_path / "docker.sock"
    if made == "file":
        path.touch()
    if made == "deaf":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    words = {"nothing": "there is none at", "file": "is no socket", "deaf": "nobody answers at"}[made]
    assert missing_engine().startswith("It needs a Docker engine")
    assert words in missing_engine()
    assert str(path) in missing_engine()


def test_the_sockets_of_users_own_engines_are_looked_for(tmp_path, monkeypatch):
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.setattr(docker_engine, "DEFAULT_SOCKET", tmp_path / "none")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert address() == f"unix://{tmp_path}/none"
    (tmp_path / "docker.sock").touch()
    assert address() == f"unix://{tmp_path}/docker.sock"


def test_the_example_counts_words(tmp_path, client, tools_image, python_image):
    client.tag(tools_image, "debian", tag="12")
    client.tag(python_image, "godwit-example", tag="1")
    text = tmp_path / "text.txt"
    text.write_text("The knot, the curlew\nand the godwit: the Godwit.\n")
    example = ROOT / "examples/backends/container_words.py"
    command = [sys.executable, "-m", "godwit_core", "--home", tmp_path / "home", "run", "--json", example, "words"]
    command += ["--text", text, "--most", "2"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["outputs"] == {"result_0": 5, "result_1": {"the": 4, "godwit": 2}}
