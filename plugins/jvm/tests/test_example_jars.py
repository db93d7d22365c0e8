"""The examples in Java, Kotlin and Scala, as Maven has built them, on the engine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "sdks" / "jvm-bridge" / "examples"


def run(language, tmp_path, *arguments):
    jar = EXAMPLES / language / "target" / f"godwit-example-{language}-0.1.0.jar"
    if not jar.is_file():
        pytest.skip(f"{jar.name} is not built: make test-jvm")
    godwit = Path(sys.executable).parent / "godwit"
    environment = {**os.environ, "GODWIT_HOME": str(tmp_path / "home")}
    command = [godwit, "run", jar, *arguments, "--json"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["outputs"]


def test_java(runner, tmp_path):
    assert runner
    outputs = run("java", tmp_path, "party", "--host", "Ann", "--guests", '["Bob", "Cid"]')
    assert outputs == {"toHost": "Hello Hello Ann", "toGuests": "Hello Bob, Hello Cid"}


def test_kotlin(runner, tmp_path):
    assert runner
    outputs = run("kotlin", tmp_path, "order", "--items", '[{"name": "pen", "price": 10}]')
    assert outputs == {"items": [{"name": "pen", "price": 9.0}], "total": 9.0}


def test_scala(runner, tmp_path):
    assert runner
    outputs = run("scala", tmp_path, "review", "--title", "Good", "--lines", '["a", "bcd"]')
    assert outputs == {"mean": 4.0, "note": "Good"}
