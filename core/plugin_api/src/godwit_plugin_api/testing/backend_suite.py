"""The contract of backends, as tests to inherit."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest
from godwitidl.core.v1.errors_pb2 import RETRY_FORBIDDEN, ExecutionError
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals
from godwitidl.rules.digest import literal_digest

from godwit_plugin_api.backend import (
    AttemptRequest,
    Backend,
    BackendSettings,
    Finished,
    Handle,
    Lost,
    Started,
    TaskReference,
)
from godwit_plugin_api.testing.fake_host import FakeHost

_HANDLE_LIMIT = 4096


class Behaviour(Enum):
    """What a task for the suite does."""

    SUCCEED = "succeed"
    """Ends well at once, with the outputs that its interface names."""
    FAIL = "fail"
    """Ends at once with an error of its own."""
    SLEEP = "sleep"
    """Runs until it is cancelled, a minute at least."""
    CRASH = "crash"
    """Takes down the place that it runs in."""


class BackendSuite(ABC):
    """Inherit, and write `make_backend` and `task`. Each test gets a new backend with a `FakeHost`.

    Attributes:
        timeout_s: longest wait for anything, in seconds.
        workers: attempts that may run at a time.
        many: attempts of the tests that need many; fewer than 12 where each takes long.
        outlives_engine: whether work goes on when its engine is gone, and the next one finds it.
    """

    timeout_s: float = 30.0
    workers: int = 2
    many: int = 12
    outlives_engine: bool = False

    @abstractmethod
    def make_backend(self) -> Backend:
        """Return a new backend, not open. A second one finds the work of the first where that outlives it."""

    @abstractmethod
    def task(self, behaviour: Behaviour) -> TaskReference | None:
        """Return a task that behaves so; None where no task of this backend can, which skips the tests that need it."""

    def inputs(self, behaviour: Behaviour) -> NamedLiterals:  # noqa: ARG002 - for subclasses
        """Return the inputs of `task(behaviour)`."""
        return NamedLiterals()

    @pytest.fixture
    def host(self, tmp_path: Path) -> Iterator[FakeHost]:
        """A host, whose events are checked at the end of each test."""
        logs = tmp_path / "logs"
        logs.mkdir()
        host = FakeHost(BackendSettings(str(tmp_path), str(logs), workers=self.workers, grace_s=0.5))
        yield host
        host.close()
        assert host.order_faults() == []

    @pytest.fixture
    def backend(self, host: FakeHost) -> Iterator[Backend]:
        """An open backend."""
        backend = self.make_backend()
        backend.open(host)
        yield backend
        backend.close()

    def request_for(self, host: FakeHost, behaviour: Behaviour, number: int = 1) -> AttemptRequest:
        """Return a request to run `task(behaviour)`; skip the test where there is none."""
        task = self.task(behaviour)
        if task is None:
            pytest.skip(f"no task of this backend can {behaviour.value}")
        prefix = Path(host.settings.home).as_uri()
        return AttemptRequest(
            id=f"project/development/e/n{number}/1",
            task=task,
            inputs=self.inputs(behaviour).SerializeToString(),
            output_prefix=f"{prefix}/outputs/n{number}",
            checkpoint_prefix=f"{prefix}/checkpoints/n{number}",
            number=1,
            execution="project/development/e",
            node_path=f"n{number}",
        )

    def submit(self, backend: Backend, host: FakeHost, *requests: AttemptRequest) -> list[Handle]:
        """Submit as an engine does: as many as there is room for, until all are taken; return their handles."""
        handles: list[Handle] = []
        while len(handles) < len(requests):
            host.wait_for(lambda: self._room(backend) > 0, "capacity", timeout_s=self.timeout_s)
            batch = requests[len(handles) : len(handles) + self._room(backend)]
            answers = backend.submit(batch)
            assert [answer.id for answer in answers] == [request.id for request in batch]
            for answer in answers:
                assert isinstance(answer, Handle), f"refused: {answer}"
                handles.append(answer)
        return handles

    def end_of(self, host: FakeHost, request: AttemptRequest) -> Finished | Lost:
        """Wait for the end of an attempt, and return it."""
        return host.end_of(request.id, timeout_s=self.timeout_s)

    def start(self, backend: Backend, host: FakeHost, request: AttemptRequest) -> Handle:
        """Submit one attempt and wait for `Started`; a while only, because a backend may skip it."""
        (handle,) = self.submit(backend, host, request)
        try:
            host.wait_for(lambda: any(isinstance(e, Started) for e in host.of(request.id)), "a start", timeout_s=0.5)
        except AssertionError:
            assert host.of(request.id) == []  # it was skipped
        return handle

    @staticmethod
    def _room(backend: Backend) -> int:
        capacity = backend.capacity()
        assert capacity.immediate >= 0
        assert capacity.prefetch >= 0
        return capacity.immediate + capacity.prefetch

    # ----- The tests -----

    def test_a_fitting_task_has_no_faults(self, backend: Backend, host: FakeHost) -> None:
        """`check` finds nothing wrong with a task that can run."""
        request = self.request_for(host, Behaviour.SUCCEED)
        assert list(backend.check(request.task)) == []

    def test_success_is_told_once_with_outputs_and_their_digests(self, backend: Backend, host: FakeHost) -> None:
        """Each output's digest is that of its literal, so that equal results are equal keys."""
        request = self.request_for(host, Behaviour.SUCCEED)
        self.submit(backend, host, request)
        end = self.end_of(host, request)
        assert isinstance(end, Finished)
        assert end.error == b""
        for output in end.outputs:
            assert output.digest == literal_digest(Literal.FromString(output.value)), output.name

    def test_many_attempts_each_end_once(self, backend: Backend, host: FakeHost) -> None:
        """More than the workers at a time; none is lost, none is told twice."""
        requests = [self.request_for(host, Behaviour.SUCCEED, number) for number in range(self.many)]
        self.submit(backend, host, *requests)
        for request in requests:
            end = self.end_of(host, request)
            assert isinstance(end, Finished)
            assert end.error == b""
        host.settle()
        assert {event.id for event in host.events} == {request.id for request in requests}

    def test_handles_are_small(self, backend: Backend, host: FakeHost) -> None:
        """They are kept in the database of the engine."""
        (handle,) = self.submit(backend, host, self.request_for(host, Behaviour.SUCCEED))
        assert len(handle.data) <= _HANDLE_LIMIT

    def test_submitting_a_known_attempt_again_starts_nothing(self, backend: Backend, host: FakeHost) -> None:
        """An engine that was not sure whether it had submitted submits again."""
        request = self.request_for(host, Behaviour.SLEEP)
        (first,) = self.submit(backend, host, request)
        assert list(backend.submit([request])) == [first]
        backend.cancel([request.id])
        self.end_of(host, request)

    def test_failure_is_an_error_as_data(self, backend: Backend, host: FakeHost) -> None:
        """Code, message, blame and retry are all said, and there are no outputs."""
        request = self.request_for(host, Behaviour.FAIL)
        self.submit(backend, host, request)
        end = self.end_of(host, request)
        assert isinstance(end, Finished)
        assert end.outputs == ()
        assert_error(end.error)

    def test_a_crash_is_lost_or_an_error_and_harms_no_other(self, backend: Backend, host: FakeHost) -> None:
        """The place that it ran in is replaced."""
        crash, after = self.request_for(host, Behaviour.CRASH, 1), self.request_for(host, Behaviour.SUCCEED, 2)
        self.submit(backend, host, crash)
        assert_error(self.end_of(host, crash).error)
        self.submit(backend, host, after)
        assert self.end_of(host, after).error == b""

    def test_cancel_is_confirmed_once(self, backend: Backend, host: FakeHost) -> None:
        """Cancelling again, or what has ended or was never there, does nothing."""
        request = self.request_for(host, Behaviour.SLEEP)
        self.start(backend, host, request)
        backend.cancel([request.id])
        backend.cancel([request.id, "project/development/e/unknown/1"])
        end = self.end_of(host, request)
        assert isinstance(end, Finished)
        assert assert_error(end.error).code == "CANCELLED"
        backend.cancel([request.id])
        host.settle()

    def test_cancel_of_one_leaves_the_other(self, backend: Backend, host: FakeHost) -> None:
        """Also where both share a place."""
        sleeping, other = self.request_for(host, Behaviour.SLEEP, 1), self.request_for(host, Behaviour.SUCCEED, 2)
        self.submit(backend, host, sleeping, other)
        backend.cancel([sleeping.id])
        assert assert_error(self.end_of(host, sleeping).error).code == "CANCELLED"
        assert self.end_of(host, other).error == b""

    def test_cancel_right_after_submit_ends_once(self, backend: Backend, host: FakeHost) -> None:
        """Whoever wins the race, there is one end: success, or CANCELLED."""
        request = self.request_for(host, Behaviour.SUCCEED)
        self.submit(backend, host, request)
        backend.cancel([request.id])
        error = self.end_of(host, request).error
        assert error == b"" or assert_error(error).code == "CANCELLED"
        host.settle()

    def test_capacity_comes_back(self, backend: Backend, host: FakeHost) -> None:
        """After an end there is room again."""
        for number in range(min(self.workers * 2 + 1, self.many)):
            request = self.request_for(host, Behaviour.SUCCEED, number)
            self.submit(backend, host, request)
            self.end_of(host, request)
        host.wait_for(lambda: self._room(backend) > 0, "capacity", timeout_s=self.timeout_s)

    def test_logs_can_be_asked_for(self, backend: Backend, host: FakeHost) -> None:
        """They are bytes; maybe none."""
        request = self.request_for(host, Behaviour.SUCCEED)
        (handle,) = self.submit(backend, host, request)
        self.end_of(host, request)
        assert all(isinstance(chunk, bytes) for chunk in backend.logs(handle))

    def test_closing_twice_is_once(self, backend: Backend, host: FakeHost) -> None:
        """Also while work is under way."""
        self.start(backend, host, self.request_for(host, Behaviour.SLEEP))
        backend.close()
        backend.close()

    def test_another_backend_finds_the_work_or_reports_it_lost(self, backend: Backend, host: FakeHost) -> None:
        """What outlives an engine is found by its handle; what does not is Lost, and nothing hangs."""
        request = self.request_for(host, Behaviour.SLEEP)
        handle = self.start(backend, host, request)
        backend.close()
        host.events.clear()
        second = self.make_backend()
        second.open(host)
        try:
            second.attach([(request, handle)])
            host.settle()
            if not any(isinstance(event, Lost) for event in host.events):
                second.cancel([request.id])
            end = self.end_of(host, request)
            assert assert_error(end.error).code == "CANCELLED" or (isinstance(end, Lost) and not self.outlives_engine)
        finally:
            second.close()

    def test_what_ended_while_no_engine_was_there_is_told_by_the_next(self, backend: Backend, host: FakeHost) -> None:
        """As often as it is asked for; and an attempt that is submitted again is found, not started again."""
        if not self.outlives_engine:
            pytest.skip("no task of this backend can outlive its engine")
        request = self.request_for(host, Behaviour.SUCCEED)
        (handle,) = self.submit(backend, host, request)
        backend.close()
        host.events.clear()
        for verb in ("attach", "submit", "attach"):
            host.events.clear()
            later = self.make_backend()
            later.open(host)
            try:
                if verb == "attach":
                    later.attach([(request, handle)])
                else:
                    assert list(later.submit([request])) == [handle]
                end = self.end_of(host, request)
                assert isinstance(end, Finished), verb
                assert end.error == b"", verb
            finally:
                later.close()

    def test_a_handle_of_another_version_is_an_error_that_forbids_another_try(
        self, backend: Backend, host: FakeHost
    ) -> None:
        """The work may go on where it is, so it is not started again, and the one who can read the handle finds it."""
        request = self.request_for(host, Behaviour.SLEEP)
        handle = self.start(backend, host, request)
        if not handle.data:
            pytest.skip("no task of this backend can outlive its engine")
        backend.close()
        host.events.clear()
        later = self.make_backend()
        later.open(host)
        try:
            later.attach([(request, handle._replace(data=b"a form of tomorrow"))])
            error = assert_error(self.end_of(host, request).error)
            assert error.code == "HANDLE_UNREADABLE"
            assert error.retry == RETRY_FORBIDDEN
            host.events.clear()
            later.attach([(request, handle)])
            later.cancel([request.id])
            self.end_of(host, request)
        finally:
            later.close()

    def test_attaching_to_what_never_was_is_lost(self, backend: Backend, host: FakeHost) -> None:
        """The engine committed the attempt and died before it submitted."""
        request = self.request_for(host, Behaviour.SUCCEED)
        backend.attach([(request, Handle(request.id))])
        end = self.end_of(host, request)
        assert isinstance(end, Lost)
        assert_error(end.error)


def assert_error(encoded: bytes) -> ExecutionError:
    """Assert that *encoded* is a complete error, and return it."""
    error = ExecutionError.FromString(encoded)
    assert error.code
    assert error.message
    assert error.blame
    assert error.retry
    return error
