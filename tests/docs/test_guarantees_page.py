"""Each promise names the tests that break what it must survive, and they are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "guarantees.md"
TABLE = PAGE.read_text(encoding="utf-8").split("| promise |")[1].split("\n\n")[0].splitlines()[2:]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.split("|")[1].strip()[:40])
def test_a_promise_names_its_tests(row):
    paths = re.findall(r"`((?:tests|core|sdks)/[^`]+\.py)`", row.split("|")[-2])
    assert paths
    for path in paths:
        assert "def test_" in (ROOT / path).read_text(encoding="utf-8") or "TestCase" in (ROOT / path).read_text(), path
