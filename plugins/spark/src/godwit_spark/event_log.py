"""Event logs of Spark: what concerns one attempt, and what it says of jobs, stages and tasks."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_OF_ALL: Final = frozenset(
    {
        "SparkListenerLogStart",
        "SparkListenerResourceProfileAdded",
        "SparkListenerApplicationStart",
        "SparkListenerEnvironmentUpdate",
        "SparkListenerBlockManagerAdded",
        "SparkListenerExecutorAdded",
    }
)
"""Events that concern every attempt of an application: without them its history cannot be shown."""


@dataclass(slots=True)
class Stage:
    """A try of a stage. Times in milliseconds, sizes in bytes, summed over its tasks but for *durations*."""

    number: int
    attempt: int
    name: str = ""
    tasks: int = 0
    submitted: int = 0
    completed: int = 0
    failure: str = ""
    failed_tasks: int = 0
    durations: list[int] = field(default_factory=list)
    cpu: float = 0.0
    collection: int = 0
    read: int = 0
    written: int = 0
    shuffle_read: int = 0
    shuffle_written: int = 0
    spilled: int = 0


@dataclass(slots=True)
class Job:
    """A job. Times in milliseconds since 1970; 0 and an empty *result*: it had not ended."""

    number: int
    submitted: int
    stages: int
    name: str = ""
    completed: int = 0
    result: str = ""


@dataclass(slots=True)
class Summary:
    """What an event log says."""

    application: str = ""
    version: str = ""
    executors: int = 0
    jobs: dict[int, Job] = field(default_factory=dict)
    stages: dict[tuple[int, int], Stage] = field(default_factory=dict)


def excerpt(log: Path, start: int) -> list[str] | None:
    """Return the lines of a log that concern what happened after its byte *start*, as a log that can be replayed.

    None: there is no log.
    """
    path = log if log.is_file() else log.with_suffix("")
    if not path.is_file():
        return None
    lines, size, ended = [], 0, False
    with path.open("rb") as stream:
        for line in stream:
            if not line.endswith(b"\n"):
                break  # it is being written
            name = _event(line)
            if size >= start or name in _OF_ALL:
                lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                ended = ended or name == "SparkListenerApplicationEnd"
            size += len(line)
    if lines and not ended:
        lines.append(json.dumps({"Event": "SparkListenerApplicationEnd", "Timestamp": int(time.time() * 1000)}))
    return lines


def read_events(lines: Iterable[str]) -> Summary:
    """Return what *lines*, an event log, say. What is unknown in them is passed over."""
    summary = Summary()
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            _read(summary, event)
    return summary


def _event(line: bytes) -> str:
    """Return the name of the event, which stands first in its line."""
    head = line[:120].decode("utf-8", "replace")
    return head.partition('"Event":"')[2].partition('"')[0].rpartition(".")[2]


def _read(summary: Summary, event: dict[str, Any]) -> None:
    match event.get("Event", ""):
        case "SparkListenerLogStart":
            summary.version = str(event.get("Spark Version", ""))
        case "SparkListenerApplicationStart":
            summary.application = str(event.get("App ID", ""))
        case "SparkListenerExecutorAdded":
            summary.executors += 1
        case "SparkListenerJobStart":
            _read_job(summary, event)
        case "SparkListenerJobEnd":
            job = summary.jobs.get(int(event["Job ID"]))
            if job is not None:
                job.completed = int(event.get("Completion Time", 0))
                job.result = str((event.get("Job Result") or {}).get("Result", ""))
        case "SparkListenerStageSubmitted" | "SparkListenerStageCompleted":
            _read_stage(summary, event.get("Stage Info") or {})
        case "SparkListenerTaskEnd":
            _read_task(summary, event)
        case _:
            pass


def _read_job(summary: Summary, event: dict[str, Any]) -> None:
    number, properties = int(event["Job ID"]), event.get("Properties") or {}
    name = properties.get("spark.job.description") or properties.get("callSite.short") or ""
    stages = len(event.get("Stage IDs", ()))
    summary.jobs[number] = Job(number, int(event.get("Submission Time", 0)), stages, name)


def _stage(summary: Summary, number: object, attempt: object) -> Stage:
    key = (int(str(number)), int(str(attempt)))
    return summary.stages.setdefault(key, Stage(*key))


def _read_stage(summary: Summary, info: dict[str, Any]) -> None:
    stage = _stage(summary, info.get("Stage ID", 0), info.get("Stage Attempt ID", 0))
    stage.name = str(info.get("Stage Name", ""))
    stage.tasks = int(info.get("Number of Tasks", 0))
    stage.submitted = int(info.get("Submission Time", 0))
    stage.completed = int(info.get("Completion Time", 0))
    stage.failure = str(info.get("Failure Reason", ""))


def _read_task(summary: Summary, event: dict[str, Any]) -> None:
    stage = _stage(summary, event.get("Stage ID", 0), event.get("Stage Attempt ID", 0))
    info, metrics = event.get("Task Info") or {}, event.get("Task Metrics") or {}
    if info.get("Failed") or info.get("Killed"):
        stage.failed_tasks += 1
    stage.durations.append(max(0, int(info.get("Finish Time", 0)) - int(info.get("Launch Time", 0))))
    shuffle = metrics.get("Shuffle Read Metrics") or {}
    stage.cpu += metrics.get("Executor CPU Time", 0) / 1e6
    stage.collection += metrics.get("JVM GC Time", 0)
    stage.read += (metrics.get("Input Metrics") or {}).get("Bytes Read", 0)
    stage.written += (metrics.get("Output Metrics") or {}).get("Bytes Written", 0)
    stage.shuffle_read += shuffle.get("Remote Bytes Read", 0) + shuffle.get("Local Bytes Read", 0)
    stage.shuffle_written += (metrics.get("Shuffle Write Metrics") or {}).get("Shuffle Bytes Written", 0)
    stage.spilled += metrics.get("Memory Bytes Spilled", 0) + metrics.get("Disk Bytes Spilled", 0)
