"""Clusters that are started: for a whole run, for one task, and what is left of them."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from heads import Head

pytest.importorskip("ray", reason="install godwit-ray[ray]: make test-plugin PLUGIN=ray")

ROOT = Path(__file__).resolve().parents[3]
SOURCE = """
import godwit as gw
import ray
from godwit_ray import RayJob, RayNode

WORKERS = [RayNode(name="counting", replicas=2, resources={"licence": 1})]


@gw.task(task_config=RayJob(head=RayNode(cpu=0), workers=WORKERS))
def nodes() -> int:
    licensed = ray.remote(resources={"licence": 1})(lambda: ray.get_runtime_context().get_node_id())
    assert ray.get(licensed.remote()) != ray.get_runtime_context().get_node_id()
    assert gw.current_context().ray.resources["licence"] == 2
    return sum(node["Alive"] for node in ray.nodes())


@gw.task(task_config=RayJob(version="1.0"))
def older() -> int:
    return 0


@gw.task(task_config=RayJob(address="127.0.0.1:6379", token_secret="no-such-secret"))
def untold() -> int:
    return 0
"""

JOINING = """
import os

import godwit as gw
import ray
from godwit_ray import RayJob


CONFIG = RayJob(address="ADDRESS", runtime_env={"env_vars": {"POWER": "2"}})


@gw.task(task_config=CONFIG)
def joined(n: int) -> int:
    square = ray.remote(lambda i: i ** int(os.environ["POWER"]))
    return sum(ray.get([square.remote(i) for i in range(n)]))


@gw.task
def plain(i: int) -> int:
    print("plain", i)
    return i + 1


@gw.workflow
def summing(n: list[int]) -> int:
    return total(xs=gw.map_task(plain)(i=n))


@gw.task
def total(xs: list[int]) -> int:
    return sum(xs)
"""


def run(home, *arguments, **variables):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")} | variables
    done = subprocess.run(
        [sys.executable, "-m", "godwit_core", "--json", "--home", str(home), "run", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "clusters.py"
    path.write_text(SOURCE)
    return path


def ray_processes():
    """Return the control services that run in this network: those of other tests and people are not seen."""
    own = Path("/proc/self/ns/net").readlink()
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            is_ray = entry.name.isdigit() and (entry / "comm").read_text().strip() in {"gcs_server", "raylet"}
            if is_ray and (entry / "ns" / "net").readlink() == own:
                found.append(int(entry.name))
    return found


@pytest.mark.slow
def test_a_task_has_a_cluster_of_several_nodes_which_is_gone_with_it(source, tmp_path):
    before = set(ray_processes())
    told = run(tmp_path / "home", source, "nodes")
    assert told["outputs"] == {"result": 3}, told
    assert set(ray_processes()) <= before


def test_the_example_runs_on_a_cluster_that_is_started_for_it(tmp_path):
    told = run(tmp_path / "home", ROOT / "examples" / "backends" / "ray_tuning.py", "tuning", "--backend", "ray")
    assert told["phase"] == "SUCCEEDED", told
    assert abs(told["outputs"]["result"]) < 0.1


@pytest.mark.parametrize(("entity", "code"), [("older", "RAY_VERSION_MISMATCH"), ("untold", "RAY_TOKEN_MISSING")])
def test_what_cannot_be_is_told(source, tmp_path, entity, code):
    assert run(tmp_path / "home", source, entity)["error"]["code"] == code


@pytest.mark.parametrize("scheme", ["", pytest.param("ray://", marks=pytest.mark.slow)])
def test_a_cluster_is_joined_by_a_task_at_either_address(head, tmp_path, scheme):
    source = tmp_path / "joining.py"
    source.write_text(JOINING.replace("ADDRESS", head.client if scheme else head.address))
    variables = {name: value for name, value in head.variables().items() if name != "RAY_ADDRESS"}
    told = run(tmp_path / "home", source, "joined", "--n", "4", **variables)
    assert told["outputs"] == {"result": 14}, told


@pytest.mark.slow
def test_ordinary_tasks_run_on_a_cluster_that_is_reached_by_its_client_port(head, tmp_path):
    source = tmp_path / "joining.py"
    source.write_text(JOINING)
    variables = {**head.variables(), "RAY_ADDRESS": head.client}
    arguments = (source, "summing", "--n", json.dumps(list(range(40))), "--backend", "ray")
    told = run(tmp_path / "home", *arguments, **variables)
    assert told["outputs"] == {"result": sum(range(1, 41))}, told


@pytest.fixture(scope="module")
def other_version(tmp_path_factory):
    head = Head(tmp_path_factory.mktemp("other"), 1, version="2.51.0")
    yield head
    head.close()


@pytest.mark.slow
@pytest.mark.parametrize(("entity", "scheme"), [("joined", ""), ("joined", "ray"), ("plain", ""), ("plain", "ray")])
def test_a_cluster_of_another_version_is_told(other_version, tmp_path, entity, scheme):
    address = other_version.client if scheme else other_version.address
    source = tmp_path / "joining.py"
    source.write_text(JOINING.replace("ADDRESS", address))
    variables = {**other_version.variables(), "RAY_ADDRESS": address}
    arguments = ("--n", "4") if entity == "joined" else ("--i", "4", "--backend", "ray")
    told = run(tmp_path / "home", source, entity, *arguments, **variables)
    assert told["error"]["code"] == "RAY_VERSION_MISMATCH", told
    assert "2.51.0" in told["error"]["message"]
