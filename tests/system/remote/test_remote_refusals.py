"""What `godwit backend` refuses, and who is let in."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

GODWIT = Path(sys.executable).parent / "godwit"
SOURCE = """
import godwit as gw


@gw.task
def double(x: int) -> int:
    return 2 * x
"""


@pytest.fixture
def call(tmp_path):
    """Call `godwit --json` in a home, and return what it wrote."""

    def run(*words, status, home="home", environment=None):
        command = [str(word) for word in (GODWIT, "--home", tmp_path / home, "--json", *words)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **(environment or {})}
        )
        assert done.returncode == status, f"{words}: {done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    return run


def engine_home(tmp_path, name="home", **told):
    home = tmp_path / name
    home.mkdir()
    lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
    (home / "config.toml").write_text("\n".join(["[backends.far]", *lines]))
    source = tmp_path / "double.py"
    source.write_text(SOURCE)
    return source


def test_check_tells_what_is_there(serve, call):
    server = serve("once")
    told = call("backend", "check", server.address, status=0)
    software = told.pop("software")
    assert software == "godwit-example 0.1.0 (plugin godwit-example)"
    assert told == {
        "address": server.address, "backend": "once", "versions": [1, 1], "fits": True, "health": "serving",
        "payloads": [], "runs_programs": True, "outlives_engine": True, "outlives_server": True,
    }  # fmt: skip
    assert not (server.folder / "home" / "served" / "once").exists()  # nothing was started for it


def test_check_of_what_is_not_there(call, tmp_path):
    assert call("backend", "check", f"unix:{tmp_path}/s", status=2)["error"]["code"] == "BACKEND_UNREACHABLE"
    assert call("backend", "check", "nowhere", status=2)["error"]["code"] == "BACKEND_ADDRESS"


def test_a_backend_that_nobody_offers_is_not_served(call):
    error = call("backend", "serve", "heron", status=2)["error"]
    assert error["code"] == "PLUGIN_UNKNOWN_KEY"


def test_a_run_on_a_server_that_is_not_there_creates_nothing(call, tmp_path):
    source = engine_home(tmp_path, server=f"unix:{tmp_path}/s")
    error = call("run", source, "double", "--x", 2, "--backend", "far", status=2)["error"]
    assert error["code"] == "BACKEND_UNREACHABLE"
    assert call("executions", "list", status=0)["executions"] == []


def test_a_backend_that_cannot_be_opened_where_it_is_served_says_why(serve, call, tmp_path):
    server = serve("remote")  # which has no server of its own to call
    source = engine_home(tmp_path, server=server.address, backend="remote")
    error = call("run", source, "double", "--x", 2, "--backend", "far", status=2)["error"]
    assert error["code"] == "BACKEND_NOT_OPEN"
    assert "server is missing" in error["message"]


def test_who_can_come_from_elsewhere_needs_a_token(serve, call, tmp_path):
    assert call("backend", "serve", "once", "--listen", "0.0.0.0:0", status=2)  # nobody offers it here
    error = call("backend", "serve", "local", "--listen", "0.0.0.0:0", status=2)["error"]
    assert error["code"] == "BACKEND_UNGUARDED"
    token = tmp_path / "token"
    token.write_text("between us\n")
    server = serve("local", "--token-file", str(token), address="0.0.0.0:0")
    address = f"127.0.0.1:{server.address.rpartition(':')[2]}"
    assert call("backend", "check", address, status=2)["error"]["code"] == "BACKEND_UNAUTHENTICATED"
    assert call("backend", "check", address, "--token-file", token, status=0)["backend"] == "local"
    source = engine_home(tmp_path, server=address, backend="local", token_file=str(token))
    assert call("run", source, "double", "--x", 2, "--backend", "far", status=0)["outputs"] == {"result": 4}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_engines_and_servers_talk_by_tls(serve, call, tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", key, "-out", certificate, "-days", "1", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    server = serve("local", "--certificate", str(certificate), "--key", str(key), address="localhost:0")
    assert call("backend", "check", server.address, status=2)["error"]["code"] == "BACKEND_UNREACHABLE"
    assert call("backend", "check", server.address, "--ca-file", certificate, status=0)["fits"]
    source = engine_home(tmp_path, server=server.address, backend="local", ca_file=str(certificate))
    assert call("run", source, "double", "--x", 2, "--backend", "far", status=0)["outputs"] == {"result": 4}


def test_two_servers_do_not_share_an_address(serve, call, tmp_path):
    first = serve("local")
    assert call("backend", "serve", "local", "--listen", first.address, status=2)["error"]["code"] == "ADDRESS_TAKEN"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        assert call("backend", "serve", "local", "--listen", address, status=2)["error"]["code"] == "ADDRESS_TAKEN"
    (tmp_path / "file").write_text("mine")
    error = call("backend", "serve", "local", "--listen", f"unix:{tmp_path}/file", status=2)["error"]
    assert error["code"] == "ADDRESS_TAKEN"
    assert (tmp_path / "file").read_text() == "mine"
    assert call("backend", "check", first.address, status=0)["fits"]


def test_the_socket_is_for_its_user_alone_and_goes_with_the_server(serve):
    server = serve("local")
    path = Path(server.address.removeprefix("unix:"))
    assert path.stat().st_mode & 0o077 == 0
    assert server.end(signal.SIGINT) == 0
    assert not path.exists()


def test_a_certificate_and_its_key_go_together(call, tmp_path):
    assert call("backend", "serve", "local", "--key", tmp_path / "k", status=2)["error"]["code"] == "USAGE"


@pytest.mark.parametrize(
    "words", [("backend", "check", "unix:/s"), ("backend", "serve", "local"), ("run", "double", "--backend", "far")]
)
def test_without_grpc_what_is_to_be_installed_is_said(call, tmp_path, words):
    source = engine_home(tmp_path, server=f"unix:{tmp_path}/s")
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "grpc.py").write_text("raise ModuleNotFoundError(\"No module named 'grpc'\", name='grpc')\n")
    words = [words[0], source, *words[1:], "--x", "1"] if words[0] == "run" else words
    error = call(*words, status=2, environment={"PYTHONPATH": str(hidden)})["error"]
    assert error["code"] == "PLUGIN_DEPENDENCY_MISSING"
    assert error["hint"] == "Run: pip install 'godwit-core[remote]'"


def test_a_server_that_stands_still_is_no_server(serve, call):
    server = serve("local")
    server.process.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    error = call("backend", "check", server.address, status=2)["error"]
    server.process.send_signal(signal.SIGCONT)
    assert error["code"] == "BACKEND_UNREACHABLE"
    assert "does not answer" in error["message"]
    assert time.monotonic() - began < 30
