"""Settings that are secrets: the driver has them, and nobody who looks at it."""

import subprocess
from pathlib import Path

import godwit as gw
import pyspark
import pytest
from godwit_spark import Spark, SparkJar
from godwit_spark.errors import SecretUnknown
from godwit_spark.masters import with_parameter
from godwit_spark.report import unpack
from godwit_spark.secrets import redaction, secret_settings, write_properties
from godwit_spark.settings import settings_of
from godwitidl.core.v1.task_pb2 import TaskSpec

VALUE = "bar-tailed-4711"
ODD = 'a=b: #"\\ é\n🐦'
TASKS = """
    import glob
    from pathlib import Path
    import godwit as gw
    from godwit_spark import Executors, Spark, SparkJar

    SETTINGS = {"spark.hadoop.fs.quarry.stone": gw.Secret("quarry"), "spark.quarry": gw.Secret("quarry", "birds")}

    def read() -> bool:
        spark = gw.current_context().spark
        hadoop = spark.sparkContext._jsc.hadoopConfiguration().get("fs.quarry.stone")
        spark.range(10).selectExpr("sum(id)").collect()
        seen = b"".join(Path(name).read_bytes() for name in glob.glob("/proc/[0-9]*/cmdline"))
        assert b"java" in seen
        assert hadoop.encode() not in seen
        return hadoop == spark.conf.get("spark.hadoop.fs.quarry.stone") and spark.conf.get("spark.quarry") == "7"

    @gw.task(task_config=Spark("local[1]", SETTINGS))
    def here() -> bool:
        return read()

    @gw.task(task_config=Spark("local[1]", SETTINGS), backend="spark")
    def submitted() -> bool:
        return read()

    @gw.task(task_config=Spark("MASTER", SETTINGS, executors=Executors(1, gw.Resources(cpu=1, mem="512Mi"))))
    def clustered() -> bool:
        return read()

    told = gw.declare_task(
        "told",
        outputs={"stone": str},
        task_config=SparkJar("settings.jar", "TellSetting", ["{outputs.stone}"], "local[1]", SETTINGS),
    )
"""
JAVA = """
    import java.nio.file.Files;
    import java.nio.file.Path;
    import org.apache.spark.sql.SparkSession;

    public final class TellSetting {
      public static void main(String[] arguments) throws Exception {
        try (SparkSession spark = SparkSession.builder().getOrCreate()) {
          String stone = spark.conf().get("spark.hadoop.fs.quarry.stone");
          Files.writeString(Path.of(arguments[0]), Integer.toString(stone.length()));
        }
      }
    }
"""


def files_with(folder, text):
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def quarried(project, *arguments):
    return project.godwit("run", "flock.py", *arguments, GODWIT_SECRET_QUARRY=VALUE, GODWIT_SECRET_BIRDS_QUARRY="7")


@pytest.mark.parametrize("task", ["here", pytest.param("submitted", marks=pytest.mark.slow)])
def test_a_secret_is_in_the_session_and_in_no_command_line_log_or_report(project, tmp_path, task):
    project.write("flock.py", TASKS.replace("MASTER", "local[1]"))
    done = quarried(project, task)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "true" in done.stdout.lower()
    assert VALUE not in done.stdout + done.stderr
    (report,) = project.reports()
    assert "<h2>Stages</h2>" in report
    assert files_with(project.folder, VALUE) == []
    (tmp_path / "report.html").write_text(report)
    log = unpack(tmp_path / "report.html", tmp_path / "history").read_text()
    assert VALUE not in log
    assert '"fs.quarry.stone":"*********(redacted)"' in log
    assert '"spark.quarry":"*********(redacted)"' in log


@pytest.mark.slow
def test_executors_have_it_and_their_commands_and_logs_do_not(project, cluster):
    project.write("flock.py", TASKS.replace("MASTER", cluster.master))
    done = quarried(project, "clustered")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "true" in done.stdout.lower()
    assert files_with(cluster.folder, VALUE) == []
    assert files_with(project.folder, VALUE) == []


@pytest.mark.slow
def test_a_jar_reads_them_from_a_file_that_goes(project):
    project.write("flock.py", TASKS.replace("MASTER", "local[1]"))
    project.write("TellSetting.java", JAVA)
    path = str(Path(pyspark.__file__).parent / "jars" / "*")
    subprocess.run(["javac", "-nowarn", "-cp", path, "TellSetting.java"], cwd=project.folder, check=True)
    subprocess.run(["jar", "cf", "settings.jar", "TellSetting.class"], cwd=project.folder, check=True)
    done = quarried(project, "told")
    assert done.returncode == 0, done.stdout + done.stderr
    assert str(len(VALUE)) in done.stdout
    assert files_with(project.folder, VALUE) == []
    assert list(project.home.rglob("secrets.conf")) == []


def test_a_secret_that_nobody_has_is_named(project):
    project.write("flock.py", TASKS.replace("MASTER", "local[1]"))
    done = project.godwit("run", "flock.py", "here")
    assert done.returncode == 1
    assert "SECRET_NOT_FOUND" in done.stdout + done.stderr
    assert "GODWIT_SECRET_QUARRY" in done.stdout + done.stderr


def test_a_payload_names_secrets_and_settings_leave_them_out():
    application = Spark(conf={"spark.a": 1, "spark.b": gw.Secret("stone", "quarry")}).payload().application
    settings = settings_of(application, TaskSpec(), Path("/f"))
    assert settings["spark.a"] == "1"
    assert "spark.b" not in settings
    assert settings["spark.redaction.regex"].endswith(r"|\Qspark.b\E$")
    assert secret_settings(application, lambda *name: "/".join(name)) == {"spark.b": "stone/quarry"}
    with pytest.raises(SecretUnknown, match="quarry/stone"):
        secret_settings(application, lambda *_: None)


def test_what_a_task_says_is_to_be_blackened_stays():
    conf = {"spark.redaction.regex": "wing", "spark.hadoop.x": gw.Secret("x")}
    assert redaction(Spark(conf=conf).payload().application) == {"spark.redaction.regex": r"wing|\Qx\E$"}
    assert redaction(Spark(conf={"spark.a": 1}).payload().application) == {}


def test_a_file_of_settings_is_for_its_owner_alone_and_says_any_text(tmp_path, java):  # noqa: ARG001 - javac is run
    (tmp_path / "defaults.conf").write_text("spark.before 1")
    path = tmp_path / "secrets.conf"
    write_properties(path, {"spark.odd": ODD, "spark.quarry": VALUE}, tmp_path / "defaults.conf")
    assert path.stat().st_mode & 0o777 == 0o600
    program = (
        "var it = new java.util.Properties(); it.load(java.nio.file.Files.newBufferedReader(java.nio.file.Path.of("
        f'"{path}")));System.out.print(it.equals(java.util.Map.of("spark.before", "1", "spark.quarry", "{VALUE}",'
        f' "spark.odd", new String(new byte[]{{{",".join(str(byte - 256 * (byte > 127)) for byte in ODD.encode())}}},'
        ' "UTF-8"))));'
    )
    main = f"public static void main(String[] none) throws Exception {{ {program} }}"
    (tmp_path / "Read.java").write_text(f"class Read {{ {main} }}")
    done = subprocess.run(["java", "Read.java"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "true"
    with pytest.raises(FileExistsError):
        write_properties(path, {}, None)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Spark(conf={"spark.hadoop.fs.s3a.secret.key": VALUE}), 'gw.Secret("…")'),
        (lambda: Spark(conf={"spark.ssl.keyPassword": VALUE}), "spark.ssl.keyPassword"),
        (lambda: SparkJar("a.jar", "A", conf={"spark.authenticate.secret": VALUE}), "gw.Secret"),
        (lambda: Spark(f"sc://one/;token={VALUE}"), 'token="…"'),
        (lambda: Spark("local[1]", token="x"), "Spark Connect"),
        (lambda: Spark("sc://one", token=7), "token"),
    ],
)
def test_secrets_in_plain_text_are_refused_without_showing_them(make, said):
    with pytest.raises(gw.DeclarationError) as caught:
        make()
    assert said in f"{caught.value} {caught.value.hint}"
    assert VALUE not in f"{caught.value} {caught.value.hint}"
    assert caught.value.code == "SPARK_SETTING"


def test_the_token_of_a_server_is_named_and_quoted():
    payload = Spark("sc://one:15002", token="connect").payload()
    assert payload.application.token.name == "connect"
    assert with_parameter("sc://one:15002", "token", "a;b=c") == "sc://one:15002/;token=a%3Bb%3Dc"
    assert with_parameter("sc://one/;use_ssl=true", "token", "t") == "sc://one/;use_ssl=true;token=t"
