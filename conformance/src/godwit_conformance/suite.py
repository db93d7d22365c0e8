"""The cases as tests: `pytest --pyargs godwit_conformance.suite --godwit-sdk COMMAND`."""

import pytest

from godwit_conformance.bench import Workbench
from godwit_conformance.cases import Case, Outcome
from godwit_conformance.harness import run


def test_conformance(conformance_case: Case, conformance_bench: Workbench) -> None:
    """The SDK keeps what the case is about."""
    result = next(run([conformance_case], conformance_bench))
    if result.outcome in {Outcome.UNSUPPORTED, Outcome.SKIPPED}:
        pytest.skip(result.message)
    if result.outcome is Outcome.FAILED:
        pytest.fail(result.message, pytrace=False)
