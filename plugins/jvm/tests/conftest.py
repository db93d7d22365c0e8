"""Jars to test with: compiled here, against the runner that Maven has built."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from godwit_jvm.errors import JavaMissing
from godwit_jvm.machine import find_java, find_runner

sys.path.insert(0, str(Path(__file__).parent))
from jvm_specs import bundle_of, specs, write_jar

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


@pytest.fixture(scope="session")
def java():
    try:
        return find_java(os.environ)
    except JavaMissing as error:
        pytest.skip(f"{error.message} Run: apt-get install openjdk-17-jdk-headless")


@pytest.fixture(scope="session")
def runner(java):
    """The runner's jar, built if need be."""
    assert java
    try:
        return find_runner(os.environ)
    except JavaMissing:
        if shutil.which("mvn") is None:
            pytest.skip("the runner's jar is not built: apt-get install maven, and make jvm-runner")
    subprocess.run(["make", "jvm-runner"], cwd=ROOT, check=True)
    return find_runner(os.environ)


@pytest.fixture(scope="session")
def classes(runner, java, tmp_path_factory):
    """Entries of the compiled classes of these tests."""
    compiler = Path(java).resolve().with_name("javac")
    if not compiler.is_file():
        pytest.skip("no Java compiler: apt-get install openjdk-17-jdk-headless")
    target = tmp_path_factory.mktemp("classes")
    sources = sorted(str(path) for path in (HERE / "java").rglob("*.java"))
    subprocess.run([compiler, "-d", target, "-cp", runner, *sources], check=True)
    return {str(path.relative_to(target)): path.read_bytes() for path in sorted(target.rglob("*.class"))}


@pytest.fixture(scope="session")
def jar(classes, tmp_path_factory):
    """The jar of all behaviours."""
    data = bundle_of(specs()).SerializeToString(deterministic=True)
    path = tmp_path_factory.mktemp("jar") / "behaviours.jar"
    return write_jar(path, {**classes, "META-INF/godwit/bundle.pb": data})
