"""Every example is run as its page says."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
GODWIT = Path(sys.executable).with_name("godwit")
NODES = {"load", "validate", "split", "train", "evaluate", "report"}
REUSED = {"load", "validate", "split"}


def run(home, source, entity, *options, status=0):
    command = [GODWIT, "--home", home, "run", EXAMPLES / source, entity, *options, "--json"]
    done = subprocess.run(command, cwd=home.parent, capture_output=True, text=True, check=False)
    assert done.returncode == status, f"{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


def caches(told):
    return {node["name"]: node["cache"] for node in told["nodes"]}


@pytest.fixture(scope="module")
def wine_home(tmp_path_factory):
    return tmp_path_factory.mktemp("wine") / "home"


@pytest.fixture(scope="module")
def wine(wine_home):
    """What the first run of the wine training tells."""
    return run(wine_home, "wine/training.py", "training")


def test_hello(tmp_path):
    told = run(tmp_path / "home", "hello/hello.py", "hello", "--name", "Ada", "--times", "2")
    assert told["outputs"] == {"result": "HELLO, ADA! HELLO, ADA!"}


def test_tuning_maps_chooses_and_asks_nobody(tmp_path):
    told = run(tmp_path / "home", "tuning/tuning.py", "quick")
    assert told["outputs"] == {"result": "kept rate 0.4"}
    told = run(tmp_path / "home", "tuning/tuning.py", "quick", "--rates", "[0.01]", "--rounds", "1", status=1)
    assert (told["error"]["code"], told["error"]["message"]) == ("NO_CASE", "no rate is good enough")


def test_folds_run_a_workflow_each(tmp_path):
    told = run(tmp_path / "home", "folds/folds.py", "quick")
    assert told["outputs"] == {"result_0": [0.125] * 3, "result_1": "3 of 3 folds, mean loss 0.125"}
    told = run(tmp_path / "home", "folds/folds.py", "quick", "--folds", "4", "--points", "[1, 2, 3, 4, 5]")
    assert told["outputs"]["result_0"][3] is None
    (node,) = [node for node in told["nodes"] if node.get("items")]
    assert node["items"] == {"total": 4, "succeeded": 3, "failed": 1}


def test_a_map_is_repaired_without_doing_the_good_items_again(tmp_path):
    home = tmp_path / "home"
    failed = run(home, "repair/repair.py", "mean_of", status=1)
    assert failed["error"]["code"] == "USER_EXCEPTION"
    command = [GODWIT, "--home", home, "executions"]
    repair = [*command, "recover", failed["execution"], EXAMPLES / "repair/repair.py", "-i", "bad=0", "--json"]
    done = subprocess.run(repair, cwd=tmp_path, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["outputs"] == {"result": 3.1875}
    items = [*command, "items", told["execution"], "--json"]
    listed = json.loads(subprocess.run(items, cwd=tmp_path, capture_output=True, text=True, check=True).stdout)
    assert [item["phase"] for item in listed["items"]] == ["RECOVERED", "RECOVERED", "SUCCEEDED", "RECOVERED"]


def test_walks_are_shared(tmp_path):
    command = [sys.executable, EXAMPLES / "sharing/walks.py", tmp_path / "home"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert [line.rpartition(" ")[0] for line in lines] == [f"walk {n} came as far as" for n in range(10)]
    assert all(int(line.rpartition(" ")[2]) > 50 for line in lines)


def test_stations_are_asked_at_once_and_read_by_columns(tmp_path):
    told = run(tmp_path / "home", "stations/stations.py", "report", "--hours", "3")
    assert told["outputs"] == {"result_0": "Aba", "result_1": 4.5}


def test_wine_is_told_apart(wine):
    assert wine["phase"] == "SUCCEEDED"
    assert 0.9 <= wine["outputs"]["accuracy"] <= 1.0
    assert caches(wine) == dict.fromkeys(NODES, "MISS")


def test_wine_report_is_a_page_with_the_confusion_matrix(wine):
    page = wine["outputs"]["report"]
    text = Path(unquote(urlsplit(page["uri"]).path)).read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert text.count("<td>") == 3 * 3
    assert "class_2" in text


def test_wine_is_all_cache_hits_the_second_time(wine, wine_home):
    again = run(wine_home, "wine/training.py", "training")
    assert caches(again) == dict.fromkeys(NODES, "HIT")
    assert again["outputs"] == wine["outputs"]


@pytest.mark.usefixtures("wine")
def test_other_hyper_parameters_rerun_what_depends_on_them(wine_home):
    other = run(wine_home, "wine/training.py", "training", "--hyper-parameters", '{"c": 0.001, "max_iterations": 500}')
    assert {name for name, cache in caches(other).items() if cache == "HIT"} >= REUSED
    assert caches(other)["train"] == "MISS"


def test_too_few_wines_are_refused(tmp_path):
    source = (
        (EXAMPLES / "wine" / "training.py").read_text().replace("frame = bunch.data.copy()", "frame = bunch.data[:50]")
    )
    (tmp_path / "few.py").write_text(source.replace("bunch.target]", "bunch.target[:50]]"))
    told = run(tmp_path / "home", tmp_path / "few.py", "training", status=1)
    assert told["phase"] == "FAILED"
    assert "expected at least 100 wines, got 50" in told["error"]["message"]
    assert next(node for node in told["nodes"] if node["name"] == "validate")["attempts"] == 1


def test_every_example_is_run_here():
    here = Path(__file__).read_text(encoding="utf-8")
    sources = {path.relative_to(EXAMPLES) for path in EXAMPLES.rglob("*.py")}
    # Those of plugins have tests of their own.
    own = {path for path in sources if path.parts[0] not in {"plugins", "backends", "jvm"}}
    assert own
    assert not [path for path in own if f'"{path.as_posix()}"' not in here]


def test_every_example_of_a_backend_is_run_where_its_plugin_is():
    suites = [*ROOT.glob("plugins/*/tests/*.py"), *ROOT.glob("tests/backends/*.py")]
    read = "".join(path.read_text(encoding="utf-8") for path in suites)
    assert not [path for path in (EXAMPLES / "backends").glob("*.py") if path.stem not in read]
