"""The page on benchmarks shows what the stored results say."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPORT = "benchmarks/report.py --page docs/benchmarks.md"


def test_the_tables_are_those_of_the_results():
    done = subprocess.run([sys.executable, *REPORT.split(), "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, f"run `python {REPORT}`"
