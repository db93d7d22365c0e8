"""Readings of weather stations, as one table that several libraries read, and stations that are asked all at once.

`ask` is an `async def`: however many stations there are, all are waited for at a time, in one process. The table goes
on as `gw.Table`, in Arrow's format: `warmest` reads two of its columns with polars, `span` one with pandas.
"""

import asyncio
from typing import Annotated

import godwit as gw
import pyarrow as pa

Readings = Annotated[gw.Table, gw.Columns(station=str, hour=int, celsius=float), gw.Format("arrow")]


@gw.task
async def ask(station: str, hours: int) -> list[float]:
    """Return the readings of one station. A real one would be asked over the network."""
    print("asking", station)
    readings = []
    for hour in range(hours):
        await asyncio.sleep(0.01)
        readings.append(round(10 + (len(station) * 7 + hour * 3) % 11 / 2, 1))
    return readings


@gw.task
def collect(stations: list[str], readings: list[list[float]]) -> Readings:
    """Put the readings of all stations into one table."""
    rows = [(name, hour, one) for name, own in zip(stations, readings, strict=True) for hour, one in enumerate(own)]
    names, hours, celsius = zip(*rows, strict=True)
    return gw.Table(pa.table({"station": names, "hour": hours, "celsius": celsius}))


@gw.task
def warmest(table: Readings) -> str:
    """Return the station with the highest mean."""
    means = table.to_polars(["station", "celsius"]).group_by("station").mean()
    return str(means.sort("celsius", "station", descending=[True, False])["station"][0])


@gw.task
def span(table: Readings) -> float:
    """Return how far the readings lie apart."""
    celsius = table.to_pandas(["celsius"])["celsius"]
    return float(celsius.max() - celsius.min())


@gw.workflow
def report(stations: list[str] = ["Aba", "Bremen", "Cork"], hours: int = 6) -> tuple[str, float]:  # noqa: B006 - never changed
    """Ask all stations, and say which is the warmest and how far the readings lie apart."""
    readings = gw.map_task(ask)(station=stations, hours=gw.bound(hours))
    table = collect(stations=stations, readings=readings)
    return warmest(table=table), span(table=table)
