"""Every module can be imported first and alone, without a warning and without leaving anything behind."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = (
    ROOT / "idl" / "src",
    ROOT / "core" / "plugin_api" / "src",
    ROOT / "core" / "src",
    ROOT / "sdks" / "python" / "src",
)

# Each module is imported by a child of an interpreter that has imported nothing of ours.
SCRIPT = """
import dataclasses, importlib, json, os, sqlite3, sys, threading, traceback, typing
import google.protobuf.descriptor_pb2, google.protobuf.json_format

failed = 0
for name in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            files = set(os.listdir("."))
            before = threading.active_count()
            importlib.import_module(name)
            left = set(os.listdir(".")) - files
            assert not left, f"it made {left}"
            assert threading.active_count() == before, "it started a thread"
            code = 0
        except BaseException:
            print("cannot import", name, file=sys.stderr)
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(code)
    failed |= os.waitpid(child, 0)[1]
sys.exit(bool(failed))
"""


def names():
    for folder in SOURCES:
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            name = ".".join(parts).removesuffix(".__init__")
            if not name.endswith("__main__"):
                yield name


def test_every_module_is_imported_alone_without_a_warning(tmp_path):
    all_names = list(names())
    assert len(all_names) > 100
    command = [sys.executable, "-I", "-W", "error", "-B", "-c", SCRIPT, *all_names]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert not done.stdout, "a module prints when it is imported"
