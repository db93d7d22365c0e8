"""Tasks in Python: what is measured, and what all of it comes to."""

from dataclasses import dataclass
from typing import NamedTuple

import godwit as gw
import pyarrow as pa


@dataclass
class Reading:
    """A level at a site."""

    site: str
    level: float


@dataclass
class Calm:
    """Nothing to see at a site."""

    site: str


@dataclass
class Alarm:
    """A level at a site that is too high."""

    site: str
    level: float


class Measured(NamedTuple):
    """Readings, and the same as a table."""

    readings: list[Reading]
    table: gw.Table


@gw.task(name="survey.measure", cache=True)
def measure(count: int) -> Measured:
    """Measure at so many sites."""
    readings = [Reading(f"site {number}", number / 2) for number in range(count)]
    return Measured(readings, gw.Table(pa.table({"level": [one.level for one in readings]})))


@gw.task(name="survey.summarize", cache=True)
def summarize(findings: list[Calm | Alarm], report: gw.File, table: gw.Table) -> str:
    """Say what was found."""
    alarms = [one.site for one in findings if isinstance(one, Alarm)]
    return f"{report.read_text()}, {sum(table.to_arrow()['level'].to_pylist())}, {', '.join(alarms)}"
