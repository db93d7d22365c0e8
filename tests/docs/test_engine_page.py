"""The engine's page shows the diagram that is made from the table."""

from pathlib import Path

from godwit_core.engine.phases import diagram

PAGE = Path(__file__).parents[2] / "docs" / "engine.md"


def test_the_diagram_is_that_of_the_table():
    (block,) = [part for part in PAGE.read_text().split("```") if part.startswith("mermaid\n")]
    assert block.removeprefix("mermaid\n").strip() == diagram()
