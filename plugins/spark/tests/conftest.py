"""A project with tasks, run by a real engine in a process of its own."""

import json
import os
import shutil
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pyspark
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests of one cluster use those of another


class Project:
    """A folder of source, and a home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        (folder / "pyproject.toml").write_text('[project]\nname = "flock"\n')

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(textwrap.dedent(text))

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-P", "-m", "godwit_core", "--home", str(self.home), *arguments]

    def godwit(self, *arguments: str, timeout_s=240, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def run(self, *arguments: str, timeout_s=240, **variables: str) -> dict:
        """Run an entity and return its outputs."""
        done = self.godwit("run", "--json", *arguments, timeout_s=timeout_s, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def reports(self) -> list[str]:
        found = sorted(self.home.rglob("report.html"), key=lambda path: path.stat().st_mtime)
        return [path.read_text() for path in found]


def need_java():
    if shutil.which("javac") is None:
        pytest.skip("Spark needs Java: apt-get install openjdk-17-jdk-headless")


@pytest.fixture(scope="session")
def java():
    need_java()


@pytest.fixture
def project(tmp_path):
    need_java()
    return Project(tmp_path)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def eventually(what, probe, timeout_s=300.0):
    """Return the first true answer of *probe*."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        with suppress(OSError):  # a server that comes up refuses, or knows no page yet
            if found := probe():
                return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come in {timeout_s} s")


class Cluster(NamedTuple):
    """A standalone cluster: master and worker, whose files are in a folder."""

    master: str
    page: str
    folder: Path

    def applications(self, kind):
        """Return the applications that are `activeapps` or `completedapps`."""
        with urllib.request.urlopen(f"{self.page}/json/", timeout=10) as answer:
            return json.load(answer)[kind]


def _listens(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(name="eventually")
def eventually_fixture():
    return eventually


@pytest.fixture(scope="module")
def eventually_of_module():
    return eventually


@contextmanager
def spark_process(folder, *command, **variables):
    """Run a class of Spark, its JVM being the process itself; end it by its id."""
    home = Path(pyspark.__file__).parent
    own = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_HOME": str(home), "PYSPARK_PYTHON": sys.executable, **variables}
    with (folder / f"{command[0].rpartition('.')[2]}.log").open("w") as log:
        process = subprocess.Popen(
            [home / "bin" / "spark-class", *command], cwd=folder, env={**os.environ, **own}, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    need_java()
    folder = tmp_path_factory.mktemp("cluster")
    port, page, work = free_port(), free_port(), free_port()
    deploy = "org.apache.spark.deploy"
    place = ("--host", "127.0.0.1", "--port", str(port), "--webui-port", str(page))
    found = Cluster(f"spark://127.0.0.1:{port}", f"http://127.0.0.1:{page}", folder)
    with spark_process(folder, f"{deploy}.master.Master", *place):
        eventually("the master", lambda: _listens(port) and _listens(page))
        size = ("--host", "127.0.0.1", "--cores", "2", "--memory", "1g", "--webui-port", str(work))
        with spark_process(folder, f"{deploy}.worker.Worker", *size, found.master, SPARK_WORKER_DIR=str(folder)):
            eventually("the worker", lambda: b"ALIVE" in urllib.request.urlopen(f"{found.page}/json/").read())
            yield found


@pytest.fixture
def history_server(tmp_path):
    """Return a function that shows a folder of event logs, and returns the url of its API."""
    need_java()
    with ExitStack() as running:

        def show(folder):
            port = free_port()
            options = f"-Dspark.history.fs.logDirectory={folder.as_uri()} -Dspark.history.ui.port={port}"
            server = "org.apache.spark.deploy.history.HistoryServer"
            running.enter_context(spark_process(tmp_path, server, SPARK_HISTORY_OPTS=options))
            eventually("the history server", lambda: _listens(port))
            return f"http://127.0.0.1:{port}/api/v1/applications"

        yield show


@pytest.fixture(scope="session")
def connect_server(tmp_path_factory):
    need_java()
    folder = tmp_path_factory.mktemp("connect")
    port = free_port()
    arguments = ("--master", "local[2]", "--conf", f"spark.connect.grpc.binding.port={port}")
    server = ("--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal")
    with spark_process(folder, "org.apache.spark.deploy.SparkSubmit", *arguments, *server):
        eventually("the server", lambda: _listens(port))
        yield f"sc://127.0.0.1:{port}"
