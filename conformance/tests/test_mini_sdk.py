"""The mini-SDK in JavaScript, which the guide for new languages walks through, keeps the levels that it claims."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from godwit_conformance.bench import LocalPlace, Workbench
from godwit_conformance.cases import Level, Outcome
from godwit_conformance.harness import all_cases, run

FOLDER = Path(__file__).parents[1] / "executors" / "node"
OLDEST = 20
REMEDY = f"install Node >= {OLDEST} with npm, and run `npm ci && npm run generate` in conformance/executors/node"


@pytest.fixture(scope="module")
def command():
    """The command of the mini-SDK, its packages installed and its messages generated."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip(f"no Node with npm: {REMEDY}")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if int(re.match(r"v(\d+)", version)[1]) < OLDEST:
        pytest.skip(f"Node {version.strip()} is too old: {REMEDY}")
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}  # buf lies beside Python
    for words in ([npm, "ci", "--silent"], [npm, "run", "--silent", "generate"]):
        if words[1] == "ci" and (FOLDER / "node_modules" / "@bufbuild" / "protobuf").is_dir():
            continue
        done = subprocess.run(words, cwd=FOLDER, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"`{' '.join(words[1:])}` failed, {done.stderr.strip()[-200:]!r}: {REMEDY}")
    return node, str(FOLDER / "mini_sdk.mjs")


@pytest.mark.slow
@pytest.mark.parametrize("level", [Level.WIRE, Level.RUNTIME])
def test_the_mini_sdk_keeps_the_levels_that_it_claims(command, level, tmp_path):
    with Workbench(LocalPlace(command, timeout_s=30.0, process_timeout_s=60.0), tmp_path) as bench:
        found = list(run(all_cases([level]), bench))
    assert [result.case.name for result in found if result.outcome is not Outcome.PASSED] == []
    assert len(found) > 50


def test_the_mini_sdk_is_short():
    assert len((FOLDER / "mini_sdk.mjs").read_text(encoding="utf-8").splitlines()) <= 300
