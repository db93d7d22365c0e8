"""The report of an attempt: what Spark did for it, with its event log inside, so that history outlives the cluster."""

import base64
import gzip
import re
import statistics
import sys
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Final

from godwit_spark.event_log import Job, Stage, Summary
from godwit_spark.masters import is_connect

LIMIT_BYTES: Final = 16 * 2**20
"""Largest event log, compressed, that is kept in a report."""

_MARK: Final = re.compile(r'<a download="([\w.-]+)\.gz" href="data:application/gzip;base64,([A-Za-z0-9+/=]+)"')
_STYLE: Final = (
    "body{font:14px/1.5 sans-serif;margin:2em;max-width:80em}table{border-collapse:collapse;margin:1em 0}"
    "td,th{padding:.2em .7em;border-bottom:1px solid #ccc;text-align:right}td.text,th.text{text-align:left}"
    ".failed{color:#b00020}"
)
_STAGES: Final = (
    "stage",
    "what",
    "took",
    "tasks",
    "failed",
    "task: median",
    "longest",
    "CPU",
    "GC",
    "read",
    "written",
    "shuffle read",
    "shuffle written",
    "spilled",
)


def page(name: str, master: str, summary: Summary | None, lines: Sequence[str] | None, *, wall_s: float) -> str:
    """Return the report of an attempt.

    Args:
        name: name of the task.
        master: where the application ran.
        summary: what the event log says; None: there is none here.
        lines: the event log.
        wall_s: how long the task took, in seconds.
    """
    parts = [
        f"<!doctype html><meta charset=utf-8><title>{escape(name)} on Spark</title><style>{_STYLE}</style>",
        f"<h1>{escape(name)} on Spark</h1>",
    ]
    if summary is None:
        where = "by the server" if is_connect(master) else "where Spark's settings say"
        parts.append(f"<p>Ran on {escape(master)} for {wall_s:.1f} s. Its history is kept {where}.")
        return "\n".join(parts)
    told = f"Spark {escape(summary.version)}, {escape(master)}, application {escape(summary.application)}"
    parts += [f"<p>{told}; {_count(summary.executors)}, {wall_s:.1f} s.", _jobs(summary.jobs.values())]
    parts += [_stages(summary.stages.values()), _log(summary.application, lines or ())]
    return "\n".join(parts)


def unpack(report: Path, folder: Path) -> Path:
    """Write the event log that a report holds into a folder, as Spark's history server reads it; return its path.

    Raises:
        ValueError: the report holds none.
    """
    found = _MARK.search(report.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{report} holds no event log.")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / found[1]
    path.write_bytes(gzip.decompress(base64.b64decode(found[2])))
    return path


def _log(application: str, lines: Sequence[str]) -> str:
    packed = gzip.compress("".join(f"{line}\n" for line in lines).encode(), mtime=0)
    if len(packed) > LIMIT_BYTES:
        return f"<p>The event log, {_size(len(packed))} compressed, is too long to be kept; set spark.eventLog.dir."
    name = re.sub(r"[^\w.-]", "_", application) or "application"
    content = base64.b64encode(packed).decode()
    link = f'<a download="{name}.gz" href="data:application/gzip;base64,{content}">Event log</a>'
    return f"<p>{link}, for Spark's history server."


def _count(executors: int) -> str:
    return "1 executor" if executors == 1 else f"{executors} executors"


def _jobs(jobs: Iterable[Job]) -> str:
    rows = [
        _row(str(job.number), job.name, _took(job.submitted, job.completed), str(job.stages), _result(job.result))
        for job in jobs
    ]
    return _table("Jobs", ("job", "what", "took", "stages", "result"), rows)


def _result(result: str) -> str:
    return {"JobSucceeded": "succeeded", "JobFailed": "failed", "": "not ended"}.get(result, result)


def _stages(stages: Iterable[Stage]) -> str:
    rows = [
        _row(
            str(stage.number) if not stage.attempt else f"{stage.number}, try {stage.attempt + 1}",
            stage.name + (f": {stage.failure.splitlines()[0]}" if stage.failure else ""),
            _took(stage.submitted, stage.completed),
            str(stage.tasks),
            str(stage.failed_tasks),
            _time(statistics.median(stage.durations) if stage.durations else 0),
            _time(max(stage.durations, default=0)),
            _time(stage.cpu),
            _time(stage.collection),
            *map(_size, (stage.read, stage.written, stage.shuffle_read, stage.shuffle_written, stage.spilled)),
            failed=bool(stage.failure),
        )
        for stage in sorted(stages, key=lambda stage: (stage.number, stage.attempt))
    ]
    return _table("Stages", _STAGES, rows)


def _table(title: str, heads: Sequence[str], rows: Sequence[str]) -> str:
    if not rows:
        return f"<h2>{title}</h2><p>None."
    head = "".join(f'<th class="text">{head}' if head == "what" else f"<th>{head}" for head in heads)
    return f"<h2>{title}</h2><table><tr>{head}\n" + "\n".join(rows) + "</table>"


def _row(*cells: str, failed: bool = False) -> str:
    kind = ' class="failed"' if failed else ""
    heads = ('<td class="text">' if index == 1 else "<td>" for index in range(len(cells)))
    return f"<tr{kind}>" + "".join(head + escape(cell) for head, cell in zip(heads, cells, strict=True))


def _took(start: int, end: int) -> str:
    return _time(end - start) if start and end else "not ended"


def _time(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.1f} s" if milliseconds >= 1000 else f"{milliseconds:.0f} ms"


def _size(count: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def main() -> None:
    """Unpack the event log of a report: `python -m godwit_spark.report REPORT FOLDER`."""
    if len(sys.argv) != 3:
        raise SystemExit("python -m godwit_spark.report REPORT FOLDER")
    try:
        path = unpack(Path(sys.argv[1]), Path(sys.argv[2]))
    except (OSError, ValueError) as error:
        raise SystemExit(str(error)) from error
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
