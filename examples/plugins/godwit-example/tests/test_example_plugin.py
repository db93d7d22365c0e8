"""The plugin keeps the contracts: it inherits the suites."""

import math
from pathlib import Path

import pytest
from godwit_example.gzip_persistence import GzipPersistence
from godwit_example.manifest import godwit_manifest
from godwit_example.once_backend import OnceBackend
from godwit_example.stopwatch import Stopwatch
from godwit_example.stopwatch_runtime import StopwatchRuntime
from godwit_example.track import Position, Track
from godwit_example.track_transformer import FORMAT, TrackTransformer
from godwit_plugin_api import Kind
from godwit_plugin_api.backend import Finished, TaskReference
from godwit_plugin_api.errors import InvalidInput
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.testing.backend_suite import BackendSuite, Behaviour
from godwit_plugin_api.testing.folder_data import FolderData
from godwit_plugin_api.testing.persistence_suite import PersistenceSuite
from godwit_plugin_api.testing.task_runtime_suite import TaskRuntimeSuite
from godwit_plugin_api.testing.transformer_suite import TransformerSuite
from godwitidl.core.v1.event_pb2 import LogSlice
from godwitidl.core.v1.task_pb2 import Program, TaskSpec
from godwitidl.core.v1.values_pb2 import FileLiteral, Literal

PROGRAM = Path(__file__).with_name("contract_program.py")


class TestTrackTransformer(TransformerSuite):
    def make_transformer(self):
        return TrackTransformer()

    def cases(self):
        positions = (Position(0.0, -37.2, 175.3), Position(1e9, 65.5, -math.pi))
        return [(Track, Track("E7", positions)), (Track, Track("")), (Track, Track('a "name"\n日本'))]


class TestGzipPersistence(PersistenceSuite):
    def make_persistence(self):
        return GzipPersistence()

    def make_prefix(self, tmp_path):
        return (tmp_path / "store").as_uri().replace("file://", "gzip://")


class TestOnceBackend(BackendSuite):
    outlives_engine = True

    def make_backend(self):
        return OnceBackend()

    def task(self, behaviour):
        spec = TaskSpec(program=Program(command=["unused"], arguments=[behaviour.value]))
        return TaskReference(1, behaviour.value, spec.SerializeToString(), "", ("{python}", str(PROGRAM)))

    def test_outputs_and_log_of_the_process_are_told(self, backend, host):
        request = self.request_for(host, Behaviour.SUCCEED)
        (handle,) = self.submit(backend, host, request)
        end = self.end_of(host, request)
        assert isinstance(end, Finished)
        assert [(output.name, Literal.FromString(output.value).int_value) for output in end.outputs] == [("result", 7)]
        assert b"".join(backend.logs(handle)) == b"behaves: succeed\n"
        log = LogSlice.FromString(end.log)
        assert Path(host.settings.home, "logs", log.segment).stat().st_size == log.end

    def test_a_program_that_is_missing_is_the_error_of_the_attempt(self, backend, host):
        request = self.request_for(host, Behaviour.SUCCEED)
        request = request._replace(task=request.task._replace(command=("/no/such/program",)))
        backend.submit([request])
        assert b"JOB_NOT_STARTED" in self.end_of(host, request).error


class TestStopwatchRuntime(TaskRuntimeSuite):
    def make_runtime(self):
        return StopwatchRuntime()

    def payloads(self):
        return [Stopwatch("Training <1>").payload()]

    def test_a_report_is_left_by_a_task_that_fails(self, runtime, tmp_path):
        (attempt,) = self.attempts(tmp_path)
        with pytest.raises(ZeroDivisionError), runtime.around(attempt) as given:  # noqa: PT012 - the context is tried
            given["stopwatch"].round("loaded")
            raise ZeroDivisionError
        page = attempt.report.read_text(encoding="utf-8")
        assert "<title>Training &lt;1&gt;</title>" in page
        assert "<td>loaded<td>0.0" in page

    def test_the_record_is_found_by_the_payload(self):
        registry = load_plugins(entry_points=False, extra=[godwit_manifest()])
        assert registry.find(Kind.TASK_RUNTIME, Stopwatch().payload().DESCRIPTOR.full_name)


def test_the_manifest_is_accepted_and_its_targets_load():
    registry = load_plugins(entry_points=False, extra=[godwit_manifest()])
    for kind, key in (
        (Kind.TRANSFORMER, "godwit_example.track.Track"),
        (Kind.PERSISTENCE, "gzip"),
        (Kind.BACKEND, "once"),
        (Kind.TASK_RUNTIME, "godwit_example.v1.Stopwatch"),
    ):
        assert registry.create(kind, key)


@pytest.mark.parametrize("content", [b"", b"no json", b'{"fish": 1}', b'{"bird": "E7"}\n[1]'])
def test_a_file_of_another_format_is_refused(tmp_path, content):
    path = tmp_path / "track.jsonl"
    path.write_bytes(content)
    literal = Literal(file=FileLiteral(uri=path.as_uri(), format=FORMAT))
    with pytest.raises(InvalidInput, match=r"godwit_example\.track"):
        TrackTransformer().from_literal(literal, Track, FolderData(tmp_path))
