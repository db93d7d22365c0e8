"""What every source file keeps to: read from the files, nothing is imported."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "godwitidl": ROOT / "idl" / "src",
    "godwit_plugin_api": ROOT / "core" / "plugin_api" / "src",
    "godwit_core": ROOT / "core" / "src",
    "godwit": ROOT / "sdks" / "python" / "src",
    "godwit_conformance": ROOT / "conformance" / "src",
}
PLUGINS = {path.name: path.parent for path in sorted(ROOT.glob("plugins/*/src/godwit_*")) if path.is_dir()}
PACKAGES |= PLUGINS
SOURCES = sorted(
    path
    for package, folder in PACKAGES.items()
    for path in (folder / package).rglob("*.py")
    if not path.name.endswith("_pb2.py")
)
MAX_LINES = 400
MAX_FUNCTION_LINES = 80
P95_FUNCTION_LINES = 50
VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "misc"}
LOOSE_ENDS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SQL = re.compile(
    r"^\s*(SELECT\b.+\bFROM\b|INSERT (OR \w+ )?INTO\b|UPDATE \w+ SET\b|DELETE FROM\b|CREATE (TABLE|INDEX|UNIQUE)\b|"
    r"ALTER TABLE\b|DROP TABLE\b)",
    re.DOTALL,
)


def module_of(path):
    """Return the dotted name of the module at *path*."""
    for folder in PACKAGES.values():
        if path.is_relative_to(folder):
            return ".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__")
    raise AssertionError(path)


def package_of(path):
    return module_of(path).partition(".")[0]


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


TREES = {path: tree_of(path) for path in SOURCES}
MODULES = {module_of(path): path for path in SOURCES}


def where(path, line=None):
    name = path.relative_to(ROOT).as_posix()
    return name if line is None else f"{name}:{line}"


def functions_of(tree):
    return [node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)]


def imported_names(node):
    """Return the dotted names that an import statement may mean, modules and their attributes alike."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def test_there_are_sources_of_every_package():
    assert {module_of(path).partition(".")[0] for path in SOURCES} == set(PACKAGES)


def test_no_function_imports_from_our_own_packages():
    found = []
    for path, tree in TREES.items():
        for function in functions_of(tree):
            if path.name == "__init__.py" and function.name == "__getattr__":
                continue
            found += [
                where(path, node.lineno)
                for node in ast.walk(function)
                for name in imported_names(node)
                if name.partition(".")[0] in PACKAGES and not is_message_of_a_config(path, name)
            ]
    assert not found


def is_message_of_a_config(path, name):
    """Return whether a plugin imports a message: who only writes a task with its config needs no protobuf."""
    return package_of(path) in PLUGINS and name.startswith(("godwitidl.plugins", "godwitidl.core.v1.task_pb2"))


def test_no_relative_imports():
    assert not [
        where(path, node.lineno)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]


def test_plugins_know_the_plugin_api_and_the_sdk_alone():
    """Never the core, and never each other."""
    assert not [
        f"{where(path, node.lineno)}: {name}"
        for path, tree in TREES.items()
        if package_of(path) in PLUGINS
        for node in ast.walk(tree)
        for name in imported_names(node)
        if name.partition(".")[0] in PACKAGES.keys() - {"godwitidl", "godwit_plugin_api", "godwit", package_of(path)}
    ]


def dependencies(path, tree):
    """Return the modules of ours that *path* imports, also under TYPE_CHECKING."""
    own = module_of(path)
    found = set()
    for node in ast.walk(tree):
        names = imported_names(node)
        # `from package import module` depends on the module; on the package only when it takes something else of it.
        inner = [name for name in names[1:] if name in MODULES]
        is_all_modules = isinstance(node, ast.ImportFrom) and len(inner) == len(names) - 1
        found |= set(inner) if is_all_modules else {name for name in names if name in MODULES}
    return found - {own}


def test_no_import_cycles_even_of_types():
    # The lazy door of a package's `__init__` names what is inside for type checkers alone.
    doors = {name for name, path in MODULES.items() if path.name == "__init__.py"}
    graph = {
        module_of(path): dependencies(path, tree) if module_of(path) not in doors else set()
        for path, tree in TREES.items()
    }
    left = dict(graph)
    while True:
        free = [name for name, needs in left.items() if not needs & left.keys()]
        if not free:
            break
        for name in free:
            del left[name]
    assert not left, f"These modules import each other: {sorted(left)}"


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_module(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MAX_LINES, "longer than one sitting"
    assert not set(path.stem.split("_")) & VAGUE_NAMES, "a name that says nothing"
    assert not [line for line in lines if LOOSE_ENDS.search(line)]
    if path.stem not in {"__main__", "__init__"}:
        assert path.stem == path.stem.lower()


def lengths():
    return sorted(
        (node.end_lineno - node.lineno + 1, where(path, node.lineno))
        for path, tree in TREES.items()
        for node in functions_of(tree)
    )


def test_functions_are_small():
    all_of_them = lengths()
    assert not [(length, place) for length, place in all_of_them if length > MAX_FUNCTION_LINES]
    assert all_of_them[int(len(all_of_them) * 0.95)][0] <= P95_FUNCTION_LINES


def test_only_the_store_knows_sql():
    store = PACKAGES["godwit_core"] / "godwit_core" / "store"
    assert not [
        where(path, node.lineno)
        for path, tree in TREES.items()
        if package_of(path) not in PLUGINS and not path.is_relative_to(store)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]


def test_only_the_marked_codec_of_the_sdk_pickles():
    found = {
        module_of(path)
        for path, tree in TREES.items()
        if package_of(path) not in PLUGINS
        for node in ast.walk(tree)
        for name in imported_names(node)
        if name.partition(".")[0] in {"pickle", "cloudpickle", "marshal", "shelve", "dill", "joblib"}
    }
    assert found == {"godwit.types.marked"}


def test_the_environment_is_read_in_few_places():
    """Settings are arguments; what reads the environment is the outermost shell, or starts a process."""
    found = {
        module_of(path)
        for path, tree in TREES.items()
        if package_of(path) not in PLUGINS
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    }

    assert len(found) <= 12
