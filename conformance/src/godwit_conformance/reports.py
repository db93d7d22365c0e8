"""What a run gave, for people and programs: a table, JUnit XML, JSON, a badge."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from godwitidl.conformance.v1.conformance_pb2 import SdkInfo

from godwit_conformance.bench import PROTOCOL_VERSION
from godwit_conformance.cases import Level
from godwit_conformance.expectations import Judged

VERDICTS: Final = ("passed", "failed", "expected failure", "unexpected pass", "unsupported", "skipped")
_SHORT: Final = ("passed", "failed", "expected", "unexpected", "unsupported", "skipped")
_NOT_FOR_XML: Final = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF], "\ufffd")


def counts(judged: Sequence[Judged]) -> dict[Level, Counter[str]]:
    """Return the number of results by level and verdict; levels without cases are left out."""
    made: dict[Level, Counter[str]] = {}
    for item in judged:
        made.setdefault(item.result.case.level, Counter())[item.verdict] += 1
    return {level: made[level] for level in Level if level in made}


def table(judged: Sequence[Judged]) -> str:
    """Return a table of numbers: levels down, verdicts across."""
    rows: list[tuple[str, ...]] = [("level", "cases", *_SHORT)]
    by_level = counts(judged)
    total: Counter[str] = Counter()
    for level, numbers in by_level.items():
        rows.append(_row(level.value, numbers))
        total += numbers
    if len(by_level) > 1:
        rows.append(_row("all", total))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(_aligned(row, widths) for row in rows)


def junit(judged: Sequence[Judged], sdk: SdkInfo) -> str:
    """Return the results as JUnit XML, one suite for each level. What is expected to fail counts as skipped."""
    root = ET.Element("testsuites", name=f"conformance of {sdk.name}")
    for level in counts(judged):
        items = [item for item in judged if item.result.case.level is level]
        suite = ET.SubElement(
            root,
            "testsuite",
            name=f"conformance.{level}",
            tests=str(len(items)),
            failures=str(sum(item.is_unexpected for item in items)),
            skipped=str(sum(_is_skipped(item) for item in items)),
            errors="0",
            time=f"{sum(item.result.seconds for item in items):.3f}",
        )
        for item in items:
            _junit_case(suite, item)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def as_json(judged: Sequence[Judged], sdk: SdkInfo) -> str:
    """Return the results as JSON: the SDK, numbers by level, and every case."""
    document: dict[str, Any] = {
        "protocol": PROTOCOL_VERSION,
        "sdk": {"name": sdk.name, "version": sdk.version, "languages": list(sdk.languages)},
        "levels": {
            level.value: {name: numbers[name] for name in VERDICTS} for level, numbers in counts(judged).items()
        },
        "cases": [
            {
                "name": item.result.case.name,
                "level": item.result.case.level.value,
                "verdict": item.verdict,
                "message": item.result.message,
                "reason": item.reason,
                "seconds": round(item.result.seconds, 4),
            }
            for item in judged
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def badge(judged: Sequence[Judged]) -> str:
    """Return a picture, SVG, that says how many cases passed."""
    relevant = [item for item in judged if item.verdict not in {"skipped", "unsupported"}]
    passed = sum(item.verdict == "passed" for item in relevant)
    bad = any(item.is_unexpected for item in relevant)
    color = "#c0392b" if bad or not relevant else "#2e7d32" if passed == len(relevant) else "#b7791f"
    left, right = "conformance", f"{passed} of {len(relevant)}"
    widths = [6 * len(text) + 14 for text in (left, right)]
    total = sum(widths)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="20" role="img">'
        f"<title>{escape(left)}: {escape(right)}</title>"
        f'<rect width="{widths[0]}" height="20" fill="#444"/>'
        f'<rect x="{widths[0]}" width="{widths[1]}" height="20" fill="{color}"/>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="{widths[0] // 2}" y="14">{escape(left)}</text>'
        f'<text x="{widths[0] + widths[1] // 2}" y="14">{escape(right)}</text></g></svg>\n'
    )


def _row(name: str, numbers: Counter[str]) -> tuple[str, ...]:
    return (name, str(numbers.total()), *(str(numbers[verdict]) for verdict in VERDICTS))


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = row
    return "  ".join(
        [first.ljust(widths[0]), *(text.rjust(width) for text, width in zip(others, widths[1:], strict=True))]
    )


def _is_skipped(item: Judged) -> bool:
    return item.verdict in {"skipped", "unsupported", "expected failure"}


def _junit_case(suite: ET.Element, item: Judged) -> None:
    case = item.result.case
    classname = f"conformance.{case.level}"
    element = ET.SubElement(suite, "testcase", classname=classname, name=case.name, time=f"{item.result.seconds:.4f}")
    message = item.result.message.translate(_NOT_FOR_XML)
    if item.is_unexpected:
        what = message or f"passed, but was expected to fail: {item.reason}"
        ET.SubElement(element, "failure", message=what.partition("\n")[0]).text = what
    elif _is_skipped(item):
        ET.SubElement(element, "skipped", message=f"{item.verdict}: {item.reason or message}".partition("\n")[0])
