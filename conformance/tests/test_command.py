"""The command `godwit-conformance`, its reports, the file of expected failures, and the pytest plugin."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from godwit_conformance import cli, harness
from godwit_conformance.expectations import Expectations, ExpectationsError

EXECUTOR = Path(__file__).parents[1] / "executors" / "python" / "executor.py"
DEFECTIVE = Path(__file__).with_name("defective_executor.py")
SDK = f"{sys.executable} {EXECUTOR}"
BROKEN = f"{sys.executable} {DEFECTIVE} zero_without_sign"
FEW = ["--case", "wire/literal/float", "--case", "digest/cache key"]


@pytest.fixture
def command(capsys):
    def run(*arguments):
        status = cli.main(list(arguments))
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_a_run_without_failures_ends_with_0_and_a_table(command):
    status, out, _ = command("run", "--sdk", SDK, *FEW)
    assert status == 0
    lines = out.splitlines()
    assert lines[0].startswith("godwit 0.1.0 (python 3.")
    assert lines[-3].split()[:4] == ["wire", "10", "10", "0"]
    assert lines[-2].split()[:4] == ["digest", "9", "9", "0"]
    assert lines[-1].split()[:4] == ["all", "19", "19", "0"]


def test_a_failure_names_its_case_and_how_to_repeat_it(command):
    status, out, _ = command("run", "--sdk", BROKEN, *FEW)
    assert status == 1
    assert "FAILED wire/literal/float/minus zero: a value of float is read and written" in out
    assert "float_value: expected -0.0, came 0.0" in out
    again = next(line.strip() for line in out.splitlines() if line.strip().startswith("Again: "))
    assert again == f"Again: godwit-conformance run --sdk '{BROKEN}' --case 'wire/literal/float/minus zero'"


def test_an_expected_failure_is_none_and_an_unexpected_pass_is_one(command, tmp_path):
    expected = tmp_path / "expected.txt"
    expected.write_text("# what is known\n\nwire/literal/float/minus zero  # no signed zeros\n", encoding="utf-8")
    status, out, _ = command("run", "--sdk", BROKEN, *FEW, "--expected-failures", str(expected))
    assert status == 0
    assert out.splitlines()[-1].split() == ["all", "19", "18", "0", "1", "0", "0", "0"]
    status, out, _ = command("run", "--sdk", SDK, *FEW, "--expected-failures", str(expected))
    assert status == 1
    assert "UNEXPECTED PASS wire/literal/float/minus zero" in out
    assert "no signed zeros. Take it off the list." in out


def test_an_expectation_needs_a_reason(command, tmp_path):
    expected = tmp_path / "expected.txt"
    expected.write_text("wire/literal/float\n", encoding="utf-8")
    status, _, err = command("run", "--sdk", SDK, *FEW, "--expected-failures", str(expected))
    assert status == 2
    assert "expected.txt:1: a reason was expected" in err
    status, _, err = command("run", "--sdk", SDK, *FEW, "--expected-failures", str(tmp_path / "none.txt"))
    assert status == 2
    assert "cannot be read" in err


def test_an_expectation_that_no_case_has_is_told():
    expectations = Expectations([])
    assert expectations.unused(["a/b"]) == []
    with pytest.raises(ExpectationsError):
        Expectations.read(Path("/no/such/file"))


def test_reports_are_written(command, tmp_path):
    files = {name: tmp_path / "reports" / name for name in ("junit", "json", "badge")}
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    assert command("run", "--sdk", BROKEN, *FEW, *options)[0] == 1
    suites = ET.fromstring(files["junit"].read_text(encoding="utf-8"))
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in suites] == [
        ("conformance.wire", "10", "1"),
        ("conformance.digest", "9", "0"),
    ]
    failure = suites.find(".//failure")
    assert failure.get("message") == "float_value: expected -0.0, came 0.0"
    document = json.loads(files["json"].read_text(encoding="utf-8"))
    assert document["sdk"]["name"] == "godwit"
    assert document["levels"]["wire"]["failed"] == 1
    assert len(document["cases"]) == 19
    badge = files["badge"].read_text(encoding="utf-8")
    assert "18 of 19" in badge
    assert ET.fromstring(badge).tag.endswith("svg")


@pytest.mark.parametrize(
    ("sdk", "message"),
    [
        ("/no/such/program", "cannot be started"),
        (f"{sys.executable} -c pass", "ended with status 0 before it answered"),
        (f"{sys.executable} -c 'print(1)'", "the executor"),
        (f"{sys.executable} -c 'import time; time.sleep(60)'", "gave no answer within 1 s"),
    ],
)
def test_what_is_no_executor_is_told(command, sdk, message):
    status, _, err = command("run", "--sdk", sdk, "--timeout", "1", *FEW)
    assert status == 2
    assert message in err


def test_a_pattern_that_names_no_case_is_told(command):
    status, _, err = command("run", "--sdk", SDK, "--case", "wire/no such")
    assert status == 2
    assert "no case is of that name" in err


def test_cases_are_listed_by_level(command):
    status, out, _ = command("list", "--level", "runtime")
    assert status == 0
    assert "runtime/process/terminated\t" in out
    assert all(line.startswith("runtime/") for line in out.splitlines())


def test_every_case_has_a_name_of_its_own():
    names = [case.name for case in harness.all_cases()]
    assert len(names) == len(set(names))
    assert [name for name in names if not name.isprintable()] == []
    assert {name.partition("/")[0] for name in names} == {"wire", "spec", "digest", "castability", "runtime", "engine"}


def test_the_pytest_plugin_has_a_test_for_each_case(tmp_path, monkeypatch):
    monkeypatch.delenv("CI", raising=False)  # where it is set, this repository takes a skip for a failure
    command = [sys.executable, "-m", "pytest", "-q", "--pyargs", "godwit_conformance.suite", "-p", "no:cacheprovider"]
    command += ["-c", "/dev/null", "--rootdir", str(tmp_path)]
    chosen = ["--godwit-sdk", BROKEN, "--godwit-case", "wire/literal/float"]
    done = subprocess.run([*command, *chosen], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert "1 failed, 9 passed" in done.stdout
    assert "float_value: expected -0.0, came 0.0" in done.stdout
    without = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "1 skipped" in without.stdout
