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


SPOILT = """
from pathlib import Path

import godwit as gw


@gw.task
def text(n: int) -> str:
    return "x" * n


@gw.workflow
def texts(n: int) -> str:
    return text(n=n)


@gw.task
def spoil(home: str, text: str) -> int:
    for path in (Path(home) / "blobs").rglob("*"):
        if path.is_file() and b"x" * 1000 in path.read_bytes():
            path.chmod(0o600)
            path.write_bytes(b"?" + path.read_bytes()[1:])
    return len(text)


@gw.task
def size(text: str, spoilt: int) -> int:
    return len(text) + spoilt


@gw.workflow
def flow(home: str, n: int) -> int:
    made = texts(n=n)
    return size(text=made, spoilt=spoil(home=home, text=made))
"""


def test_what_is_damaged_amid_an_execution_is_made_again_by_it(tmp_path):
    (tmp_path / "flow.py").write_text(SPOILT)
    home = tmp_path / "home"
    command = [
        GODWIT,
        "--home",
        home,
        "run",
        tmp_path / "flow.py",
        "flow",
        "-i",
        f"home={home}",
        "--n",
        "200000",
        "--json",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    told = json.loads(done.stdout)
    assert told["outputs"] == {"result": 400_000}
    assert {node["name"]: node["attempts"] for node in told["nodes"]} == {"texts": 0, "text": 2, "spoil": 1, "size": 2}
