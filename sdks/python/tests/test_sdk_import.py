"""Importing is quiet, and the public names are all there."""

import json
import subprocess
import sys

import godwit
import pytest

PROBE = """
import json, os, signal, sys, threading
before = {
    "hook": sys.excepthook, "signals": [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)],
    "path": list(sys.path), "meta": list(sys.meta_path), "files": sorted(os.listdir(".")),
    "descriptors": len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0,
    "environment": dict(os.environ),
}
import godwit
for name in godwit.__all__:
    getattr(godwit, name)
after = {
    "hook": sys.excepthook, "signals": [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)],
    "path": list(sys.path), "meta": list(sys.meta_path), "files": sorted(os.listdir(".")),
    "descriptors": len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0,
    "environment": dict(os.environ),
}
changed = [key for key in before if before[key] != after[key]]
print(json.dumps({"changed": changed, "threads": threading.active_count(), "modules": sorted(sys.modules)}))
"""

HEAVY = {"google.protobuf", "grpc", "pandas", "numpy", "pyarrow", "polars", "torch", "sklearn", "pydantic"}
HEAVY |= {"asyncio", "godwit_core", "godwitidl", "sqlite3", "ssl", "multiprocessing", "logging", "pluggy"}

SELDOM_NEEDED = {"argparse", "ast", "inspect", "dis", "tokenize", "dataclasses", "traceback", "linecache", "textwrap"}
SELDOM_NEEDED |= {"pickle", "uuid", "platform", "random", "tempfile", "shutil", "fractions", "decimal", "hashlib"}
SELDOM_NEEDED |= {"socket", "tomllib"}


@pytest.fixture(scope="module")
def probe(tmp_path_factory):
    folder = tmp_path_factory.mktemp("empty")
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE], cwd=folder, capture_output=True, text=True, check=True
    )
    assert result.stderr == ""
    return json.loads(result.stdout)


def test_nothing_is_changed_by_importing(probe):
    assert probe["changed"] == []
    assert probe["threads"] == 1


def test_nothing_heavy_is_imported(probe):
    assert HEAVY.isdisjoint(probe["modules"])


def test_nothing_is_imported_that_only_some_programs_need(probe):
    program = "import sys, contextvars, datetime, functools, pathlib, re, typing\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert SELDOM_NEEDED.intersection(probe["modules"]) <= set(done.stdout.split())


def test_public_names_are_sorted_and_there():
    assert godwit.__all__ == sorted(godwit.__all__)
    assert set(godwit.__all__) <= set(dir(godwit))
    for name in godwit.__all__:
        assert getattr(godwit, name) is not None


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'tsak'"):
        _ = godwit.tsak
