"""Wheels and environments, made once for all tests that need them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def call_alone(*command, cwd, status=0):
    """Run *command* with nothing of this environment, and return what it prints."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GODWIT", "VIRTUAL"))}
    arguments = [str(part) for part in command]
    done = subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, env=clean, check=False)
    assert done.returncode == status, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="session")
def call():
    """The function that runs a command alone."""
    return call_alone


@pytest.fixture(scope="session")
def uv():
    """Where uv is."""
    path = shutil.which("uv")
    if path is None:
        pytest.skip("wheels are built with uv, which is not on the path: run the tests by make")
    return path


APART = {"conformance", *(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))}
"""Distributions that are installed on their own."""


@pytest.fixture(scope="session")
def wheels(all_wheels):
    """The wheels of what `pip install godwit` brings, by name."""
    return {name: path for name, path in all_wheels.items() if name.removeprefix("godwit_") not in APART}


@pytest.fixture(scope="session")
def all_wheels(uv, tmp_path_factory):
    """The wheels of all distributions, those of plugins among them, by name."""
    folder = tmp_path_factory.mktemp("wheels")
    call_alone(uv, "build", "--quiet", "--all-packages", "--out-dir", folder, cwd=ROOT)
    return {path.name.split("-")[0]: path for path in folder.glob("*.whl")}
