"""Cached results whose blobs are damaged are computed again, by the command line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

GODWIT = Path(sys.executable).with_name("godwit")
SOURCE = """
from pathlib import Path

import godwit as gw


@gw.task(cache=gw.Cache(version="1"))
def long_text(n: int) -> str:
    return "x" * n


@gw.task(cache=gw.Cache(version="1"))
def file(n: int) -> gw.File:
    Path("made.txt").write_text("y" * n)
    return gw.File("made.txt")


@gw.task
def size(text: str, file: gw.File) -> int:
    return len(text) + len(Path(file).read_bytes())


@gw.workflow
def flow(n: int) -> int:
    return size(text=long_text(n=n), file=file(n=n))
"""


def run(folder):
    (folder / "flow.py").write_text(SOURCE)
    command = [GODWIT, "--home", folder / "home", "run", folder / "flow.py", "flow", "--n", "200000", "--json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    told = json.loads(done.stdout)
    assert told["outputs"] == {"result": 400_000}
    return {node["name"]: node["cache"] for node in told["nodes"]}


def blobs_with(folder, letter):
    found = [path for path in (folder / "home" / "blobs").rglob("*") if path.is_file()]
    return [path for path in found if letter * 1000 in path.read_bytes()]


@pytest.mark.parametrize("damage", [lambda blob: blob[:-1], lambda blob: blob[:100_000] + b"?" + blob[100_001:]])
def test_damaged_blobs_are_made_again(tmp_path, damage):
    assert run(tmp_path) == {"long_text": "MISS", "file": "MISS", "size": "DISABLED"}
    assert run(tmp_path) == {"long_text": "HIT", "file": "HIT", "size": "DISABLED"}
    for letter, name in ((b"x", "long_text"), (b"y", "file")):
        damaged = blobs_with(tmp_path, letter)
        assert damaged
        for blob in damaged:
            blob.chmod(0o600)
            blob.write_bytes(damage(blob.read_bytes()))
        found = run(tmp_path)
        assert found.pop(name) == "MISS"
        assert set(found.values()) == {"HIT", "DISABLED"}
    assert run(tmp_path) == {"long_text": "HIT", "file": "HIT", "size": "DISABLED"}
