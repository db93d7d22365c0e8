"""The page on values is true: its snippets run, and its codes are there."""

import re
from pathlib import Path

from godwit.loader import load_module

ROOT = Path(__file__).parents[4]
PAGE = (ROOT / "docs" / "values.md").read_text(encoding="utf-8")


def test_snippets_run(tmp_path):
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    source = tmp_path / "documented_values.py"
    source.write_text("\n".join(blocks), encoding="utf-8")
    module = load_module(source)
    assert module.find_oldest() == "Bo"


def test_every_code_of_the_page_is_in_the_source():
    codes = {
        code for row in re.findall(r"^\| (`[A-Z_`, ]+`) \|", PAGE, re.MULTILINE) for code in re.findall("[A-Z_]+", row)
    }
    folders = [ROOT / "sdks" / "python" / "src", ROOT / "core" / "src"]
    sources = "".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py"))
    assert len(codes) == 10
    assert {code for code in codes if f'"{code}"' not in sources} == set()
