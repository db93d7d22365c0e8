"""The workflow of `Survey.java` once more, in Python: a task of a jar between two of Python."""

import godwit as gw
import godwit_jvm
from features import measure, summarize

judge = godwit_jvm.task("judge", jar="survey.jar")


@gw.workflow
def survey(count: int = 5) -> str:
    """Measure, have the levels judged in Java, and summarize."""
    measured = measure(count=count)
    judged = judge(readings=measured.readings, table=measured.table)
    return summarize(findings=judged.findings, report=judged.report, table=judged.table)
