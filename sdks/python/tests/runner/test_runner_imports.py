"""What the start of a runner imports: a list instead of a time, which no shared machine keeps."""

import subprocess
import sys

import pytest
from godwitidl.core.v1.values_pb2 import Literal

SELDOM_NEEDED = {
    *("argparse", "gettext", "asyncio", "socket", "subprocess", "multiprocessing", "logging", "tempfile", "shutil"),
    *("ast", "inspect", "dis", "tokenize", "linecache", "traceback", "textwrap", "dataclasses", "difflib", "tomllib"),
    *("json", "pickle", "uuid", "platform", "random", "fractions", "sqlite3"),
    *("google.protobuf.text_format", "google.protobuf.json_format", "google.protobuf.internal.decoder"),
    *("godwit.body", "godwit.serialization", "godwit.loader", "godwit.embedded", "godwit.runner.once"),
}

IMPORTED_WITH = "import calendar, ctypes, decimal, hashlib, pathlib, runpy, select, signal, typing"


@pytest.fixture
def imported(source, start):
    source("""
        import sys

        import godwit as gw

        @gw.task(retries=gw.Retry(2), cache=gw.Cache(version="1"), resources=gw.Resources(mem="1Gi"))
        def modules(count: int, text: str = "x") -> str:
            return " ".join(sys.modules)

        @gw.workflow
        def flow(count: int) -> str:
            return modules(count=count)
    """)
    runner = start()
    runner.prepare(1, "modules")
    runner.run(runner.attempt("a", 1, count=1))
    return Literal.FromString(runner.result().outputs[0].value).string_value.split()


def test_a_runner_imports_only_what_all_tasks_need(imported):
    program = f"import sys\n{IMPORTED_WITH}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    of_the_library = set(done.stdout.split())
    assert SELDOM_NEEDED.intersection(imported) <= of_the_library
    assert not [name for name in imported if name.startswith("godwit_core")]
