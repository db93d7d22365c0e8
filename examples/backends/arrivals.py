"""Waits for a day's file of arrivals, and files an entry with a web service.

    python examples/backends/register.py 8765 &
    godwit run examples/backends/arrivals.py arrivals --folder file:///tmp/birds --day 2026-05-01

It goes on as soon as `/tmp/birds/2026-05-01.csv` is there. Nothing runs meanwhile but the engine; kill it, and
`godwit executions resume` goes on where it was, with the same entry.
"""

import csv
import os
from datetime import date, timedelta

import godwit as gw
from godwit_webapi import Call, FileSensor, HttpJob, Limits, Service

SOON = timedelta(seconds=0.2)
REGISTER = Service(os.environ.get("REGISTER_URL", "http://127.0.0.1:8765"), limits=Limits(poll_interval=SOON))

file_of_day = gw.declare_task(
    "file_of_day",
    inputs={"folder": str, "day": date},
    outputs={"arrivals": gw.File},
    task_config=FileSensor("{folder}/{day}.csv", SOON),
)

file_entry = gw.declare_task(
    "file_entry",
    inputs={"seen": int},
    outputs={"entry": str},
    task_config=HttpJob(
        service=REGISTER,
        create=Call("POST", "/entries", {"seen": "{seen}"}),
        idempotent=True,
        get=Call("GET", "/entries/{job_id}"),
        succeeded=("filed",),
        failed=("refused",),
        outputs={"entry": "/id"},
    ),
)


@gw.task
def count(arrivals: gw.File) -> int:
    """Count the birds of a file."""
    with arrivals.open("r") as lines:
        return sum(int(row["count"]) for row in csv.DictReader(lines))


@gw.workflow
def arrivals(folder: str, day: date) -> str:
    """Register the arrivals of a day."""
    return file_entry(seen=count(arrivals=file_of_day(folder=folder, day=day)))
