"""Count birds with Spark: a pandas task makes a table, two Spark tasks share one application, a polars task reads.

    pip install 'godwit[pandas,polars]' 'godwit-spark[spark]'
    godwit run examples/backends/spark_counts.py counts --days 30

It needs Java, 17 or later. `godwit executions show NAME --attempts` tells where the reports of Spark are, and the same
tasks run on a cluster when MASTER is `spark://host:7077` or `yarn`, or on a server of Spark Connect: `sc://host:15002`.
"""

import os

import godwit as gw
import pandas as pd
import polars as pl
from godwit_spark import Spark
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - as everybody who uses Spark writes it
from pyspark.sql.types import StringType

KINDS = ("knot", "dunlin", "curlew", "godwit", "whimbrel")
SPARK = Spark(os.environ.get("MASTER", "local[2]"), {"spark.sql.shuffle.partitions": 2})


@gw.task
def observe(days: int) -> pd.DataFrame:
    """Return what was seen, a row for each bird."""
    numbers = range(days * 20)
    first = pd.Timestamp("2024-09-01")
    return pd.DataFrame(
        {
            "day": [first + pd.Timedelta(days=number // 20) for number in numbers],
            "kind": [KINDS[number % len(KINDS)] for number in numbers],
            "grams": [100.0 + number % 7 for number in numbers],
        }
    )


def size(grams: float) -> str:
    """Return the class of a weight. Called by executors, to which the source of this file is shipped."""
    return "light" if grams < 103 else "heavy"


size_of = F.udf(size, StringType())


@gw.task(task_config=SPARK)
def classify(birds: DataFrame) -> DataFrame:
    """Say of each bird whether it is light or heavy."""
    return birds.withColumn("size", size_of("grams"))


@gw.task(task_config=SPARK)
def count(birds: DataFrame) -> DataFrame:
    """Count kinds and sizes, in the session of the task."""
    spark = gw.current_context().spark
    birds.createOrReplaceTempView("birds")
    return spark.sql("select kind, size, count(*) as seen from birds group by kind, size order by kind, size")


@gw.task
def heavy(counts: pl.DataFrame) -> dict[str, int]:
    """Return how many heavy birds of each kind there were."""
    rows = counts.filter(pl.col("size") == "heavy").sort("kind")
    return dict(zip(rows["kind"], rows["seen"], strict=True))


@gw.workflow
def counts(days: int = 7) -> dict[str, int]:
    """Count the heavy birds of some days."""
    return heavy(counts=count(birds=classify(birds=observe(days=days))))
