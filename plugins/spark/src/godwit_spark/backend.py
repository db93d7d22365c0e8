"""The backend `spark`: applications by spark-submit, each under a supervisor that outlives the engine."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import AttemptRequest, Finished, Lost, TaskReference
from godwit_plugin_api.service_jobs import JobRejected
from godwit_plugin_api.supervision.backend import SupervisedBackend
from godwit_plugin_api.supervision.jobs import JobEnd, JobFolder, Launch, once_command
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.plugins.spark.v1.spark_pb2 import SparkApplication, SparkJar, SparkJob

from godwit_spark.masters import is_connect, is_known
from godwit_spark.settings import EVENTS, FOLDER, SCRATCH, command_line, environment_of, master_of, settings_of
from godwit_spark.templates import references

_MISSING: Final = "There is no spark-submit here: pip install 'godwit-spark[spark]', or set SPARK_HOME."
_DRIVER: Final = Path(__file__).with_name("entry") / "driver.py"


class SparkBackend(SupervisedBackend):
    """Starts the drivers of applications. See `SupervisedBackend`."""

    def check(self, task: TaskReference) -> Sequence[str]:
        """Return what is wrong with *task*; see `Backend`."""
        spec = TaskSpec.FromString(task.spec)
        job, jar = SparkJob(), SparkJar()
        if spec.payload.Unpack(job):
            faults, application = list(super().check(task)), job.application
        elif spec.payload.Unpack(jar):
            faults, application = _unknown_references(jar, spec), jar.application
        else:
            return ["It says nothing of Spark: write @gw.task(task_config=Spark(…))."]
        if not is_known(application.master):
            faults.append(f"Its master {application.master!r} is of no kind that is known here.")
        if not is_connect(application.master) and spark_submit() is None:
            faults.append(_MISSING)
        return faults

    def launch(self, request: AttemptRequest, job: JobFolder) -> Launch:
        """Return the command of spark-submit; of a server of Spark Connect, that of the runner alone."""
        spec = TaskSpec.FromString(request.task.spec)
        payload, jar = SparkJob(), SparkJar()
        if spec.payload.Unpack(jar):
            launch = submission(jar.application, spec, job, ["--class", jar.main_class])
            places = [str(job.inputs), str(job.outputs), request.output_prefix, request.task.source_root]
            driver = [sys.executable, "-P", "-m", "godwit_spark.jar_driver"]
            return Launch([*driver, *places, *launch.command], launch.environment)
        spec.payload.Unpack(payload)
        runner = once_command(request, job)
        if is_connect(payload.application.master):
            return Launch(runner, {FOLDER: str(job.path / "spark")})
        # A module is started by a file of ours, for spark-submit starts files alone.
        program = [str(_DRIVER), *runner[runner.index("-m") + 1 :]] if "-m" in runner else runner[1:]
        return submission(payload.application, spec, job, program)

    def outcome(self, request: AttemptRequest, job: JobFolder, end: JobEnd | None) -> Finished | Lost:
        """Return what became of an application, and clear away what its driver has left beside its outcome."""
        for name in (SCRATCH, "source", "warehouse"):
            shutil.rmtree(job.path / "spark" / name, ignore_errors=True)
        return super().outcome(request, job, end)


def submission(application: SparkApplication, task: TaskSpec, job: JobFolder, program: Sequence[str]) -> Launch:
    """Return how spark-submit is started with a program and its arguments.

    Raises:
        JobRejected: it is not there.
    """
    command = spark_submit()
    if command is None:
        raise JobRejected(attempt_errors.encoded_error("SPARK_UNAVAILABLE", _MISSING))
    folder = job.path / "spark"
    for name in (EVENTS, SCRATCH):
        (folder / name).mkdir(parents=True, exist_ok=True)
    settings = command_line(settings_of(application, task, folder))
    master = master_of(application, task.resources)
    return Launch(
        [command, "--master", master, "--deploy-mode", "client", *settings, *program],
        {
            **environment_of(application, folder),
            FOLDER: str(folder),
            "SPARK_HOME": str(Path(command).parents[1]),
            "PYTHONUNBUFFERED": "1",
        },
    )


def spark_submit() -> str | None:
    """Return the path of spark-submit: that of SPARK_HOME, else that of PySpark; None: there is none."""
    home = os.environ.get("SPARK_HOME")
    found = importlib.util.find_spec("pyspark") if not home else None
    if found is not None and found.origin:
        home = str(Path(found.origin).parent)
    path = Path(home, "bin", "spark-submit") if home else None
    return str(path) if path is not None and path.is_file() else None


def _unknown_references(jar: SparkJar, spec: TaskSpec) -> list[str]:
    known = {("inputs", variable.name) for variable in spec.interface.inputs}
    known |= {("outputs", variable.name) for variable in spec.interface.outputs}
    unknown = [pair for pair in references(jar.arguments) if pair not in known]
    return [f"Its arguments name {{{side}.{name}}}, and it has no such variable." for side, name in unknown]
