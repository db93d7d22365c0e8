"""The tests run in a network namespace of their own: Ray's control service listens on every interface.

Where namespaces cannot be made (macOS, or not allowed), they run without: a cluster lets nobody in without its token.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from heads import Head

NEW_USER, NEW_NET = 0x10000000, 0x40000000
GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 0x1


def enter_own_network():
    """Put this process, and what it starts, into a network that has a loopback interface and nothing else."""
    if sys.platform != "linux":
        return
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    user, group = os.getuid(), os.getgid()
    if unshare(NEW_NET) != 0:
        if unshare(NEW_NET | NEW_USER) != 0:
            return
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        request = struct.pack("16sh", b"lo", 0)
        flags = struct.unpack("16sh", fcntl.ioctl(channel, GET_FLAGS, request)[:18])[1]
        fcntl.ioctl(channel, SET_FLAGS, struct.pack("16sh", b"lo", flags | UP))


def pytest_configure():
    enter_own_network()
    # The tests say themselves where clusters are.
    for name in ("RAY_ADDRESS", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH", "GODWIT_HOME"):
        os.environ.pop(name, None)


@pytest.fixture
def run_home(tmp_path):
    """A home that is gone with the test."""
    return tmp_path / "home"


@pytest.fixture(scope="session")
def head(tmp_path_factory):
    """A cluster for all tests that only need one."""
    pytest.importorskip("ray", reason="install godwit-ray[ray]: make test-plugin PLUGIN=ray")
    head = Head(tmp_path_factory.mktemp("head"))
    yield head
    head.close()


@pytest.fixture
def joined(head, monkeypatch):
    """That cluster, where the variables of this process say."""
    for name, value in head.variables().items():
        monkeypatch.setenv(name, value)
    return head
