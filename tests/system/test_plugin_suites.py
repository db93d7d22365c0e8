"""Which suites of plugins are run after a change: too many rather than too few."""

import importlib.util
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / ".ci" / "plugin_suites.py"
PLUGINS = ["mpi", "ray", "spark"]
ALL = [*PLUGINS, "together"]


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("plugin_suites", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ([], []),
        (["docs/cli.md", "README.md", "tests/docs/test_readme.py"], []),
        (["plugins/ray/src/godwit_ray/job.py"], ["ray", "together"]),
        (["plugins/spark/README.md", "plugins/mpi/pyproject.toml", "docs/spark.md"], ["mpi", "spark", "together"]),
        (["tests/backends/test_together.py"], ["together"]),
        (["examples/backends/together.py"], ALL),
        (["examples/hello/hello.py"], []),
        (["plugins/gone/pyproject.toml"], ["together"]),
        (["core/plugin_api/src/godwit_plugin_api/backend.py"], ALL),
        (["core/src/godwit_core/cli/entry.py"], ALL),
        (["sdks/python/src/godwit/tasks.py"], ALL),
        (["idl/proto/godwitidl/plugins/ray/v1/ray.proto"], ALL),
        (["uv.lock"], ALL),
        (["conftest.py"], ALL),
        (["plugins/ray/x.py", "something/new.txt"], ALL),
        (["plugins/README.md"], ALL),
        (None, ALL),
    ],
)
def test_what_changed_decides(script, changed, expected):
    assert script.affected(changed, PLUGINS) == expected


@pytest.fixture
def repository(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-b", "main")
    for name in PLUGINS:
        (tmp_path / "plugins" / name).mkdir(parents=True)
        (tmp_path / "plugins" / name / "pyproject.toml").touch()
    git("add", ".")
    git("commit", "-m", "one")
    return tmp_path, git


def test_on_the_main_branch_all_are_in_doubt(script, repository):
    root, _ = repository
    assert script.plugins_in(root) == PLUGINS
    assert script.changed_paths(root) is None
    assert script.changed_paths(root, "no-such-branch") is None


def test_on_another_branch_it_is_compared_with_where_that_began(script, repository):
    root, git = repository
    git("checkout", "-b", "change")
    (root / "plugins" / "ray" / "one.py").touch()
    git("add", ".")
    git("commit", "-m", "two")
    git("checkout", "main")
    (root / "core.py").touch()
    git("add", ".")
    git("commit", "-m", "three")
    git("checkout", "change")
    assert script.affected(script.changed_paths(root), PLUGINS) == ["ray", "together"]
    (root / "plugins" / "mpi" / "uncommitted.py").touch()
    (root / "plugins" / "spark" / "pyproject.toml").write_text("[project]")
    assert script.affected(script.changed_paths(root), PLUGINS) == ALL
    git("mv", "plugins/ray/one.py", "plugins/mpi/one.py")
    git("add", ".")
    git("commit", "-m", "four")
    assert script.affected(script.changed_paths(root), PLUGINS) == ["mpi", "spark", "together"]


def test_without_git_all_are_in_doubt(script, tmp_path):
    assert script.changed_paths(tmp_path / "nowhere") is None


def test_a_plugin_that_is_not_there_is_told(script, capsys):
    assert script.main(["no-such-plugin"]) == 2
    assert "There is no plugin no-such-plugin; there are:" in capsys.readouterr().err


def names_of(*lists):
    return {re.match(r"[A-Za-z0-9._-]+", one)[0].lower() for some in lists for one in some if isinstance(one, str)}


@pytest.mark.parametrize("name", [path.parent.name for path in sorted(ROOT.glob("plugins/*/pyproject.toml"))])
def test_a_plugin_is_tested_without_the_others_and_used_without_the_core(name):
    told = tomllib.loads((ROOT / "plugins" / name / "pyproject.toml").read_text(encoding="utf-8"))
    project = told["project"]
    used = names_of(project["dependencies"], *project.get("optional-dependencies", {}).values())
    tested = names_of(*told.get("dependency-groups", {}).values())
    others = {path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml")} - {name}
    assert not (used | tested) & {f"godwit-{other}" for other in others}
    assert "godwit-core" not in used
