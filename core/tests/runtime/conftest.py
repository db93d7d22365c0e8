"""Engines on a scripted backend, with a clock that the test turns."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from scripting import Clock, ScriptedRegistry


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def registry():
    return ScriptedRegistry()
