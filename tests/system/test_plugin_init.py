"""`godwit plugin init`: what it writes is installed into an environment of its own, and passes its tests there."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GODWIT = Path(sys.executable).parent / "godwit"
PAGE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8").partition("## Write a backend")[2]


def call(*command, cwd, status=0, environment=None):
    arguments = [str(part) for part in command]
    done = subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == status, f"{arguments}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
    return done.stdout


class Environment:
    """A virtual environment that has all that this one has; distributions are put into it without the network."""

    def __init__(self, folder):
        venv.create(folder, with_pip=False, symlinks=True)
        self.programs = folder / "bin"
        asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
        self.packages = Path(call(self.programs / "python", "-c", asked, cwd=folder).strip())
        here = sysconfig.get_path("purelib")
        (self.packages / "below.pth").write_text(f"import site; site.addsitedir({here!r})\n")

    def install(self, folder):
        """Do what `pip install -e` does with a distribution that needs nothing but what is there."""
        project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
        name = project["name"].replace("-", "_")
        info = self.packages / f"{name}-{project['version']}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        )
        lines = [
            f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in points.items())
            for group, points in project["entry-points"].items()
        ]
        (info / "entry_points.txt").write_text("".join(lines))
        (self.packages / f"{name}.pth").write_text(f"{folder / 'src'}\n")

    def pytest(self, folder, cwd):
        python = self.programs / "python"
        return call(python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", folder, cwd=cwd, environment=CLEAN)


OTHERS = ("PYTHON", "GODWIT", "VIRTUAL", "CI")
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}


@pytest.fixture
def environment(tmp_path):
    return Environment(tmp_path / "venv")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind"),
    [("my-backend", "backend"), ("godwit-ibis-crane", "backend"), ("ibis", "transformer"), ("nest", "secret-provider")],
)
def test_what_is_written_passes_its_tests(environment, tmp_path, name, kind):
    told = json.loads(call(GODWIT, "--json", "plugin", "init", name, "--kind", kind, "--into", tmp_path, cwd=tmp_path))
    folder = Path(told["folder"])
    assert folder == tmp_path / name
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == told["files"]
    texts = [path.read_text() for path in folder.rglob("*") if path.is_file()]
    if name != "my-backend":
        assert not [text for text in texts if re.search("my.backend", text, re.IGNORECASE)]
    environment.install(folder)
    assert " passed" in environment.pytest(folder, tmp_path)
    script = "from godwit_plugin_api.loading import load_plugins; print(*[p.label for p in load_plugins().plugins])"
    assert f"{name} 0.1.0" in call(environment.programs / "python", "-c", script, cwd=tmp_path, environment=CLEAN)


@pytest.mark.slow
def test_the_guide_is_true_word_for_word(environment, tmp_path):
    """Its commands are run, `pip` and `pytest` by those of the environment."""
    for name, text in re.findall(r"^\*\*([\w./]+)\*\*\n\n```\w+\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE):
        (tmp_path / name).write_text(text)
    ran = []
    for line in re.findall(r"^\$ (.*)$", PAGE, re.MULTILINE):
        ran.append(line)
        program, *arguments = line.split()
        if program == "pip":
            assert arguments == ["install", "-e", "'heron[test]'"]
            environment.install(tmp_path / "heron")
        elif program == "pytest":
            environment.pytest(tmp_path / arguments[0], tmp_path)
        else:
            assert program == "godwit"
            command = [environment.programs / "python", "-m", "godwit_core", *arguments]
            home = {**CLEAN, "GODWIT_HOME": str(tmp_path / "home")}
            printed = call(*command, cwd=tmp_path, environment=home)
    assert len(ran) == 4
    assert "result = 8" in printed


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("My-Backend", "lower-case letters, digits and hyphens"),
        ("a b", "lower-case letters, digits and hyphens"),
        ("../up", "lower-case letters, digits and hyphens"),
        ("json", "Python has something of that name already"),
        ("class", "Python has something of that name already"),
        ("godwit", "Python has something of that name already"),
        ("there", "is there already"),
    ],
)
def test_a_name_that_cannot_be_leaves_nothing(tmp_path, name, expected):
    (tmp_path / "there").mkdir()
    told = json.loads(call(GODWIT, "--json", "plugin", "init", name, cwd=tmp_path, status=2))
    assert expected in told["error"]["message"]
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_a_folder_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "file").touch()
    told = json.loads(call(GODWIT, "--json", "plugin", "init", "heron", "--into", "file", cwd=tmp_path, status=2))
    assert "cannot be written" in told["error"]["message"]
    assert shutil.which("godwit", path=str(GODWIT.parent))
