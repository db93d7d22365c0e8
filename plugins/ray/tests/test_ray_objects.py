"""Values in an object store: kept there as usual, and read from Ray's memory where both tasks are on Ray."""

import json
import os
import subprocess
import sys

import pytest

pytest.importorskip("ray", reason="install godwit-ray[ray]: make test-plugin PLUGIN=ray")
boto3 = pytest.importorskip("boto3", reason="pip install 'moto[server]' 'godwit-core[s3]'")
ThreadedMotoServer = pytest.importorskip("moto.server", reason="pip install 'moto[server]'").ThreadedMotoServer

FLOWS = """
import boto3
import godwit as gw


@gw.task
def produced(size: int) -> bytes:
    return bytes(size)


@gw.task
def lost(value: bytes, endpoint: str) -> int:
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    found = client.list_objects_v2(Bucket="mudflat").get("Contents", [])
    for one in found:
        client.delete_object(Bucket="mudflat", Key=one["Key"])
    return len(found)


@gw.task
def consumed(value: bytes, lost: int) -> list[int]:
    return [len(value), lost]


@gw.workflow
def passing(endpoint: str) -> list[int]:
    value = produced(size=300_000)
    return consumed(value=value, lost=lost(value=value, endpoint=endpoint))
"""


@pytest.fixture
def cloud(monkeypatch):
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    variables = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket="mudflat")
    yield endpoint
    client.close()
    server.stop()


def test_a_value_is_read_from_memory_although_it_is_gone_from_the_store(cloud, tmp_path):
    (tmp_path / "flows.py").write_text(FLOWS)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    command = [sys.executable, "-m", "godwit_core", "--json", "--home", "home", "run", "flows.py", "passing"]
    command += ["--endpoint", cloud, "--backend", "ray", "--workers", "1", "--storage", "s3://mudflat/values"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    told = json.loads(done.stdout)
    assert told["outputs"] == {"result": [300_000, 1]}, done.stdout + done.stderr
