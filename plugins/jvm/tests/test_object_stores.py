"""Tasks of a jar whose values are kept in an object store: the platform copies what a machine of Java does not know."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

FLOW = """
from dataclasses import dataclass
from pathlib import Path

import godwit as gw
import godwit_jvm

many = godwit_jvm.task("dev.example.many", jar="behaviours.jar")
total = godwit_jvm.task("dev.example.sum", jar="behaviours.jar")
draw = godwit_jvm.task("dev.example.draw", jar="behaviours.jar")


@dataclass
class Point:
    x: int
    y: float


@gw.task
def points(count: int) -> list[Point]:
    return [Point(number, 0.5) for number in range(count)]


@gw.task
def write() -> gw.File:
    file = gw.File.new("line.txt")
    file.path.write_text("points: ")
    return file


@gw.task
def read(file: gw.File, points: list[Point]) -> str:
    return file.open().read().decode() + f", {sum(point.x for point in points)}"


@gw.workflow
def drawing(count: int) -> tuple[str, int]:
    line = draw(points=points(count=count), file=write())
    return read(file=line.file, points=line.points), total(numbers=many(count=count).numbers)
"""

logging.getLogger("werkzeug").disabled = True


@pytest.fixture
def cloud(monkeypatch):
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
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
    client.create_bucket(Bucket="mudflat")
    yield client
    client.close()
    server.stop()


@pytest.fixture
def godwit(jar, tmp_path):
    (tmp_path / "flow.py").write_text(FLOW)
    (tmp_path / "behaviours.jar").symlink_to(jar)

    def call(*arguments):
        command = [Path(sys.executable).parent / "godwit", "--home", "home", "--json", *arguments]
        environment = {**os.environ, "GODWIT_SECRET_TOKEN": "s3cret"}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    return call


def test_large_values_and_files_pass_between_languages_through_the_store(cloud, godwit, tmp_path):
    told = godwit("run", "flow.py", "drawing", "--count", "20000", "--storage", "s3://mudflat/a")
    assert list(told["outputs"].values()) == ["points: 20000, 199990000", 199990000]
    stored = [one["Key"] for one in cloud.list_objects_v2(Bucket="mudflat")["Contents"]]
    assert len([key for key in stored if key.endswith("line.txt")]) == 2
    assert not [path for path in (tmp_path / "home" / "blobs").rglob("*") if path.is_file()]
    assert not [path for path in (tmp_path / "home" / "staging").rglob("*") if path.is_file()]


def test_checkpoints_and_reports_go_to_the_store(cloud, godwit):
    told = godwit("run", "behaviours.jar", "tell", "--storage", "s3://mudflat/a")
    assert told["outputs"]["attempt"] == 2
    stored = [one["Key"] for one in cloud.list_objects_v2(Bucket="mudflat")["Contents"]]
    assert any(key.endswith("-checkpoint/before") for key in stored)
    assert any(key.endswith(".html") for key in stored)
