"""Spark for Godwit: `@gw.task(task_config=Spark(conf={…}))`. Importing it imports no PySpark."""

from godwit_spark.job import Executors, Spark

__all__ = ["Executors", "Spark"]
