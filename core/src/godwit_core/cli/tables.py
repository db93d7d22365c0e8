"""Tables of plain text, and the short texts that stand in them."""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

GAP = "  "
NARROWEST = 12
"""Characters that are left of a column that is cut."""


def format_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Sequence[int] = (),
    cut: int | None = None,
    style: Callable[[int, str], str] = lambda _, cell: cell,
) -> list[str]:
    """Return the lines of a table.

    Args:
        headings: one for each column.
        rows: cells.
        right: columns that are aligned on the right.
        cut: column that is cut where the lines would be wider than the terminal; None: none.
        style: returns a cell as it is shown, from its column and padded text.
    """
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    if cut is not None and (limit := terminal_width()):
        excess = sum(widths) + len(GAP) * (len(widths) - 1) - limit
        if excess > 0:
            widths[cut] = max(min(widths[cut], NARROWEST), widths[cut] - excess)

    def line(cells: Sequence[str], styled: bool) -> str:
        shown = []
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            text = shorten(cell, width)
            text = text.rjust(width) if column in right else text.ljust(width)
            shown.append(style(column, text) if styled else text)
        return GAP.join(shown).rstrip()

    return [line(headings, styled=False), *(line(row, styled=True) for row in rows)]


def terminal_width() -> int | None:
    """Return the columns of the terminal; None where standard output is none: then nothing is cut."""
    if not sys.stdout.isatty():
        return None
    import shutil  # noqa: PLC0415 - 2 ms, and needed on a terminal only

    return shutil.get_terminal_size().columns


def shorten(text: str, width: int) -> str:
    """Return *text* in at most *width* characters; what is longer ends with an ellipsis."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"


def duration_text(seconds: float) -> str:
    """Return a length of time for people: `0.012 s`, `12.3 s`, `3m 05s`, `2h 03m`."""
    if seconds < 10:
        return f"{seconds:.3f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m {rest:02}s"
    return f"{minutes // 60}h {minutes % 60:02}m"


def size_text(size: int) -> str:
    """Return a number of bytes for people: `12 B`, `3.4 MB`."""
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def time_text(time_us: int) -> str | None:
    """Return microseconds since the epoch in ISO 8601, in UTC, to the millisecond; None for 0: it has not come."""
    if not time_us:
        return None
    moment = datetime.fromtimestamp(time_us // 1000 / 1000, tz=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
