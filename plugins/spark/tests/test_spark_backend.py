"""The backend keeps the contract: it inherits the suite. A program that needs no JVM shows all verbs quickly."""

from pathlib import Path

import godwit as gw
import pytest
from godwit_plugin_api import Kind
from godwit_plugin_api.backend import TaskReference
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.supervision.jobs import JobFolder
from godwit_plugin_api.testing.backend_suite import BackendSuite, Behaviour, assert_error
from godwit_spark import Executors, Spark, SparkJar
from godwit_spark.backend import SparkBackend
from godwit_spark.manifest import godwit_manifest
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.interface_pb2 import Interface, Output
from godwitidl.core.v1.task_pb2 import Program, Resources, TaskSpec

PROGRAM = Path(__file__).with_name("contract_program.py")


def task_of(config, behaviour="succeed", *outputs, **fields):
    spec = TaskSpec(program=Program(command=["unused"], arguments=[behaviour]), **fields)
    spec.interface.CopyFrom(Interface(outputs=[Output(name=name) for name in outputs]))
    spec.payload.Pack(config.payload())
    return TaskReference(1, behaviour, spec.SerializeToString(), "", ("{python}", str(PROGRAM)))


class TestDriversOfConnectedSessions(BackendSuite):
    outlives_engine = True

    def make_backend(self):
        return SparkBackend()

    def task(self, behaviour):
        return task_of(Spark("sc://127.0.0.1:9"), behaviour.value)

    def test_a_driver_is_started_by_spark_submit_with_what_the_task_says(self, backend, host):
        config = Spark(
            "spark://one:7077",
            {"spark.sql.shuffle.partitions": 3, "spark.sql.ansi.enabled": True},
            executors=Executors(2, gw.Resources(cpu=3, mem="2Gi")),
            packages=["org.apache.spark:spark-avro_2.13:4.0.0"],
        )
        request = self.request_for(host, Behaviour.SUCCEED)
        request = request._replace(task=task_of(config, resources=Resources(cpu_millis=1000, memory_bytes=2**30)))
        launch = backend.launch(request, JobFolder(host.settings.home, request.id))
        said = " ".join(launch.command)
        assert Path(launch.command[0]).name == "spark-submit"
        for part in (
            "--master spark://one:7077 --deploy-mode client",
            "--conf spark.sql.shuffle.partitions=3",
            "--conf spark.sql.ansi.enabled=true",
            "--conf spark.executor.instances=2",
            "--conf spark.executor.cores=3",
            "--conf spark.cores.max=6",
            "--conf spark.executor.memory=2048m",
            "--conf spark.driver.memory=614m",
            "--conf spark.jars.packages=org.apache.spark:spark-avro_2.13:4.0.0",
            "--conf spark.eventLog.enabled=true",
            f"{PROGRAM} --once",
        ):
            assert part in said, part

    @pytest.mark.parametrize(
        ("task", "fault"),
        [
            (task_of(SparkJar("a.jar", "A", ["{outputs.wind}"])), "{outputs.wind}"),
            (TaskReference(1, "t", b"", "", ("{python}",)), "says nothing of Spark"),
        ],
    )
    def test_what_cannot_run_is_said_before_anything_is_created(self, backend, task, fault):
        (said,) = backend.check(task)
        assert fault in said
        assert backend.check(task_of(SparkJar("a.jar", "A", ["{outputs.wind}", "{}"]), "", "wind")) == []

    def test_the_handle_of_another_version_is_an_error_that_says_so(self, backend, host):
        request = self.request_for(host, Behaviour.SLEEP)
        (handle,) = self.submit(backend, host, request)
        backend.close()
        host.events.clear()
        later = self.make_backend()
        later.open(host)
        later.attach([(request, handle._replace(data=b"supervised 2"))])
        error = assert_error(self.end_of(host, request).error)
        assert error.code == "HANDLE_UNREADABLE"
        assert "Install the version that started it" in error.message
        host.events.clear()
        later.attach([(request, handle)])  # its job goes on
        later.cancel([request.id])
        assert assert_error(self.end_of(host, request).error).code == "CANCELLED"
        later.close()

    def test_where_there_is_no_spark_submit_the_remedy_is_said(self, backend, host, tmp_path, monkeypatch):
        monkeypatch.setenv("SPARK_HOME", str(tmp_path))
        task = task_of(Spark("yarn"))
        assert "pip install 'godwit-spark[spark]'" in backend.check(task)[0]
        request = self.request_for(host, Behaviour.SUCCEED)._replace(task=task)
        (refusal,) = backend.submit([request])
        assert ExecutionError.FromString(refusal.error).code == "SPARK_UNAVAILABLE"


def test_the_manifest_is_accepted_and_its_targets_load():
    registry = load_plugins(entry_points=False, extra=[godwit_manifest()])
    assert registry.create(Kind.BACKEND, "spark")
    assert registry.create(Kind.TASK_RUNTIME, Spark().payload().DESCRIPTOR.full_name)
    assert registry.create(Kind.TRANSFORMER, "pyspark.sql.dataframe.DataFrame")
