"""From nothing: a clone, make, git and Python; everything else is set up inside the clone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
NODES = 6


def environment():
    """What a fresh machine has: no uv, nothing of this environment; downloads that are here already are used again."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GODWIT", "VIRTUAL"))}
    folders = (str(PYTHON.parent), "/usr/local/bin", "/usr/bin", "/bin")
    path = os.pathsep.join(folder for folder in folders if shutil.which("uv", path=folder) is None)
    trusted = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    makes_no_difference = {"MAKEFLAGS": "", "MAKELEVEL": ""}
    return {**kept, "PATH": path, **trusted, **makes_no_difference}


def call(*command, cwd):
    done = subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clone") / "godwit"
    call("git", "clone", "--quiet", str(ROOT), str(folder), cwd=ROOT)
    return folder


def test_demo_runs_and_is_all_cache_hits_the_second_time(clone):
    first = call("make", "demo", f"PYTHON={PYTHON}", cwd=clone)
    assert "accuracy = " in first
    assert first.count("SUCCEEDED") == NODES + 1
    second = call("make", "demo", f"PYTHON={PYTHON}", cwd=clone)
    assert sum(" hit " in line for line in second.splitlines()) == NODES
    assert call("git", "status", "--porcelain", cwd=clone) == "", "it leaves nothing that git sees"
