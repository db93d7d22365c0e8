"""The suite against images: the executors and the tasks of the SDKs for Python and the JVM in containers."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from godwit_conformance import cli
from godwit_conformance.bench import Workbench
from godwit_conformance.cases import Level, Outcome
from godwit_conformance.containers import ContainerPlace
from godwit_conformance.executor import ExecutorError
from godwit_conformance.harness import all_cases, run

ROOT = Path(__file__).parents[2]
EXECUTOR = ROOT / "conformance" / "executors" / "python"
TREE = ROOT / "plugins" / "container" / "tests" / "image_tree.py"
REMEDY = "needs a Docker engine: as root, apt-get install docker.io iptables; else have DOCKER_HOST name one"
INSTALL = ["apt-get", "install", "-y", "--no-install-recommends", "docker.io", "iptables"]
PYTHONS = [ROOT / folder / "bin" / "python" for folder in ("plugins/container/.venv", ".venvs/images")]
"""Those that may have the backend of containers; `make test-plugin PLUGIN=container` makes the first."""
IMAGE = "godwit-conformance-python:test"
BASE = "godwit-conformance-base:test"
JVM = ROOT / "sdks" / "jvm-bridge"
SUITES = ROOT / ".ci" / "conformance_suites.py"
JVM_IMAGE = "godwit-conformance-jvm:test"
JAVA_BASE = "godwit-conformance-java:test"


@pytest.fixture(scope="module")
def docker():
    """A Docker engine: the one that answers, else one of our own; DOCKER_HOST has its address."""
    if is_answering():
        yield
        return
    if os.geteuid() != 0 or not is_installed():
        pytest.skip(REMEDY)
    folder = Path(tempfile.mkdtemp(prefix="godwit-docker-", dir="/tmp"))
    address = f"unix://{folder}/socket"
    command = ["dockerd", "--data-root", folder / "data", "--exec-root", folder / "run", "--pidfile", folder / "pid"]
    with (folder / "log").open("ab") as log:
        engine = subprocess.Popen(
            [*command, "--host", address, "--ip", "127.0.0.1"], stdout=log, stderr=log, process_group=0
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", address)
        wait_for(folder / "socket", engine, folder / "log")
        yield
    engine.terminate()
    engine.wait(timeout=60)
    subprocess.run(["umount", "-R", folder / "data"], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def python_of_images():
    """A Python with Godwit and its backend of containers, in an environment that is made where there is none."""
    found = next((path for path in PYTHONS if path.exists()), None)
    if found is not None:
        return found
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("images are made of an environment that uv makes: run the tests by make")
    environment = os.environ | {"UV_PROJECT_ENVIRONMENT": str(PYTHONS[1].parents[1])}
    subprocess.run(
        [uv, "sync", "--quiet", "--locked", "--package", "godwit-container"], cwd=ROOT, check=True, env=environment
    )
    return PYTHONS[1]


def is_answering():
    return (
        bool(shutil.which("docker"))
        and not subprocess.run(["docker", "info"], capture_output=True, check=False).returncode
    )


def is_installed():
    if not (shutil.which("dockerd") and shutil.which("iptables")) and shutil.which("apt-get"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, capture_output=True, env=environment)
        subprocess.run(INSTALL, check=False, capture_output=True, env=environment)
    return bool(shutil.which("dockerd") and shutil.which("iptables"))


def wait_for(path, engine, log):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and engine.poll() is None:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"dockerd does not answer; it wrote: {log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def python_image(docker, tmp_path_factory):  # noqa: ARG001 - it is to be there
    """An image of this Python with the SDK and its executor, on a base made of this host's files."""
    folder = tmp_path_factory.mktemp("image")
    make_base(python_of_images(), "python", BASE, folder)
    shutil.copytree(EXECUTOR, folder / "executor", ignore=shutil.ignore_patterns("__pycache__"))
    lines = [f"FROM {BASE}", "ENV PYTHONDONTWRITEBYTECODE=1", "COPY executor /opt/executor"]
    lines.append('ENTRYPOINT ["/usr/bin/python3", "/opt/executor/executor.py"]')
    return make_image(IMAGE, lines, folder)


@pytest.fixture(scope="module")
def jvm_image(docker, tmp_path_factory):  # noqa: ARG001 - it is to be there
    """An image of this host's Java with the executor and the runner of the SDK for the JVM."""
    built = subprocess.run([sys.executable, SUITES, "--build", "jvm"], capture_output=True, text=True, check=False)
    if built.returncode:
        pytest.skip(f"the SDK for the JVM cannot be built: {built.stderr[-500:]}")
    folder = tmp_path_factory.mktemp("image")
    make_base(sys.executable, "java", JAVA_BASE, folder)
    for module in ("conformance-executor", "godwit-runner"):
        name = f"godwit-{module.removeprefix('godwit-')}"
        shutil.copy(JVM / module / "target" / f"{name}-0.1.0-all.jar", folder / f"{name}.jar")
    program = folder / "godwit-jvm"  # what specs call {jvm}
    program.write_text('#!/bin/sh\nexec java -jar "$GODWIT_JVM_RUNNER" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    lines = [f"FROM {JAVA_BASE}", "COPY *.jar /opt/godwit/", "COPY godwit-jvm /usr/local/bin/"]
    lines += ["ENV GODWIT_JVM_RUNNER=/opt/godwit/godwit-runner.jar"]
    lines += ['ENTRYPOINT ["java", "-XX:TieredStopAtLevel=1", "-jar", "/opt/godwit/godwit-conformance-executor.jar"]']
    return make_image(JVM_IMAGE, lines, folder)


def make_base(python, kind, name, folder):
    """Make an image of files of this host, by a Python that has what is to be in it."""
    tree = folder / "tree.tar"
    told = subprocess.run([python, TREE, kind, tree], capture_output=True, text=True, check=True)
    variables = [word for line in told.stdout.splitlines() for word in ("--change", line)]
    subprocess.run(["docker", "import", *variables, tree, name], check=True)
    tree.unlink()


def make_image(name, lines, folder):
    (folder / "Dockerfile").write_text("\n".join(lines), encoding="utf-8")
    environment = os.environ | {"DOCKER_BUILDKIT": "0"}
    subprocess.run(["docker", "build", "--quiet", "--tag", name, folder], check=True, env=environment)
    return name


@pytest.mark.slow
@pytest.mark.parametrize("sdk", ["python_image", "jvm_image"])
def test_the_cases_pass_in_containers_as_they_do_on_processes(sdk, request, tmp_path):
    place = ContainerPlace(request.getfixturevalue(sdk), tmp_path, timeout_s=60.0, process_timeout_s=60.0)
    place.check()
    patterns = ["wire/literal/int", "wire/offloaded", "spec/meaning", "digest/cache key", "runtime"]
    with Workbench(place, tmp_path) as bench:
        found = list(run(all_cases(patterns=patterns), bench))
    assert {result.case.name: result.message for result in found if result.outcome is not Outcome.PASSED} == {}
    assert {result.case.level for result in found} == {Level.WIRE, Level.SPEC, Level.DIGEST, Level.RUNTIME}
    left = subprocess.run(
        ["docker", "ps", "-aq", "--filter", "label=dev.godwit.conformance"], capture_output=True, check=True
    )
    assert left.stdout == b""


@pytest.mark.slow
@pytest.mark.usefixtures("python_image")
@pytest.mark.parametrize("sdk", ["python_image", "jvm_image"])
def test_the_engine_in_a_container_runs_the_tasks_in_others(sdk, request, tmp_path):
    times = {"timeout_s": 60.0, "process_timeout_s": 60.0}
    place = ContainerPlace(request.getfixturevalue(sdk), tmp_path, engine_image=BASE, **times)
    with Workbench(place, tmp_path, godwit=("python3", "-m", "godwit_core")) as bench:
        found = list(run(all_cases([Level.ENGINE]), bench))
    assert {result.case.name: result.message for result in found if result.outcome is not Outcome.PASSED} == {}


@pytest.mark.slow
@pytest.mark.usefixtures("docker")
def test_an_image_that_is_not_there_is_told(tmp_path, capsys):
    with pytest.raises(ExecutorError, match="no-such-image"):
        ContainerPlace("no-such-image:none", tmp_path, timeout_s=1.0, process_timeout_s=1.0).check()
    assert cli.main(["run", "--image", "no-such-image:none", "--case", "wire/literal/int"]) == 2
    assert "the image no-such-image:none is not there" in capsys.readouterr().err


def test_without_docker_the_remedy_is_told(tmp_path):
    place = ContainerPlace("any", tmp_path, timeout_s=1.0, process_timeout_s=1.0, docker="/no/such/docker")
    with pytest.raises(ExecutorError, match="install Docker"):
        place.check()
