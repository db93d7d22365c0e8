"""The pages lead somewhere, and every page is led to."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("*.md", "docs/**/*.md", "*/README.md", "sdks/*/*.md", "core/plugin_api/*.md", "examples/plugins/*/*.md")
PAGES = sorted({page for pattern in FOLDERS for page in ROOT.glob(pattern)})
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
DECISION = re.compile(r"(\d{4})-[a-z0-9-]+\.md")


def links(page):
    return LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    for link in links(page):
        if not link.startswith(("http://", "https://", "#", "mailto:")):
            assert (page.parent / link.partition("#")[0]).exists(), link


def test_the_index_leads_to_every_page():
    docs = ROOT / "docs"
    found = set()
    to_read = [docs / "README.md"]
    while to_read:
        page = to_read.pop().resolve()
        if page in found or page.suffix != ".md" or not page.is_relative_to(docs):
            continue
        found.add(page)
        to_read += [page.parent / link.partition("#")[0] for link in links(page) if "://" not in link]
    assert {path.relative_to(docs).as_posix() for path in docs.rglob("*.md")} == {
        path.relative_to(docs).as_posix() for path in found
    }


def test_decisions_have_numbers_of_their_own():
    numbers = []
    for path in (ROOT / "docs" / "decisions").glob("*.md"):
        match = DECISION.fullmatch(path.name)
        assert match or path.name == "README.md", path.name
        if match:
            numbers.append(match[1])
    assert len(numbers) == len(set(numbers))
