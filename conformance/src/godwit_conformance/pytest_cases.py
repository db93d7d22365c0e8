"""Cases as parameters of tests; see `pytest_plugin`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from godwit_conformance.bench import LocalPlace, Workbench, command_of
from godwit_conformance.cases import Level
from godwit_conformance.expectations import Expectations
from godwit_conformance.harness import all_cases

_PROCESS_TIMEOUT_S = 120.0


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every test that takes a `conformance_case` all that were chosen."""
    if "conformance_case" not in metafunc.fixturenames:
        return
    config = metafunc.config
    file: str = config.getoption("godwit_expected_failures")
    expectations = Expectations.read(Path(file)) if file else Expectations()
    levels = [Level(level) for level in config.getoption("godwit_level")]
    parameters = []
    for case in all_cases(levels, config.getoption("godwit_case")):
        reason = expectations.reason(case.name)
        marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
        parameters.append(pytest.param(case, id=case.name, marks=marks))
    metafunc.parametrize("conformance_case", parameters)


@pytest.fixture(scope="session")
def conformance_bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """The bench of all cases, with the SDK that was named."""
    command = command_of(request.config.getoption("godwit_sdk"))
    timeout_s: float = request.config.getoption("godwit_timeout")
    place = LocalPlace(command, timeout_s=timeout_s, process_timeout_s=_PROCESS_TIMEOUT_S)
    with Workbench(place, tmp_path_factory.mktemp("conformance")) as bench:
        yield bench
