"""What is said when the plugin of a task is not installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TASK = """
    @gw.task(backend="spark")
    def count() -> int:
        return 1
"""
IMPORT = """
    from godwit_spark import Spark
"""


@pytest.mark.parametrize("text", [TASK, IMPORT])
def test_running_a_task_says_which_plugin_to_install_and_creates_nothing(write_source, tmp_path, text):
    write_source(text)
    environment = {**os.environ, "GODWIT_HOME": str(tmp_path / "home")}
    godwit = Path(sys.executable).parent / "godwit"
    done = subprocess.run(
        [godwit, "run", "flow.py", "count"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "pip install godwit-spark" in done.stderr
    assert "Traceback (most recent call last)" not in done.stderr
    listed = subprocess.run([godwit, "executions", "list", "--json"], env=environment, capture_output=True, check=False)
    assert b"count" not in listed.stdout
