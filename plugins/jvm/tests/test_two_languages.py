"""One workflow, written in Python and in Java, over tasks of both: records, unions, tables and files pass."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from godwitidl.core.v1.bundle_pb2 import Bundle
from jvm_specs import write_jar

FEATURES = """
    from dataclasses import dataclass
    from typing import NamedTuple

    import godwit as gw
    import pyarrow as pa


    @dataclass
    class Reading:
        site: str
        level: float


    @dataclass
    class Calm:
        site: str


    @dataclass
    class Alarm:
        site: str
        level: float


    class Measured(NamedTuple):
        readings: list[Reading]
        table: gw.Table


    @gw.task(cache=True)
    def measure(count: int) -> Measured:
        readings = [Reading(f"site {number}", number / 2) for number in range(count)]
        return Measured(readings, gw.Table(pa.table({"level": [one.level for one in readings]})))


    @gw.task(cache=True, outputs=["result"])
    def summarize(findings: list[Calm | Alarm], report: gw.File, table: gw.Table) -> str:
        alarms = [one.site for one in findings if isinstance(one, Alarm)]
        return f"{report.read_text()}, {sum(table.to_arrow()['level'].to_pylist())}, {', '.join(alarms)}"
"""
FLOW = """
    import godwit as gw
    import godwit_jvm
    from features import measure, summarize

    judge = godwit_jvm.task("judge", jar="survey.jar")


    @gw.workflow
    def survey(count: int) -> str:
        measured = measure(count=count)
        judged = judge(readings=measured.readings, table=measured.table)
        return summarize(findings=judged.findings, report=judged.report, table=judged.table)
"""


@pytest.fixture
def survey(classes, tmp_path):
    """Calls the command line in a folder with both, the jar without specs: its classes are asked."""
    write_jar(tmp_path / "survey.jar", {**classes, "META-INF/godwit/index": "dev.example.Survey\n"})
    (tmp_path / "features.py").write_text(textwrap.dedent(FEATURES))
    (tmp_path / "flow.py").write_text(textwrap.dedent(FLOW))

    def call(*arguments):
        environment = {**os.environ, "GODWIT_HOME": str(tmp_path / "home")}
        godwit = Path(sys.executable).parent / "godwit"
        done = subprocess.run(
            [godwit, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


def test_both_come_to_the_same_and_share_what_was_computed(survey):
    by_python = json.loads(survey("--json", "run", "flow.py", "survey", "--count", "5"))
    by_java = json.loads(survey("--json", "run", "survey.jar", "survey", "--count", "5", "--with", "features.py"))
    assert by_python["outputs"] == by_java["outputs"] == {"result": "5 findings, 5.0, site 3, site 4"}
    assert [node["cache"] for node in by_python["nodes"]] == ["MISS"] * 3
    assert [node["cache"] for node in by_java["nodes"]] == ["HIT"] * 3


def test_a_jar_that_is_asked_gives_the_same_bytes(survey, tmp_path):
    for name in ("one.pb", "two.pb"):
        survey("serialize", "survey.jar", "-o", name)
    assert (tmp_path / "one.pb").read_bytes() == (tmp_path / "two.pb").read_bytes()
    bundle = Bundle.FromString((tmp_path / "one.pb").read_bytes())
    assert [one.target.task.name for one in bundle.references] == ["features.measure", "features.summarize"]
