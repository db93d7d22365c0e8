"""Sites of a polled service: each with its own limits and pauses, and places that engines share. No wait is real."""

import pytest
from godwit_plugin_api.backend import (
    AttemptRequest,
    BackendSettings,
    Finished,
    Link,
    LogStarted,
    Started,
    TaskReference,
)
from godwit_plugin_api.service_jobs import JobPhase, JobRejected, JobStatus, PollingLimits, RetryLater
from godwit_plugin_api.shared_quota import STALE_S, SharedQuota
from godwit_plugin_api.testing.fake_host import FakeHost
from godwit_plugin_api.testing.fakes import FakeService, FakeServiceBackend
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.event_pb2 import LogSlice
from hypothesis import given
from hypothesis import strategies as st


class TwoSites(FakeServiceBackend):
    """Jobs are at the site that their task is named after, up to the first hyphen; `slow` is asked rarely."""

    shared = None

    def site(self, request):
        return request.task.name.partition("-")[0]

    def limits_of(self, request):
        interval_s = 50 if self.site(request) == "slow" else 5
        return PollingLimits(poll_interval_s=interval_s, shared_jobs=self.shared, writes_per_s=100, reads_per_s=100)


def request(number, task):
    reference = TaskReference(1, task, b"", "", ())
    return AttemptRequest(f"a{number}", reference, b"", "file:///o", "file:///c", 1, "p/d/e", f"n{number}")


class Engine:
    """A backend without a thread, on a clock of the test's."""

    def __init__(self, folder, service, kind=TwoSites):
        self.now = 1000.0
        self.host = FakeHost(BackendSettings(str(folder), str(folder), workers=1))
        self.backend = kind(service, clock=lambda: self.now, threaded=False)
        self.backend.open(self.host)

    def run(self, seconds):
        end = self.now + seconds
        for _ in range(10_000):
            delay = self.backend.turn()
            if delay is None or self.now + delay > end:
                break
            self.now += delay
        self.now = end
        self.backend.turn()

    def close(self):
        self.backend.close()
        self.host.close()
        assert self.host.order_faults() == []


@pytest.fixture
def service():
    return FakeService(script=lambda request: None if "sleep" in request.task.name else Finished(request.id))


@pytest.fixture
def engine(tmp_path, service):
    engine = Engine(tmp_path, service)
    yield engine
    engine.close()


def test_a_site_that_asks_for_a_pause_leaves_the_others_alone(engine, service):
    service.failures["create"] = [RetryLater("busy", retry_after_s=1000)]
    engine.backend.submit([request(1, "slow"), request(2, "fast")])
    engine.run(20)
    assert not engine.host.of("a1")
    assert isinstance(engine.host.of("a2")[-1], Finished)
    engine.run(2000)
    assert isinstance(engine.host.of("a1")[-1], Finished)


def test_each_site_is_asked_as_often_as_it_bears(engine, service):
    engine.backend.submit([request(1, "slow-sleep"), request(2, "fast-sleep")])
    engine.run(1)
    service.calls.clear()
    engine.run(100)
    assert service.calls.count("poll 1") == 2 + 20


def test_a_site_that_cannot_be_told_is_the_attempts_error(engine):
    engine.backend.site = lambda _: 1 // 0
    engine.backend.submit([request(1, "fast")])
    engine.run(1)
    assert b"BACKEND_DEFECT" in engine.host.of("a1")[-1].error
    assert engine.backend.capacity().immediate == 100


def test_engines_share_the_places_at_a_site(tmp_path, service):
    class Shared(TwoSites):
        shared = 2

    one, other = Engine(tmp_path, service, Shared), Engine(tmp_path, service, Shared)
    one.backend.submit([request(number, "fast-sleep") for number in (1, 2)])
    one.run(1)
    other.backend.submit([request(3, "fast"), request(4, "slow")])
    other.run(50)
    assert not other.host.of("a3")
    assert isinstance(other.host.of("a4")[-1], Finished)
    one.backend.cancel(["a1"])
    one.run(10)
    other.run(60)
    assert isinstance(other.host.of("a3")[-1], Finished)
    one.close()
    other.close()


def test_jobs_that_an_engine_left_keep_their_places(tmp_path, service):
    class Shared(TwoSites):
        shared = 1

    one = Engine(tmp_path, service, Shared)
    first = request(1, "fast-sleep")
    (handle,) = one.backend.submit([first])
    one.run(1)
    one.close()
    second = Engine(tmp_path, service, Shared)
    second.backend.attach([(first, handle)])
    second.backend.submit([request(2, "fast")])
    second.run(30)
    assert isinstance(second.host.of("a1")[0], Started)
    assert not second.host.of("a2")
    second.close()


def test_a_job_that_was_promised_and_not_created_is_created_by_the_next_engine(tmp_path, service):
    one, second = Engine(tmp_path, service), Engine(tmp_path, service)
    first = request(1, "fast")
    (handle,) = one.backend.submit([first])
    one.close()
    second.backend.attach([(first, handle)])
    second.run(30)
    assert isinstance(second.host.of("a1")[-1], Finished)
    assert len(service.created) == 1
    second.close()


@pytest.mark.parametrize("verb", ["find", "delete"])
def test_what_the_service_refuses_is_the_attempts_error(engine, service, verb):
    error = ExecutionError(code="FORBIDDEN", message="not yours").SerializeToString()
    service.failures[verb] = [JobRejected(error)]
    service.failures["create"] = [RetryLater("no answer")] if verb == "find" else []
    engine.backend.submit([request(1, "fast-sleep")])
    engine.run(10)
    engine.backend.cancel(["a1"])
    engine.run(10)
    assert engine.host.of("a1")[-1] == Finished("a1", error=error)
    assert not engine.backend.knows("godwit-a1")


def test_links_and_log_of_a_job_are_told_also_when_it_ends_at_once(engine):
    log = LogSlice(segment="job.log", end=3).SerializeToString()
    end = JobStatus(JobPhase.SUCCEEDED, links=(Link("Console", "https://c/1"),), log=log)
    engine.backend.poll = lambda ids: [end for _ in ids]
    engine.backend.submit([request(1, "fast")])
    engine.run(10)
    started, finished = engine.host.of("a1")
    assert started.links == end.links
    assert finished.log == log


def test_a_log_under_way_is_told_once(engine):
    status = JobStatus(JobPhase.RUNNING, log=LogSlice(segment="job.log").SerializeToString())
    engine.backend.poll = lambda ids: [status for _ in ids]
    engine.backend.submit([request(1, "fast")])
    engine.run(30)
    assert sum(isinstance(event, LogStarted) for event in engine.host.of("a1")) == 1


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["take", "give", "keep"])), max_size=40))
def test_a_quota_is_never_exceeded(tmp_path_factory, acts):
    folder = tmp_path_factory.mktemp("quota")
    engines = [SharedQuota(folder, 3, clock=lambda: 0.0) for _ in range(2)]
    held = set()
    for number, (name, act) in enumerate(acts):
        quota = engines[number % 2]
        if act == "take":
            assert quota.take(name) == (name in held or len(held) < 3)
            held |= {name} if len(held) < 3 else set()
        elif act == "give":
            quota.give(name)
            held.discard(name)
        else:
            quota.keep(name)
    assert {path.name for path in folder.iterdir() if path.name != ".lock"} == held


def test_a_place_that_nobody_uses_is_free_again(tmp_path):
    now = 0.0
    quota = SharedQuota(tmp_path, 1, clock=lambda: now)
    assert quota.take("gone")
    now = STALE_S / 2
    assert not quota.take("next")
    now = STALE_S + 1
    assert quota.take("next")


def test_a_quota_of_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="positive"):
        SharedQuota(tmp_path, 0)
