"""Attempts of nodes as people and programs read them: how long, what they used, how they ended, what is awaited."""

from collections.abc import Mapping, Sequence
from typing import Any

from godwit_core.cli.execution_reports import error_json
from godwit_core.cli.stored_executions import Attempt
from godwit_core.cli.tables import duration_text, size_text, time_text

_MOST_PLACES = 40
_REASONS = {
    "ABORTED": "the execution is aborted",
    "FAIL_FAST": "another node failed",
    "TIMEOUT_ATTEMPT": "the attempt took too long",
    "TIMEOUT_DEADLINE": "the node took too long",
}


def attempt_json(attempt: Attempt) -> dict[str, Any]:
    """Return an attempt. What is not known is null."""
    return {
        "attempt": attempt.number,
        "worker": attempt.worker,
        "started": time_text(attempt.started_us),
        "finished": time_text(attempt.finished_us),
        "error": error_json(attempt.error),
        "exit": exit_cause(attempt),
        "wall_s": attempt.wall_s,
        "given_memory_bytes": attempt.memory_bytes or None,
        "peak_memory_bytes": attempt.peak_memory_bytes or None,
        "cpu_s": attempt.cpu_s,
        "cancelling": _cancelling_json(attempt),
        "links": [{"name": name, "url": url} for name, url in attempt.links.items()],
        "report": attempt.report or None,
    }


def _cancelling_json(attempt: Attempt) -> dict[str, Any] | None:
    if not attempt.cancelling_us or attempt.finished_us:
        return None
    return {
        "since": time_text(attempt.cancelling_us),
        "reason": attempt.cancelling,
        "waiting_on": _awaited(attempt),
    }


def exit_cause(attempt: Attempt) -> str | None:
    """Return how an attempt ended: `succeeded`, an error's code, with exit code or signal; None while it runs."""
    error = attempt.error
    if error is None:
        return "succeeded" if attempt.finished_us else None
    if error.HasField("signal"):
        return f"{error.code}, signal {error.signal}"
    return f"{error.code}, exit code {error.exit_code}" if error.HasField("exit_code") else error.code


def attempt_lines(attempts: Mapping[str, Sequence[Attempt]], *, every: bool) -> list[str]:
    """Return a line for each attempt: of *every* node, or of those that had more than one."""
    lines: list[str] = []
    for path, of_node in attempts.items():
        if every or len(of_node) > 1:
            lines += ["", f"Attempts of {path}:", *(_line(attempt) for attempt in of_node)]
    return lines


def place_lines(attempts: Mapping[str, Sequence[Attempt]]) -> list[str]:
    """Return a line for each link and report of the last attempt of each node."""
    lines: list[str] = []
    for path, of_node in attempts.items():
        last = of_node[-1]
        lines += [f"{path}  {name}: {url}" for name, url in last.links.items()]
        lines += [f"{path}  report: {last.report}"] if last.report else []
    if len(lines) > _MOST_PLACES:
        lines[_MOST_PLACES:] = [f"… and {len(lines) - _MOST_PLACES} more: --json has all"]
    return ["", *lines] if lines else []


def _line(attempt: Attempt) -> str:
    length = max(0, attempt.finished_us - attempt.started_us) / 1e6
    took = duration_text(length) if attempt.finished_us and attempt.started_us else "under way"
    used = f", cpu {duration_text(attempt.cpu_s)}" if attempt.cpu_s else ""
    used += f", {size_text(attempt.peak_memory_bytes)}" if attempt.peak_memory_bytes else ""
    used += f" of {size_text(attempt.memory_bytes)}" if attempt.memory_bytes else ""
    reason = attempt.error.message.partition("\n")[0] if attempt.error else ""
    how = f"{attempt.error.code}: {reason}" if attempt.error else ("succeeded" if attempt.finished_us else "")
    return f"  {attempt.number}  {took}{used}  {how}".rstrip()


def cancelling_lines(attempts: Mapping[str, Sequence[Attempt]], now_us: int) -> list[str]:
    """Return a line for each attempt whose end was asked for, and is not confirmed yet."""
    lines: list[str] = []
    for path, of_node in attempts.items():
        last = of_node[-1]
        if last.cancelling_us and not last.finished_us:
            since = duration_text(max(0, now_us - last.cancelling_us) / 1e6)
            why = _REASONS.get(last.cancelling, last.cancelling)
            lines.append(f"Cancelling {path} for {since} ({why}); waiting on {_awaited(last)} to end.")
    return lines


def _awaited(attempt: Attempt) -> str:
    return attempt.waiting_on or attempt.worker or "its processes"
