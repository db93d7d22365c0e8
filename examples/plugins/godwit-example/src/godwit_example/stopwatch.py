"""The authoring half of a task runtime: what people write beside a task. Light to import."""

from dataclasses import dataclass

import godwit as gw
from google.protobuf.message import Message


@dataclass(frozen=True)
class Stopwatch(gw.TaskConfig):
    """Has a task's rounds timed: `@gw.task(task_config=Stopwatch("Training"))`; then `current_context().stopwatch`.

    Attributes:
        title: title of the report.
    """

    title: str = "Rounds"

    def payload(self) -> Message:
        """Return what the runtime is told."""
        from godwit_example import stopwatch_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        return stopwatch_pb2.Stopwatch(title=self.title)
