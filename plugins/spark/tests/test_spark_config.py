"""What people write of tasks on Spark: checked where it is written, light to import."""

import subprocess
import sys
import zipfile
from pathlib import Path

import godwit as gw
import pytest
from godwit_spark import Executors, Spark, SparkJar
from godwit_spark.masters import addresses
from godwit_spark.settings import master_of, settings_of
from godwit_spark.source_archive import pack
from godwitidl.core.v1.task_pb2 import Resources, TaskSpec


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Spark("mesos://one:5050"), "mesos://one:5050"),
        (lambda: Spark("local[x]"), "local[x]"),
        (lambda: Spark(7), "master"),
        (lambda: Spark(conf={"sql.ansi": 1}), "begins with spark."),
        (lambda: Spark(conf={"spark.x": None}), "spark.x"),
        (lambda: Spark(conf={"spark.x": float("nan")}), "spark.x"),
        (lambda: Spark(conf={"spark.master": "yarn"}), "master="),
        (lambda: Spark(conf={"spark.submit.deployMode": "cluster"}), "runs where its attempt does"),
        (lambda: Spark(conf=[1]), "conf"),
        (lambda: Spark(jars="a.jar"), "jars"),
        (lambda: Spark(jars=["a.jar,b.jar"]), "commas"),
        (lambda: Spark(packages=["avro"]), "group:artifact:version"),
        (lambda: Spark(exchange="carrier pigeon"), "exchange"),
        (lambda: Spark(reuse=1), "reuse"),
        (lambda: Spark(executors=2), "Executors"),
        (lambda: Executors(-1), "count"),
        (lambda: Executors(1, gw.Resources(cpu=0.5)), "whole cores"),
        (lambda: SparkJar("", "A"), "jar"),
        (lambda: SparkJar("a.jar", "no class"), "main_class"),
        (lambda: SparkJar("a.jar", "A", "--day"), "arguments"),
        (lambda: SparkJar("a.jar", "A", master="sc://one"), "Spark Connect"),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_is_written(make, said):
    with pytest.raises(gw.DeclarationError, match=r".") as caught:
        make()
    assert said in str(caught.value)
    assert caught.value.code in {"SPARK_SETTING", "SPARK_MASTER"}


@pytest.mark.parametrize(
    ("master", "backend"),
    [("local", ""), ("local[4]", ""), ("sc://one/;use_ssl=true", ""), ("spark://a:1,b:2", "spark"), ("yarn", "spark")],
)
def test_clusters_are_of_the_backend_and_all_else_runs_anywhere(master, backend):
    assert Spark(master).backend == backend


def test_equal_configs_are_equal_messages_whatever_the_order_of_their_settings():
    one = Spark(conf={"spark.b": 1, "spark.a": True}).payload()
    other = Spark(conf={"spark.a": "true", "spark.b": "1"}).payload()
    assert one.SerializeToString() == other.SerializeToString()


def test_addresses_are_read_from_masters():
    assert addresses("sc://one/;use_ssl=true") == (("one", 15002),)
    assert addresses("spark://a:1,b:2") == (("a", 1), ("b", 2))
    assert addresses("yarn") == ()


def test_a_local_application_takes_the_cores_that_its_task_says():
    assert master_of(Spark().payload().application, Resources(cpu_millis=3000)) == "local[3]"
    assert master_of(Spark("local[8]").payload().application, Resources(cpu_millis=3000)) == "local[8]"
    assert master_of(Spark().payload().application, Resources()) == "local[*]"


def test_settings_of_the_task_win():
    application = Spark(conf={"spark.eventLog.enabled": False, "spark.ui.port": 4040}).payload().application
    settings = settings_of(application, TaskSpec(), Path("/f"))
    assert (settings["spark.eventLog.enabled"], settings["spark.ui.port"]) == ("false", "4040")


def test_the_source_is_packed_the_same_wherever_it_lies_and_without_environments(tmp_path):
    for name in ("one", "other"):
        for path in ("flock.py", "deep/down/wader.py", ".hidden/x.py", "venv/y.py", "__pycache__/z.py"):
            file = tmp_path / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"# {path}")
        (tmp_path / name / "venv" / "pyvenv.cfg").touch()
    (tmp_path / "packed").mkdir()
    archive = pack(tmp_path / "one", tmp_path / "packed")
    assert archive == pack(tmp_path / "other", tmp_path / "packed")
    assert zipfile.ZipFile(archive).namelist() == ["deep/", "deep/down/", "deep/down/wader.py", "flock.py"]
    (tmp_path / "other" / "flock.py").write_text("# changed")
    assert archive != pack(tmp_path / "other", tmp_path / "packed")
    (tmp_path / "none").mkdir()
    assert pack(tmp_path / "none", tmp_path / "packed") is None


def test_importing_the_authoring_half_imports_nothing_heavy():
    program = (
        "import sys, godwit as gw, godwit_spark; godwit_spark.Spark('yarn'); godwit_spark.SparkJar('a.jar', 'A');"
        "print([name for name in ('pyspark', 'py4j', 'pyarrow', 'pandas', 'google.protobuf', 'grpc') "
        "if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
