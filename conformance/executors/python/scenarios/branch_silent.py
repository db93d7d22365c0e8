"""A branch without outputs."""

import godwit as gw


@gw.task
def note(text: str) -> None:
    pass


@gw.workflow
def main(loud: bool) -> None:
    chosen = gw.conditional(loud, then=lambda: note(text="loud"))
    note.after(chosen)(text="done")
