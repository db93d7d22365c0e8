"""Every benchmark of workflow calls runs, and prints one object of the promised form. What it takes is not judged."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"
ROWS = ("chain", "fanout", "cached_chain", "dataframe", "scale", "scaling", "breakdown")


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS)
def test_a_row_is_measured(row, tmp_path):
    command = [sys.executable, f"benchmarks/{row}.py", "--quick", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert found == json.loads((tmp_path / f"{row}.json").read_text(encoding="utf-8"))
    assert {"row", "command", "machine", "load_average", "conditions", "measures", "limits", "peers"} <= set(found)
    assert found["command"] == f"python benchmarks/{row}.py --quick"
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
    assert "| three | no figures: `No matching distribution found for three` |" in shown
    assert "load average before 0.25" in shown


def test_growth_and_parts_are_tables_of_their_own():
    result = {
        "measures": [
            measure("map of 10: time per item", 2.0),
            measure("map of 10: database", 1_234.0),
            measure("map of 100: time per item", 1.0),
            measure("growth", 0.5),
        ]
    }
    shown = called("report_tables", "by_quantity", result)
    assert shown[0] == "| | time per item | database |"
    assert shown[2:] == ["| map of 10 | 2 ms | 1,234 ms |", "| map of 100 | 1 ms |  |"]
    assert called("report_tables", "by_part", result)[-1] == "| database | 1,234 ms |  |"
    bars = called("report_tables", "chart", result, "time per item")[3:-1]
    assert [bar.count("█") for bar in bars] == [40, 20]
    assert called("report_tables", "rest", result) == [measure("growth", 0.5)]


def test_a_peer_that_fails_says_why_without_the_places_of_the_machine(tmp_path):
    failing = f"raise RuntimeError('nothing in {ROOT}/x, nor at https://host.example/y')"
    found = answer_of([sys.executable, "-c", failing], tmp_path)
    assert found == {"error": found["error"]}
    assert found["error"].endswith("RuntimeError: nothing in …/x, nor at https://…/y")


def test_what_a_peer_leaves_behind_does_not_hold_up_the_rest(tmp_path):
    leaving = "import json, subprocess; subprocess.Popen(['sleep', '600']); print(json.dumps({'version': '1'}))"
    assert answer_of([sys.executable, "-c", leaving], tmp_path) == {"version": "1"}


def answer_of(command, home):
    """What the comparison makes of a peer's script, called in a process that has the benchmarks' modules."""
    calling = (
        "import json, sys; from pathlib import Path; from comparison import answer_of; "
        "print(json.dumps(answer_of(json.loads(sys.argv[1]), Path(sys.argv[2]))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", calling, json.dumps(command), str(home)],
        cwd=BENCHMARKS,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def called(module, function, *arguments):
    """The same for a function of any of the modules."""
    calling = (
        f"import json, sys; from {module} import {function}; "
        f"print(json.dumps({function}(*json.loads(sys.stdin.read()))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", calling],
        cwd=BENCHMARKS,
        check=True,
        capture_output=True,
        text=True,
        input=json.dumps(arguments),
    )
    return json.loads(done.stdout)


def measure(name, median, **more):
    return {"name": name, "unit": "ms", "median": median, "min": median, "max": median, "runs": 1, **more}
