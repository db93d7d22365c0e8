"""What the specs of a workflow of 500 nodes cost an author: `serialize`, from outside, in Python and in Java.

    make test-jvm                     # builds what is in Java
    .venv/bin/python benchmarks/serialization.py --rounds 7

Each is a process of its own that starts, loads a source, traces 500 calls in a row, and writes the specs to a file:
what somebody at a terminal, or a build, waits for. By turns.
"""

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from godwitidl.core.v1.bundle_pb2 import Bundle

ROOT = Path(__file__).resolve().parents[1]
JVM = ROOT / "sdks" / "jvm-bridge"
NODES = 500
BUDGET_MS = 1_000
PYTHON = f"""
import godwit as gw


@gw.task
def step(n: int) -> int:
    return n


@gw.workflow
def chain(n: int) -> int:
    for _ in range({NODES}):
        n = step(n=n)
    return n
"""
JAVA = f"""
package bench;

import dev.godwit.authoring.*;

public class Chain {{
  public record Number(long n) {{}}

  public static final Task<Number, Long> STEP = Task.of("bench.step", Number.class, Long.class, in -> in.n());
  public static final Workflow<Number, Long> CHAIN = Workflow.of("bench.chain", Number.class, Long.class, wf -> {{
    Promise<Long> last = wf.input(Number::n);
    for (int i = 0; i < {NODES}; i++) last = wf.call(STEP).set(Number::n).to(last).result();
    wf.result(last);
  }});
}}
"""


def prepared(folder: Path) -> dict[str, list[str]]:
    """Write both sources, compile the one in Java, and return the commands that serialize them."""
    (folder / "chain.py").write_text(PYTHON)
    godwit = Path(sys.executable).with_name("godwit")
    commands = {"python": [str(godwit), "serialize", str(folder / "chain.py"), "-o", str(folder / "python.pb")]}
    runners = list(JVM.glob("godwit-runner/target/*-all.jar"))
    if not shutil.which("javac") or not runners:
        sys.exit("Nothing in Java is built here: install a JDK of 17 or newer and Maven, and run make test-jvm.")
    classes, jar = folder / "classes", folder / "chain.jar"
    (folder / "Chain.java").write_text(JAVA)
    subprocess.run(["javac", "-d", classes, "-cp", runners[0], folder / "Chain.java"], check=True)
    with zipfile.ZipFile(jar, "w") as archive:
        for path in sorted(classes.rglob("*.class")):
            archive.write(path, path.relative_to(classes))
    arguments = ["dev.godwit.runner.Serialize", str(jar), str(folder / "java.pb")]
    return commands | {"java": ["java", "-cp", str(runners[0]), *arguments]}


def main() -> int:
    """Measure both and print them as JSON; the exit status is 1 where one is above the budget."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands = prepared(folder)
        taken: dict[str, list[float]] = {language: [] for language in commands}
        for round_number in range(rounds + 1):  # the first writes what is byte-compiled, and is not counted
            for language, command in commands.items():
                began = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True, cwd=folder)
                if round_number:
                    taken[language].append((time.perf_counter() - began) * 1000)
        bundles = [Bundle.FromString((folder / f"{language}.pb").read_bytes()) for language in commands]
    nodes = {len(bundle.workflows[0].body.nodes) for bundle in bundles}
    assert nodes == {NODES}, nodes
    medians = {language: round(statistics.median(values)) for language, values in taken.items()}
    spread = {language: [round(min(values)), round(max(values))] for language, values in taken.items()}
    told = {"nodes": NODES, "median_ms": medians, "least_and_most_ms": spread, "budget_ms": BUDGET_MS}
    print(json.dumps(told | {"rounds": rounds, "machine": platform.platform(), "python": platform.python_version()}))
    return 0 if max(medians.values()) <= BUDGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
