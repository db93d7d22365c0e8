"""Which settings an application has: what its task says, and what it leaves open."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from godwitidl.core.v1.task_pb2 import Resources, TaskSpec
from godwitidl.plugins.spark.v1.spark_pb2 import SparkApplication

from godwit_spark.masters import is_connect, is_local
from godwit_spark.secrets import redaction

EVENTS: Final = "events"
"""Folder of the event log, below the folder of an application."""

SCRATCH: Final = "scratch"
"""Folder of what is gone when an application has ended, below the folder of an application."""

FOLDER: Final = "GODWIT_SPARK_FOLDER"
"""Variable that says, in a driver started by spark-submit, where the folder of its application is."""

_HEAP_SHARE: Final = 0.6
"""Share of an attempt's memory that the JVM has for its heap; the rest is for its other memory, and for Python."""
_LEAST_HEAP_MIB: Final = 512
_MIB: Final = 2**20


def master_of(application: SparkApplication, resources: Resources) -> str:
    """Return the master: `local[*]` takes the cores that the task says it needs, where it says so."""
    if application.master == "local[*]" and resources.cpu_millis:
        return f"local[{max(1, resources.cpu_millis // 1000)}]"
    return application.master


def settings_of(application: SparkApplication, task: TaskSpec, folder: Path) -> dict[str, str]:
    """Return all settings but the master's and those that are secrets; those of the task win.

    Args:
        application: what the task says.
        task: the task.
        folder: folder of the application on the driver's machine.
    """
    settings = {"spark.app.name": task.id.name or "task", **_results()}
    if not is_connect(application.master):
        settings |= _driver(task.resources, folder) | _executors(application)
        if is_local(application.master):
            settings |= {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    settings |= {setting.name: setting.value for setting in application.conf if not setting.HasField("secret")}
    return settings | redaction(application)


def environment_of(application: SparkApplication, folder: Path) -> dict[str, str]:
    """Return the variables with which the driver's JVM is started."""
    variables = {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_DIRS": str(folder / SCRATCH)}
    if is_local(application.master):
        variables["SPARK_LOCAL_IP"] = "127.0.0.1"
    return variables


def command_line(settings: Mapping[str, str]) -> list[str]:
    """Return settings as arguments of spark-submit."""
    return [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]


def _results() -> dict[str, str]:
    """Return settings that make results the same on every machine, and readable by every library."""
    return {"spark.sql.session.timeZone": "UTC", "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS"}


def _driver(resources: Resources, folder: Path) -> dict[str, str]:
    settings = {
        "spark.ui.port": "0",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "WARN",
        "spark.sql.warehouse.dir": (folder / "warehouse").as_uri(),
        "spark.driver.extraJavaOptions": f"-Djava.io.tmpdir={folder / SCRATCH}",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": (folder / EVENTS).as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }
    if resources.memory_bytes:
        heap = max(_LEAST_HEAP_MIB, int(resources.memory_bytes * _HEAP_SHARE) // _MIB)
        settings["spark.driver.memory"] = f"{heap}m"
    return settings


def _executors(application: SparkApplication) -> dict[str, str]:
    executors = application.executors
    settings = {}
    if executors.count:
        settings["spark.executor.instances"] = str(executors.count)
    if executors.cores:
        settings["spark.executor.cores"] = str(executors.cores)
    if executors.count and executors.cores and application.master.startswith("spark://"):
        settings["spark.cores.max"] = str(executors.count * executors.cores)
    if executors.memory_bytes:
        settings["spark.executor.memory"] = f"{max(_LEAST_HEAP_MIB, executors.memory_bytes // _MIB)}m"
    if application.jars:
        settings["spark.jars"] = ",".join(application.jars)
    if application.packages:
        settings["spark.jars.packages"] = ",".join(application.packages)
    return settings
