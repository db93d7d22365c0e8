"""Every distribution builds a clean wheel; with plain pip they make an environment in which the README is true."""

import email
import json
import re
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"godwit": "godwit", "godwit_core": "godwit_core", "godwit_idl": "godwitidl", "godwit_plugin_api": None}
PLUGINS = sorted(f"godwit_{path.parent.name}" for path in ROOT.glob("plugins/*/pyproject.toml"))
MAX_THIRD_PARTY = 15
OURS = {"godwit", "godwit-core", "godwit-idl", "godwit-plugin-api"}


@pytest.fixture(scope="module")
def programs(call, wheels, tmp_path_factory):
    """Where the programs of an environment with the wheels alone are."""
    venv = tmp_path_factory.mktemp("empty") / "venv"
    call(sys.executable, "-m", "venv", venv, cwd=venv.parent)
    pip = (venv / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check")
    call(*pip, *wheels.values(), cwd=venv.parent)
    return venv / "bin"


def test_every_distribution_has_a_wheel(wheels):
    assert set(wheels) == set(PACKAGES)


@pytest.mark.parametrize("name", [*PACKAGES, *PLUGINS, "godwit_conformance"])
def test_wheel_holds_its_package_and_nothing_else(all_wheels, name):
    package = PACKAGES.get(name) or name
    with zipfile.ZipFile(all_wheels[name]) as archive:
        names = archive.namelist()
        inside = [entry for entry in names if ".dist-info/" not in entry]
        assert all(entry.startswith(f"{package}/") for entry in inside)
        assert f"{package}/py.typed" in inside
        kinds = {Path(entry).suffix for entry in inside} - {".py", ".pyi"}
        # The scenarios of the suite, and the runner of the JVM where Maven has built it.
        own_kinds = {"godwit_conformance": {".md", ".txtpb"}, "godwit_jvm": {".jar"}}.get(name, set())
        assert kinds - own_kinds <= {".typed", ".json", ".binpb", ".txt"}  # the last: what `godwit plugin init` writes
        own = [entry for entry in inside if "/plugin_templates/" not in entry]  # those hold tests to begin with
        assert not [entry for entry in own if re.search(r"/tests?/|/test_|conftest|__pycache__", entry)]
        about = next(entry for entry in names if entry.endswith(".dist-info/METADATA"))
        told = email.message_from_bytes(archive.read(about))
        license_name = next(entry for entry in names if entry.endswith("/licenses/LICENSE"))
        assert archive.read(license_name) == (ROOT / "LICENSE").read_bytes()
    assert told["License-Expression"] == "Apache-2.0"
    assert told["Author"] == "Godwit contributors"
    assert told["Requires-Python"] == ">=3.11"
    assert told["Summary"]
    assert told.get_payload().startswith("# ")


def test_distributions_share_one_version_and_ask_for_it(all_wheels):
    versions = set()
    for path in all_wheels.values():
        with zipfile.ZipFile(path) as archive:
            about = next(entry for entry in archive.namelist() if entry.endswith(".dist-info/METADATA"))
            told = email.message_from_bytes(archive.read(about))
        versions.add(told["Version"])
        for needed in told.get_all("Requires-Dist", []):
            match = re.match(r"(godwit[-\w]*)(?:\[[\w,]+\])?==([\w.]+)(?:;|$)", needed)
            if match:
                versions.add(match[2])
            else:
                assert not needed.startswith("godwit-")
    assert len(versions) == 1


def test_few_packages_of_others(call, programs, tmp_path):
    listed = json.loads(call(programs / "pip", "list", "--format", "json", cwd=tmp_path))
    others = {entry["name"] for entry in listed} - OURS - {"pip", "setuptools", "wheel"}
    assert len(others) <= MAX_THIRD_PARTY, others


def test_every_light_module_is_there(call, programs, tmp_path):
    assert "--home" in call(programs / "godwit", "--help", cwd=tmp_path)
    call(
        programs / "python",
        "-W",
        "error",
        "-c",
        "import godwit, godwit_core, godwitidl, godwit_plugin_api",
        cwd=tmp_path,
    )


def test_hello_world_of_the_readme(call, programs, tmp_path, blocks_of):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    source = next(block.text for block in blocks_of(ROOT / "README.md") if block.text.startswith("# hello.py\n"))
    (folder / "hello.py").write_text(source)
    command = (programs / "godwit", "--home", tmp_path / "home", "run", "hello.py", "hello", "--name", "Ada", "--json")
    told = json.loads(call(*command, cwd=folder))
    assert told["phase"] == "SUCCEEDED"
    assert told["outputs"] == {"result": "HELLO, ADA!"}
    told = json.loads(call(*command, cwd=folder))
    assert {node["cache"] for node in told["nodes"]} == {"HIT"}
