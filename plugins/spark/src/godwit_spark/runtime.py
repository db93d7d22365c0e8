"""The running half: tasks find a session, and leave a report of what Spark did for them."""

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from godwit_plugin_api.task_runtime import RuntimeAttempt
from godwitidl.plugins.spark.v1.spark_pb2 import TABLE_EXCHANGE_DRIVER, SparkJob

from godwit_spark import current
from godwit_spark.applications import Application, open_application
from godwit_spark.errors import SparkUnavailable
from godwit_spark.event_log import excerpt, read_events
from godwit_spark.masters import is_local
from godwit_spark.report import page
from godwit_spark.secrets import secret_settings
from godwit_spark.settings import FOLDER


class SparkRuntime:
    """Runs tasks whose payload is a SparkJob. See `godwit_plugin_api.task_runtime`."""

    def __init__(self) -> None:
        self._kept: Application | None = None
        self._wanted = b""
        self._users = 0

    @contextmanager
    def around(self, attempt: RuntimeAttempt) -> Iterator[Mapping[str, object]]:
        """Give the task a session; write the report however the task ends."""
        job = SparkJob()
        attempt.payload.Unpack(job)
        application = self._enter(job, attempt)
        began, start = time.time(), _size(application.event_log)
        session: Any = None
        try:
            session = application.session()
            _ship(application, attempt)
            if application.page:
                attempt.link("Spark UI", application.page)
            with current.session(session, through_driver=job.exchange == TABLE_EXCHANGE_DRIVER):
                yield {"spark": session}
        finally:
            if session is not None:
                application.leave(session)
            _report(application, attempt, job.application.master, start, began)
            self._leave(application, job)

    def close(self) -> None:
        """End the application that was kept."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.stop()

    def _enter(self, job: SparkJob, attempt: RuntimeAttempt) -> Application:
        """Return the application that was kept, where it is what the task wants, else a new one.

        Raises:
            SparkUnavailable: an interleaved task has another application open.
            SecretUnknown: nobody has one of the secrets among its settings.
        """
        wanted = job.application.SerializeToString(deterministic=True)
        wanted += b"\0" + attempt.task.resources.SerializeToString(deterministic=True)
        # Secrets change: one that has is another setting.
        wanted += repr(secret_settings(job.application, attempt.secret)).encode()
        fits = self._kept is not None and self._wanted == wanted and self._kept.lives()
        if self._users and not fits:
            raise SparkUnavailable(
                "This process has an application of other settings open, for a task that is interleaved with this one.",
                hint="Let the async tasks of Spark have the same settings, or write them without async.",
                code="SPARK_BUSY",
            )
        if not (fits and (job.reuse or self._users)):
            self.close()
            folder = os.environ.get(FOLDER)
            submitted = Path(folder) if folder else None
            self._kept = open_application(job, attempt.task, attempt.secret, submitted=submitted)
            self._wanted = wanted
        assert self._kept is not None, "it was opened, or is fit"
        self._users += 1
        return self._kept

    def _leave(self, application: Application, job: SparkJob) -> None:
        self._users -= 1
        if self._users:
            return
        if not (job.reuse and is_local(job.application.master) and FOLDER not in os.environ):
            self._kept = None
            application.stop()


def _ship(application: Application, attempt: RuntimeAttempt) -> None:
    arguments = attempt.task.program.arguments
    if attempt.source_root:
        application.ship(Path(attempt.source_root, arguments[0] if arguments else ""))


def _size(path: Path | None) -> int:
    return path.stat().st_size if path is not None and path.is_file() else 0


def _report(application: Application, attempt: RuntimeAttempt, master: str, start: int, began: float) -> None:
    """Leave the report. What goes wrong with it is no failure of the attempt."""
    try:
        application.settle()
        log = application.event_log
        lines = excerpt(log, start) if log is not None else None
        summary = None if lines is None else read_events(lines)
        text = page(attempt.task.id.name, master, summary, lines, wall_s=time.time() - began)
        attempt.report.write_text(text, encoding="utf-8")
    except Exception as error:  # noqa: BLE001 - as said above
        print(f"The report of Spark could not be written: {error}", file=sys.stderr)  # noqa: T201 - the attempt's log
