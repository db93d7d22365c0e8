"""What people say of tasks with a cluster, and what is said when they say something else. No Ray needed."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import godwit as gw
import pytest
from godwit_plugin_api.errors import DataError, InvalidInput
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwit_ray import RayJob, RayNode
from godwit_ray.clusters import ClusterError, connect, environment, explained
from godwit_ray.journal import GatewayFolder
from godwit_ray.members import Log, Shape
from godwit_ray.object_values import NearPersistence, uris_in
from godwit_ray.resident_errors import is_of_node, lost
from godwit_ray.sources import packed, unpacked
from godwitidl.core.v1.errors_pb2 import RETRY_ALLOWED, RETRY_WITH_MORE_MEMORY, ExecutionError
from godwitidl.core.v1.task_pb2 import Resources, TaskSpec
from godwitidl.core.v1.values_pb2 import NamedLiterals
from godwitidl.plugins.ray.v1.ray_pb2 import GatewayReport


def test_importing_what_people_write_imports_no_ray_and_no_protobuf():
    told = "import sys, godwit_ray; print(sorted({'ray', 'google.protobuf', 'grpc'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_config_becomes_its_message():
    told = RayJob(
        head=RayNode(name="head", cpu=0),
        workers=[RayNode(name="w", replicas=3, cpu=2, gpu=1, memory="2Gi", resources={"licence": 1})],
        runtime_env={"env_vars": {"A": "1"}},
        version="2.60",
    ).payload()
    assert told.head.cpu == 0
    assert told.head.HasField("cpu")
    (group,) = told.workers
    assert (group.name, group.replicas, group.cpu, group.gpu, group.memory_bytes) == ("w", 3, 2, 1, 2 * 2**30)
    assert [(one.name, one.amount) for one in group.resources] == [("licence", 1.0)]
    assert told.runtime_env == '{"env_vars": {"A": "1"}}'
    assert told.version == "2.60"


@pytest.mark.parametrize("address", ["", "10.0.0.7:6379", "ray://head:10001", "https://ray.example.org", "[::1]:6379"])
def test_addresses(address):
    assert RayJob(address=address).payload().address == address


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: RayJob(address="ftp://head"), "address is host:6379"),
        (lambda: RayJob(address="http://user:secret@head"), "address is host:6379"),
        (lambda: RayJob(address=3), "address is host:6379"),
        (lambda: RayJob(address="head:6379", workers=[RayNode()]), "one at an address"),
        (lambda: RayJob(head=RayNode(replicas=2)), "head is one node"),
        (lambda: RayJob(head=1), "head is a RayNode"),
        (lambda: RayJob(workers=["w"]), "workers are RayNodes"),
        (lambda: RayJob(runtime_env={"pip": {1, 2}}), "plain data"),
        (lambda: RayJob(runtime_env="pip"), "runtime_env is a mapping"),
        (lambda: RayJob(version="newest"), "version is one of Ray"),
        (lambda: RayNode(replicas=0), "replicas is a whole number from 1"),
        (lambda: RayNode(cpu=-1), "cpu is a whole number from 0"),
        (lambda: RayNode(cpu=True), "cpu is a whole number from 0"),
        (lambda: RayNode(memory="much"), "mem"),
        (lambda: RayNode(resources={"licence": -1}), "amounts from 0"),
    ],
)
def test_what_is_not_as_expected_is_refused_where_it_is_written(make, said):
    with pytest.raises(gw.DeclarationError) as refused:
        make()
    assert said in refused.value.message
    assert refused.value.code == "INVALID_SETTING"


def test_a_cluster_that_is_started_gets_a_token_of_its_own_unless_there_is_one():
    first, second = environment("", "", {}), environment("", "", {})
    assert first["RAY_AUTH_MODE"] == "token"
    assert first["RAY_AUTH_TOKEN"] != second["RAY_AUTH_TOKEN"]
    assert "RAY_AUTH_TOKEN" not in environment("", "", {"RAY_AUTH_TOKEN": "given"})
    assert "RAY_AUTH_TOKEN" not in environment("head:6379", "", {})
    assert environment("head:6379", "mine", {})["RAY_AUTH_TOKEN"] == "mine"


def test_nobody_listening_is_said_at_once():
    with pytest.raises(ClusterError) as refused:
        connect("127.0.0.1:9")
    assert refused.value.code == "RAY_UNREACHABLE"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Version mismatch: The cluster was started with: Ray: 2.9.0 Python: 3.9.1", "RAY_VERSION_MISMATCH"),
        ("Unauthenticated: invalid auth token", "RAY_AUTHENTICATION"),
        ("Request failed with status code 401: Unauthorized", "RAY_AUTHENTICATION"),
        ("Can't find a `node_ip_address.json` file; raylet", "RAY_NO_NODE_HERE"),
        ("Failed to connect to Ray cluster at head:6379", "RAY_UNREACHABLE"),
    ],
)
def test_what_ray_says_is_told_apart(text, code):
    assert explained(RuntimeError(text), "head:6379").code == code


def test_sources_are_packed_alike_without_what_is_hidden_or_made(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path.parent))
    for name in ("a.py", "sub/b.py", ".secret", ".git/config", "__pycache__/a.pyc", "env/pyvenv.cfg", "env/lib.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    archive = packed(str(tmp_path))
    assert archive == packed(str(tmp_path))
    assert sorted(zipfile.ZipFile(io.BytesIO(archive)).namelist()) == ["a.py", "sub/b.py"]
    folder = unpacked(archive)
    assert unpacked(archive) == folder
    assert Path(folder, "sub", "b.py").read_text() == "sub/b.py"


def test_sources_that_are_too_large_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("godwit_ray.sources.MOST_BYTES", 2**20)
    (tmp_path / "data.bin").write_bytes(bytes(2**20 + 1))
    with pytest.raises(InvalidInput) as refused:
        packed(str(tmp_path))
    assert refused.value.code == "RAY_SOURCE_TOO_LARGE"


def test_the_shape_of_an_attempt_is_what_its_task_declares():
    assert Shape.of(TaskSpec()) == Shape(1.0, 0.0, 0)
    needs = Resources(cpu_millis=2500, gpu_count=1, memory_bytes=2**30)
    assert Shape.of(TaskSpec(resources=needs)).options() == {"num_cpus": 2.5, "num_gpus": 1.0, "memory": 2**30}


def test_parts_of_logs_come_in_any_order(tmp_path):
    log = Log(tmp_path / "e1", "ray-1")
    log.write(6, b"world\n")
    log.write(0, b"hello ")
    told, words = log.last_words()
    assert words == "hello world"
    assert (told.segment, told.begin, told.end) == ("e1/ray-1.log", 0, 12)
    log.end_of_attempt(12)
    assert log.last_words() == (None, "")
    log.close()


def test_ends_are_kept_and_what_was_cut_off_is_left_out(tmp_path):
    folder = GatewayFolder(tmp_path)
    reports = []
    for number in range(5):
        report = GatewayReport()
        report.result.id = f"e/{number}/1"
        reports.append(report)
    folder.append(report.SerializeToString() for report in reports[:3])
    folder.append(report.SerializeToString() for report in reports[3:])
    assert list(folder.ends()) == reports
    path = tmp_path / "ends.pb"
    path.write_bytes(path.read_bytes()[:-2])
    assert list(folder.ends()) == reports[:4]
    assert folder.socket() == ""


def test_references_in_inputs_are_found():
    inputs = NamedLiterals()
    inputs.values.add(name="a").value.file.uri = "s3://mudflat/a"
    inputs.values.add(name="b").value.list.items.add().file.uri = "s3://mudflat/b"
    inputs.values.add(name="c").value.int_value = 3
    assert sorted(uris_in(inputs)) == ["s3://mudflat/a", "s3://mudflat/b"]


class Memory:
    """What residents use as Ray's memory."""

    def __init__(self):
        self.kept = {}

    def keep(self, uri, content):
        self.kept[uri] = content

    def find(self, uri):
        return self.kept.get(uri)


def test_what_is_stored_is_kept_near_too_and_read_from_there(tmp_path):
    far, memory = load_plugins().create(Kind.PERSISTENCE, "file"), Memory()
    near = NearPersistence(far, memory)
    source = tmp_path / "source"
    source.write_bytes(b"knots")
    uri = (tmp_path / "store" / "a").as_uri()
    near.put_file(source, uri)
    with far.open(uri) as blob:
        assert blob.read() == b"knots"
    far.delete(uri)
    with near.open(uri) as blob:
        assert blob.read() == b"knots"
    assert near.get(uri, tmp_path / "copy").read_bytes() == b"knots"
    memory.kept.clear()
    assert not near.exists(uri)
    with pytest.raises(DataError):
        near.open(uri)


class OutOfMemoryError(Exception):
    """Named as Ray's own."""


@pytest.mark.parametrize(
    ("error", "code", "retry"),
    [
        (OutOfMemoryError("a task was killed"), "OUT_OF_MEMORY", RETRY_WITH_MORE_MEMORY),
        (RuntimeError("the node was running low on memory"), "OUT_OF_MEMORY", RETRY_WITH_MORE_MEMORY),
        (RuntimeError("the actor died"), "RUNNER_LOST", RETRY_ALLOWED),
    ],
)
def test_a_resident_that_was_killed_for_its_memory_is_told_apart(error, code, retry):
    told = ExecutionError.FromString(lost(error, "heron:7", "last words"))
    assert (told.code, told.retry) == (code, retry)
    assert "last words" in told.message


@pytest.mark.parametrize(
    ("text", "is_of_the_node"),
    [
        ("The actor died because its node has died.", True),
        ("the actor's node was terminated unexpectedly", True),
        ("The actor died because of an error raised in its creation task: No module named 'godwit_ray'", False),
    ],
)
def test_a_node_that_is_lost_says_nothing_of_others(text, is_of_the_node):
    assert is_of_node(RuntimeError(text)) is is_of_the_node
