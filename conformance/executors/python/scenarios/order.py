"""An order without data."""

import godwit as gw


@gw.task
def note(text: str) -> None:
    pass


@gw.workflow
def main() -> None:
    first = note.node(text="a")
    second = note.node(text="b")
    note.after(first, second)(text="c")
