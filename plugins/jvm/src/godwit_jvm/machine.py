"""The Java virtual machine of this host, and the runner's jar."""

import functools
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from godwit_jvm.errors import JavaMissing

OLDEST_JAVA: Final = 17
"""Feature version of the oldest Java that the runner starts on."""
RUNNER_VARIABLE: Final = "GODWIT_JVM_RUNNER"
"""Environment variable that names the runner's jar, where it is not the one that came with this distribution."""
OPTIONS_VARIABLE: Final = "GODWIT_JVM_OPTIONS"
"""Environment variable of further options for the machine: `-Xmx4g -XX:+UseZGC`."""

_UNSAFE_WARNS: Final = 23
"""Feature version from which on Java warns, in every log, of what protobuf does to be fast."""
_VERSION: Final = "0.1.0"
_JAR: Final = "godwit-runner.jar"
_BUILT: Final = f"godwit-runner-{_VERSION}-all.jar"
_INSTALL: Final = (
    "Install Java (Debian, Ubuntu: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk),"
    " or set JAVA_HOME."
)


class JavaMachine:
    """The program `jvm`. See `godwit_plugin_api.programs.Program`."""

    def arguments(self) -> Sequence[str]:
        """Return java, its options, and the runner's jar.

        Raises:
            JavaMissing: there is no Java of version 17 or newer, or no jar of the runner.
        """
        environment = os.environ
        java = find_java(environment)
        options = shlex.split(environment.get(OPTIONS_VARIABLE, ""))
        if feature_version(java) >= _UNSAFE_WARNS:
            options = ["--sun-misc-unsafe-memory-access=allow", *options]
        return [java, *options, "-jar", str(find_runner(environment))]


def find_java(environment: Mapping[str, str]) -> str:
    """Return the path of java: that of JAVA_HOME, else the first one in PATH, of version 17 or newer.

    Raises:
        JavaMissing: there is none; one that is too old is named.
    """
    old = ""
    for path in _candidates(environment):
        version = feature_version(path)
        if version >= OLDEST_JAVA:
            return path
        if version:
            old = old or f" {path} is Java {version}."
    raise JavaMissing(f"No Java of version {OLDEST_JAVA} or newer was found.{old}", hint=_INSTALL)


def _candidates(environment: Mapping[str, str]) -> Iterator[str]:
    home = environment.get("JAVA_HOME")
    if home:
        own = Path(home, "bin", "java")
        if not os.access(own, os.X_OK):
            raise JavaMissing(f"JAVA_HOME is {home}, but there is no {own}.", hint="Mend or unset JAVA_HOME.")
        yield str(own)
    for folder in os.get_exec_path(dict(environment)):
        found = shutil.which("java", path=folder)
        if found:
            yield found


@functools.cache
def feature_version(path: str) -> int:
    """Return the feature version of the java at *path*: 17 of 17.0.15; 0 where it cannot be told."""
    release = Path(path).resolve().parent.parent / "release"
    try:
        text = release.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return _asked_version(path)
    said = next((line for line in text.splitlines() if line.startswith("JAVA_VERSION=")), "")
    return _feature(said.partition("=")[2].strip('"')) or _asked_version(path)


def _asked_version(path: str) -> int:
    """Ask the program itself, which takes longer."""
    try:
        done = subprocess.run([path, "-version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    _, quote, rest = done.stderr.partition('version "')
    return _feature(rest.partition('"')[0]) if quote else 0


def _feature(version: str) -> int:
    """Return 17 of `17.0.15`, 8 of `1.8.0_402`; 0 of what is no version."""
    first, _, rest = version.partition(".")
    number = rest.partition(".")[0] if first == "1" else first.partition("-")[0].partition("+")[0]
    return int(number) if number.isdecimal() else 0


def find_runner(environment: Mapping[str, str]) -> Path:
    """Return the runner's jar: the one that the environment names, came with this distribution, or was built here.

    Raises:
        JavaMissing: there is none.
    """
    named = environment.get(RUNNER_VARIABLE)
    if named:
        if not Path(named).is_file():
            message = f"{RUNNER_VARIABLE} is {named}, which is no file."
            raise JavaMissing(message, hint="Mend or unset it.", code="JVM_RUNNER_NOT_FOUND")
        return Path(named)
    own = Path(__file__).with_name(_JAR)
    built = [above / "sdks" / "jvm-bridge" / "godwit-runner" / "target" / _BUILT for above in own.parents]
    maven = Path.home() / ".m2" / "repository" / "dev" / "godwit" / "godwit-runner" / _VERSION / _BUILT
    for candidate in (*built, own, maven):
        if candidate.is_file():
            return candidate
    raise JavaMissing(
        "The jar of the JVM's runner is not here.",
        hint=f"Build it: make jvm-runner; or say where it is: {RUNNER_VARIABLE}=PATH.",
        code="JVM_RUNNER_NOT_FOUND",
    )
