"""Sessions on a server of Spark Connect, beside local ones in the same runner; and the example."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "backends" / "spark_counts.py"

TASKS = """
    import pandas as pd
    import godwit as gw
    from godwit_spark import Spark
    from pyspark.sql import DataFrame, functions as F
    from pyspark.sql.types import LongType

    @gw.task
    def load(n: int) -> pd.DataFrame:
        return pd.DataFrame({"id": range(n)})

    def remainder(number):
        return number % 3

    def grouped(birds):
        rest = F.udf(remainder, LongType())
        return birds.groupBy(rest("id").alias("rest")).agg(F.sum("id").alias("id")).orderBy("rest")

    @gw.task(task_config=Spark("local[1]"))
    def before(birds: DataFrame) -> DataFrame:
        return birds.where(F.col("id") >= 0)

    @gw.task(task_config=Spark("MASTER"))
    def by_files(birds: DataFrame) -> DataFrame:
        assert "connect" in type(birds).__module__, type(birds)
        return grouped(birds)

    @gw.task(task_config=Spark("MASTER", exchange="driver"), backend="spark")
    def by_driver(birds: DataFrame) -> DataFrame:
        return grouped(birds)

    @gw.task(task_config=Spark("local[1]"))
    def after(birds: DataFrame) -> DataFrame:
        assert "connect" not in type(birds).__module__, type(birds)
        return birds.withColumn("id", F.col("id") + 1)

    @gw.task
    def total(birds: pd.DataFrame, others: pd.DataFrame) -> list[int]:
        return birds["id"].tolist() + others["id"].tolist()

    @gw.workflow
    def counting(n: int = 10) -> list[int]:
        birds = before(birds=load(n=n))
        return total(birds=after(birds=by_files(birds=birds)), others=by_driver(birds=birds))
"""


@pytest.mark.slow
def test_a_task_has_a_session_of_the_server(project, connect_server):
    project.write("flock.py", TASKS.replace("MASTER", connect_server))
    done = project.run("flock.py", "counting", "--workers", "1")
    assert done["outputs"] == {"result": [19, 13, 16, 18, 12, 15]}


def test_the_example_counts(tmp_path):
    command = [
        sys.executable,
        "-P",
        "-m",
        "godwit_core",
        "--home",
        tmp_path / "home",
        "run",
        EXAMPLE,
        "counts",
        "--json",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (outputs,) = json.loads(done.stdout)["outputs"].values()
    assert outputs == {"curlew": 16, "dunlin": 16, "godwit": 16, "knot": 16, "whimbrel": 16}
