"""The local backend by its own verbs: which runner an attempt goes to, what it may use, what is left when it ends."""

import os
import signal
from pathlib import Path

import pytest
from godwit_core.backends import memory
from godwit_core.backends.guardian import Guardian
from godwit_core.backends.watchdog import Watchdog
from godwit_core.runtime.clock import process_start
from godwit_plugin_api import Kind
from godwit_plugin_api.backend import AttemptRequest, BackendSettings, Finished, Lost, TaskReference
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.testing.fake_host import FakeHost
from godwitidl.core.v1.errors_pb2 import BLAME_USER, RETRY_FORBIDDEN, RETRY_WITH_MORE_MEMORY, ExecutionError
from godwitidl.core.v1.event_pb2 import Usage
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals

SOURCE = """
import os
import subprocess
import sys
import time

import godwit as gw

WHERE = "{word}"


@gw.task
def tell() -> str:
    return WHERE


@gw.task
def process() -> int:
    return os.getpid()


@gw.task
def keep_memory() -> int:
    os.kept = bytearray(200 << 20)
    return os.getpid()


@gw.task
def take_memory() -> int:
    taken = bytearray(400 << 20)
    while True:
        time.sleep(60)


@gw.task
def have_a_child_take_memory() -> int:
    code = "import time; taken = bytearray(400 << 20); time.sleep(600)"
    return subprocess.run([sys.executable, "-c", code]).returncode


@gw.task
def share_memory() -> int:
    taken = bytearray(b"x") * (150 << 20)
    for _ in range(3):
        if os.fork() == 0:
            sum(taken[::4096])
            time.sleep(0.3)
            os._exit(0)
    for _ in range(3):
        os.wait()
    return len(taken)


@gw.task
def start_a_child_and_crash() -> int:
    child = subprocess.Popen(["sleep", "600"])
    print(child.pid, flush=True)
    os._exit(7)
"""


class Tasks:
    """Requests for tasks of one source file."""

    numbers = iter(range(1, 1000))

    def __init__(self, path: Path) -> None:
        loader = load_plugins().create(Kind.ENTITY_LOADER, ".py")
        registration = loader.load(path, project="p", domain="d").registration()
        self.path = path
        self.references = {}
        for spec in registration.bundle.tasks:
            command = tuple(spec.program.command)
            self.references[spec.id.name.rpartition(".")[2]] = TaskReference(
                next(self.numbers), spec.id.name, spec.SerializeToString(), registration.source_root, command
            )

    def request(self, name, **more):
        identifier = f"e/{next(self.numbers)}/1"
        prefix = self.path.parent.as_uri()
        inputs = NamedLiterals().SerializeToString()
        return AttemptRequest(identifier, self.references[name], inputs, prefix, prefix, 1, "e", "n", **more)


def written(folder, text):
    folder.mkdir()
    path = folder / "same_name.py"
    path.write_text(text)
    return Tasks(path)


@pytest.fixture
def options():
    return {}


@pytest.fixture
def host(tmp_path, options):
    with_one_worker = BackendSettings(str(tmp_path), str(tmp_path / "logs"), workers=1, grace_s=0.5, options=options)
    host = FakeHost(with_one_worker)
    yield host
    host.close()
    assert host.order_faults() == []


@pytest.fixture
def backend(host):
    backend = load_plugins().create(Kind.BACKEND, "local")
    backend.open(host)
    yield backend
    backend.close()


def result(host, backend, request):
    backend.submit([request])
    end = host.end_of(request.id)
    assert isinstance(end, Finished)
    assert not end.error
    return Literal.FromString(end.outputs[0].value)


def test_modules_of_one_name_in_two_folders_do_not_meet_in_a_runner(host, backend, tmp_path):
    one = written(tmp_path / "one", SOURCE.format(word="one"))
    two = written(tmp_path / "two", SOURCE.format(word="two"))
    told = [result(host, backend, tasks.request("tell")).string_value for tasks in (one, two, one, two)]
    assert told == ["one", "two", "one", "two"]


def test_a_runner_stays_for_tasks_of_its_folder(host, backend, tmp_path):
    tasks = written(tmp_path / "one", SOURCE.format(word="one"))
    processes = {result(host, backend, tasks.request("process")).int_value for _ in range(3)}
    assert len(processes) == 1


def test_runners_of_another_program_stay_while_there_is_work_for_one(host, backend, tmp_path):
    tasks = written(tmp_path / "one", SOURCE.format(word="one"))
    other = tasks.references["process"]._replace(key=0, command=("{python}", "-P", "-s", "-m", "godwit.runner"))
    tasks.references["other"] = other
    names = ["process", "other", "process", "other"]
    processes = [result(host, backend, tasks.request(name)).int_value for name in names]
    assert processes[0] == processes[2] != processes[1] == processes[3]


def test_a_program_that_is_not_to_be_had_is_refused(backend, tmp_path):
    tasks = written(tmp_path / "one", SOURCE.format(word="one"))
    tasks.references["tell"] = tasks.references["tell"]._replace(command=("{nobody}", "--x"))
    request = tasks.request("tell")
    (problem,) = backend.check(request.task)
    assert "'nobody'" in problem
    (refusal,) = backend.submit([request])
    error = ExecutionError.FromString(refusal.error)
    assert (error.code, error.retry) == ("RUNNER_NOT_STARTED", RETRY_FORBIDDEN)
    assert "'nobody'" in error.message


@pytest.mark.parametrize("options", [{"recycle_after": "2"}])
def test_a_runner_makes_way_for_a_fresh_one_after_so_many_attempts(host, backend, tmp_path):
    tasks = written(tmp_path / "one", SOURCE.format(word="one"))
    processes = [result(host, backend, tasks.request("process")).int_value for _ in range(5)]
    assert processes[0] == processes[1] != processes[2] == processes[3] != processes[4]


MIB = 2**20


@pytest.mark.parametrize("task", ["take_memory", "have_a_child_take_memory"])
def test_an_attempt_that_takes_more_memory_than_it_may_is_killed(host, backend, tmp_path, task):
    tasks = written(tmp_path / "one", SOURCE.format(word="one"))
    request = tasks.request(task, memory_bytes=200 * MIB)
    backend.submit([request])
    end = host.end_of(request.id)
    assert isinstance(end, Finished)
    error = ExecutionError.FromString(end.error)
    assert (error.code, error.blame, error.retry) == ("OUT_OF_MEMORY", BLAME_USER, RETRY_WITH_MORE_MEMORY)
    assert "declares 200.0 MiB" in error.message
    usage = Usage.FromString(end.usage)
    assert usage.peak_memory_bytes >= 200 * MIB
    assert usage.wall_micros > 0
    assert result(host, backend, tasks.request("tell")).string_value == "one"


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell what is resident")
def test_what_earlier_attempts_have_left_in_a_runner_does_not_count(host, backend, tmp_path):
    tasks = written(tmp_path / "one", SOURCE.format(word="one"))
    left = result(host, backend, tasks.request("keep_memory")).int_value
    small = result(host, backend, tasks.request("process", memory_bytes=150 * MIB)).int_value
    again = result(host, backend, tasks.request("process", memory_bytes=150 * MIB)).int_value
    assert left != small == again


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the system does not tell shares")
def test_memory_that_processes_share_counts_once(host, backend, tmp_path):
    tasks = written(tmp_path / "one", SOURCE.format(word="one"))
    assert result(host, backend, tasks.request("share_memory", memory_bytes=300 * MIB)).int_value == 150 * MIB


def test_what_a_lost_attempt_used_is_told_and_its_children_are_gone(host, backend, tmp_path):
    tasks = written(tmp_path / "one", SOURCE.format(word="one"))
    request = tasks.request("start_a_child_and_crash")
    backend.submit([request])
    end = host.end_of(request.id)
    assert isinstance(end, Lost)
    assert Usage.FromString(end.usage).cpu_micros > 0
    (log,) = (tmp_path / "logs").glob("*.log")
    assert process_start(int(log.read_text())) is None


@pytest.mark.parametrize("options", [{"cpu_millis": "2000", "memory_bytes": str(1 << 30)}])
def test_what_one_attempt_declares_must_be_on_this_host(backend, tmp_path):
    reference = written(tmp_path / "one", SOURCE.format(word="one")).references["tell"]
    spec = TaskSpec.FromString(reference.spec)
    spec.resources.cpu_millis, spec.resources.memory_bytes = 2000, 1 << 30
    assert list(backend.check(reference._replace(spec=spec.SerializeToString()))) == []
    spec.resources.cpu_millis, spec.resources.memory_bytes = 2500, 3 << 30
    cores, memory = backend.check(reference._replace(spec=spec.SerializeToString()))
    assert "2.5 cores, this host has 2" in cores
    assert "3.00 GiB of memory, this host has 1.00 GiB" in memory
    assert backend.capacity()[2:4] == (2000, 1 << 30)


def test_a_guardian_ends_what_is_left_and_leaves_alone_what_it_was_told_to_forget():
    left, forgotten = (os.posix_spawn("/bin/sleep", ["sleep", "600"], os.environ, setpgroup=0) for _ in range(2))
    guardian = Guardian()
    guardian.watch(left)
    guardian.watch(forgotten)
    guardian.forget(forgotten)
    guardian.close()
    _, status = os.waitpid(left, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert os.waitpid(forgotten, os.WNOHANG) == (0, 0)
    os.kill(forgotten, signal.SIGKILL)
    os.waitpid(forgotten, 0)


def test_a_watchdog_looks_closer_before_it_says_that_it_is_too_much():
    watchdog = Watchdog(measure=lambda groups: dict.fromkeys(groups, 100), measure_exactly={1: 90, 2: 60}.get)
    for group, limit in ((1, 80), (2, 80), (3, 200), (4, 0)):
        watchdog.guard(group, limit)
    assert [(one.group, one.peak) for one in watchdog.excessive()] == [(1, 90)]
    assert [watchdog.release(group).peak for group in (2, 3)] == [60, 100]
    assert watchdog.release(4) is None


def test_an_exact_look_is_paid_for_by_a_rest():
    now, measured = [0.0], []

    def measure_exactly(group):
        now[0] += 1
        measured.append(group)
        return 70

    watchdog = Watchdog(lambda groups: dict.fromkeys(groups, 100), measure_exactly, clock=lambda: now[0])
    watchdog.guard(1, 80)
    for _ in range(39):
        assert list(watchdog.excessive()) == []
        now[0] += 1
    assert measured == [1, 1]


def test_what_ps_lists_agrees_with_the_system():
    listed = {process: group for process, group, _ in memory._resident_by_ps()}
    assert listed[os.getpid()] == os.getpgrp()
    assert memory.group_memory([os.getpgrp()])[os.getpgrp()] > MIB
