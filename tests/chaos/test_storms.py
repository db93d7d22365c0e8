"""A short storm with a fixed seed; `make chaos` blows longer ones."""

from storms import blow


def test_twenty_kills_lose_and_double_nothing(tmp_path):
    tally = blow(20, 20, tmp_path)
    assert sum(tally.kills.values()) == 20
