"""Spark for Godwit: `@gw.task(task_config=Spark(conf={…}))`, and jars as tasks. Importing it imports no PySpark."""

from godwit_spark.jar import SparkJar
from godwit_spark.job import Executors, Spark

__all__ = ["Executors", "Spark", "SparkJar"]
