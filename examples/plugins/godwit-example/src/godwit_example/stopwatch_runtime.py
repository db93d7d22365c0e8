"""The running half: it gives the task a stopwatch, and leaves a report of its rounds."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape

from godwit_plugin_api.task_runtime import RuntimeAttempt

from godwit_example import stopwatch_pb2


class Rounds:
    """A stopwatch: `round("loaded")` notes how long it took since the one before."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, float]] = []
        self._last = time.monotonic()

    def round(self, name: str) -> None:
        """Note a round."""
        now = time.monotonic()
        self.noted.append((name, now - self._last))
        self._last = now


class StopwatchRuntime:
    """Runs tasks whose payload is a Stopwatch. See `godwit_plugin_api.task_runtime`."""

    @contextmanager
    def around(self, attempt: RuntimeAttempt) -> Iterator[Mapping[str, object]]:
        """Give a stopwatch; write the report however the task ends."""
        settings = stopwatch_pb2.Stopwatch()
        attempt.payload.Unpack(settings)
        rounds = Rounds()
        try:
            yield {"stopwatch": rounds}
        finally:
            rows = "".join(f"<tr><td>{escape(name)}<td>{taken:.3f} s" for name, taken in rounds.noted)
            page = f"<!doctype html><title>{escape(settings.title)}</title><table>{rows}</table>"
            attempt.report.write_text(page, encoding="utf-8")

    def close(self) -> None:
        """Nothing is kept."""
