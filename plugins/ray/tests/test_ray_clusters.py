"""Clusters that are started: for a whole run, for one task, and what is left of them."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

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


def run(home, *arguments):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
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
