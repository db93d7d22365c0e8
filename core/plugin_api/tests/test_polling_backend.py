"""Polling backends: no job twice, no limit broken, every wait as long as the service says. On a clock of the test's."""

from dataclasses import replace

import pytest
from godwit_plugin_api.backend import (
    AttemptRequest,
    BackendSettings,
    Cancelling,
    Finished,
    Handle,
    Lost,
    Started,
    TaskReference,
)
from godwit_plugin_api.polling import job_name
from godwit_plugin_api.rate_limits import RateLimit
from godwit_plugin_api.service_jobs import JobRejected, JobUncertain, PollingLimits, RetryLater
from godwit_plugin_api.testing.fake_host import FakeHost
from godwit_plugin_api.testing.fakes import FakeService, FakeServiceBackend
from godwitidl.core.v1.errors_pb2 import RETRY_FORBIDDEN, ExecutionError
from hypothesis import given
from hypothesis import strategies as st

LIMITS = PollingLimits(
    reads_per_s=10, writes_per_s=10, burst=2, poll_interval_s=5, batch_size=3, max_jobs=4, create_tries=3, backoff_s=1
)


def request(number, task="succeed"):
    reference = TaskReference(1, task, b"", "", ())
    return AttemptRequest(f"a{number}", reference, b"", "file:///o", "file:///c", 1, "p/d/e", f"n{number}")


class Bench:
    """A polling backend without a thread, on a clock that only the test moves."""

    def __init__(self, folder, limits=LIMITS):
        self.now = 0.0
        self.host = FakeHost(BackendSettings(str(folder), str(folder), workers=1))
        self.service = FakeService()
        self.limits = limits
        self.backend = self.open()

    def open(self):
        backend = FakeServiceBackend(self.service, self.limits, clock=lambda: self.now, threaded=False)
        backend.open(self.host)
        return backend

    def open_as(self, kind):
        self.backend = kind(self.service, self.limits, clock=lambda: self.now, threaded=False)
        self.backend.open(self.host)

    def run(self, seconds):
        """Let the backend do all it would do in *seconds*, waiting as long as it asks for."""
        end = self.now + seconds
        for _ in range(10_000):
            delay = self.backend.turn()
            if delay is None or self.now + delay > end:
                break
            self.now += delay
        else:
            raise AssertionError("it never rests")
        self.now = end
        self.backend.turn()

    def code_of(self, number):
        (event,) = [event for event in self.host.of(f"a{number}") if isinstance(event, (Finished, Lost))]
        return ExecutionError.FromString(event.error).code

    def verbs(self, verb):
        return sum(call.startswith(verb) for call in self.service.calls)


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.host.close()
    assert bench.host.order_faults() == []


def test_a_job_is_created_polled_and_told(bench):
    bench.backend.submit([request(1)])
    bench.run(20)
    assert [type(event) for event in bench.host.of("a1")] == [Started, Finished]
    assert bench.service.calls == ["create", "poll 1", "poll 1"]


def test_jobs_are_polled_together_in_batches(bench):
    bench.backend.submit([request(number, "sleep") for number in range(4)])
    bench.run(2)
    before = len(bench.service.calls)
    bench.run(5)
    assert sorted(bench.service.calls[before:]) == ["poll 1", "poll 3"]


def test_a_lost_answer_creates_no_second_job(bench):
    bench.service.failures["create"] = [RetryLater("timeout")]
    bench.backend.submit([request(1)])
    bench.run(30)
    assert bench.service.created == [job_name("a1")]
    assert bench.service.calls[:2] == ["create", "find"]
    assert isinstance(bench.host.of("a1")[-1], Finished)


def test_a_call_that_did_nothing_is_made_again_without_a_search(bench):
    bench.service.failures["create"] = [RetryLater("too many", retry_after_s=3, untouched=True)]
    bench.backend.submit([request(1)])
    bench.run(2)
    assert bench.service.calls == ["create"]
    bench.run(30)
    assert bench.service.calls[1] == "create"
    assert isinstance(bench.host.of("a1")[-1], Finished)


@pytest.mark.parametrize("moment", ["answer", "restart"])
def test_a_job_of_which_nobody_knows_is_lost_and_not_created_again(bench, moment):
    class Nameless(FakeServiceBackend):
        def find(self, name):
            raise JobUncertain(f"nobody knows {name}")

    bench.open_as(Nameless)
    if moment == "answer":
        bench.service.failures["create"] = [RetryLater("timeout")]
    (handle,) = bench.backend.submit([request(1, "sleep")])
    bench.run(2)
    if moment == "restart":
        bench.backend.close()
        bench.open_as(Nameless)
        bench.backend.attach([(request(1, "sleep"), handle)])
    bench.run(30)
    assert bench.code_of(1) == "JOB_UNCERTAIN"
    assert isinstance(bench.host.of("a1")[-1], Lost)
    assert len(bench.service.created) == 1


def test_a_job_of_which_the_service_cannot_say_anything_does_not_keep_others_waiting(bench):
    class Stumbling(FakeServiceBackend):
        def poll(self, ids):
            if f"id-of-{job_name('a1')}" in ids:
                raise RetryLater("status 500")
            return super().poll(ids)

    bench.limits = replace(LIMITS, batch_size=1)
    bench.open_as(Stumbling)
    bench.backend.submit([request(1), request(2), request(3)])
    bench.run(120)
    assert bench.host.of("a1") == []
    assert isinstance(bench.host.of("a2")[-1], Finished)
    assert isinstance(bench.host.of("a3")[-1], Finished)


def test_a_service_that_never_answers_is_lost_after_some_tries(bench):
    class Deaf(FakeServiceBackend):
        def create(self, name, request):  # noqa: ARG002 - answers nobody
            self.service.called("create")
            raise RetryLater("no answer")

    bench.backend = Deaf(bench.service, LIMITS, clock=lambda: bench.now, threaded=False)
    bench.backend.open(bench.host)
    bench.backend.submit([request(1)])
    bench.run(600)
    assert bench.verbs("create") == LIMITS.create_tries
    assert bench.code_of(1) == "BACKEND_UNAVAILABLE"


def test_the_service_is_left_alone_as_long_as_it_asks(bench):
    bench.service.failures["create"] = [RetryLater("too many requests", retry_after_s=120)]
    bench.backend.submit([request(1), request(2)])
    bench.run(119)
    assert len(bench.service.calls) == 1
    bench.run(60)
    assert len(bench.host.events) == 4


def test_pauses_grow_until_the_service_answers(bench):
    bench.service.failures["poll 1"] = [RetryLater("busy") for _ in range(4)]
    bench.backend.submit([request(1)])
    bench.run(1 + 2 + 4 - 0.1)
    assert bench.verbs("poll") == 3
    bench.run(60)
    assert isinstance(bench.host.of("a1")[-1], Finished)


def test_a_rejected_job_is_an_error_and_is_not_tried_again(bench):
    error = ExecutionError(code="BAD_CLUSTER", message="no such cluster").SerializeToString()
    bench.service.failures["create"] = [JobRejected(error)]
    bench.backend.submit([request(1)])
    bench.run(60)
    assert bench.code_of(1) == "BAD_CLUSTER"
    assert bench.verbs("create") == 1


@pytest.mark.parametrize("verb", ["create", "poll 1", "delete"])
def test_a_defect_of_the_plugin_is_the_attempts_error(bench, verb):
    bench.service.failures[verb] = [KeyError("state")]
    bench.backend.submit([request(1, "sleep")])
    bench.run(20)
    bench.backend.cancel(["a1"])
    bench.run(20)
    assert bench.code_of(1) == "BACKEND_DEFECT"
    assert bench.backend.capacity().immediate == LIMITS.max_jobs


def test_cancel_before_creation_creates_nothing(bench):
    bench.backend.submit([request(1)])
    bench.backend.cancel(["a1"])
    bench.run(10)
    assert bench.code_of(1) == "CANCELLED"
    assert bench.service.calls == []


def test_cancel_is_told_when_the_service_says_gone(bench):
    bench.backend.submit([request(1, "sleep")])
    bench.run(1)
    bench.backend.cancel(["a1"])
    bench.service.failures["delete"] = [RetryLater("busy")]
    bench.run(0)
    assert isinstance(bench.host.of("a1")[-1], Cancelling)
    bench.run(20)
    assert bench.code_of(1) == "CANCELLED"
    assert bench.service.jobs == {}


def test_cancel_of_a_job_in_doubt_finds_and_deletes_it(bench):
    bench.service.failures["create"] = [RetryLater("timeout")]
    bench.backend.submit([request(1, "sleep")])
    bench.run(0)
    bench.backend.cancel(["a1"])
    bench.run(20)
    assert bench.code_of(1) == "CANCELLED"
    assert bench.service.jobs == {}


def test_a_job_that_vanishes_is_lost(bench):
    bench.backend.submit([request(1, "sleep")])
    bench.run(1)
    bench.service.jobs.clear()
    bench.run(10)
    assert bench.code_of(1) == "RUNNER_LOST"


def test_after_a_restart_jobs_are_found_and_not_created_again(bench):
    requests = [request(1, "sleep"), request(2, "sleep")]
    handles = bench.backend.submit(requests)
    bench.run(1)
    bench.backend.close()
    bench.backend = bench.open()
    bench.backend.attach([*zip(requests, handles, strict=True), (request(3), Handle("a3"))])
    bench.backend.cancel(["a1", "a2"])
    bench.run(30)
    assert len(bench.service.created) == 2
    assert [bench.code_of(number) for number in (1, 2, 3)] == ["CANCELLED", "CANCELLED", "RUNNER_LOST"]


def test_a_handle_of_another_version_is_said_and_no_job_is_created(bench):
    bench.backend.attach([(request(1), Handle("a1", b"job/2 of tomorrow"))])
    bench.run(30)
    end = bench.host.end_of("a1")
    error = ExecutionError.FromString(end.error)
    assert (error.code, error.retry) == ("HANDLE_UNREADABLE", RETRY_FORBIDDEN)
    assert "job/2 of tomorrow" in error.message
    assert bench.service.created == []


def test_quota_is_told_as_capacity_and_comes_back(bench):
    bench.backend.submit([request(number) for number in range(3)])
    assert bench.backend.capacity().immediate == 1
    bench.run(60)
    assert bench.backend.capacity().immediate == 4


def test_nothing_to_do_waits_for_orders(bench):
    assert bench.backend.turn() is None


@given(
    st.floats(0.1, 100),
    st.integers(1, 10),
    st.lists(st.floats(0, 5), min_size=1, max_size=60),
)
def test_a_rate_is_never_exceeded(rate, burst, pauses):
    limit = RateLimit(rate, burst)
    now = 0.0
    taken = 0
    for pause in pauses:
        now += pause
        taken += limit.take(now)
        assert taken <= burst + now * rate + 1e-6


@given(st.floats(0.1, 100), st.integers(1, 5))
def test_waiting_as_told_is_enough(rate, burst):
    limit = RateLimit(rate, burst)
    now = 0.0
    for _ in range(burst * 3):
        now += limit.delay_s(now)
        assert limit.take(now)


def test_a_limit_of_nothing_is_refused():
    with pytest.raises(ValueError, match="positive"):
        RateLimit(0)
