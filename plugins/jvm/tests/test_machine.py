"""Which Java is taken, and which jar of the runner."""

import pytest
from godwit_jvm.errors import JavaMissing
from godwit_jvm.machine import JavaMachine, feature_version, find_java, find_runner


@pytest.fixture
def java(tmp_path):
    """Makes a Java of a version; *said* in its file of release, else by itself."""
    numbers = iter(range(100))

    def make(version, *, said=True):
        home = tmp_path / f"java{next(numbers)}"
        (home / "bin").mkdir(parents=True)
        program = home / "bin" / "java"
        program.write_text(f"""#!/bin/sh\necho 'openjdk version "{version}" 2025-01-01' >&2\n""")
        program.chmod(0o755)
        if said:
            (home / "release").write_text(f'IMPLEMENTOR="X"\nJAVA_VERSION="{version}"\n')
        return home

    return make


@pytest.mark.parametrize("said", [True, False])
@pytest.mark.parametrize(
    ("version", "feature"), [("17.0.15", 17), ("21", 21), ("1.8.0_402", 8), ("25-ea", 25), ("22+36", 22), ("odd", 0)]
)
def test_the_feature_version_is_read(java, version, feature, said):
    assert feature_version(str(java(version, said=said) / "bin" / "java")) == feature


def test_java_home_goes_before_path(java):
    one, other = java("17.0.1"), java("21.0.2")
    environment = {"JAVA_HOME": str(other), "PATH": str(one / "bin")}
    assert find_java(environment) == str(other / "bin" / "java")
    assert find_java({"PATH": f"{one / 'bin'}:{other / 'bin'}"}) == str(one / "bin" / "java")


def test_one_that_is_too_old_is_passed_over_and_named(java):
    old, new = java("11.0.2"), java("17")
    assert find_java({"JAVA_HOME": str(old), "PATH": str(new / "bin")}) == str(new / "bin" / "java")
    with pytest.raises(JavaMissing) as caught:
        find_java({"JAVA_HOME": str(old), "PATH": "/nowhere"})
    assert caught.value.code == "JAVA_NOT_FOUND"
    assert f"{old / 'bin' / 'java'} is Java 11." in str(caught.value)
    assert "openjdk-17" in caught.value.hint


def test_a_home_without_java_is_no_silent_fallback(java, tmp_path):
    with pytest.raises(JavaMissing, match="JAVA_HOME"):
        find_java({"JAVA_HOME": str(tmp_path / "gone"), "PATH": str(java("17") / "bin")})


def test_a_runner_that_is_named_must_be_there(tmp_path):
    jar = tmp_path / "runner.jar"
    with pytest.raises(JavaMissing) as caught:
        find_runner({"GODWIT_JVM_RUNNER": str(jar)})
    assert caught.value.code == "JVM_RUNNER_NOT_FOUND"
    jar.touch()
    assert find_runner({"GODWIT_JVM_RUNNER": str(jar)}) == jar


@pytest.mark.parametrize(("version", "more"), [("17", []), ("24.0.1", ["--sun-misc-unsafe-memory-access=allow"])])
def test_the_program_is_java_with_options_and_the_runner(java, tmp_path, monkeypatch, version, more):
    home, jar = java(version), tmp_path / "runner.jar"
    jar.touch()
    monkeypatch.setenv("JAVA_HOME", str(home))
    monkeypatch.setenv("GODWIT_JVM_RUNNER", str(jar))
    monkeypatch.setenv("GODWIT_JVM_OPTIONS", "-Xmx1g '-Dx=a b'")
    expected = [str(home / "bin" / "java"), *more, "-Xmx1g", "-Dx=a b", "-jar", str(jar)]
    assert JavaMachine().arguments() == expected
