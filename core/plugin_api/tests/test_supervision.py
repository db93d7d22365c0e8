"""Jobs under supervisors: started once, ended whole, found again, whoever is killed."""

import os
import signal
import sys
from pathlib import Path

import pytest
from godwit_plugin_api.backend import AttemptRequest, BackendSettings, Finished, Handle, Lost, Progress, TaskReference
from godwit_plugin_api.service_jobs import JobRejected
from godwit_plugin_api.supervision import outcomes, supervisor
from godwit_plugin_api.supervision.backend import SupervisedBackend
from godwit_plugin_api.supervision.jobs import JobFolder, Launch
from godwit_plugin_api.testing.fake_host import FakeHost
from godwitidl.core.v1.errors_pb2 import BLAME_USER, RETRY_ALLOWED, RETRY_FORBIDDEN, ExecutionError
from godwitidl.core.v1.event_pb2 import Link, Links
from godwitidl.core.v1.values_pb2 import Literal, NamedLiteral, NamedLiterals

OUTPUTS = NamedLiterals(values=[NamedLiteral(name="o", value=Literal(int_value=7))]).SerializeToString()


class ShellBackend(SupervisedBackend):
    """Runs the text of the task's command in a shell; `$JOB` is its folder."""

    def __init__(self):
        super().__init__()
        self.launched = []
        self.released = []

    def launch(self, request, job):
        if request.task.command[0] == "reject":
            raise JobRejected(b"rejected")
        self.launched.append(request.id)
        grace_s = 20.0 if "slowly" in request.task.command[0] else None
        return Launch(["bash", "-c", request.task.command[0]], {"JOB": str(job.path), "SECRET": "dunlin"}, "", grace_s)

    def release(self, request, job):  # noqa: ARG002 - as the base declares it
        self.released.append(request.id)


@pytest.fixture
def host(tmp_path):
    host = FakeHost(BackendSettings(str(tmp_path), str(tmp_path / "logs" / "e1"), workers=4, grace_s=0.3))
    yield host
    host.close()
    assert host.order_faults() == []


@pytest.fixture
def backend(host):
    backend = ShellBackend()
    backend.open(host)
    yield backend
    backend.cancel(list(backend._jobs))
    host.wait_for(lambda: not backend._jobs, "the end of all jobs")
    backend.close()


def request_for(command, number=1):
    task = TaskReference(1, "t", b"", "", (command,))
    return AttemptRequest(f"e/{number}/1", task, b"", "file:///o", "file:///c", 1, "e", "n")


def folder_of(host, request):
    return JobFolder(host.settings.home, request.id)


def succeed():
    escaped = "".join(f"\\x{byte:02x}" for byte in OUTPUTS)
    return f"printf '{escaped}' > $JOB/outputs/outputs.pb"


def lines(path):
    return path.read_text().split() if path.exists() else []


def test_a_job_is_run_once_and_its_outputs_are_told(host, backend):
    request = request_for(f"echo began >> $JOB/begins; {succeed()}; echo a word; echo another >&2")
    (handle,) = backend.submit([request])
    assert backend.submit([request]) == [handle]
    end = host.end_of(request.id)
    assert isinstance(end, Finished)
    assert [(one.name, Literal.FromString(one.value).int_value) for one in end.outputs] == [("o", 7)]
    assert b"".join(backend.logs(handle)) == b"a word\nanother\n"
    assert lines(folder_of(host, request).path / "begins") == ["began"]
    assert backend.released == [request.id]


def test_a_report_and_links_are_told_with_the_end_at_the_latest(host, backend):
    links = Links(links=[Link(name="UI", url="http://ui")]).SerializeToString()
    escaped = "".join(f"\\x{byte:02x}" for byte in links)
    request = request_for(f"printf '{escaped}' > $JOB/outputs/links.pb; echo page > $JOB/outputs/report.html; exit 3")
    backend.submit([request])
    end = host.end_of(request.id)
    assert end.report == (folder_of(host, request).outputs / "report.html").as_uri()
    assert Progress(request.id, links=(("UI", "http://ui"),)) in host.events


def test_a_secret_in_the_environment_stands_in_no_file(host, backend):
    request = request_for("echo ${#SECRET}")
    (handle,) = backend.submit([request])
    host.end_of(request.id)
    assert b"".join(backend.logs(handle)) == b"6\n"
    files = [path for path in Path(host.settings.home).rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if b"dunlin" in path.read_bytes()]


def test_the_end_of_a_program_that_leaves_nothing_is_an_error_with_its_last_words(host, backend):
    request = request_for("echo the tide is out; exit 4")
    backend.submit([request])
    error = ExecutionError.FromString(host.end_of(request.id).error)
    assert (error.code, error.exit_code) == ("JOB_FAILED", 4)
    assert "the tide is out" in error.message


def test_a_program_killed_from_outside_is_lost(host, backend):
    request = request_for("kill -9 $$")
    backend.submit([request])
    end = host.end_of(request.id)
    assert isinstance(end, Lost)
    assert ExecutionError.FromString(end.error).signal == signal.SIGKILL


def test_cancelling_ends_what_left_the_process_group_and_is_deaf(host, backend):
    script = (
        "trap '' TERM; mkfifo $JOB/fifo; (setsid sleep 1000 & echo $! > $JOB/fifo; wait) & "
        "cat $JOB/fifo > $JOB/child; echo up > $JOB/up; wait; sleep 1000"
    )
    request = request_for(script)
    backend.submit([request])
    folder = folder_of(host, request)
    host.wait_for(lambda: lines(folder.path / "up"), "the job")
    child = int(lines(folder.path / "child")[0])
    backend.cancel([request.id])
    end = host.end_of(request.id)
    assert isinstance(end, Finished)
    assert ExecutionError.FromString(end.error).code == "CANCELLED"
    assert supervisor.started(child) is None
    assert list(supervisor.marked(folder.path)) == []


def test_the_next_engine_finds_a_job_that_went_on(host, backend):
    request = request_for(f"mkfifo $JOB/go; echo began >> $JOB/begins; cat $JOB/go; {succeed()}")
    (handle,) = backend.submit([request])
    folder = folder_of(host, request)
    host.wait_for(lambda: (folder.path / "go").exists() and lines(folder.path / "begins"), "the job")
    backend.close()
    host.events.clear()
    later = ShellBackend()
    later.open(host)
    later.attach([(request, handle)])
    (folder.path / "go").write_text("go")
    assert host.end_of(request.id).error == b""
    assert lines(folder.path / "begins") == ["began"]
    assert later.launched == []
    later.close()


def test_a_handle_of_another_version_is_said_and_its_job_left_alone(host, backend):
    request = request_for("mkfifo $JOB/go; echo began >> $JOB/begins; cat $JOB/go")
    (handle,) = backend.submit([request])
    folder = folder_of(host, request)
    host.wait_for(lambda: (folder.path / "go").exists() and lines(folder.path / "begins"), "the job")
    backend.close()
    host.events.clear()
    later = ShellBackend()
    later.open(host)
    later.attach([(request, handle._replace(data=b"supervised 2"))])
    error = ExecutionError.FromString(host.end_of(request.id).error)
    assert (error.code, error.retry) == ("HANDLE_UNREADABLE", RETRY_FORBIDDEN)
    assert "supervised 2" in error.message
    later.close()
    supervising = folder.supervisor_process()
    assert supervising is not None
    (folder.path / "go").write_text("go")
    host.wait_for(lambda: supervisor.started(supervising) is None, "the end of the job")


def test_a_supervisor_that_is_killed_takes_its_job_along(host, backend):
    request = request_for("setsid sleep 1000 & echo up > $JOB/up; sleep 1000")
    backend.submit([request])
    folder = folder_of(host, request)
    host.wait_for(lambda: lines(folder.path / "up"), "the job")
    os.kill(folder.supervisor_process(), signal.SIGKILL)
    end = host.end_of(request.id)
    assert isinstance(end, Lost)
    assert ExecutionError.FromString(end.error).code == "JOB_LOST"
    host.wait_for(lambda: not list(supervisor.marked(folder.path)), "the end of what it started")
    later = ShellBackend()
    later.open(host)
    host.events.clear()
    later.attach([(request, Handle(request.id))])
    assert isinstance(host.end_of(request.id), Lost)
    later.close()


def test_an_attempt_that_was_prepared_and_not_begun_is_never_begun(host, backend, monkeypatch):
    request = request_for("echo began >> $JOB/begins")
    folder = folder_of(host, request)
    folder.prepare(request)
    monkeypatch.setattr(sys, "executable", "/bin/true")  # a supervisor that never comes up
    folder.start(request, backend.launch(request, folder), 1.0).wait()
    monkeypatch.undo()
    backend.attach([(request, Handle(request.id))])
    assert isinstance(host.end_of(request.id), Lost)
    # It comes up at last.
    assert supervisor.main(folder.path) == 0
    assert not (folder.path / "begins").exists()


def test_only_one_supervisor_starts_the_job(host, backend):
    request = request_for("mkfifo $JOB/go; echo began >> $JOB/begins; cat $JOB/go")
    backend.submit([request])
    folder = folder_of(host, request)
    host.wait_for(lambda: (folder.path / "go").exists() and lines(folder.path / "begins"), "the job")
    assert supervisor.main(folder.path) == 3
    (folder.path / "go").write_text("go")
    host.end_of(request.id)
    assert lines(folder.path / "begins") == ["began"]


def test_a_rejected_request_is_a_refusal(backend):
    request = request_for("reject")
    (answer,) = backend.submit([request])
    assert answer.error == b"rejected"
    assert backend.released == []


def test_cancelling_at_once_ends_once(host, backend):
    request = request_for("sleep 1000")
    backend.submit([request])
    backend.cancel([request.id])
    backend.cancel([request.id])
    assert ExecutionError.FromString(host.end_of(request.id).error).code == "CANCELLED"
    assert list(supervisor.marked(folder_of(host, request).path)) == []


def test_jobs_of_a_home_that_vanishes_end_with_it(tmp_path):
    settings = BackendSettings(str(tmp_path), str(tmp_path / "l"), 2, grace_s=0.3, options={"temporary_home": "yes"})
    host = FakeHost(settings)
    backend = ShellBackend()
    backend.open(host)
    request = request_for("echo up > $JOB/up; sleep 1000")
    backend.submit([request])
    folder = folder_of(host, request)
    host.wait_for(lambda: lines(folder.path / "up"), "the job")
    backend.close()
    assert list(supervisor.marked(folder.path)) == []
    host.close()


def test_the_first_cause_of_several_workers_is_the_attempts_error(tmp_path):
    folder = JobFolder(str(tmp_path), "a")
    folder.outputs.mkdir(parents=True)
    for rank, second in ((0, 30), (1, 10), (2, 20)):
        error = ExecutionError(code="E", message=f"rank {rank}", blame=BLAME_USER, retry=RETRY_ALLOWED)
        error.worker = str(rank)
        error.time.seconds = second
        (folder.outputs / f"error-{rank}.pb").write_bytes(error.SerializeToString())
    error = ExecutionError.FromString(outcomes.outcome("a", folder, None).error)
    assert error.message == "rank 1"
    assert [one.worker for one in error.workers] == ["1", "2", "0"]


def test_a_job_that_ends_something_elsewhere_may_take_its_time(host, backend):
    slowly = "trap 'sleep 1; echo done > $JOB/ended; exit 0' TERM; echo slowly; touch $JOB/begins; sleep 60 & wait"
    request = request_for(slowly)
    backend.submit([request])
    folder = folder_of(host, request)
    host.wait_for((folder.path / "begins").exists, "the job to begin")
    backend.cancel([request.id])
    host.end_of(request.id)
    assert lines(folder.path / "ended") == ["done"]
