"""Programs that read and write local files alone, with values in a storage elsewhere: what they need is copied.

The program is the runner of Python with the library of object stores, and all credentials, taken away.
"""

import json
import logging
import subprocess
import sys
from urllib.parse import unquote, urlsplit

import boto3
import pytest
from godwit_plugin_api import Kind
from godwit_plugin_api.backend import AttemptRequest, BackendSettings, TaskReference
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.supervision.jobs import JobFolder, once_command
from godwit_plugin_api.testing.fake_host import FakeHost
from godwitidl.core.v1.bundle_pb2 import Bundle
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals
from moto.server import ThreadedMotoServer

PROGRAM = """
import os
import runpy
import sys

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
sys.modules["obstore"] = None
runpy.run_module("godwit.runner", run_name="__main__", alter_sys=True)
"""

FLOWS = """
import time
from pathlib import Path

import godwit as gw

@gw.task
def text(size: int) -> str:
    return "x" * size

@gw.task(retries=1)
def write(text: str) -> gw.File:
    gw.current_context().report.write_text("<p>written</p>")
    checkpoint = gw.current_context().checkpoint
    seen = checkpoint.path / "seen"
    if not seen.exists():
        seen.write_text("yes")
        checkpoint.save()
        raise ValueError("once more")
    file = gw.File.new("letters with spaces.txt")
    file.path.write_text(text + seen.read_text())
    return file

@gw.task
def blow(text: str, number: int) -> str:
    return text + str(number)

@gw.task
def gather(file: gw.File, count: int) -> list[gw.File]:
    files = []
    for number in range(count):
        one = gw.File.new(f"{number:0>200}.txt")
        one.path.write_text(str(number))
        files.append(one)
    return [file, *files]

@gw.task
def again(files: list[gw.File]) -> list[gw.File]:
    return files

@gw.task
def count(files: list[gw.File], texts: list[str]) -> int:
    return sum(len(file.open().read()) for file in files) + sum(map(len, texts))

@gw.workflow
def letters(size: int, files: int) -> int:
    one = text(size=size)
    gathered = gather(file=write(text=one), count=files)
    return count(files=again(files=gathered), texts=gw.map_task(blow)(text=one, number=[1, 2, 3]))

@gw.task
def read(file: gw.File) -> int:
    return len(file.open().read())

@gw.task
def wait(file: gw.File) -> int:
    print("asleep", flush=True)
    time.sleep(600)
    return 0

@gw.task(retries=2)
def fall(file: gw.File) -> str:
    import os
    kept = gw.current_context().checkpoint
    if (kept.path / "seen").exists():
        return "found"
    (kept.path / "seen").write_text("yes")
    os.kill(os.getpid(), 9)
    return "never"
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
    # What the server keeps is the module's, and outlives it.
    for key in keys(client):
        client.delete_object(Bucket="mudflat", Key=key)
    client.delete_bucket(Bucket="mudflat")
    client.close()
    server.stop()


@pytest.fixture
def godwit(tmp_path):
    """Runs the command line over specs whose program reads and writes local files alone."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "flows.py").write_text(FLOWS)
    (tmp_path / "program.py").write_text(PROGRAM)
    loader = load_plugins().create(Kind.ENTITY_LOADER, ".py")
    bundle = loader.load(source / "flows.py", project="default", domain="development").registration().bundle
    for spec in bundle.tasks:
        spec.program.command[:] = ["{python}", "-P", str(tmp_path / "program.py")]
        spec.program.local_files_only = True
    (tmp_path / "specs.pb").write_bytes(bundle.SerializeToString())

    def call(*arguments, expected=0):
        command = [sys.executable, "-m", "godwit_core", "--home", "home", "--json", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == expected, done.stdout + done.stderr
        return json.loads(done.stdout)

    return call


def run(godwit, entity, *options, expected=0):
    return godwit("run", "specs.pb", entity, "--source-root", "source", *options, expected=expected)


def keys(client):
    return sorted(one["Key"] for one in client.list_objects_v2(Bucket="mudflat").get("Contents", ()))


def left(tmp_path):
    home = tmp_path / "home"
    folders = [home / "blobs", home / "staging", *home.glob("jobs/*/staged*")]
    return [path for folder in folders for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("files", [3, 160])
def test_values_files_and_lists_of_files_go_to_the_storage_and_come_back(cloud, godwit, tmp_path, files):
    told = run(godwit, "letters", "--size", "100000", "--files", str(files), "--storage", "s3://mudflat/a")
    lengths = sum(len(str(number)) for number in range(files))
    assert list(told["outputs"].values()) == [100_003 + lengths + 3 * 100_001]
    stored = keys(cloud)
    assert any(key.endswith("letters with spaces.txt") for key in stored)
    assert any("checkpoint" in key for key in stored)
    assert any(key.endswith("report.html") for key in stored)
    assert left(tmp_path) == []


def test_an_input_elsewhere_is_copied_for_a_home_of_this_host(cloud, godwit, tmp_path):
    cloud.put_object(Bucket="mudflat", Key="given/in put.txt", Body=b"12345")
    told = run(godwit, "read", "--file", "s3://mudflat/given/in%20put.txt")
    assert list(told["outputs"].values()) == [5]
    assert left(tmp_path) == []


@pytest.mark.usefixtures("cloud")
def test_an_input_that_is_gone_is_the_attempts_error(godwit, tmp_path):
    told = run(godwit, "read", "--file", "s3://mudflat/gone.txt", expected=1)
    assert told["error"]["code"] == "BLOB_MISSING"
    assert "s3://mudflat/gone.txt" in told["error"]["message"]
    assert left(tmp_path) == []


def test_a_checkpoint_is_kept_of_an_attempt_that_was_killed(cloud, godwit):
    cloud.put_object(Bucket="mudflat", Key="given", Body=b"12345")
    told = run(godwit, "fall", "--file", "s3://mudflat/given", "--storage", "s3://mudflat/a")
    assert list(told["outputs"].values()) == ["found"]


@pytest.mark.usefixtures("cloud")
def test_what_a_storage_refuses_is_the_attempts_error(godwit, tmp_path):
    told = run(godwit, "text", "--size", "100000", "--storage", "s3://no-such-bucket/a", expected=1)
    assert told["error"]["code"] == "BLOB_STORE"
    assert "s3://no-such-bucket" in told["error"]["message"]
    assert left(tmp_path) == []


@pytest.fixture
def host(tmp_path):
    made = FakeHost(BackendSettings(str(tmp_path / "home"), str(tmp_path / "home" / "logs"), workers=1, grace_s=5))
    yield made
    made.close()


@pytest.fixture
def local(host):
    backend = load_plugins().create(Kind.BACKEND, "local")
    backend.open(host)
    yield backend
    backend.close()


def request_of(tmp_path, name, uri, number=1):
    bundle = Bundle.FromString((tmp_path / "specs.pb").read_bytes())
    (spec,) = [spec for spec in bundle.tasks if spec.id.name.endswith(f".{name}")]
    command = tuple(spec.program.command)
    source = str(tmp_path / "source")
    task = TaskReference(1, spec.id.name, spec.SerializeToString(), source, command, local_files_only=True)
    inputs = NamedLiterals()
    inputs.values.add(name="file").value.file.uri = uri
    kept = "s3://mudflat/kept"
    prefix = f"{kept}/e/{number}"
    return AttemptRequest(f"e/{number}/1", task, inputs.SerializeToString(), prefix, f"{kept}/c", 1, "e", "n0")


@pytest.mark.usefixtures("godwit")
def test_an_attempt_is_cancelled_while_its_data_is_copied_and_while_it_runs(cloud, host, local, tmp_path):
    cloud.put_object(Bucket="mudflat", Key="given", Body=b"12345")
    first = request_of(tmp_path, "wait", "s3://mudflat/given")
    assert local.submit([first, first]) == local.submit([first]) * 2
    assert local.capacity().immediate == 0
    local.cancel([first.id])
    assert ExecutionError.FromString(host.end_of(first.id).error).code == "CANCELLED"
    second = request_of(tmp_path, "wait", "s3://mudflat/given", 2)
    local.submit([second])
    logs = tmp_path / "home" / "logs"
    host.wait_for(lambda: any("asleep" in path.read_text() for path in logs.rglob("*.log")), "the task to begin")
    local.cancel([second.id])
    assert ExecutionError.FromString(host.end_of(second.id).error).code == "CANCELLED"
    assert local.capacity().immediate == 1
    assert host.faults == []


@pytest.mark.usefixtures("godwit")
def test_what_an_engine_has_left_is_removed_by_the_next(cloud, host, local, tmp_path):
    cloud.put_object(Bucket="mudflat", Key="given", Body=b"12345")
    stray = tmp_path / "home" / "staging" / "0123" / "1" / "stray"
    stray.parent.mkdir(parents=True)
    stray.write_text("x")
    stray.parents[1].with_suffix(".lock").touch()
    request = request_of(tmp_path, "read", "s3://mudflat/given")
    local.submit([request])
    (output,) = host.end_of(request.id).outputs
    assert Literal.FromString(output.value).int_value == 5
    assert not stray.exists()
    local.close()
    assert list((tmp_path / "home" / "staging").iterdir()) == []


@pytest.mark.usefixtures("godwit")
@pytest.mark.parametrize(("name", "status"), [("write", 1), ("again", 0)])
def test_a_program_by_the_file_contract_has_its_data_copied(cloud, tmp_path, name, status):
    cloud.put_object(Bucket="mudflat", Key="given/a.txt", Body=b"12345")
    request = request_of(tmp_path, name, "")
    inputs = NamedLiterals()
    if name == "again":
        inputs.values.add(name="files").value.list.items.add().file.uri = "s3://mudflat/given/a.txt"
    else:
        inputs.values.add(name="text").value.string_value = "x"
    job = JobFolder(str(tmp_path / "home"), request.id)
    statuses = []
    for number in (1, 2):
        request = request._replace(inputs=inputs.SerializeToString(), number=number)
        job.prepare(request)
        done = subprocess.run(once_command(request, job), capture_output=True, text=True, check=False)
        statuses.append(done.returncode)
        assert left(tmp_path) == []
    assert statuses == [status, 0], done.stderr
    (output,) = NamedLiterals.FromString((job.outputs / "outputs.pb").read_bytes()).values
    if name == "again":
        assert output.value.list.items[0].file.uri == "s3://mudflat/given/a.txt"
    else:
        assert output.value.file.uri.startswith("s3://mudflat/kept/e/1/")
        key = unquote(urlsplit(output.value.file.uri).path).lstrip("/")
        assert cloud.get_object(Bucket="mudflat", Key=key)["Body"].read() == b"xyes"


@pytest.mark.usefixtures("cloud", "godwit")
def test_what_cannot_be_copied_for_a_program_by_the_file_contract_is_its_error(tmp_path):
    request = request_of(tmp_path, "read", "s3://mudflat/gone.txt")
    job = JobFolder(str(tmp_path / "home"), request.id)
    job.prepare(request)
    done = subprocess.run(once_command(request, job), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert ExecutionError.FromString((job.outputs / "error.pb").read_bytes()).code == "BLOB_MISSING"
    assert left(tmp_path) == []
