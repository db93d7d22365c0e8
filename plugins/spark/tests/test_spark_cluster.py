"""Applications on a standalone cluster, by spark-submit, through a real engine that is killed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from godwit_plugin_api.supervision import supervisor

TASKS = """
    import time
    from pathlib import Path
    import pandas as pd
    import godwit as gw
    from godwit_spark import Executors, Spark
    from pyspark.sql import DataFrame, functions as F
    from pyspark.sql.types import LongType

    HERE = Path(__file__).parent
    CLUSTER = Spark("MASTER", executors=Executors(1, gw.Resources(cpu=1, mem="512Mi")))

    def remainder(number):
        return number % 3

    @gw.task
    def load(n: int) -> pd.DataFrame:
        return pd.DataFrame({"id": range(n)})

    @gw.task(task_config=CLUSTER)
    def group(birds: DataFrame) -> DataFrame:
        with (HERE / "started").open("a") as started:
            started.write(f"{gw.current_context().attempt_id}\\n")
        while (HERE / "hold").exists():
            time.sleep(0.1)
        rest = F.udf(remainder, LongType())
        return birds.groupBy(rest("id").alias("rest")).agg(F.sum("id").alias("id")).orderBy("rest")

    @gw.task
    def total(birds: pd.DataFrame) -> list[int]:
        return birds["id"].tolist()

    @gw.workflow
    def counting(n: int = 10) -> list[int]:
        return total(birds=group(birds=load(n=n)))
"""


def flock(project, master):
    project.write("flock.py", TASKS.replace("MASTER", master))


def begin(project, eventually):
    """Start a run that holds in the task on the cluster; return the engine's process."""
    (project.folder / "hold").touch()
    command = project.command("run", "flock.py", "counting", "--execution-name", "spring")
    engine = subprocess.Popen(command, cwd=project.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    eventually("the task", (project.folder / "started").exists)
    return engine


def folder_of_job(project):
    (folder,) = (project.home / "jobs").iterdir()
    return folder


def test_an_application_goes_on_without_its_engine_and_is_found_again(project, cluster, eventually):
    flock(project, cluster.master)
    engine = begin(project, eventually)
    engine.send_signal(signal.SIGKILL)
    engine.wait()
    known = {application["id"] for application in cluster.applications("completedapps")}
    (running,) = cluster.applications("activeapps")
    (project.folder / "hold").unlink()
    done = project.godwit("executions", "resume", "spring")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[18, 12, 15]" in done.stdout
    assert len((project.folder / "started").read_text().splitlines()) == 1
    ended = {application["id"] for application in cluster.applications("completedapps")}
    assert ended - known == {running["id"]}
    report = project.reports()[-1]
    assert cluster.master in report
    assert running["id"] in report
    assert not (folder_of_job(project) / "spark" / "scratch").exists()


@pytest.mark.slow
def test_an_aborted_application_leaves_nothing_behind(project, cluster, eventually):
    flock(project, cluster.master)
    engine = begin(project, eventually)
    folder = folder_of_job(project)
    assert len(list(supervisor.marked(folder))) >= 2  # the JVM, and the driver's Python
    done = project.godwit("executions", "abort", "spring")
    assert done.returncode == 0, done.stdout + done.stderr
    assert engine.wait(60) != 0
    assert list(supervisor.marked(folder)) == []
    eventually("the end on the cluster", lambda: not cluster.applications("activeapps"))
    assert not (folder / "spark" / "scratch").exists()


def test_a_master_that_is_away_is_said_before_spark_asks_for_minutes(project):
    flock(project, "spark://127.0.0.1:9")
    done = project.godwit("run", "flock.py", "counting")
    assert done.returncode == 1
    assert "SPARK_UNAVAILABLE" in done.stdout + done.stderr
    assert "spark://127.0.0.1:9" in done.stdout + done.stderr


def test_without_java_the_error_says_what_to_install(project):
    flock(project, "local[1]")
    done = project.godwit("run", "flock.py", "counting", PATH=str(Path(sys.executable).parent), JAVA_HOME="")
    assert done.returncode == 1
    assert "SPARK_UNAVAILABLE" in done.stdout + done.stderr
    assert "Install a Java" in done.stdout + done.stderr
