"""The wheels work with other versions of Python, and with the lowest versions of what they need."""

import json
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
HELLO = ROOT / "examples" / "hello" / "hello.py"
OWN_TESTS = (ROOT / "idl" / "tests", ROOT / "core" / "plugin_api" / "tests", ROOT / "core" / "tests" / "engine")


def interpreter(version):
    """Return an interpreter of Python *version*, from PATH or a version manager's folder, or None."""
    home = Path(os.environ.get("PYENV_ROOT") or Path(pwd.getpwuid(os.getuid()).pw_dir) / ".pyenv")
    found = [shutil.which(f"python{version}"), *sorted(home.glob(f"versions/{version}.*/bin/python"))]
    for path in filter(None, found):
        command = [path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.stdout.strip() == version:
            return path
    return None


def says_hello(call, programs, folder):
    command = (programs / "godwit", "--home", folder / "home", "run", HELLO, "hello", "--name", "Ada", "--json")
    told = json.loads(call(*command, cwd=folder))
    assert told["outputs"] == {"result": "HELLO, ADA!"}


@pytest.mark.parametrize("version", ["3.12", "3.13", "3.14"])
def test_another_python(call, uv, wheels, version, tmp_path):
    python = interpreter(version)
    if python is None:
        pytest.skip(f"no Python {version} found")
    venv = tmp_path / "venv"
    call(python, "-m", "venv", venv, cwd=tmp_path)
    more = ("pytest", "hypothesis", "grpcio")
    call(uv, "pip", "install", "--quiet", "--python", venv, *wheels.values(), *more, cwd=tmp_path)
    says_hello(call, venv / "bin", tmp_path)
    tests = (venv / "bin" / "python", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not slow")
    call(*tests, *OWN_TESTS, cwd=ROOT)


def test_the_lowest_versions_of_what_it_needs(call, uv, wheels, tmp_path):
    venv = tmp_path / "venv"
    call(uv, "venv", "--quiet", venv, cwd=tmp_path)
    call(uv, "pip", "install", "--quiet", "--python", venv, "--resolution", "lowest", *wheels.values(), cwd=tmp_path)
    listed = json.loads(call(uv, "pip", "list", "--python", venv, "--format", "json", cwd=tmp_path))
    versions = {entry["name"]: entry["version"] for entry in listed}
    assert versions["protobuf"].startswith("5.29.")
    says_hello(call, venv / "bin", tmp_path)
    more = ("pytest", "hypothesis", "grpcio==1.60.*")  # the last: an extra's, which no resolution above knows of
    call(uv, "pip", "install", "--quiet", "--python", venv, *more, cwd=tmp_path)
    tests = (venv / "bin" / "python", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "not slow")
    call(*tests, *OWN_TESTS[:2], cwd=ROOT)
