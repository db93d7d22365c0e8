"""All plugins in one environment: they do not conflict, and none loads what it does not need yet."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import distributions

import pytest

PLUGINS = ("container", "jvm", "mpi", "ray", "spark", "webapi")
CONFIGS = {
    "container": ("Container", "container_task"),
    "jvm": ("task",),
    "mpi": ("HorovodJob", "MPIJob", "TorchElastic"),
    "ray": ("RayJob", "RayNode"),
    "spark": ("Spark", "SparkJar"),
    "webapi": ("AthenaQuery", "Call", "HttpJob", "OpenAIBatch", "Service"),
}
HEAVY = ("boto3", "docker", "google.protobuf", "grpc", "numpy", "pandas", "pyspark", "ray", "torch", "godwit_core")


def python(*arguments):
    done = subprocess.run([sys.executable, "-P", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_godwit_lists_them_all():
    told = json.loads(python("-m", "godwit_core", "plugins", "--json"))
    assert set(PLUGINS) <= {plugin["name"] for plugin in told["plugins"]}


def test_nothing_is_installed_that_something_else_forbids():
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "run it by make test-backends"
    done = subprocess.run([uv, "pip", "check", "--python", sys.executable], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_plugin_is_here():
    names = {found.metadata["Name"] for found in distributions()}
    assert {f"godwit-{name}" for name in PLUGINS} <= names


@pytest.mark.parametrize("plugin", PLUGINS)
def test_what_authors_import_loads_nothing_heavy(plugin):
    names = ", ".join(CONFIGS[plugin])
    program = f"import sys; from godwit_{plugin} import {names}; print([m for m in {HEAVY} if m in sys.modules])"
    assert python("-c", program).strip() == "[]"
