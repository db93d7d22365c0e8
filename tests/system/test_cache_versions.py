"""Cached nodes after an edit of the source, by the command line: what the edit reaches runs again, and nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

GODWIT = Path(sys.executable).with_name("godwit")
FLOW = """
import godwit as gw
from lib import maths
from lib.settings import RATE


def double(x, by=2):
    return x * by


def tagged(function):
    function.tag = 1
    return function


@gw.task(cache=True)
def load(n: int) -> int:
    return n + 0


@gw.task(cache=True)
def scale(x: int) -> int:
    return double(x)


@gw.task(cache=gw.Cache(salt="s"))
@tagged
def rate(x: int) -> int:
    return x * RATE


@gw.task(cache=gw.Cache())
def shift(x: int) -> int:
    return maths.shift(x)


@gw.task(cache=gw.Cache(version="1"))
def by_hand(x: int) -> int:
    return x


@gw.task
def plain(x: int) -> int:
    return x


@gw.workflow
def flow(n: int) -> int:
    x = load(n=n)
    scale(x=x)
    rate(x=x)
    by_hand(x=x)
    plain.with_overrides(cache=True)(x=x)
    return shift(x=x)
"""
FILES = {
    "pyproject.toml": '[project]\nname = "edited"\n',
    "flow.py": FLOW,
    "lib/__init__.py": "",
    "lib/maths.py": "BY = 1\n\n\ndef shift(x):\n    return x + BY\n\n\ndef spare(x):\n    return x\n",
    "lib/settings.py": "RATE = 3\nOTHER = 4\n",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("edited")
    for path, text in FILES.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text)
    assert set(caches(root).values()) == {"MISS"}
    return root


def run(root, *arguments):
    command = [GODWIT, "--home", root / "home", *arguments, "--json"]
    done = subprocess.run(command, cwd=root.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


def caches(root):
    told = run(root, "run", root / "flow.py", "flow", "--n", "1")
    return {node["name"]: node["cache"] for node in told["nodes"]}


def test_nothing_runs_again_when_nothing_changed(project):
    assert set(caches(project).values()) == {"HIT"}


@pytest.mark.parametrize(
    ("file", "before", "after", "affected"),
    [
        ("flow.py", "return n + 0", "return n + 0  # the same", set()),
        ("flow.py", "return n + 0", "return n - 0", {"load"}),
        ("flow.py", "by=2", "by=3", {"scale"}),
        ("flow.py", "function.tag = 1", "function.tag = 2", {"rate"}),
        ("flow.py", 'salt="s"', 'salt="t"', {"rate"}),
        ("flow.py", "    return x\n\n\n@gw.workflow", "    return +x\n\n\n@gw.workflow", {"plain"}),
        ("lib/settings.py", "RATE = 3", "RATE = 5", {"rate"}),
        ("lib/settings.py", "OTHER = 4", "OTHER = 5", set()),
        ("lib/maths.py", "BY = 1", "BY = 2", {"shift"}),
        ("lib/maths.py", "def spare(x):\n    return x", "def spare(x):\n    return -x", set()),
    ],
)
def test_what_an_edit_reaches_runs_again(project, file, before, after, affected):
    text = (project / file).read_text()
    assert text.count(before) == 1
    (project / file).write_text(text.replace(before, after))
    found = caches(project)
    (project / file).write_text(text)
    assert {name for name, cache in found.items() if cache == "MISS"} == affected


def test_explain_says_that_the_version_changed(project):
    text = (project / "flow.py").read_text()
    (project / "flow.py").write_text(text.replace("n + 0", "n + 0 + 0"))
    told = run(project, "run", project / "flow.py", "flow", "--n", "1")
    (project / "flow.py").write_text(text)
    explained = run(project, "cache", "explain", told["execution"], "load")
    (difference,) = explained["nearest"]["differs"]
    assert difference["part"] == "version"
    assert difference["ours"].startswith("auto-")
    assert difference["ours"] != difference["theirs"]
