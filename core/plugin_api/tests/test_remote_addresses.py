from pathlib import Path

import pytest
from godwit_plugin_api.errors import InvalidInput
from godwit_plugin_api.remote.addresses import parse_address


@pytest.mark.parametrize(
    ("text", "port", "is_open"),
    [
        ("localhost:7070", 7070, False),
        ("127.0.0.1:0", 0, False),
        ("[::1]:80", 80, False),
        ("0.0.0.0:7070", 7070, True),
        ("[::]:7070", 7070, True),
        ("roost.example:65535", 65535, True),
        ("10.0.0.7:1", 1, True),
    ],
)
def test_ports(text, port, is_open):
    address = parse_address(text)
    assert (address.target, address.path, address.port, address.is_open) == (text, None, port, is_open)


def test_sockets_are_files_of_this_host(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert parse_address("unix:/run/once.sock") == parse_address("unix:///run/once.sock")
    assert parse_address("unix:/run/once.sock").path == Path("/run/once.sock")
    assert not parse_address("unix:/run/once.sock").is_open
    assert parse_address("unix:once.sock").path == tmp_path / "once.sock"


@pytest.mark.parametrize(
    "text", ["", "unix:", "unix:///", "host", "host:", ":7070", "host:70700", "http://host:1", "a b:1"]
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(InvalidInput) as caught:
        parse_address(text)
    assert caught.value.code == "BACKEND_ADDRESS"
    assert "unix:" in str(caught.value)


def test_a_path_that_no_system_takes_is_refused():
    with pytest.raises(InvalidInput, match="at most 100 bytes"):
        parse_address("unix:/" + "x" * 120)
