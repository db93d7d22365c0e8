"""The cache version `auto`, by mutation: one edit at a time gives what it reaches another version, and nothing else."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from godwit.code_versions.resolution import CodeVersions

sys.path.insert(0, str(Path(__file__).parent))

from projects import ANY, EDITS, FILES, TASKS

PARTS = {}
"""The parts of every version that was made so far."""
VERSIONS = {}
"""The version of all parts that were found together so far."""


def write(root, files):
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def versions_in(root):
    """Return the versions of all tasks; their parts are the same when they are, and else not."""
    versions = CodeVersions(root)
    found = {}
    for module, names in TASKS.items():
        for name in names:
            found[name], parts = versions.version_and_parts(".", module, name)
            made_of = tuple((part.kind, part.name, part.state) for part in parts)
            assert PARTS.setdefault(found[name], made_of) == made_of
            assert VERSIONS.setdefault(made_of, found[name]) == found[name]
    return found


def distribution(folder, name, version, requires=(), code="def compute(x):\n    return x\n"):
    write(
        folder,
        {
            f"{name}/__init__.py": code,
            f"{name}-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            + "".join(f"Requires-Dist: {one}\n" for one in requires)
            + "\nA description.\nRequires-Dist: nothing\n",
            f"{name}-{version}.dist-info/RECORD": f"{name}/__init__.py,,\n",
        },
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    distribution(folder, "fakelib", "1.0", ["fakebase>=1; extra == 'more'", "absent", "fakelint; extra == 'dev'"])
    distribution(folder, "fakelint", "1.0")
    distribution(folder, "fakebase", "1.0")
    distribution(folder, "fakelib_two", "1.0")
    write(folder, {"fakelib_two/part.py": "def compute(x):\n    return x\n"})
    return folder


@pytest.fixture(autouse=True)
def on_path(site, monkeypatch):
    monkeypatch.syspath_prepend(str(site))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    write(root, FILES)
    return root


@pytest.fixture(scope="module")
def before(project, site):
    sys.path.insert(0, str(site))
    try:
        return versions_in(project)
    finally:
        sys.path.remove(str(site))


def changed(before, after):
    assert before.keys() == after.keys()
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize(
    ("file", "old", "new", "affected"), [edit[1:] for edit in EDITS], ids=[one[0] for one in EDITS]
)
def test_an_edit_changes_the_versions_of_what_it_reaches_and_of_nothing_else(
    project, before, tmp_path, file, old, new, affected
):
    shutil.copytree(project, tmp_path / "copy")
    target = tmp_path / "copy" / file
    assert target.read_text().count(old) == 1
    target.write_text(target.read_text().replace(old, new))
    assert changed(before, versions_in(tmp_path / "copy")) - {ANY} == set(affected.split()) - {ANY}


def test_everything_counts_where_anything_may_be_imported(project, before, tmp_path):
    shutil.copytree(project, tmp_path / "copy")
    (tmp_path / "copy" / "fresh.py").write_text("A = 1\n")
    assert ANY in changed(before, versions_in(tmp_path / "copy"))


def test_the_same_code_has_the_same_versions_anywhere(project, before, site, tmp_path):
    shutil.copytree(project, tmp_path / "elsewhere" / "deeper")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); sys.path.insert(0, sys.argv[2]);"
        "from pathlib import Path; from test_code_versions import versions_in;"
        "print(versions_in(Path(sys.argv[3])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, Path(__file__).parent, site, tmp_path / "elsewhere" / "deeper"],
        env={"PYTHONHASHSEED": "77", "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        check=True,
        text=True,
    )
    assert eval(done.stdout) == before


@pytest.mark.parametrize(
    ("name", "affected"),
    [
        ("fakelib", {"uses_dependency"}),
        ("fakebase", {"uses_dependency"}),
        ("fakelint", set()),
        ("fakelib_two", {"imports_inside"}),
    ],
)
def test_the_version_of_a_dependency_counts_for_what_uses_it(
    project, before, site, tmp_path, monkeypatch, name, affected
):
    other = tmp_path / "site"
    shutil.copytree(site, other)
    (other / f"{name}-1.0.dist-info").rename(other / f"{name}-1.1.dist-info")
    monkeypatch.setattr(sys, "path", [str(other), *(one for one in sys.path if one != str(site))])
    assert changed(before, versions_in(project)) - {ANY} == affected


def test_the_source_of_what_is_not_installed_counts(project, site, tmp_path, monkeypatch):
    """A dependency in a folder on the path, as an editable installation has it."""
    other = tmp_path / "site"
    shutil.copytree(site, other)
    shutil.rmtree(other / "fakelib-1.0.dist-info")
    monkeypatch.setattr(sys, "path", [str(other), *(one for one in sys.path if one != str(site))])
    loose = versions_in(project)
    (other / "fakelib" / "inner.py").write_text("A = 1\n")
    assert changed(loose, versions_in(project)) - {ANY} == {"uses_dependency"}
    (other / "fakelib" / "inner.py").write_text("import fakelib_two\n")
    requiring = versions_in(project)
    (other / "fakelib_two-1.0.dist-info").rename(other / "fakelib_two-2.0.dist-info")
    assert changed(requiring, versions_in(project)) - {ANY} == {"uses_dependency", "imports_inside"}


def test_a_dependency_that_appears_counts(tmp_path, monkeypatch):
    text = (
        "try:\n    import appearing\nexcept ImportError:\n    appearing = None\n\n\ndef f(x):\n    return appearing\n"
    )
    write(tmp_path / "project", {"pyproject.toml": "", "tasks.py": text})
    first = CodeVersions(tmp_path / "project").version(".", "tasks", "f")
    distribution(tmp_path / "more", "appearing", "1.0")
    monkeypatch.syspath_prepend(str(tmp_path / "more"))
    assert CodeVersions(tmp_path / "project").version(".", "tasks", "f") != first


def test_code_that_this_interpreter_cannot_read_counts_by_its_bytes(tmp_path):
    write(tmp_path, {"pyproject.toml": "", "tasks.py": "import broken\n\n\ndef f(x):\n    return broken.g(x)\n"})
    (tmp_path / "broken.py").write_text("def g(x: return x\n")
    first = CodeVersions(tmp_path).version(".", "tasks", "f")
    (tmp_path / "broken.py").write_text("def g(x: return -x\n")
    assert CodeVersions(tmp_path).version(".", "tasks", "f") != first


def test_swapped_imports_are_another_version(tmp_path):
    text = "from a import {} as one, {} as two\n\n\ndef f(x):\n    return one(x) - two(x)\n"
    write(tmp_path, {"pyproject.toml": "", "a.py": "def p(x):\n    return x\n\n\ndef q(x):\n    return -x\n"})
    (tmp_path / "tasks.py").write_text(text.format("p", "q"))
    first = CodeVersions(tmp_path).version(".", "tasks", "f")
    (tmp_path / "tasks.py").write_text(text.format("q", "p"))
    assert CodeVersions(tmp_path).version(".", "tasks", "f") != first


def test_a_task_of_an_installed_distribution_has_the_version_of_that(project):
    lines = CodeVersions(project).describe("", "fakelib.flows", "f")
    assert "version fakelib 1.0" in lines
    assert "version fakebase 1.0" in lines
