"""The backend `spark`: applications by spark-submit, each under a supervisor that outlives the engine."""

import importlib.util
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import AttemptRequest, Finished, Lost, TaskReference
from godwit_plugin_api.service_jobs import JobRejected
from godwit_plugin_api.supervision.backend import SupervisedBackend
from godwit_plugin_api.supervision.jobs import JobEnd, JobFolder, Launch, once_command
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.plugins.spark.v1.spark_pb2 import SparkApplication, SparkJob

from godwit_spark.masters import is_connect, is_known
from godwit_spark.settings import EVENTS, FOLDER, command_line, environment_of, master_of, settings_of

_DRIVER: Final = Path(__file__).with_name("entry") / "driver.py"


class SparkBackend(SupervisedBackend):
    """Starts the drivers of applications. See `SupervisedBackend`."""

    def check(self, task: TaskReference) -> Sequence[str]:
        """Return what is wrong with *task*; see `Backend`."""
        spec = TaskSpec.FromString(task.spec)
        job = SparkJob()
        if not spec.payload.Unpack(job):
            return ["It says nothing of Spark: write @gw.task(task_config=Spark(…))."]
        faults = list(super().check(task))
        if not is_known(job.application.master):
            faults.append(f"Its master {job.application.master!r} is of no kind that is known here.")
        if not is_connect(job.application.master) and spark_submit() is None:
            faults.append("There is no spark-submit here: pip install 'godwit-spark[spark]', or set SPARK_HOME.")
        return faults

    def launch(self, request: AttemptRequest, job: JobFolder) -> Launch:
        """Return the command of spark-submit; of a server of Spark Connect, that of the runner alone."""
        spec = TaskSpec.FromString(request.task.spec)
        payload = SparkJob()
        spec.payload.Unpack(payload)
        runner = once_command(request, job)
        if is_connect(payload.application.master):
            return Launch(runner)
        return submission(payload.application, spec, job, [str(_DRIVER), *_module(runner)])

    def outcome(self, request: AttemptRequest, job: JobFolder, end: JobEnd | None) -> Finished | Lost:
        """Return what became of an application, and clear away what its driver has left beside its outcome."""
        shutil.rmtree(job.path / "spark" / "scratch", ignore_errors=True)
        return super().outcome(request, job, end)


def submission(application: SparkApplication, task: TaskSpec, job: JobFolder, program: Sequence[str]) -> Launch:
    """Return how spark-submit is started with a program and its arguments.

    Raises:
        JobRejected: it is not there.
    """
    command = spark_submit()
    if command is None:
        message = "There is no spark-submit here: pip install 'godwit-spark[spark]', or set SPARK_HOME."
        raise JobRejected(attempt_errors.encoded_error("SPARK_UNAVAILABLE", message))
    folder = job.path / "spark"
    for name in (EVENTS, "scratch"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    settings = command_line(settings_of(application, task, folder))
    master = master_of(application, task.resources)
    return Launch(
        [command, "--master", master, "--deploy-mode", "client", *settings, *program],
        {**environment_of(application, folder), FOLDER: str(folder), "PYTHONUNBUFFERED": "1"},
    )


def spark_submit() -> str | None:
    """Return the path of spark-submit: that of SPARK_HOME, else that of PySpark; None: there is none."""
    home = os.environ.get("SPARK_HOME")
    found = importlib.util.find_spec("pyspark") if not home else None
    if found is not None and found.origin:
        home = str(Path(found.origin).parent)
    path = Path(home, "bin", "spark-submit") if home else None
    return str(path) if path is not None and path.is_file() else None


def _module(runner: Sequence[str]) -> Sequence[str]:
    """Return the module that a runner's command starts, and its arguments."""
    return runner[runner.index("-m") + 1 :]
