"""Another program locks the database while an engine works: shortly, and for longer than is waited for."""

import sqlite3
import time
from contextlib import closing

from faults import FAILED, Site, storm_registration, wait
from promises import Witness

ITEMS = 300
DEADLINE_S = 60
STILL_S = 1.0


def until_under_way(site, line):
    """Wait until a line stands in the ledger."""
    end = time.monotonic() + DEADLINE_S
    while not site.ledger.exists() or line not in site.ledger.read_text().splitlines():
        assert time.monotonic() < end, f"{line!r} has not run"
        time.sleep(0.005)


def until_nothing_runs(site):
    """Wait until the ledger has not grown for a while: what was announced has run."""
    before, since = "", time.monotonic()
    while time.monotonic() - since < STILL_S:
        lines = site.ledger.read_text()
        if lines != before:
            before, since = lines, time.monotonic()
        time.sleep(0.05)


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
        until_nothing_runs(site)
        squares = [line for line in site.ledger.read_text().splitlines() if " square " in line]
        assert len(squares) < ITEMS, "what is not stored was announced"
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
