"""The time of day jumps by hours and days, forward and back, while the workflow of the storms runs and is resumed."""

import random
import signal

import pytest
from faults import Fault, Site, storm_registration, wait
from godwit_core.runtime.clock import SystemClock
from promises import Witness

ITEMS = 40
JUMPS_US = [hours * 3_600_000_000 for hours in (-24 * 40, -1, 0, 1, 24 * 40)]
CALLS_BETWEEN = 15


class JumpingClock(SystemClock):
    """The clocks of this host, but that somebody sets the time of day all the time."""

    def __init__(self, seed):
        self._chance = random.Random(seed)
        self._ahead_us = self._chance.choice(JUMPS_US)
        self._calls = 0

    def now_us(self):
        self._calls += 1
        if self._calls % CALLS_BETWEEN == 0:
            self._ahead_us = self._chance.choice(JUMPS_US)
        return super().now_us() + self._ahead_us


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_the_clock_says_nothing_is_lost_and_history_goes_on(tmp_path, seed):
    registration, site = storm_registration(), Site(tmp_path, ITEMS)
    witness = Witness(site.home, site.ledger, ITEMS, runners_die=False)
    for session in range(3):
        child = site.start(registration, Fault.KILLED_AFTER, 8 + session, clock=JumpingClock(10 * seed + session))
        assert wait(child) == -signal.SIGKILL
        witness.look()
    assert wait(site.start(registration, clock=JumpingClock(10 * seed + 9))) == 0
    witness.check_end(12)
