"""Type checkers infer what `typing_tests/` says, and see the mistakes that stand there."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "sdks" / "python" / "typing_tests"
EXPECTED = re.compile(r"# error: ([a-z, ]+)$")


def expected_lines(checker: str) -> set[tuple[str, int]]:
    """Return file and line of each error that *checker* must see."""
    return {
        (file.name, number)
        for file in FOLDER.glob("*.py")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if (match := EXPECTED.search(line)) and checker in match[1].replace(",", " ").split()
    }


def run(*command: str) -> str:
    """Return what a checker prints; it fails by design, so its exit status says nothing."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout


def differences(found: dict[tuple[str, int], list[str]], checker: str) -> dict[str, object]:
    expected = expected_lines(checker)
    return {
        "unexpected": {place: text for place, text in found.items() if place not in expected},
        "missing": sorted(expected - found.keys()),
    }


@pytest.mark.slow
def test_mypy_agrees():
    if shutil.which("mypy", path=Path(sys.executable).parent) is None:
        pytest.skip("mypy is not installed")
    output = run(sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(FOLDER))
    found: dict[tuple[str, int], list[str]] = {}
    for line in output.splitlines():
        match = re.match(r"(.+?):(\d+): error: (.*)", line)
        if match:
            found.setdefault((Path(match[1]).name, int(match[2])), []).append(match[3])
    assert found, output
    assert differences(found, "mypy") == {"unexpected": {}, "missing": []}


@pytest.mark.slow
def test_pyright_agrees():
    pyright = shutil.which("pyright", path=Path(sys.executable).parent)
    if pyright is None:
        pytest.skip("pyright is not installed")
    output = run(pyright, "--pythonpath", sys.executable, "-p", str(FOLDER), "--outputjson")
    if not output.startswith("{"):
        pytest.skip("pyright has no Node.js to run on")
    found: dict[tuple[str, int], list[str]] = {}
    for entry in json.loads(output)["generalDiagnostics"]:
        if Path(entry["file"]).parent == FOLDER:
            found.setdefault((Path(entry["file"]).name, entry["range"]["start"]["line"] + 1), []).append(
                entry["message"]
            )
    assert found, output
    assert differences(found, "pyright") == {"unexpected": {}, "missing": []}
