"""The pytest plugin: `pytest --pyargs godwit_conformance.suite --godwit-sdk COMMAND` has a test for each case.

Every pytest of the environment loads this module, so it imports nothing until an SDK is named.
"""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("godwit-conformance", "conformance of an SDK with the contract of Godwit")
    group.addoption("--godwit-sdk", metavar="COMMAND", default="", help="command line of the executor of an SDK")
    group.addoption("--godwit-level", action="append", default=[], metavar="LEVEL", help="only this level; repeatable")
    group.addoption("--godwit-case", action="append", default=[], metavar="PATTERN", help="only such cases; repeatable")
    group.addoption("--godwit-expected-failures", default="", metavar="FILE", help="lines: PATTERN  # REASON")
    group.addoption("--godwit-timeout", type=float, default=30.0, metavar="S", help="longest wait for an answer [30]")


def pytest_configure(config: pytest.Config) -> None:
    """Load the cases where an SDK is named."""
    if config.getoption("godwit_sdk"):
        config.pluginmanager.import_plugin("godwit_conformance.pytest_cases")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Without an SDK there is nothing to test: pytest skips what has no parameters."""
    if "conformance_case" in metafunc.fixturenames and not metafunc.config.getoption("godwit_sdk"):
        metafunc.parametrize("conformance_case", [])
