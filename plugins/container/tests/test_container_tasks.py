"""Python tasks in containers by the command line: what a task is given, what it leaves, wherever values are kept."""

import json
import logging
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

SOURCE = """
import os
from pathlib import Path

import godwit as gw
from godwit_container import Container, container_task

IMAGE = Container(image="godwit-test-python:1")


@gw.task
def letters() -> tuple[gw.File, list[gw.File], str]:
    one, two = gw.File.new("one.txt"), gw.File.new("two.txt")
    one.path.write_text("godwit")
    two.path.write_text("knot")
    return one, [two], "x" * 100_000


@gw.task(
    task_config=IMAGE,
    retries=1,
    secrets=["token", gw.Secret("password", group="db", environment_variable="PASSWORD")],
)
def inside(one: gw.File, more: list[gw.File], text: str) -> tuple[gw.File, gw.Directory, str]:
    context = gw.current_context()
    context.link("Nest", "https://nest.example.org/7")
    context.report.write_text("<p>eggs</p>")
    checkpoint = context.checkpoint
    seen = checkpoint.path / "deep" / "seen"
    if not seen.exists():
        seen.parent.mkdir()
        seen.write_text("was here before")
        checkpoint.save()
        raise ValueError("once more")
    file, folder = gw.File.new("said.txt"), gw.Directory.new("folder")
    file.path.write_text(f"{one.path.read_text()} {more[0].path.read_text()} {len(text)} {seen.read_text()}")
    (folder.path / "sub").mkdir(parents=True)
    (folder.path / "sub" / "uid").write_text(str(os.getuid()))
    print("secrets of", len(context.secrets["token"]), len(context.secrets["password"]), len(os.environ["PASSWORD"]))
    return file, folder, text * 2


join = container_task(
    "join",
    "godwit-test-tools:1",
    command=["sh", "-ec", "cat {inputs.file} > {outputs.all}; cat {inputs.folder}/sub/uid > {outputs.uid};"
             " wc -c < /var/inputs/text > {outputs.length}"],
    inputs={"file": gw.File, "folder": gw.Directory, "text": str},
    outputs={"all": gw.File, "uid": int, "length": int},
)


@gw.task
def read(file: gw.File) -> str:
    return file.path.read_text()


@gw.workflow
def all_ways() -> tuple[str, int, int]:
    one, more, text = letters()
    file, folder, twice = inside(one=one, more=more, text=text)
    joined, uid, length = join(file=file, folder=folder, text=twice)
    return read(file=joined), uid, length


hungry = container_task(
    "hungry",
    "godwit-test-tools:1",
    command=["sh", "-ec", "a=12345678; while [ ${#a} -lt 30000000 ]; do a=$a$a; done; echo ${#a} > {outputs.n}"],
    outputs={"n": int},
    resources=gw.Resources(mem="24Mi"),
    on_oom=gw.grow(8, max="1Gi"),
    retries=2,
)

stubborn = container_task(
    "stubborn",
    "godwit-test-tools:1",
    command=["sh", "-c", "trap '' TERM; echo begun; while true; do sleep 1; done"],
    timeout=1,
)

breaking = container_task("breaking", "godwit-test-tools:1", command=["sh", "-c", "echo no eggs; exit 3"], retries=2)


@gw.task(task_config=Container(image="godwit-test-tools:1"))
def without_python() -> int:
    return 1


@gw.task(task_config=IMAGE, environment={"PYTHONPATH": "/nowhere"})
def without_godwit() -> int:
    return 1
"""

logging.getLogger("werkzeug").disabled = True
pytestmark = pytest.mark.usefixtures("tools_image", "python_image")


@pytest.fixture
def storage(monkeypatch):
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "godwit",
        "AWS_SECRET_ACCESS_KEY": "bar-tailed",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    boto3.client("s3").create_bucket(Bucket="mudflat")
    yield "s3://mudflat/home"
    server.stop()


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "tasks.py").write_text(SOURCE)
    return tmp_path / "home"


def called(home, *arguments):
    command = [sys.executable, "-m", "godwit_core", "--home", home, *arguments]
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)


def ran(home, entity, *arguments):
    done = called(home, "run", "--json", home.parent / "source" / "tasks.py", entity, *arguments)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def all_ways(home, monkeypatch, *arguments):
    monkeypatch.setenv("GODWIT_SECRET_TOKEN", "s3cret")
    monkeypatch.setenv("GODWIT_SECRET_DB_PASSWORD", "pa55")
    done = ran(home, "all_ways", "--execution-name", "ways", *arguments)
    assert done["outputs"] == {"result_0": "godwit knot 100000 was here before", "result_1": 0, "result_2": 200_000}
    shown = json.loads(called(home, "executions", "show", "--json", "ways").stdout)
    assert "https://nest.example.org/7" in json.dumps(shown)
    assert "report.html" in json.dumps(shown)
    assert "secrets of 6 4 4" in called(home, "executions", "logs", "ways").stdout
    assert not list(Path("/dev/shm").glob("godwit-*"))


@pytest.mark.parametrize("copying", ["", "yes"])
def test_a_task_has_in_a_container_what_it_has_elsewhere(home, monkeypatch, copying):
    monkeypatch.setenv("GODWIT_CONTAINER_COPY", copying)
    all_ways(home, monkeypatch)


def test_values_of_a_storage_elsewhere_go_in_and_out(home, monkeypatch, storage):
    all_ways(home, monkeypatch, "--storage", storage)
    found = boto3.client("s3").list_objects_v2(Bucket="mudflat", Prefix="home/")["Contents"]
    assert any(one["Key"].endswith("/sub/uid") for one in found)
    assert not list(home.rglob("said.txt"))


def test_out_of_memory_comes_back_with_more(home):
    done = ran(home, "hungry")
    assert done["outputs"] == {"n": 33_554_432}, done
    assert done["nodes"][0]["attempts"] == 2


def test_a_container_that_takes_too_long_is_ended_for_sure(home, client):
    done = ran(home, "stubborn")
    assert done["error"]["code"] == "TIMEOUT_ATTEMPT"
    assert client.containers(all=True, filters={"label": "dev.godwit.attempt"}) == []


def test_a_failing_program_is_tried_again(home):
    done = ran(home, "breaking")
    assert done["error"]["code"] == "CONTAINER_FAILED"
    assert "no eggs" in done["error"]["message"]
    assert done["nodes"][0]["attempts"] == 3


@pytest.mark.parametrize(
    ("task", "code", "words"),
    [("without_python", "COMMAND_NOT_FOUND", "python3"), ("without_godwit", "IMAGE_WITHOUT_GODWIT", "pip install")],
)
def test_an_image_that_cannot_run_the_task(home, task, code, words):
    done = ran(home, task)
    assert done["error"]["code"] == code
    assert words in done["error"]["message"]
    assert done["nodes"][0]["attempts"] == 1
