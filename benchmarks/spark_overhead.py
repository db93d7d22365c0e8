"""What a task on Spark costs beyond spark-submit alone: the same program, by turns, medians and spread.

    plugins/spark/.venv/bin/python benchmarks/spark_overhead.py --rounds 5

The task is submitted by the backend `spark` to `local[2]` and sums a range; alone it is a script of the same lines.
Measured is the wall clock of both commands from outside; then tasks that share an application in one runner.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyspark

SCRIPT = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print(spark.range(1000).selectExpr("sum(id) s").collect()[0].s)
spark.stop()
"""
TASKS = """
import godwit as gw
from godwit_spark import Spark

@gw.task(task_config=Spark("local[2]"), backend="spark")
def total() -> int:
    return gw.current_context().spark.range(1000).selectExpr("sum(id) s").collect()[0].s

@gw.task(task_config=Spark("local[2]"))
def next_total(last: int) -> int:
    return last + gw.current_context().spark.range(1000).selectExpr("sum(id) s").collect()[0].s

@gw.workflow
def chain() -> int:
    total = 0
    for _ in range(10):
        total = next_total(last=total)
    return total
"""
LOCAL = {"SPARK_LOCAL_IP": "127.0.0.1"}


def taken(command: list[str], folder: Path) -> tuple[float, str]:
    """Return how long a command took, in seconds, and what it printed."""
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **LOCAL}, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return time.monotonic() - began, done.stdout.decode()


def figures(values: list[float]) -> dict[str, float]:
    """Return median, least and most, in seconds."""
    return {"median": round(statistics.median(values), 2), "min": round(min(values), 2), "max": round(max(values), 2)}


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    submit = str(Path(pyspark.__file__).parent / "bin" / "spark-submit")
    engine = [sys.executable, "-P", "-m", "godwit_core", "--home", "home", "run", "tasks.py"]
    alone, submitted, steps = [], [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "script.py").write_text(SCRIPT)
        (folder / "tasks.py").write_text(TASKS)
        for _ in range(rounds):
            alone.append(taken([submit, "--master", "local[2]", "script.py"], folder)[0])
            submitted.append(taken([*engine, "total"], folder)[0])
        for _ in range(min(rounds, 3)):
            told = json.loads(taken([*engine, "chain", "--workers", "1", "--json"], folder)[1])
            steps += [node["duration_s"] for node in told["nodes"][1:]]
    print(
        json.dumps(
            {
                "spark": pyspark.__version__,
                "rounds": rounds,
                "spark-submit alone": figures(alone),
                "task by the backend spark": figures(submitted),
                "overhead": round(statistics.median(submitted) - statistics.median(alone), 2),
                "task in a shared application": figures(steps),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
