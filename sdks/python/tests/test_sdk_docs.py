"""The snippets of the pages on authoring run, each page as one file."""

import re
from pathlib import Path

import pytest
from godwit.loader import load_module

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("page", ["tasks", "workflows"])
def test_snippets_run(page, tmp_path):
    blocks = re.findall(
        r"^```python\n(.*?)^```$", (DOCS / f"{page}.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    assert blocks
    source = tmp_path / f"documented_{page}.py"
    source.write_text("\n".join(blocks), encoding="utf-8")
    load_module(source)
