"""The snippets of the pages on authoring run, each page as one file."""

import re
from pathlib import Path

import pytest
from godwit.loader import load_module

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("page", ["tasks", "workflows", "maps", "branches", "caching"])
def test_snippets_run(page, tmp_path):
    blocks = re.findall(
        r"^```python\n(.*?)^```$", (DOCS / f"{page}.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    assert blocks
    source = tmp_path / f"documented_{page}.py"
    source.write_text("\n".join(blocks), encoding="utf-8")
    load_module(source)


def test_every_code_is_documented_and_every_documented_code_is_there():
    source = DOCS.parent / "sdks" / "python" / "src" / "godwit"
    written = re.compile(r'code(?:: ClassVar\[str\])? ?= ?"([A-Z_]+)"')
    own = {code for file in source.glob("*.py") for code in written.findall(file.read_text(encoding="utf-8"))}
    everywhere = {code for file in source.rglob("*.py") for code in written.findall(file.read_text(encoding="utf-8"))}
    documented = re.findall(
        r"^\| `([A-Z_]+)` \|", (DOCS / "authoring_errors.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(documented) == len(set(documented))
    assert own - set(documented) == set()
    assert set(documented) - everywhere == set()
