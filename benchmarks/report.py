"""Report: the tables of results in Markdown, printed or put into a page between two marks.

`python benchmarks/report.py` prints what lies in `benchmarks/results/`; `--page docs/benchmarks.md` writes it there;
`--check` instead says by its exit status whether the page has it already.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from measurement import FOLDER
from report_tables import by_part, by_quantity, chart, rest

ROWS = {
    "chain": "Chain, per step",
    "fanout": "Fan-out of {nodes:,} nodes and a reduction",
    "cached_chain": "Cached chain of {steps}",
    "dataframe": "{megabytes} MB DataFrame from task to task",
    "startup": "Start-up",
    "packages": "Packages of others",
    "scale": "Maps of many items, sleeps, timers, restarts",
    "scaling": "Growth with the number of items",
    "breakdown": "Where the time goes",
}
"""Titles, in the order of the page; filled with the conditions of the result."""

LONGEST_ERROR = 300
"""Characters of an error that are shown: its last."""

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"


def main() -> int:
    """Print, write or check; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--results", type=Path, default=FOLDER / "results", metavar="DIR")
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the tables into this page")
    parser.add_argument("--check", action="store_true", help="change nothing; fail if the page has other tables")
    arguments = parser.parse_args()
    tables = render(read_results(arguments.results))
    if arguments.page is None:
        sys.stdout.write(tables)
        return 0
    page = arguments.page.read_text(encoding="utf-8")
    wanted = placed(page, tables)
    if arguments.check:
        return int(page != wanted)
    arguments.page.write_text(wanted, encoding="utf-8")
    return 0


def read_results(folder: Path) -> list[dict[str, Any]]:
    """Return the results in *folder*, in the order of the page."""
    paths = [folder / f"{row}.json" for row in ROWS]
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]


def placed(page: str, tables: str) -> str:
    """Return *page* with *tables* between its marks.

    Raises:
        ValueError: it does not have them.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"The page has no marks {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n\n{tables}\n{END}{after}"


def render(results: list[dict[str, Any]]) -> str:
    """Return the tables: first everything that has a budget, then each row with its limits and peers."""
    if not results:
        return "No results.\n"
    lines = ["### Against the budgets", "", "| what | median | budget | |", "|---|---:|---:|---|"]
    for result in results:
        lines += [_budget_line(title(result), one) for one in result["measures"] if "budget" in one]
    for result in results:
        lines += ["", *_section(result)]
    return "\n".join(lines) + "\n"


def title(result: dict[str, Any]) -> str:
    """Return the title of a result's row."""
    return ROWS[result["row"]].format(**result["conditions"])


def _budget_line(row: str, measure: dict[str, Any]) -> str:
    unit = measure["unit"]
    verdict = "within" if measure["within"] else "**over**"
    return f"| {row}: {measure['name']} | {measure['median']:g} {unit} | {measure['budget']:g} {unit} | {verdict} |"


def _section(result: dict[str, Any]) -> list[str]:
    lines = [f"### {title(result)}", "", f"{_machine(result['machine'])}; {_loads(result)}, {result['taken']}.", ""]
    lines += [f"`{result['command']}`", ""]
    if result["row"] == "scaling":
        return [*lines, *by_quantity(result), "", *chart(result, "time per item"), "", *_lines(result, rest(result))]
    if result["row"] == "breakdown":
        return [*lines, *by_part(result)]
    return [*lines, *_lines(result, result["measures"])]


def _lines(result: dict[str, Any], measures: list[dict[str, Any]]) -> list[str]:
    """Return the table of some measures, with the limits and the peers."""
    lines = ["| | what | median | min | max | runs |", "|---|---|---:|---:|---:|---:|"]
    lines += [_line("Godwit", one) for one in measures]
    lines += [_line("limit", one) for one in result["limits"]]
    for peer in result["peers"]:
        name = " ".join([peer["peer"], peer.get("version", "")]).strip()
        shown = name if peer.get("durable", True) else f"*{name}*"
        if "error" in peer:
            said = " ".join(peer["error"].split()).replace("|", "¦").replace("`", "'")
            lines.append(f"| {shown} | no figures: `{said[-LONGEST_ERROR:]}` | | | | |")
        elif "missing" in peer:
            lines.append(f"| {shown} | {peer['missing']} | | | | |")
        lines += [_line(shown, one) for one in peer.get("measures", ())]
    return lines


def _line(who: str, measure: dict[str, Any]) -> str:
    unit = measure["unit"]
    median = f"{measure['median']:g} {unit}"
    return f"| {who} | {measure['name']} | {median} | {measure['min']:g} | {measure['max']:g} | {measure['runs']} |"


def _machine(machine: dict[str, Any]) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['kernel']}, {machine['file_system']}, "
        f"Python {machine['python']}, SQLite {machine['sqlite']}, {packages}"
    )


def _loads(result: dict[str, Any]) -> str:
    """Return how busy the machine was with other things before and during the measurement."""
    others = result.get("cores_busy_with_others")
    meanwhile = "" if others is None else f", {others:.2f} cores busy with other programs meanwhile"
    return f"load average before {result['load_average']['before'][0]:.2f}{meanwhile}"


if __name__ == "__main__":
    sys.exit(main())
