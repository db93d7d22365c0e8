"""Something goes wrong at every commit of the workflow of the storms: the process dies, or the database fails it."""

import signal

import pytest
from faults import FAILED, Fault, Site, storm_registration
from promises import Witness

ITEMS = 4
LEAST_COMMITS = 20
MOST_REPEATED = 4
"""Attempts that may be under way at a moment: two that run, and two whose ends are not stored yet."""


@pytest.fixture(scope="module")
def registration():
    return storm_registration()


def go_wrong(tmp_path, registration, fault, commits):
    """Have each of *commits* go wrong, in an execution of its own, until one is behind the last; return that number."""
    for at in commits:
        site = Site(tmp_path / f"{fault.name}{at}", ITEMS)
        witness = Witness(site.home, site.ledger, ITEMS)
        code = site.drive(registration, fault, at)
        if code == 0:
            witness.check_end(0)
            return at
        wanted = FAILED if fault in {Fault.COMMIT_FAILED, Fault.ANSWER_LOST} else -signal.SIGKILL
        assert code == wanted, f"{fault.value} at commit {at}"
        phases = witness.look()
        if phases.get("it") != "SUCCEEDED":
            assert site.drive(registration) == 0, f"resumed after {fault.value} at commit {at}"
        witness.check_end(MOST_REPEATED)
    pytest.fail("the workflow never ends")


@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.name.lower())
def test_what_goes_wrong_at_a_commit_loses_and_doubles_nothing(tmp_path, registration, fault):
    last = go_wrong(tmp_path, registration, fault, range(1 + list(Fault).index(fault), 1000, 12))
    assert last > LEAST_COMMITS


@pytest.mark.slow
@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.name.lower())
def test_what_goes_wrong_at_any_commit_loses_and_doubles_nothing(tmp_path, registration, fault):
    last = go_wrong(tmp_path, registration, fault, range(1, 1000))
    assert last > LEAST_COMMITS
