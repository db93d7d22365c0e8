"""Tables whose lines and columns both come from the names of measures, as `what: quantity`; and a chart in text."""

from typing import Any

BAR = 40
"""Characters of the longest bar."""


def by_quantity(result: dict[str, Any]) -> list[str]:
    """Return a table with a line for each *what* and a column for each quantity."""
    cells = _cells(result)
    whats, quantities = _names(cells, 0), _names(cells, 1)
    lines = [f"| | {' | '.join(quantities)} |", "|---|" + "---:|" * len(quantities)]
    return lines + [f"| {what} | {' | '.join(_shown(cells, what, one) for one in quantities)} |" for what in whats]


def by_part(result: dict[str, Any]) -> list[str]:
    """Return a table with a line for each quantity and a column for each *what*."""
    cells = _cells(result)
    whats, quantities = _names(cells, 0), _names(cells, 1)
    lines = [f"| | {' | '.join(whats)} |", "|---|" + "---:|" * len(whats)]
    return lines + [f"| {one} | {' | '.join(_shown(cells, what, one) for what in whats)} |" for one in quantities]


def chart(result: dict[str, Any], quantity: str) -> list[str]:
    """Return bars of one quantity, in a block of plain text."""
    bars = [(what, one) for (what, name), one in _cells(result).items() if name == quantity]
    largest = max((one["median"] for _, one in bars), default=1.0)
    width = max((len(what) for what, _ in bars), default=0)
    shown = [
        f"{what:<{width}}  {'█' * max(1, round(BAR * one['median'] / largest))} {_figure(one)}" for what, one in bars
    ]
    return [f"{quantity.capitalize()}:", "", "```text", *shown, "```"]


def rest(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the measures whose names are not of that kind."""
    return [one for one in result["measures"] if ": " not in one["name"]]


def _cells(result: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    named = ((one["name"].partition(": "), one) for one in result["measures"])
    return {(what, quantity): one for (what, mark, quantity), one in named if mark}


def _names(cells: dict[tuple[str, str], dict[str, Any]], place: int) -> list[str]:
    return list(dict.fromkeys(name[place] for name in cells))


def _shown(cells: dict[tuple[str, str], dict[str, Any]], what: str, quantity: str) -> str:
    found = cells.get((what, quantity))
    return "" if found is None else _figure(found)


def _figure(measure: dict[str, Any]) -> str:
    median = measure["median"]
    return f"{median:,.0f} {measure['unit']}" if median >= 1_000 else f"{median:.3g} {measure['unit']}"
