"""A plugin of somebody else: its wheel is built, installed by pip into an empty environment, and works there."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "plugins" / "godwit-example"
DISTRIBUTIONS = ("idl", "core/plugin_api", "core", "sdks/python")

WORKFLOW = """
import godwit as gw
from godwit_example.track import Position, Track


@gw.task(backend="once")
def follow(bird: str) -> Track:
    print("following", bird)
    return Track(bird, (Position(0.0, -37.0, 175.0), Position(1.0, 65.0, -150.0)))


@gw.task
def count(track: Track) -> int:
    return len(track.positions)


@gw.workflow
def flight(bird: str = "E7") -> int:
    return count(track=follow(bird=bird))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An empty environment with our wheels and the example's, and where its programs are."""
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if uv is None:
        pytest.skip("wheels are built with uv, which is not on the path")
    folder = tmp_path_factory.mktemp("plugin-wheel")
    wheels = folder / "wheels"
    for source in (*(ROOT / part for part in DISTRIBUTIONS), EXAMPLE):
        call(uv, "build", "--quiet", "--wheel", "--out-dir", wheels, source, cwd=ROOT)
    call(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    programs = folder / "venv" / "bin"
    install(programs, "--find-links", wheels, *wheels.glob("*.whl"), "godwit-plugin-api[testing]")
    return programs


def install(programs, *arguments):
    call(programs / "pip", "install", "--quiet", "--disable-pip-version-check", *arguments, cwd=programs)


def call(*command, cwd, status=0):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GODWIT", "VIRTUAL"))}
    arguments = [str(part) for part in command]
    done = subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, env=clean, check=False)
    assert done.returncode == status, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def test_its_own_tests_pass_there(environment, tmp_path):
    tests = tmp_path / "tests"
    shutil.copytree(EXAMPLE / "tests", tests, ignore=shutil.ignore_patterns("__pycache__"))
    call(environment / "python", "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", tests, cwd=tmp_path)


def test_the_command_line_lists_it(environment, tmp_path):
    listed = json.loads(call(environment / "godwit", "--home", tmp_path, "plugins", "--json", cwd=tmp_path))
    text = json.dumps(listed)
    assert "godwit-example" in text
    for key in ("godwit_example.track.Track", "gzip", "once"):
        assert f'"{key}"' in text


def test_a_workflow_uses_its_backend_and_its_transformer(environment, tmp_path):
    (tmp_path / "birds.py").write_text(WORKFLOW)
    command = (environment / "godwit", "--home", tmp_path / "home", "run", "birds.py", "flight", "--json")
    result = json.loads(call(*command, cwd=tmp_path))
    assert result["phase"] == "SUCCEEDED"
    assert result["outputs"] == {"result": 2}


def test_values_can_be_kept_by_its_persistence(environment, tmp_path):
    probe = (
        "import pathlib, sys\n"
        "from godwit_plugin_api import Kind\n"
        "from godwit_plugin_api.loading import load_plugins\n"
        "store = load_plugins().create(Kind.PERSISTENCE, 'gzip')\n"
        "pathlib.Path('x').write_bytes(b'kept')\n"
        "store.put_file(pathlib.Path('x'), sys.argv[1])\n"
        "print(store.open(sys.argv[1]).read().decode())\n"
    )
    assert call(environment / "python", "-c", probe, f"gzip://{tmp_path}/blob", cwd=tmp_path) == "kept\n"


def test_a_broken_plugin_stops_the_start_and_can_be_left_out(environment, tmp_path):
    source = tmp_path / "broken"
    (source / "src" / "godwit_broken").mkdir(parents=True)
    text = (EXAMPLE / "pyproject.toml").read_text().replace("godwit-example", "godwit-broken")
    (source / "pyproject.toml").write_text(text.replace("godwit_example", "godwit_broken"))
    (source / "README.md").write_text("broken")
    (source / "src" / "godwit_broken" / "__init__.py").write_text("")
    (source / "src" / "godwit_broken" / "manifest.py").write_text("raise RuntimeError('no wings')")
    install(environment, "--no-deps", source)
    try:
        command = (environment / "godwit", "--home", tmp_path / "home")
        told = json.loads(call(*command, "plugins", "--json", cwd=tmp_path, status=2))["error"]
        assert "godwit-broken 0.1.0" in told["message"]
        assert "no wings" in told["message"]
        assert "--disable-plugin godwit-broken" in told["hint"]
        call(*command, "plugins", "--disable-plugin", "godwit-broken", "--json", cwd=tmp_path)
    finally:
        call(environment / "pip", "uninstall", "--quiet", "--yes", "godwit-broken", cwd=tmp_path)
