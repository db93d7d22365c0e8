"""The workflow of `Survey.java` once more, in Python: tasks of Java and Scala between two of Python."""

import godwit as gw
import godwit_jvm
from features import measure, summarize

judge = godwit_jvm.task("judge", jar="survey.jar")
rank = godwit_jvm.task("rank", jar="ranking.jar")


@gw.workflow
def survey(count: int = 5) -> str:
    """Measure, have the levels judged in Java and ranked in Scala, and summarize."""
    measured = measure(count=count)
    judged = judge(readings=measured.readings, table=measured.table)
    ranked = rank(findings=judged.findings, report=judged.report, table=judged.table)
    return summarize(findings=ranked.findings, report=ranked.report, table=ranked.table)
