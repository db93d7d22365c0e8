"""What became of a distributed job: its outputs, or the first cause of its end, with rank, host and exit code."""

import json
import signal
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from godwit_plugin_api.backend import Finished, Lost
from godwit_plugin_api.supervision import outcomes
from godwit_plugin_api.supervision.jobs import JobEnd, JobFolder, signal_name
from godwitidl.core.v1.errors_pb2 import (
    BLAME_INFRASTRUCTURE,
    BLAME_USER,
    RETRY_ALLOWED,
    RETRY_FORBIDDEN,
    ExecutionError,
    WorkerError,
)
from google.protobuf.message import DecodeError

from godwit_mpi.rank_report import write_report

_SUDDEN_NS = 1_500_000_000
"""How much later than its peers' errors the end of a process may be noticed that caused them."""
_MAX_WORKERS = 64
_LAST_WORDS_BYTES = 1500
_TAKEN_AWAY = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT})
"""Signals that come from outside: a process ended by one did not do it itself."""


def outcome_of(attempt_id: str, job: JobFolder, end: JobEnd | None) -> Finished | Lost:
    """Return what the folder of a distributed job says; *end*: how its launcher ended, None: nobody saw it."""
    records = read_records(job.path)
    if records:
        write_report(job, records)
    if end is not None and (end.cancelled or end.failure):
        return outcomes.outcome(attempt_id, job, end)
    if end is not None and end.exit_code == 0 and (job.outputs / "outputs.pb").is_file():
        # Errors of processes that were started anew, or that the others went on without, are no failure.
        for path in job.outputs.glob("error*.pb"):
            path.replace(path.with_suffix(".overcome"))
        return outcomes.outcome(attempt_id, job, end)
    causes = find_causes(job, records)
    if not causes:
        return outcomes.outcome(attempt_id, job, end)
    error = first_cause(causes)
    log, usage = job.log_slice(), end.usage if end is not None else b""
    if error.blame == BLAME_INFRASTRUCTURE:
        return Lost(attempt_id, error.SerializeToString(), log, usage)
    return Finished(attempt_id, error=error.SerializeToString(), usage=usage, log=log, report=outcomes.report_of(job))


def read_records(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what workers wrote of their processes, by name; of a job that was started anew, its last start."""
    found = {}
    for path in sorted((folder / "ranks").glob("[!.]*.json")):
        try:
            found[path.stem] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
    newest = max((record["generation"] for record in found.values()), default=0)
    latest = {name: record for name, record in found.items() if record["generation"] == newest}
    return dict(sorted(latest.items(), key=lambda item: (item[1]["rank"], item[0])))


def find_causes(job: JobFolder, records: Mapping[str, Mapping[str, Any]]) -> list[ExecutionError]:
    """Return the errors of a job's processes, none of those that were only ended with the others."""
    missing, hung = _read(job.path / "missing.json"), _read(job.path / "hung.json")
    causes = [_cause(job, name, record, hung) for name, record in records.items()]
    found = [cause for cause in causes if cause is not None]
    if found:
        return found
    if missing:
        return [_missing(missing, records)]
    gone = [name for name, record in records.items() if "ended_ns" not in record]
    return [_gone(gone, records)] if gone else []


def _cause(job: JobFolder, name: str, record: Mapping[str, Any], hung: Mapping[str, Any]) -> ExecutionError | None:
    error = _read_error(job.outputs / f"error-{name}.pb")
    if error is None:
        error = _noticed(job, name, record, hung)
    if error is None:
        return None
    error.worker = place_of(record)
    if record.get("exit_code") is not None:
        error.exit_code = record["exit_code"]
    if not error.HasField("time") and "ended_ns" in record:
        error.time.FromNanoseconds(record["ended_ns"])
    return error


def _noticed(job: JobFolder, name: str, record: Mapping[str, Any], hung: Mapping[str, Any]) -> ExecutionError | None:
    """Return the error of a process that left none itself; None where it did not fail."""
    if failure := record.get("failure"):
        return ExecutionError(code=failure["code"], message=failure["message"], blame=BLAME_USER, retry=RETRY_FORBIDDEN)
    who = place_of(record)
    last = _last_words(job.path / "logs" / f"{name}.log")
    if record.get("hung"):
        others = ", ".join(hung.get("ended", ()))
        since = f"the end of rank {others}" if others else "the end of the task's function"
        waited = f"{hung.get('waited_s', 0):g} s"
        message = f"{_upper(who)} did not end within {waited} of {since}. Where it stood:\n{last}"
        return ExecutionError(code="RANK_HUNG", message=message, blame=BLAME_USER, retry=RETRY_ALLOWED)
    if record.get("told") or "ended_ns" not in record:
        return None
    wrote = f" It last wrote:\n{last}" if last else " It wrote nothing."
    if (number := record.get("signal")) is not None:
        message = f"{_upper(who)} was ended by signal {number} ({signal_name(number)}).{wrote}"
        blame = BLAME_INFRASTRUCTURE if number in _TAKEN_AWAY else BLAME_USER
        code = "RANK_LOST" if number in _TAKEN_AWAY else "RANK_CRASHED"
        return ExecutionError(code=code, message=message, blame=blame, retry=RETRY_ALLOWED, signal=number)
    if status := record.get("exit_code"):
        message = f"{_upper(who)} ended with exit code {status}, and left no error.{wrote}"
        return ExecutionError(code="RANK_CRASHED", message=message, blame=BLAME_USER, retry=RETRY_ALLOWED)
    return None


def _missing(missing: Mapping[str, Any], records: Mapping[str, Mapping[str, Any]]) -> ExecutionError:
    names = ", ".join(missing["names"][:20]) or "all"
    there = ", ".join(sorted({record["host"] for record in records.values()})) or "none"
    message = (
        f"Ranks did not begin within {missing['waited_s']:g} s: {names}. "
        f"Hosts that did begin: {there}. The log has what the launcher said."
    )
    return ExecutionError(code="RANKS_MISSING", message=message, blame=BLAME_INFRASTRUCTURE, retry=RETRY_ALLOWED)


def _gone(names: list[str], records: Mapping[str, Mapping[str, Any]]) -> ExecutionError:
    places = "; ".join(place_of(records[name]) for name in names[:20])
    message = f"Processes are gone without a trace: {places}. Something killed them with what was around them."
    return ExecutionError(code="RANK_LOST", message=message, blame=BLAME_INFRASTRUCTURE, retry=RETRY_ALLOWED)


def first_cause(causes: Iterable[ExecutionError]) -> ExecutionError:
    """Return the earliest of *causes*, with those of all processes in its `workers`.

    Peers of a process that dies are told by their broken connections, often before its end is noticed: an end without
    an error of its own counts as earlier than it was noticed.
    """
    ordered = sorted(causes, key=_moment)
    first = ExecutionError()
    first.CopyFrom(ordered[0])
    del first.workers[:]
    if len(ordered) > 1:
        first.workers.extend(_worker_error(error) for error in ordered[:_MAX_WORKERS])
    return first


def _moment(error: ExecutionError) -> int:
    moment = error.time.ToNanoseconds() if error.HasField("time") else 2**62
    # What a library does to itself on a broken connection ends in an abort: that one may be a consequence.
    sudden = error.code in {"RANK_LOST", "RANK_CRASHED"} and error.signal != signal.SIGABRT
    return moment - _SUDDEN_NS if sudden else moment


def _worker_error(error: ExecutionError) -> WorkerError:
    told = WorkerError(worker=error.worker, code=error.code, message=error.message[:500])
    if error.HasField("time"):
        told.time.CopyFrom(error.time)
    if error.HasField("exit_code"):
        told.exit_code = error.exit_code
    return told


def place_of(record: Mapping[str, Any]) -> str:
    """Return which process a record is of, for people: `rank 1 on node-b, process 4711`."""
    return f"rank {record['rank']} on {record['host']}, process {record['process']}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _read_error(path: Path) -> ExecutionError | None:
    try:
        return ExecutionError.FromString(path.read_bytes())
    except (OSError, DecodeError):
        return None


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _last_words(path: Path) -> str:
    try:
        text = path.read_bytes()
    except OSError:
        return ""
    words = text[-_LAST_WORDS_BYTES:].decode(errors="replace")
    return (words.partition("\n")[2] if len(text) > _LAST_WORDS_BYTES else words).strip()
