"""The documentation's code and the example do what they say; the authoring half is light; every code is on the page."""

import re
import subprocess
import sys
import types
from pathlib import Path

import pytest
from godwit_plugin_api import Kind
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.testing.backend_suite import BackendSuite
from godwit_webapi import Call, HttpSensor, Service
from godwit_webapi.manifest import godwit_manifest
from godwitidl.core.v1.values_pb2 import Literal, NamedLiteral, NamedLiterals
from godwitidl.plugins.webapi.v1 import webapi_pb2
from test_webapi_engine import Shell, kill, wait_until
from webapi_tasks import FAST, INT, TEXT, task_of

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "backends" / "webapi.md").read_text(encoding="utf-8")
SOURCES = sorted((ROOT / "plugins" / "webapi" / "src").rglob("*.py"))


@pytest.fixture(scope="module")
def quarry_backend():
    """The class of the page's example, with a message of ours for its own."""
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "class QuarryBackend" in block)
    assert len(code.split("class QuarryBackend", 1)[1].splitlines()) <= 31
    module = types.ModuleType("quarry_pb2")
    module.QuarryJob = webapi_pb2.HttpSensor
    sys.modules["quarry_pb2"] = module
    namespace = {}
    exec(compile(code, "webapi.md", "exec"), namespace)
    yield namespace["QuarryBackend"]
    del sys.modules["quarry_pb2"]


class _Config(HttpSensor):
    """A payload with a service."""

    def payload(self):
        return super().payload().http


class TestThirtyLines(BackendSuite):
    outlives_engine = True

    @pytest.fixture(autouse=True)
    def _server(self, job_server, quarry_backend):
        self.server, self.kind = job_server, quarry_backend
        yield
        assert len(job_server.created) == len(set(job_server.created))

    def make_backend(self):
        return self.kind()

    def task(self, behaviour):
        config = _Config(Service(f"{self.server.url}/v1", "quarry", limits=FAST), Call("GET", "/"))
        return task_of(config, {"does": TEXT}, {"result": INT}, name=behaviour.value)

    def inputs(self, behaviour):
        return NamedLiterals(values=[NamedLiteral(name="does", value=Literal(string_value=behaviour.value))])


def test_the_example_waits_for_a_file_and_files_an_entry(tmp_path):
    register = subprocess.Popen(
        [sys.executable, "-u", str(ROOT / "examples/backends/register.py"), "0"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        url = re.search(r"http://[0-9.:]+", register.stdout.readline())[0]
        shell = Shell(tmp_path / "home", url)
        shell.environment["REGISTER_URL"] = url
        example = str(ROOT / "examples/backends/arrivals.py")
        engine = shell.start("run", example, "arrivals", "--folder", tmp_path.as_uri(), "--day", "2026-05-01")
        try:
            wait_until((tmp_path / "home").is_dir, "the engine")
            (tmp_path / "2026-05-01.csv").write_text("kind,count\nknot,3\nruff,4\n", encoding="utf-8")
            output, _ = engine.communicate(timeout=60)
        finally:
            kill(engine)
        assert "result = 'entry-1'" in output
    finally:
        kill(register)


def test_every_record_can_be_made():
    registry = load_plugins(entry_points=False, extra=[godwit_manifest()])
    for record in registry.records(Kind.BACKEND):
        assert registry.create(Kind.BACKEND, record.key)


def test_the_authoring_half_is_light():
    names = "import godwit_webapi as w; [getattr(w, name) for name in w.__all__]"
    heavy = ("boto3", "google.protobuf", "requests", "openai", "databricks", "psycopg", "godwit_core", "urllib.request")
    check = f"import sys; {names}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_code_is_on_the_page():
    texts = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    codes = set(re.findall(r'"([A-Z]+(?:_[A-Z]+)+)"', texts))
    ours = {code for code in codes if re.search(r"WEBAPI|OPENAPI|FAILED$|SENSOR_|LOST$|ELSEWHERE|PARAMETER", code)}
    ours.discard("QUARRY_FAILED")  # of an example
    assert len(ours) > 15
    assert {code for code in ours if f"`{code}`" not in PAGE} == set()
