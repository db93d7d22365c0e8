"""The suites catch what they are for: each plugin with a planted defect fails, and the fakes pass."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

BROKEN = Path(__file__).with_name("broken_plugins.py")
CLASSES = re.findall(r"^class (Test\w+)", BROKEN.read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def failed():
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-rfE", "-p", "no:cacheprovider", str(BROKEN)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return set(re.findall(r"^(?:FAILED|ERROR) \S+::(Test\w+)::", done.stdout, re.MULTILINE))


@pytest.mark.parametrize("name", CLASSES)
def test_the_defect_is_caught(failed, name):
    assert name in failed
