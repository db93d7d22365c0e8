"""Applications on YARN, by spark-submit: Hadoop's own small cluster, a resource manager and a node manager."""

import json
import os
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import NamedTuple

import pyspark
import pytest
from godwit_plugin_api.supervision import supervisor
from test_spark_cluster import TASKS, begin, folder_of_job

pytestmark = pytest.mark.slow
JARS = Path(pyspark.__file__).parent / "jars"
CONF = {"spark.yarn.jars": f"local:{JARS}/*", "spark.yarn.am.memory": "512m"}


class Yarn(NamedTuple):
    """A cluster: the folder of its settings, and the address of its manager's pages."""

    folder: Path
    page: str

    def applications(self):
        with urllib.request.urlopen(f"http://{self.page}/ws/v1/cluster/apps", timeout=60) as answer:
            return (json.load(answer)["apps"] or {}).get("app", [])


@pytest.fixture(scope="module")
def yarn(tmp_path_factory, java, eventually_of_module):  # noqa: ARG001 - Java is needed
    if shutil.which("mvn") is None:
        pytest.skip("YARN comes by Maven: apt-get install maven")
    folder = tmp_path_factory.mktemp("yarn")
    (api,) = JARS.glob("hadoop-client-api-*.jar")
    hadoop = re.fullmatch(r"hadoop-client-api-(.+)\.jar", api.name)[1]
    here = Path(__file__).with_name("yarn")
    fetch = ["mvn", "-q", "-B", "-f", str(here / "pom.xml"), f"-Dhadoop={hadoop}", "dependency:copy-dependencies"]
    subprocess.run([*fetch, f"-DoutputDirectory={folder / 'jars'}"], check=True, stdin=subprocess.DEVNULL)
    path = os.pathsep.join([str(folder / "classes"), f"{folder / 'jars'}/*", f"{JARS}/*"])
    compile_it = ["javac", "-nowarn", "-cp", path, "-d", str(folder / "classes"), str(here / "MiniYarn.java")]
    subprocess.run(compile_it, check=True)
    with (folder / "yarn.log").open("w") as log:
        process = subprocess.Popen(
            ["java", "-cp", path, "MiniYarn", str(folder)], cwd=folder, stdin=subprocess.PIPE, stdout=log, stderr=log
        )
        try:
            settings = folder / "yarn-site.xml"
            eventually_of_module("YARN", lambda: settings.exists() or process.poll() is not None, timeout_s=300)
            assert process.poll() is None, (folder / "yarn.log").read_text()[-3000:]
            name = "yarn.resourcemanager.webapp.address</name><value>"
            yield Yarn(folder, re.search(rf"{name}([^<]+)", settings.read_text())[1])
        finally:
            process.stdin.close()  # by this it ends, with its containers
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def flock(project, yarn, monkeypatch):
    monkeypatch.setenv("HADOOP_CONF_DIR", str(yarn.folder))
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    project.write("flock.py", TASKS.replace('"MASTER"', f'"yarn", {CONF!r}'))


def test_an_application_runs_on_yarn_with_the_code_of_its_task(project, yarn, monkeypatch):
    flock(project, yarn, monkeypatch)
    done = project.run("flock.py", "counting", timeout_s=500)
    assert done["outputs"] == {"result": [18, 12, 15]}
    report = project.reports()[-1]
    (application,) = (one for one in yarn.applications() if one["id"] in report)
    assert (application["state"], application["finalStatus"]) == ("FINISHED", "SUCCEEDED")
    assert "<h2>Stages</h2>" in report


def test_an_aborted_application_is_gone_from_yarn(project, yarn, eventually, monkeypatch):
    flock(project, yarn, monkeypatch)
    engine = begin(project, eventually)
    folder = folder_of_job(project)
    (running,) = (application for application in yarn.applications() if application["state"] == "RUNNING")
    done = project.godwit("executions", "abort", "spring")
    assert done.returncode == 0, done.stdout + done.stderr
    assert engine.wait(120) != 0
    assert list(supervisor.marked(folder)) == []

    def has_ended():
        states = {application["id"]: application["state"] for application in yarn.applications()}
        return states[running["id"]] in {"FINISHED", "FAILED", "KILLED"}

    eventually("its end on YARN", has_ended)
