"""A short storm with a fixed seed; `make chaos` blows longer ones."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from storms import blow


def test_twenty_kills_lose_and_double_nothing(tmp_path):
    tally = blow(20, 20, tmp_path)
    assert sum(tally.kills.values()) == 20
