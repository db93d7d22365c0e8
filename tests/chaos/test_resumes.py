"""One execution is interrupted again and again: at any points, or by one of its own nodes."""

import json
import random
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from faults import Fault, Site, storm_registration
from processes import godwit
from promises import Witness

INTERRUPTIONS = 10
ITEMS = 60
DEADLY = Path(__file__).with_name("flows") / "deadly.py"


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_ten_interrupted_resumes_in_a_row_lose_and_double_nothing(tmp_path, seed):
    chance = random.Random(seed)
    registration = storm_registration()
    site = Site(tmp_path, ITEMS)
    witness = Witness(site.home, site.ledger, ITEMS, runners_die=False)
    for interruption in range(INTERRUPTIONS):
        fault = chance.choice([Fault.KILLED_BEFORE, Fault.KILLED_AFTER])
        at = chance.randint(4 if interruption else 6, 9)  # the engine itself commits when it opens the home
        assert site.drive(registration, fault, at) == -signal.SIGKILL, f"interruption {interruption}"
        assert witness.look() == {"it": "RUNNING"}
    assert site.drive(registration) == 0
    witness.check_end(4 * INTERRUPTIONS)


def run(home, *arguments):
    done = subprocess.run(
        [*godwit(home, *arguments), "--json"], capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout


def take_down(home, ledger, deaths):
    """Run, and resume as long as engines die; return how often they did, and what the last one said."""
    arguments = ["run", str(DEADLY), "risky", "--ledger", str(ledger), "--deaths", str(deaths)]
    code, said = run(home, *arguments, "--execution-name", "it")
    died = 0
    while code == -signal.SIGKILL:
        died += 1
        code, said = run(home, "executions", "resume", "it")
    return died, code, json.loads(said)


def test_a_node_that_takes_nine_engines_down_costs_no_retry(tmp_path):
    ledger = tmp_path / "ledger"
    died, code, outcome = take_down(tmp_path / "home", ledger, 9)
    assert (died, code, outcome["phase"]) == (9, 0, "SUCCEEDED")
    assert Counter(ledger.read_text().split()) == {"peaceful": 1, "deadly": 10}


def test_a_node_that_takes_ten_engines_down_fails_for_good(tmp_path):
    ledger = tmp_path / "ledger"
    died, code, outcome = take_down(tmp_path / "home", ledger, 100)
    assert (died, code, outcome["phase"]) == (10, 1, "FAILED")
    assert outcome["error"]["code"] == "ENGINE_LOST"
    assert Counter(ledger.read_text().split()) == {"peaceful": 1, "deadly": 10}
