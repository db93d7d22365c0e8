"""Every code of an error that the engine, its command line or a runner gives stands on a page."""

import ast
import re
from pathlib import Path

import pytest
from godwit_core.cli.remedies import REMEDIES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "errors.md"
OTHERS = ("authoring_errors.md", "plugins.md", "contract/compile_errors.md", "contract/json.md")
SOURCES = ("core/src/godwit_core", "core/plugin_api/src/godwit_plugin_api", "sdks/python/src/godwit/runner")
LEFT_OUT = ("compiler", "testing")
EVALUATION = ROOT / "core/src/godwit_core/compiler/evaluation.py"
MAKERS = {"make_error", "timeout_error", "BindingError", "EvaluationError"}
CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
ROW = re.compile(r"^\| `([A-Z_]+)` \|(.*)\|(.*)\|$", re.MULTILINE)


def modules():
    yield EVALUATION, ast.parse(EVALUATION.read_text(encoding="utf-8"))
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            if not set(path.relative_to(ROOT / source).parts) & set(LEFT_OUT):
                yield path, ast.parse(path.read_text(encoding="utf-8"))


def constants(trees):
    """Names of constants that are texts, such as codes that have names."""
    found = {}
    for _, tree in trees:
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                found.update({one.id: node.value.value for one in node.targets if isinstance(one, ast.Name)})
    return found


def texts(node, known):
    """What an expression may be, as far as it is written there."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.Name):
        return {known[node.id]} if isinstance(known.get(node.id), str) else set()
    if isinstance(node, ast.IfExp):
        return texts(node.body, known) | texts(node.orelse, known)
    return set()


def codes_of_call(node, known):
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in MAKERS and node.args:
        yield from texts(node.args[0], known)
    for keyword in node.keywords:
        if keyword.arg == "code":
            yield from texts(keyword.value, known)


def codes_of_assignment(node, known):
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        pairs = [(target, node.value)]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = zip(target.elts, node.value.elts, strict=True)
        for one, value in pairs:
            if getattr(one, "attr", getattr(one, "id", "")) == "code":
                yield from texts(value, known)


def codes_in(tree, known):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from codes_of_call(node, known)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            yield from codes_of_assignment(node, known)
        elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 3:
            yield from texts(node.value.elts[0], known)  # code, blame, retry


def used():
    trees = list(modules())
    known = constants(trees)
    return {code for _, tree in trees for code in codes_in(tree, known) if CODE.fullmatch(code) and len(code) > 2}


def test_every_code_stands_on_a_page():
    pages = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in OTHERS)
    listed = {match[1] for match in ROW.finditer(PAGE.read_text(encoding="utf-8"))}
    missing = sorted(code for code in used() - listed if f"`{code}`" not in pages)
    assert missing == []


@pytest.mark.parametrize("code", sorted(REMEDIES))
def test_what_the_command_line_advises_stands_on_the_page(code):
    rows = {match[1]: match[3].strip() for match in ROW.finditer(PAGE.read_text(encoding="utf-8"))}
    assert rows[code]


def test_every_row_has_cause_and_remedy_and_stands_once():
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert all(cause.strip() and remedy.strip() for _, cause, remedy in rows)
    assert len({code for code, _, _ in rows}) == len(rows)


def test_the_scan_finds_codes_of_every_way_to_write_them():
    assert {"TIMEOUT_QUEUE", "REJECTED", "OUT_OF_MEMORY", "STORE_LOCKED", "LEASE_LOST", "RUNNER_LOST"} <= used()
