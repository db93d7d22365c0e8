"""Rules for every test: nothing is written to the home of the user, and in CI nothing is skipped silently."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ALLOWED_SKIPS = (
    # A machine has the interpreters that it has; other versions are tested where they are found.
    r"no Python 3\.\d+ found",
    # Only root can become another user, or make a small file system, and not in every container.
    r"needs root",
    r"may not mount a small tmpfs",
    # What a contract suite asks only of those who promise it.
    r"the format has no stable bytes",
    r"no task of this backend can ",
    # The stand-in for Azure is a program of Node's.
    r"no azurite-blob",
    # What is tested is there on one operating system alone.
    r"read from /proc",
)
"""Patterns of reasons for which a test may be skipped in CI."""


@pytest.fixture(autouse=True, scope="session")
def home_of_no_one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Point HOME and GODWIT_HOME to a folder of this test run, and see that the user's own home stays as it was."""
    own = Path.home() / ".godwit"
    was_there = own.exists()
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        # Tools that tests start keep their caches where they are, or each test run would fill them again.
        patch.setenv("XDG_CACHE_HOME", os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")))
        patch.setenv("HOME", str(home))
        patch.setenv("GODWIT_HOME", str(home / ".godwit"))
        for name in ("GODWIT_PROJECT", "GODWIT_DOMAIN"):
            patch.delenv(name, raising=False)
        yield home
    assert own.exists() == was_there, f"A test made {own}."


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """In CI, turn a skip into a failure unless its reason is allowed."""
    report = yield
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        if not any(re.search(pattern, reason) for pattern in ALLOWED_SKIPS):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid}: skipped in CI ({reason}). Provide what it needs, or allow its reason."
    return report
