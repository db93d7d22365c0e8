"""The Python SDK keeps every level of the contract, but for what its file of expected failures says."""

import sys
from pathlib import Path

import pytest
from godwit_conformance.bench import LocalPlace, Workbench
from godwit_conformance.cases import Level
from godwit_conformance.expectations import Expectations, Judged
from godwit_conformance.harness import all_cases, run

FOLDER = Path(__file__).parents[1] / "executors" / "python"
GODWIT = str(Path(sys.executable).parent / "godwit")


@pytest.mark.slow
@pytest.mark.parametrize("level", Level)
def test_nothing_is_unexpected(level, tmp_path):
    expectations = Expectations.read(FOLDER / "expected_failures.txt")
    place = LocalPlace((sys.executable, str(FOLDER / "executor.py")), timeout_s=60.0, process_timeout_s=120.0)
    with Workbench(place, tmp_path, godwit=(GODWIT,), examples=50) as bench:
        judged = [Judged(result, expectations.reason(result.case.name)) for result in run(all_cases([level]), bench)]
    assert {item.result.case.name: item.result.message for item in judged if item.is_unexpected} == {}
    assert {item.verdict for item in judged} <= {"passed", "expected failure"}


def test_every_expected_failure_is_of_a_case():
    expectations = Expectations.read(FOLDER / "expected_failures.txt")
    assert expectations.unused([case.name for case in all_cases()]) == []
