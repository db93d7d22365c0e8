"""A page for people about the processes of a job: where each ran, on which GPUs, how it ended, what it wrote."""

from collections.abc import Mapping
from html import escape
from typing import Any

from godwit_plugin_api.supervision.jobs import JobFolder, signal_name

_STYLE = "body{font-family:sans-serif}td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #ccc}"


def write_report(job: JobFolder, records: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the report of an attempt, where the task has left none itself."""
    path = job.outputs / "report.html"
    if path.exists() or not job.outputs.is_dir():
        return
    rows = "".join(_row(job, name, record) for name, record in records.items())
    heads = "".join(f"<th>{name}" for name in ("Rank", "Host", "Process", "GPUs", "Seconds", "End", "Log"))
    page = f"<!doctype html><meta charset=utf-8><title>Ranks</title><style>{_STYLE}</style>"
    path.write_text(f"{page}<table><tr>{heads}</tr>{rows}</table>\n", encoding="utf-8")


def _row(job: JobFolder, name: str, record: Mapping[str, Any]) -> str:
    ended = record.get("ended_ns")
    seconds = f"{(ended - record['began_ns']) / 1e9:.1f}" if ended else ""
    log = job.path / "logs" / f"{name}.log"
    cells = [record["rank"], record["host"], record["process"], record["gpus"] or "", seconds, _end(record)]
    texts = "".join(f"<td>{escape(str(cell))}" for cell in cells)
    return f'<tr>{texts}<td><a href="{escape(log.as_uri())}">{escape(log.name)}</a></tr>'


def _end(record: Mapping[str, Any]) -> str:
    if "ended_ns" not in record:
        return "not seen"
    how = signal_name(record["signal"]) if record.get("signal") else f"exit code {record.get('exit_code')}"
    return f"{how}, ended with the others" if record.get("told") else how
