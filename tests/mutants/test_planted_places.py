"""Every planted defect has its place: what it changes stands exactly once in the package that it names."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from plant import DEFECTS, ROOT


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_what_a_defect_changes_stands_exactly_once(defect):
    sources = (ROOT / "core" / "src" / "godwit_core" / defect.package).glob("*.py")
    assert sum(source.read_text(encoding="utf-8").count(defect.before) for source in sources) == 1


def test_defects_have_names_of_their_own():
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS) >= 100
