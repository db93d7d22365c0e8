"""Every benchmark of workflow calls runs, and prints one object of the promised form. What it takes is not judged."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SMALL = {
    "chain": ("--steps", "50"),
    "fanout": ("--nodes", "100"),
    "cached_chain": ("--steps", "50"),
    "dataframe": ("--megabytes", "1"),
}


@pytest.mark.slow
@pytest.mark.parametrize("row", SMALL)
def test_a_row_is_measured(row, tmp_path):
    command = [sys.executable, f"benchmarks/{row}.py", *SMALL[row], "--runs", "1", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert found == json.loads((tmp_path / f"{row}.json").read_text(encoding="utf-8"))
    assert {"row", "command", "machine", "load_average", "conditions", "measures", "limits", "peers"} <= set(found)
    for measure in (*found["measures"], *found["limits"]):
        assert {"name", "unit", "median", "min", "max", "runs"} <= set(measure)
        assert measure["min"] <= measure["median"] <= measure["max"]


def test_tables_show_what_was_measured(tmp_path):
    result = {
        "row": "chain",
        "command": "python benchmarks/chain.py",
        "taken": "2026-01-02",
        "machine": {
            "cpu": "A processor",
            "cores": 2,
            "kernel": "Linux 6.1",
            "file_system": "ext4",
            "python": "3.11.7",
            "sqlite": "3.40.1",
            "packages": {"godwit": "0.1.0"},
        },
        "load_average": {"before": [0.25, 0.2, 0.1], "after": [1.5, 0.5, 0.2]},
        "conditions": {"steps": [200, 400]},
        "measures": [measure("step, process", 0.5, budget=0.4, within=False)],
        "limits": [measure("pipe round trip and commit", 0.1)],
        "peers": [
            {"peer": "one", "version": "1.0", "durable": False, "measures": [measure("step", 0.3)]},
            {"peer": "two", "version": "2.0", "durable": True, "missing": "no chains"},
            {"peer": "three", "error": "No matching distribution found for three"},
        ],
    }
    (tmp_path / "chain.json").write_text(json.dumps(result), encoding="utf-8")
    command = [sys.executable, "benchmarks/report.py", "--results", str(tmp_path)]
    shown = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert "| Chain, per step: step, process | 0.5 ms | 0.4 ms | **over** |" in shown
    assert "| limit | pipe round trip and commit | 0.1 ms |" in shown
    assert "| *one 1.0* | step | 0.3 ms |" in shown
    assert "| two 2.0 | no chains |" in shown
    assert "No matching distribution found for three" in shown
    assert "load average before 0.25" in shown


def measure(name, median, **more):
    return {"name": name, "unit": "ms", "median": median, "min": median, "max": median, "runs": 1, **more}
