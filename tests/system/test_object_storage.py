"""Values in a storage elsewhere: a server that speaks S3, tasks in runners, and the command line, all of them real."""

import json
import logging
import subprocess
import sys

import boto3
import pytest
from moto.server import ThreadedMotoServer

FLOWS = """
import godwit as gw

@gw.task(cache=gw.Cache(version="1"))
def text(size: int) -> str:
    return "x" * size

@gw.task(retries=1)
def write(text: str) -> gw.File:
    checkpoint = gw.current_context().checkpoint
    seen = checkpoint.path / "seen"
    if not seen.exists():
        seen.write_text("yes")
        checkpoint.save()
        raise ValueError("once more")
    file = gw.File.new("letters.txt")
    file.path.write_text(text + seen.read_text())
    return file

@gw.task
def blow(text: str, number: int) -> str:
    return text + str(number)

@gw.task
def count(file: gw.File, texts: list[str]) -> int:
    return len(file.open().read()) + sum(map(len, texts))

@gw.workflow
def letters(size: int) -> int:
    one = text(size=size)
    return count(file=write(text=one), texts=gw.map_task(blow)(text=one, number=[1, 2, 3]))
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
    (tmp_path / "flows.py").write_text(FLOWS)

    def call(*arguments, expected=0):
        command = [sys.executable, "-m", "godwit_core", "--home", "home", "--json", *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == expected, done.stdout + done.stderr
        return json.loads(done.stdout)

    return call


def keys(client):
    return sorted(one["Key"] for one in client.list_objects_v2(Bucket="mudflat").get("Contents", ()))


def run(godwit, *options):
    return godwit("run", "flows.py", "letters", "--size", "100000", *options)


def cache_of_text(told):
    (cache,) = {node["cache"] for node in told["nodes"]} - {"DISABLED"}
    return cache


@pytest.mark.parametrize("durability", ["process", "disk"])
def test_values_files_and_checkpoints_go_to_the_storage_and_come_back(cloud, godwit, tmp_path, durability):
    first = run(godwit, "--storage", "s3://mudflat/a", "--durability", durability)
    assert list(first["outputs"].values()) == [100_003 + 3 * 100_001]
    stored = keys(cloud)
    assert any(key.endswith("letters.txt") for key in stored)
    assert any("checkpoint" in key for key in stored)
    assert not [path for path in (tmp_path / "home" / "blobs").rglob("*") if path.is_file()]
    again = run(godwit, "--storage", "s3://mudflat/a")
    assert cache_of_text(again) == "HIT"


def test_a_cached_value_whose_object_is_gone_is_a_miss(cloud, godwit):
    run(godwit, "--storage", "s3://mudflat/a")
    for key in keys(cloud):
        cloud.delete_object(Bucket="mudflat", Key=key)
    again = run(godwit, "--storage", "s3://mudflat/a")
    assert cache_of_text(again) == "MISS"


def test_what_nothing_refers_to_goes_from_the_homes_part_of_the_configured_storage(cloud, godwit, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text('[storage]\nuri = "s3://mudflat/a"\n')
    cloud.put_object(Bucket="mudflat", Key="a/of-another-home/x", Body=b"x")
    first = run(godwit)
    before = keys(cloud)
    (part,) = {key.split("/")[1] for key in before} - {"of-another-home"}
    cloud.put_object(Bucket="mudflat", Key=f"a/{part}/gone/1-1/stray", Body=b"x")
    told = godwit("gc")
    assert told["objects"] >= 1
    assert f"a/{part}/gone/1-1/stray" not in keys(cloud)
    assert godwit("executions", "show", first["execution"])["execution"]
    assert cache_of_text(run(godwit)) == "HIT"
    godwit("cache", "evict", "--all")
    godwit("gc", "--keep", "0")
    assert keys(cloud) == ["a/of-another-home/x"]


def test_doctor_says_whether_the_storage_can_be_written(cloud, godwit, tmp_path):
    (tmp_path / "home").mkdir()
    config = tmp_path / "home" / "config.toml"
    config.write_text('[storage]\nuri = "s3://mudflat/a"\n')
    findings = {one["check"]: one for one in godwit("doctor")["checks"]}
    assert findings["storage"]["ok"]
    assert keys(cloud) == []
    config.write_text('[storage]\nuri = "s3://no-such-bucket/a"\n')
    findings = {one["check"]: one for one in godwit("doctor", expected=1)["checks"]}
    assert not findings["storage"]["ok"]


@pytest.mark.parametrize("uri", ["mudflat", "s3:", "s3://"])
def test_a_storage_that_is_no_uri_is_refused(godwit, uri):
    told = godwit("run", "flows.py", "letters", "--size", "1", "--storage", uri, expected=2)
    assert "s3://bucket/prefix" in json.dumps(told)


def test_a_storage_of_an_unknown_scheme_is_refused_before_anything_is_stored(godwit):
    told = godwit("run", "flows.py", "letters", "--size", "1", "--storage", "pigeon://loft/a", expected=2)
    assert "pigeon" in json.dumps(told)
    assert godwit("executions", "list")["executions"] == []
