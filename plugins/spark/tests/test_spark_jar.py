"""Jars as tasks: a class that knows nothing of Godwit, compiled here."""

import subprocess
from pathlib import Path

import pyspark
import pytest

TASKS = """
    import pandas as pd
    import godwit as gw
    from godwit_spark import SparkJar

    count = gw.declare_task(
        "count",
        inputs={"birds": gw.Table, "mood": str},
        outputs={"kinds": gw.Table, "number": int},
        task_config=SparkJar(
            "words.jar",
            "CountWords",
            ["{inputs.birds}", "{outputs.kinds}", "{outputs.number}", "{inputs.mood}"],
            master="local[1]",
        ),
    )

    @gw.task
    def load() -> pd.DataFrame:
        return pd.DataFrame({"kind": ["wader", "gull", "wader"]})

    @gw.task
    def shown(kinds: pd.DataFrame, number: int) -> str:
        return f"{number}: " + ", ".join(f"{row.kind} {row.seen}" for row in kinds.itertuples())

    @gw.workflow
    def counting(mood: str = "fly") -> str:
        kinds, number = count(birds=load(), mood=mood)
        return shown(kinds=kinds, number=number)
"""


@pytest.fixture(scope="module")
def jar(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jar")
    path = str(Path(pyspark.__file__).parent / "jars" / "*")
    source = Path(__file__).with_name("CountWords.java")
    subprocess.run(["javac", "-nowarn", "-cp", path, "-d", str(folder), str(source)], check=True)
    subprocess.run(["jar", "cf", "words.jar", "CountWords.class"], cwd=folder, check=True)
    return (folder / "words.jar").read_bytes()


def test_a_jar_takes_and_gives_tables_and_values(project, jar):
    project.write("flock.py", TASKS)
    (project.folder / "words.jar").write_bytes(jar)
    done = project.run("flock.py", "counting")
    assert done["outputs"] == {"result": "2: gull 1, wader 2"}
    assert "<h2>Stages</h2>" in project.reports()[-1]


def test_the_exit_code_of_the_driver_is_the_verdict(project, jar):
    project.write("flock.py", TASKS)
    (project.folder / "words.jar").write_bytes(jar)
    done = project.godwit("run", "flock.py", "counting", "--mood", "fail")
    assert done.returncode == 1
    assert "JOB_FAILED" in done.stdout
    assert "exit code 1" in done.stdout
    assert "No wind today" in done.stdout
