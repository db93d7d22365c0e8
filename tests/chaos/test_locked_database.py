"""Another program locks the database while an engine works: shortly, and for longer than is waited for."""

import sqlite3
import time
from contextlib import closing

from faults import FAILED, Site, storm_registration, wait
from promises import Witness

ITEMS = 60
DEADLINE_S = 60


def until_under_way(site, line):
    """Wait until a line stands in the ledger."""
    end = time.monotonic() + DEADLINE_S
    while not site.ledger.exists() or line not in site.ledger.read_text().splitlines():
        assert time.monotonic() < end, f"{line!r} has not run"
        time.sleep(0.005)


def locked(site):
    """Return a connection of another program that holds the lock for writing."""
    other = sqlite3.connect(site.home / "godwit.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other


def test_an_engine_waits_for_a_lock_that_goes_by(tmp_path):
    registration, site = storm_registration(), Site(tmp_path, ITEMS)
    child = site.start(registration)
    until_under_way(site, "it square 3")
    with closing(locked(site)):
        time.sleep(1.0)
        ran = len(site.ledger.read_text().splitlines())
        time.sleep(0.3)
        assert len(site.ledger.read_text().splitlines()) == ran, "something was announced that is not stored"
    assert wait(child) == 0
    Witness(site.home, site.ledger, ITEMS, runners_die=False).check_end(0)


def test_a_lock_that_stays_ends_the_engine_with_a_remedy_and_loses_nothing(tmp_path):
    registration, site = storm_registration(), Site(tmp_path, ITEMS)
    witness = Witness(site.home, site.ledger, ITEMS, runners_die=False)
    child = site.start(registration, busy_timeout_s=0.3)
    until_under_way(site, "it square 3")
    with closing(locked(site)):
        assert wait(child) == FAILED
        witness.look()
    assert site.error.read_text().startswith("STORE_LOCKED: ")
    assert site.drive(registration) == 0
    witness.check_end(4)


def test_a_home_that_is_locked_from_the_start_takes_nothing(tmp_path):
    registration, site = storm_registration(), Site(tmp_path, ITEMS)
    site.home.mkdir(exist_ok=True)
    with closing(locked(site)):
        assert wait(site.start(registration, busy_timeout_s=0.1)) == FAILED
    assert not site.ledger.exists()
    assert site.drive(registration) == 0
    Witness(site.home, site.ledger, ITEMS, runners_die=False).check_end(0)
