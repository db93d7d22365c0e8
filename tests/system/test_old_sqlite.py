"""The store, the runtime and the crashes on the oldest SQLite that is supported, 3.34.

It is built from the amalgamation inside an npm package of that time, and preloaded under Python's own module.
"""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "better-sqlite3@7.1.2"
VERSION = "3.34.0"
SUITES = (
    "core/tests/store",
    "core/tests/runtime",
    "tests/system/test_crashes.py",
    "tests/chaos/test_locked_database.py",
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """The path of the old library, built now."""
    for program, remedy in (("npm", "install Node.js with npm"), ("gcc", "install gcc")):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not there to build SQLite {VERSION}: {remedy}")
    if sys.platform != "linux":
        pytest.skip("a library is preloaded by LD_PRELOAD: run this on Linux")
    folder = tmp_path_factory.mktemp("sqlite")
    packed = subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, capture_output=True)
    with tarfile.open(folder / packed.stdout.decode().strip()) as archive:
        archive.extractall(folder, filter="data")
    with tarfile.open(folder / "package" / "deps" / "sqlite3.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.rglob("sqlite3.c")
    built = folder / "libsqlite3.so.0"
    options = ["-O1", "-shared", "-fPIC", "-DSQLITE_THREADSAFE=1", "-DSQLITE_ENABLE_COLUMN_METADATA"]
    subprocess.run(["gcc", *options, "-o", built, source, "-ldl", "-lpthread", "-lm"], check=True)
    return built


def run(library, *arguments):
    environment = {**os.environ, "LD_PRELOAD": str(library)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_the_old_library_is_the_one_that_is_used(library):
    done = run(library, "-c", "import sqlite3; print(sqlite3.sqlite_version)")
    assert done.stdout.strip() == VERSION, done.stderr


@pytest.mark.parametrize("suite", SUITES)
def test_the_suite_passes_on_the_old_library(library, suite):
    done = run(library, "-m", "pytest", "-q", "-p", "no:cacheprovider", suite)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
