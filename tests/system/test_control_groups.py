"""Hard limits of memory: as the system's files say, and by the system itself where this host allows it."""

import os
import signal
import sys

import pytest
from godwit_core.backends.control_groups import ControlGroups

MIB = 2**20


@pytest.fixture(params=["first", "second"])
def host(request, tmp_path):
    """A folder that looks like the system's, as (groups, membership, folder in which groups are made)."""
    membership = tmp_path / "membership"
    groups = tmp_path / "groups"
    if request.param == "first":
        parent = groups / "memory" / "own"
        membership.write_text("3:cpuset:/\n4:memory:/own\n0::/\n")
    else:
        parent = groups / "slice"
        (parent / "scope").mkdir(parents=True)
        (parent / "cgroup.subtree_control").parent.mkdir(exist_ok=True)
        (parent / "cgroup.subtree_control").write_text("cpu memory\n")
        membership.write_text("0::/slice/scope\n")
    parent.mkdir(parents=True, exist_ok=True)
    (parent / "cgroup.procs").touch()
    return groups, membership, parent


def made(parent):
    return [folder for folder in parent.iterdir() if folder.name.startswith("godwit-")]


def test_a_group_is_made_limited_and_asked(host):
    groups, membership, parent = host
    group = ControlGroups(groups, membership).make("r0", 17)
    (folder,) = made(parent)
    assert (folder / "cgroup.procs").read_text() == "17\n"
    events, limit, unlimited = "memory.oom_control", "memory.limit_in_bytes", "-1"
    if parent.name == "slice":
        events, limit, unlimited = "memory.events", "memory.max", "max"
    (folder / events).write_text("oom 5\noom_kill 3\n")
    group.limit(100 * MIB)
    assert (folder / limit).read_text() == f"{100 * MIB}\n"
    assert not group.was_killed()
    (folder / events).write_text("oom 6\noom_kill 4\n")
    assert group.was_killed()
    group.limit(0)
    assert (folder / limit).read_text() == unlimited
    assert not group.was_killed()


def test_what_killed_engines_have_left_is_removed(host):
    groups, membership, parent = host
    (parent / "godwit-999999999-r0").mkdir()
    (parent / f"godwit-{os.getpid()}-r0").mkdir()
    ControlGroups(groups, membership)
    assert [folder.name for folder in made(parent)] == [f"godwit-{os.getpid()}-r0"]


@pytest.mark.parametrize("text", ["", "0::/\n", "0::/gone/scope\n", "no group"])
def test_without_groups_there_are_none(tmp_path, text):
    membership = tmp_path / "membership"
    membership.write_text(text if ":" in text or not text else "0::/gone/scope\n")
    assert ControlGroups(tmp_path / "groups", membership).make("r0", 1) is None


def test_a_host_that_refuses_is_not_asked_again(host):
    groups, membership, parent = host
    control = ControlGroups(groups, membership)
    (parent / f"godwit-{os.getpid()}-r0").mkdir()
    assert control.make("r0", 1) is None
    assert control.make("r1", 1) is None


def test_the_system_kills_what_takes_more():
    reader, writer = os.pipe()
    code = "import sys; sys.stdin.read(); taken = bytearray(300 << 20); print(len(taken))"
    process = os.posix_spawn(
        sys.executable,
        [sys.executable, "-c", code],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, reader, 0), (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    os.close(reader)
    group = ControlGroups().make("test", process)
    try:
        if group is not None:
            group.limit(100 * MIB)
    finally:
        os.close(writer)
        _, status = os.waitpid(process, 0)
    if group is None:
        pytest.skip("this host does not allow control groups")
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    assert group.was_killed()
    group.remove()
