"""Tasks with a local session, in the runners of a real engine."""

import json
import urllib.request
from pathlib import Path

import pytest
from godwit_spark.report import unpack

TASKS = """
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    import godwit as gw
    from godwit_spark import Spark
    from pyspark.sql import DataFrame, functions as F
    from pyspark.sql.types import LongType

    SPARK = Spark("local[2]", {"spark.sql.shuffle.partitions": 2})

    @gw.task
    def load(n: int) -> pd.DataFrame:
        seen = pd.to_datetime(["2024-03-10 12:00:00.000001"] * n)
        return pd.DataFrame({"id": range(n), "seen": seen, "at": seen.tz_localize("UTC"), "kind": ["wader"] * n})

    def remainder(number):
        return number % 3

    remainder_of = F.udf(remainder, LongType())

    @gw.task(task_config=SPARK)
    def group(birds: DataFrame) -> DataFrame:
        print("application", gw.current_context().spark.sparkContext.applicationId)
        groups = birds.withColumn("rest", remainder_of("id")).groupBy("rest")
        return groups.agg(F.sum("id").alias("id"), F.max("seen").alias("seen"), F.max("at").alias("at")).orderBy("rest")

    @gw.task
    def with_polars(birds: pl.DataFrame) -> list[int]:
        assert str(birds["seen"].dtype) == "Datetime(time_unit='us', time_zone=None)", birds.schema
        assert birds["at"].dtype.time_zone == "UTC", birds.schema
        return birds["id"].to_list()

    @gw.task
    def with_pandas(birds: pd.DataFrame) -> list[int]:
        assert birds["at"][0] == pd.Timestamp("2024-03-10 12:00:00.000001", tz="UTC")
        return birds["id"].tolist()

    @gw.task
    def with_arrow(birds: pa.Table) -> list[int]:
        return birds["id"].to_pylist()

    @gw.workflow
    def counting(n: int = 10) -> tuple[list[int], list[int], list[int]]:
        once = group(birds=load(n=n))
        twice = group(birds=once)
        return with_polars(birds=once), with_pandas(birds=twice), with_arrow(birds=once)
"""


def test_tables_pass_from_library_to_library_and_tasks_share_an_application(project, eventually, tmp_path):
    project.write("flock.py", TASKS)
    (tmp_path / "temporary").mkdir()
    done = project.run("flock.py", "counting", "--n", "10", "--workers", "1", TMPDIR=str(tmp_path / "temporary"))
    assert list(done["outputs"].values()) == [[18, 12, 15], [45], [18, 12, 15]], done
    logs = project.godwit("executions", "logs", done["execution"]).stdout
    applications = {line.split()[-1] for line in logs.splitlines() if "application local-" in line}
    assert len(applications) == 1, logs
    eventually("no folder left", lambda: not list(Path(tmp_path, "temporary").glob("godwit-spark-*")))
    first, second = project.reports()
    assert "flock.group on Spark" in first
    assert "<h2>Stages</h2>" in first
    assert "parquet at" in first
    assert first != second


@pytest.mark.slow
def test_the_log_in_a_report_is_history_to_sparks_own_server(project, history_server, eventually, tmp_path):
    project.write("flock.py", TASKS)
    project.run("flock.py", "counting", "--n", "10", "--workers", "1")
    told = project.reports()[-1]
    report = tmp_path / "report.html"
    report.write_text(told)
    log = unpack(report, tmp_path / "history")
    url = history_server(log.parent)

    def applications():
        with urllib.request.urlopen(url, timeout=60) as answer:
            return json.load(answer)

    (application,) = eventually("the history", applications)
    with urllib.request.urlopen(f"{url}/{application['id']}/jobs", timeout=60) as answer:
        jobs = json.load(answer)
    assert {job["status"] for job in jobs} == {"SUCCEEDED"}
    assert told.count("<td>succeeded") == len(jobs)
