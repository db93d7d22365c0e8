"""What make conformance does where a language is not installed, and how it tells of several SDKs."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".ci" / "conformance_suites.py"


@pytest.fixture
def suites(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("conformance_suites", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "conformance_suites", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "REPORTS", tmp_path)
    return module


@pytest.mark.parametrize("name", ["jvm", "node"])
def test_without_the_language_an_sdk_is_skipped_with_a_remedy(suites, name, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CI", raising=False)
    outcome = suites.run_suite(name, suites.SDKS[name])
    assert outcome.status == 0
    assert "on PATH; install" in outcome.skipped
    monkeypatch.setenv("CI", "true")
    assert suites.run_suite(name, suites.SDKS[name]).status == 1


def test_an_sdk_that_cannot_be_built_fails_with_its_log(suites):
    def make():
        suites._run([sys.executable, "-c", "raise SystemExit('no such symbol')"], ROOT)

    outcome = suites.run_suite("any", make)
    assert (outcome.status, "no such symbol" in outcome.text) == (2, True)


def test_numbers_stand_by_level_and_sdk(suites, tmp_path):
    levels = {
        "wire": {"passed": 2, "failed": 1, "skipped": 0},
        "spec": {"passed": 0, "failed": 0, "skipped": 4},
    }
    (tmp_path / "one.json").write_text(json.dumps({"levels": levels}))
    outcomes = {"one": suites.Outcome("", seconds=3.4), "other": suites.Outcome("", skipped="no such language")}
    assert suites.table(["one", "other"], outcomes).splitlines() == [
        "level            one    other",
        "wire          2 of 3         ",
        "spec     not claimed         ",
        "seconds            3  skipped",
    ]


def test_an_sdk_that_nobody_knows_is_refused():
    done = subprocess.run([sys.executable, str(SCRIPT), "cobol"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "There is no SDK cobol; there are: python, jvm, node.\n"
