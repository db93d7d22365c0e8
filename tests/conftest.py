"""What the tests across distributions share."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A block of code in a page.

    Attributes:
        language: what stands behind its opening fence.
        text: its lines.
    """

    language: str
    text: str


@pytest.fixture(scope="session")
def blocks_of() -> Callable[[Path], list[Block]]:
    """Return a function that reads the blocks of code of a page in Markdown."""
    return lambda page: [Block(*match.groups()) for match in BLOCK.finditer(page.read_text(encoding="utf-8"))]
