"""Persistence in Azure Blob Storage, against Azurite; in Google Cloud Storage, whose XML moto speaks for S3.

The client of `gs` sends the requests that Google's XML API and S3 have in common: objects, ranges, lists, parts.
"""

import base64
import hashlib
import hmac
import itertools
import json
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from email.utils import formatdate

import boto3
import pytest
from godwit_core.persistence.objects import ObjectPersistence
from godwit_plugin_api.errors import DataError
from godwit_plugin_api.testing.persistence_suite import PersistenceSuite
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

ACCOUNT = "godwit"
KEY = base64.b64encode(b"bar-tailed").decode()
_numbers = itertools.count()


class CloudSuite(PersistenceSuite):
    """What holds of both beside the suite."""

    def make_persistence(self):
        return ObjectPersistence()

    def test_a_large_file_comes_and_goes_in_parts(self, store, prefix, tmp_path):
        content = bytes(range(256)) * (4096 * 24)
        self.put(store, f"{prefix}/large", content, tmp_path)
        assert store.get(f"{prefix}/large", tmp_path / "copy").read_bytes() == content

    def test_what_a_lost_attempt_left_in_a_folder_goes(self, store, prefix, tmp_path):
        self.put(store, f"{prefix}/tree/stale", b"x", tmp_path)
        (tmp_path / "tree").mkdir()
        (tmp_path / "tree" / "fresh").write_bytes(b"y")
        store.put_directory(tmp_path / "tree", f"{prefix}/tree")
        assert dict(store.list(f"{prefix}/tree")) == {"fresh": 1}

    def test_a_place_that_is_missing_is_named(self, store, prefix, tmp_path):
        gone = prefix.replace("birds", "nobirds")
        with pytest.raises(DataError, match="nobirds"):
            self.put(store, f"{gone}/x", b"x", tmp_path)


@pytest.fixture(scope="module")
def moto():
    dispatcher = DomainDispatcherApplication(create_backend_app)

    def signed(environ, start_response):
        if not environ.get("HTTP_AUTHORIZATION", "").startswith("AWS4"):  # moto knows S3's signatures alone
            scope = "godwit/20260101/us-east-1/s3/aws4_request"
            environ["HTTP_AUTHORIZATION"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        return dispatcher(environ, start_response)

    server = make_server("127.0.0.1", 0, signed, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class TestGoogle(CloudSuite):
    @pytest.fixture(autouse=True)
    def use_bucket(self, moto, tmp_path_factory, monkeypatch):
        self.bucket = f"birds{next(_numbers)}"
        key = {"aws_access_key_id": "godwit", "aws_secret_access_key": "bar-tailed"}
        client = boto3.client("s3", endpoint_url=moto, region_name="us-east-1", **key)
        client.create_bucket(Bucket=self.bucket)
        client.close()
        account = tmp_path_factory.mktemp("google") / "account.json"
        said = dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
        said |= {"gcs_base_url": moto, "disable_oauth": True}
        account.write_text(json.dumps(said))
        monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", str(account))

    def make_prefix(self, tmp_path):  # noqa: ARG002 - as the suite declares it
        return f"gs://{self.bucket}/some%20folder/store"


@pytest.fixture(scope="module")
def azurite(tmp_path_factory):
    program = shutil.which("azurite-blob")
    if program is None:
        pytest.skip("no azurite-blob: npm install -g azurite")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [program, "--silent", "--disableTelemetry", "--inMemoryPersistence", "--blobHost", "127.0.0.1"]
    process = subprocess.Popen(
        [*command, "--blobPort", str(port)],
        cwd=tmp_path_factory.mktemp("azurite"),
        env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"},
        stdout=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while not _listens(port):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/{ACCOUNT}"
    finally:
        process.terminate()
        process.wait()


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _create_container(url, name):
    """Create a container by the service's own protocol: a call signed with the account's key."""
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06", "Content-Length": "0"}
    signed = [f"x-ms-date:{headers['x-ms-date']}", f"x-ms-version:{headers['x-ms-version']}"]
    resource = f"/{ACCOUNT}/{ACCOUNT}/{name}\nrestype:container"
    text = "\n".join(["PUT", *[""] * 11, *signed, resource])
    signature = base64.b64encode(hmac.digest(base64.b64decode(KEY), text.encode(), hashlib.sha256)).decode()
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{signature}"
    request = urllib.request.Request(f"{url}/{name}?restype=container", method="PUT", headers=headers)
    urllib.request.urlopen(request, timeout=30).close()


@pytest.mark.slow
class TestAzure(CloudSuite):
    @pytest.fixture(autouse=True)
    def use_container(self, azurite, monkeypatch):
        self.container = f"birds{next(_numbers)}"
        _create_container(azurite, self.container)
        monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", KEY)
        monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", azurite)
        monkeypatch.setenv("AZURE_ALLOW_HTTP", "true")

    def make_prefix(self, tmp_path):  # noqa: ARG002 - as the suite declares it
        return f"az://{ACCOUNT}/{self.container}/some%20folder/store"
