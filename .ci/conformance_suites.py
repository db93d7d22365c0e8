"""Run the conformance suite against the SDKs of this repository, each as a process of this machine.

conformance_suites.py          every SDK
conformance_suites.py jvm      these: python, jvm, node
conformance_suites.py --build jvm   only build what it needs

Two run at a time. Reports go to `build/conformance`. An SDK whose language is not installed is skipped, with a line
that says what to install; where CI is set, it has failed.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ROOT / "build" / "conformance"
EXECUTORS = ROOT / "conformance" / "executors"
JVM = ROOT / "sdks" / "jvm-bridge"
OLDEST_JAVA = 17
OLDEST_NODE = 20
_BIN = Path(sys.executable).parent


class MissingError(Exception):
    """What an SDK is built or run with is not installed; the message says what to do."""


class BrokenError(Exception):
    """An SDK cannot be built; the message is the log."""


@dataclass(frozen=True)
class Suite:
    """How the suite is run against an SDK.

    Attributes:
        command: that of its executor.
        godwit: that of an engine which runs its tasks.
        expected_failures: file of what is known to fail; None: there is none.
        environment: variables for all of it.
    """

    command: Sequence[str]
    godwit: Path = _BIN / "godwit"
    expected_failures: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """How a suite ended: the text that it wrote, its exit status, its time; a reason where it was not run."""

    text: str
    status: int = 0
    seconds: float = 0.0
    skipped: str = ""


def python() -> Suite:
    """Return the suite of the Python SDK."""
    folder = EXECUTORS / "python"
    return Suite([sys.executable, str(folder / "executor.py")], expected_failures=folder / "expected_failures.txt")


def jvm() -> Suite:
    """Build the executor and the runner of the JVM, and an environment with the plugin that runs jars."""
    if shutil.which("javac") is None or shutil.which("mvn") is None:
        raise MissingError(
            f"no JDK or no Maven on PATH; install a JDK of {OLDEST_JAVA} or newer and Maven 3.8 or newer"
        )
    jars = [JVM / module / "target" / f"godwit-{module.removeprefix('godwit-')}-0.1.0-all.jar" for module in _JARS]
    if not all(jar.is_file() for jar in jars) or _newest(_jvm_sources()) > min(jar.stat().st_mtime for jar in jars):
        build = ["mvn", "-B", "-ntp", "-q", "-pl", ",".join(_JARS), "-am", *_ONLY_JARS, "package"]
        _run(build, JVM)
        for jar in jars:
            jar.touch()
    environment = ROOT / ".venvs" / "conformance"
    uv = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".uv" / "bin" / "uv")
    packages = ["--package", "godwit-jvm", "--package", "godwit-core"]
    _run([uv, "sync", "--quiet", "--locked", *packages], ROOT, {"UV_PROJECT_ENVIRONMENT": str(environment)})
    executor, runner = jars
    # The machine lives for a minute: what the fast compiler makes is enough.
    command = ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", str(executor)]
    return Suite(
        command, godwit=environment / "bin" / "godwit", environment={"GODWIT_JVM_RUNNER": str(runner), **_JVM_OPTIONS}
    )


_JARS = ("conformance-executor", "godwit-runner")
_ONLY_JARS = ("-Dmaven.test.skip=true", "-Dspotless.check.skip=true")
_JVM_OPTIONS = {"GODWIT_JVM_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}


def _jvm_sources() -> Iterable[Path]:
    yield from JVM.glob("*/pom.xml")
    for module in ("godwit-idl", "godwit-sdk", *_JARS):
        yield from (JVM / module / "src" / "main").rglob("*.java")
    yield from (ROOT / "idl" / "proto").rglob("*.proto")


def _newest(files: Iterable[Path]) -> float:
    return max(file.stat().st_mtime for file in files)


def node() -> Suite:
    """Return the suite of the mini-SDK in JavaScript, with its packages installed and its messages generated."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        raise MissingError(f"no Node with npm on PATH; install Node {OLDEST_NODE} or newer")
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    version = re.match(r"v(\d+)", told)
    if version is None or int(version[1]) < OLDEST_NODE:
        raise MissingError(f"Node {told} is too old; install Node {OLDEST_NODE} or newer")
    folder = EXECUTORS / "node"
    if not (folder / "node_modules" / "@bufbuild" / "protobuf").is_dir():
        _run([npm, "ci", "--silent"], folder)
    _run([npm, "run", "--silent", "generate"], folder, {"PATH": f"{_BIN}:{os.environ['PATH']}"})
    return Suite([program, str(folder / "mini_sdk.mjs")])


SDKS: dict[str, Callable[[], Suite]] = {"python": python, "jvm": jvm, "node": node}


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        command, cwd=folder, env=os.environ | (environment or {}), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BrokenError(f"`{' '.join(command)}` failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def run_suite(name: str, make: Callable[[], Suite]) -> Outcome:
    """Run the suite against one SDK."""
    try:
        suite = make()
    except MissingError as missing:
        return Outcome("", status=1 if os.environ.get("CI") else 0, skipped=str(missing))
    except BrokenError as broken:
        return Outcome(str(broken), status=2)
    command = [str(_BIN / "godwit-conformance"), "run", "--sdk", _words(suite.command), "--godwit", str(suite.godwit)]
    if suite.expected_failures is not None:
        command += ["--expected-failures", str(suite.expected_failures)]
    for option, suffix in (("junit", "xml"), ("json", "json"), ("badge", "svg")):
        command += [f"--{option}", str(REPORTS / f"{name}.{suffix}")]
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | suite.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(done.stdout, done.returncode, time.monotonic() - started)


def _words(command: Sequence[str]) -> str:
    return " ".join(f"'{word}'" for word in command)


def table(names: Sequence[str], outcomes: Mapping[str, Outcome]) -> str:
    """Return how many cases of each level passed, of all that were run; one column for each SDK."""
    rows: dict[str, dict[str, str]] = {}
    for name in names:
        outcome = outcomes[name]
        if outcome.skipped or outcome.status == 2:
            continue
        levels = json.loads((REPORTS / f"{name}.json").read_text(encoding="utf-8"))["levels"]
        for level, numbers in levels.items():
            claimed = sum(numbers.values()) - numbers["skipped"]
            rows.setdefault(level, {})[name] = f"{numbers['passed']} of {claimed}" if claimed else "not claimed"
        rows.setdefault("seconds", {})[name] = f"{outcome.seconds:.0f}"
    seconds = rows.pop("seconds", {})
    lines = [("level", *names), *((level, *(cells.get(name, "") for name in names)) for level, cells in rows.items())]
    lines.append(("seconds", *(seconds.get(name, "skipped") for name in names)))
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))])
        for line in lines
    )


def build(names: Iterable[str]) -> int:
    """Build what SDKs need, without running anything; return 1 where something cannot be had."""
    try:
        for name in names:
            SDKS[name]()
    except (MissingError, BrokenError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments say; return 1 where anything is unexpected."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="SDK", help=f"of {', '.join(SDKS)}")
    parser.add_argument("--build", action="store_true", help="only build what the suites need")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in SDKS]
    if unknown:
        print(f"There is no SDK {', '.join(unknown)}; there are: {', '.join(SDKS)}.", file=sys.stderr)
        return 2
    names = options.names or list(SDKS)
    if options.build:
        return build(names)
    REPORTS.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=2) as pool:
        found = dict(zip(names, pool.map(lambda name: run_suite(name, SDKS[name]), names), strict=True))
    for name, outcome in found.items():
        if outcome.skipped:
            print(f"skipped: {name}: {outcome.skipped}", file=sys.stderr)
        elif outcome.status:
            print(f"{name}:\n{outcome.text}")
    print(table(names, found))
    failed = [name for name, outcome in found.items() if outcome.status]
    if failed:
        print(f"Not as expected: {', '.join(failed)}. Reports lie in {REPORTS.relative_to(ROOT)}.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
