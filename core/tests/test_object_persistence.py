"""Object stores as persistence, against a server that speaks S3; and fsspec's file systems."""

import http.server
import itertools
import threading

import boto3
import pytest
from godwit_core.persistence import objects
from godwit_core.persistence.fsspec_files import FsspecPersistence
from godwit_core.persistence.objects import ObjectPersistence, split
from godwit_plugin_api.errors import DataError, InvalidInput
from godwit_plugin_api.testing.persistence_suite import PersistenceSuite
from moto.server import ThreadedMotoServer

_numbers = itertools.count()


@pytest.fixture(scope="module")
def endpoint():
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def account(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "godwit")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "bar-tailed")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")


@pytest.fixture
def bucket(endpoint, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    name = f"bucket-{next(_numbers)}"
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket=name)
    client.close()
    return name


class TestObjectPersistence(PersistenceSuite):
    @pytest.fixture(autouse=True)
    def use_bucket(self, bucket):
        self.bucket = bucket

    def make_persistence(self):
        return ObjectPersistence()

    def make_prefix(self, tmp_path):  # noqa: ARG002 - as the suite declares it
        return f"s3://{self.bucket}/some%20folder/store"

    def test_a_stream_fetches_only_what_is_read(self, store, prefix, tmp_path, monkeypatch):
        self.put(store, f"{prefix}/long", bytes(8 << 20) + b"end", tmp_path)
        fetched = []
        ranged = objects.obstore.get_range

        def get_range(*args, start, length):
            fetched.append(length)
            return ranged(*args, start=start, length=length)

        monkeypatch.setattr(objects.obstore, "get_range", get_range)
        with store.open(f"{prefix}/long") as stream:
            stream.seek(-3, 2)
            assert stream.read(3) == b"end"
        assert sum(fetched) == 3

    def test_a_large_file_comes_and_goes_in_parts(self, store, prefix, tmp_path):
        content = bytes(range(256)) * (4096 * 24)
        self.put(store, f"{prefix}/large", content, tmp_path)
        assert store.get(f"{prefix}/large", tmp_path / "copy").read_bytes() == content
        assert [path.name for path in tmp_path.iterdir() if "unfinished" in path.name] == []

    def test_what_a_lost_attempt_left_in_a_folder_goes(self, store, prefix, tmp_path):
        self.put(store, f"{prefix}/tree/stale", b"x", tmp_path)
        self._put_tree(store, f"{prefix}/tree", tmp_path)
        assert "stale" not in dict(store.list(f"{prefix}/tree"))

    def test_a_bucket_that_is_missing_is_named(self, store, tmp_path):
        with pytest.raises(DataError, match="s3://no-such-bucket/x"):
            self.put(store, "s3://no-such-bucket/x", b"x", tmp_path)


class TestMemoryByFsspec(PersistenceSuite):
    def make_persistence(self):
        return FsspecPersistence()

    def make_prefix(self, tmp_path):
        return f"memory://{tmp_path.name}/store"


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("s3://b/k%20e/y", ("s3://b", "k e/y")),
        ("gs://b", ("gs://b", "")),
        ("az://account/container/k", ("az://account/container", "k")),
    ],
)
def test_uris_name_a_bucket_and_a_key(uri, expected):
    assert split(uri) == expected


@pytest.mark.parametrize("uri", ["s3://", "s3:///key", "az://account", "az://account//key"])
def test_a_uri_without_a_bucket_is_refused(uri):
    with pytest.raises(InvalidInput, match=r"of the form (s3://bucket|az://account/container)/key"):
        split(uri)


class _Refusing(http.server.BaseHTTPRequestHandler):
    """Answers everything with the status that the server was given."""

    def do_GET(self):
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    do_HEAD = do_PUT = do_GET  # noqa: N815 - as the library calls them

    def log_message(self, *args):
        """Say nothing."""


@pytest.mark.parametrize(
    ("status", "code", "hint"), [(403, "BLOB_STORE", "credentials"), (401, "BLOB_STORE", "credentials")]
)
def test_a_refusal_says_what_to_check(tmp_path, monkeypatch, status, code, hint):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Refusing)
    server.status = status
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    (tmp_path / "f").write_bytes(b"x")
    try:
        for act in (
            lambda: ObjectPersistence().put_file(tmp_path / "f", "s3://b/k"),
            lambda: ObjectPersistence().open("s3://b/k"),
        ):
            with pytest.raises(DataError) as caught:
                act()
            assert caught.value.code == code
            assert hint in caught.value.hint
            assert "s3://b/k" in caught.value.message
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
