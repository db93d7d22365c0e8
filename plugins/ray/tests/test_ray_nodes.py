"""A cluster of two machines, of which the other does not see the engine's files."""

import contextlib
import json
import os
import subprocess
import sys
import time

import other_machine
import pytest
from heads import Head
from other_machine import OtherMachine
from running import Engine

pytest.importorskip("ray", reason="install godwit-ray[ray]: make test-plugin PLUGIN=ray")
boto3 = pytest.importorskip("boto3", reason="pip install 'moto[server]' 'godwit-core[s3]'")
ThreadedMotoServer = pytest.importorskip("moto.server", reason="pip install 'moto[server]'").ThreadedMotoServer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(other_machine.missing() != "" and not os.environ.get("CI"), reason=other_machine.missing()),
]

SOURCE = """
import os
import time
import godwit as gw
import ray
from godwit_ray import RayJob
from surroundings import NAME

@gw.task
def where(i: int, seconds: float) -> str:
    time.sleep(seconds)
    return NAME + os.uname().nodename

@gw.task
def made(size: int) -> bytes:
    return os.urandom(size)

@gw.task
def measured(value: bytes, seconds: float) -> tuple[int, str]:
    time.sleep(seconds)
    return len(value), os.uname().nodename

@gw.workflow
def map_there(n: list[int], seconds: float) -> list[str]:
    return gw.map_task(where)(i=n, seconds=seconds)

@gw.workflow
def passing(size: int) -> tuple[int, str]:
    return measured(value=made(size=size), seconds=0.0)

@gw.task
def lasting() -> str:
    if os.uname().nodename == "OTHER":
        time.sleep(300)
    return os.uname().nodename

@gw.task(task_config=RayJob(address="ADDRESS"))
def driver(n: int) -> list[str]:
    @ray.remote(num_cpus=1)
    def name() -> str:
        time.sleep(1)
        return os.uname().nodename
    return ray.get([name.remote() for _ in range(n)])
"""


@pytest.fixture
def other(tmp_path):
    with OtherMachine(tmp_path) as machine:
        yield machine


@pytest.fixture
def cluster(other, tmp_path, request):
    """A cluster of both; of this machine no processor unless the test asks for one."""
    head = Head(tmp_path, getattr(request, "param", 0), host=other.here)
    other.start_node(head)
    yield head
    head.close()


@pytest.fixture
def engine(cluster, tmp_path):
    (tmp_path / "surroundings.py").write_text("NAME = 'on '\n")
    return Engine(tmp_path / "home", cluster.variables())


@pytest.fixture
def storage(other, engine):
    """An object store that both machines reach."""
    server = ThreadedMotoServer(ip_address=other.here, port=0)
    server.start()
    _, port = server.get_host_and_port()
    endpoint = f"http://{other.here}:{port}"
    variables = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
    }
    engine.variables |= variables
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys)
    client.create_bucket(Bucket="mudflat")
    client.close()
    # What residents need of it they get as anything on a cluster: by the environment that Ray makes.
    (engine.home / "config.toml").write_text(
        "[backends.ray]\nruntime_env = '''" + json.dumps({"env_vars": variables}) + "'''\n"
    )
    yield "s3://mudflat/values"
    server.stop()


def written(tmp_path, cluster, other):
    path = tmp_path / "far.py"
    path.write_text(SOURCE.replace("ADDRESS", cluster.address).replace("OTHER", other.name))
    return path


def test_files_of_this_machine_are_of_no_use_there(engine, cluster, other, tmp_path):
    path = written(tmp_path, cluster, other)
    told = engine.json("run", path, "where", "--i", "1", "--seconds", "0", "--backend", "ray")
    assert told["error"]["code"] == "RAY_STORAGE_NOT_SHARED", told


def test_source_and_values_reach_it(engine, cluster, other, storage, tmp_path):
    path = written(tmp_path, cluster, other)
    elsewhere = ("--backend", "ray", "--storage", storage)
    told = engine.json("run", path, "map_there", "--n", "[1, 2, 3]", "--seconds", "0", *elsewhere)
    assert told["outputs"] == {"result": [f"on {other.name}"] * 3}, told
    told = engine.json("run", path, "passing", "--size", "200000", *elsewhere)
    assert list(told["outputs"].values()) == [200_000, other.name], told


@pytest.mark.parametrize("cluster", [1], indirect=True)
def test_both_machines_work(engine, cluster, other, storage, tmp_path):
    path = written(tmp_path, cluster, other)
    elsewhere = ("--backend", "ray", "--storage", storage)
    told = engine.json("run", path, "map_there", "--n", "[1, 2, 3, 4, 5, 6, 7, 8]", "--seconds", "1", *elsewhere)
    assert set(told["outputs"]["result"]) == {f"on {other.name}", f"on {os.uname().nodename}"}, told
    told = engine.json("run", path, "driver", "--n", "4", *elsewhere)
    assert set(told["outputs"]["result"]) == {other.name, os.uname().nodename}, told


def test_what_ran_on_a_machine_that_is_lost_runs_on_another(engine, cluster, other, storage, tmp_path):
    path = written(tmp_path, cluster, other)
    process = engine.start(
        "--json", "run", path, "lasting", "--backend", "ray", "--storage", storage, "--execution-name", "l"
    )
    await_start(engine, other)
    other.switch_off()
    with another_node(cluster, other.here, tmp_path):
        out, error = process.communicate(timeout=180)
    assert json.loads(out)["outputs"] == {"result": os.uname().nodename}, out + error


@contextlib.contextmanager
def another_node(head, host, folder):
    """A further node on this machine, with a processor."""
    words = ["-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats", "--num-cpus=1"]
    words += [f"--address={head.address}", f"--node-ip-address={host}"]
    with (folder / "node.log").open("wb") as log:
        variables = {**os.environ, **head.variables()}
        node = subprocess.Popen([sys.executable, *words], env=variables, stdout=log, stderr=log)
    yield
    node.terminate()
    node.wait()


def await_start(engine, other):
    deadline = time.monotonic() + 60
    while other.name not in engine("--json", "executions", "show", "l").stdout:
        assert time.monotonic() < deadline, "it did not begin there"
        time.sleep(0.2)
