"""The contract of task runtimes, as tests to inherit."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import pytest
from godwitidl.core.v1.identifiers_pb2 import EntityId
from godwitidl.core.v1.task_pb2 import TaskSpec
from google.protobuf.message import Message

from godwit_plugin_api.task_runtime import RESERVED_NAMES, RuntimeAttempt, TaskRuntime


class TaskRuntimeSuite(ABC):
    """Inherit, and write `make_runtime` and `payloads`.

    Attributes:
        ranks: ranks as which attempts are tried; None stands for a worker alone.
    """

    ranks: tuple[int | None, ...] = (None,)

    @abstractmethod
    def make_runtime(self) -> TaskRuntime:
        """Return a new runtime."""

    @abstractmethod
    def payloads(self) -> Sequence[Message]:
        """Return payloads of tasks that can be run here, one at least."""

    def attempts(self, folder: Path) -> list[RuntimeAttempt]:
        """Return an attempt of each payload and rank."""
        return [
            self.attempt(folder / f"{number}-{rank}", payload, rank)
            for number, payload in enumerate(self.payloads())
            for rank in self.ranks
        ]

    def attempt(self, folder: Path, payload: Message, rank: int | None = None) -> RuntimeAttempt:
        """Return an attempt of a task with *payload*, its files below *folder*."""
        folder.mkdir(parents=True)
        spec = TaskSpec(id=EntityId(name="suite.task"))
        spec.payload.Pack(payload)
        return RuntimeAttempt(
            id=f"p/d/{folder.name}/0/1",
            execution="p/d/suite",
            node_path="n0",
            number=1,
            task=spec,
            payload=spec.payload,
            source_root=str(folder),
            output_prefix=(folder / "outputs").as_uri(),
            report=folder / "report.html",
            rank=rank,
        )

    @pytest.fixture
    def runtime(self) -> TaskRuntime:
        """A runtime, closed by the tests that open something."""
        return self.make_runtime()

    def test_it_gives_names_that_are_its_own(self, runtime: TaskRuntime, tmp_path: Path) -> None:
        """Each an identifier that no context has already."""
        try:
            for attempt in self.attempts(tmp_path):
                with runtime.around(attempt) as given:
                    assert all(isinstance(name, str) and name.isidentifier() for name in given), list(given)
                    assert not any(name.startswith("_") for name in given), list(given)
                    assert RESERVED_NAMES.isdisjoint(given), list(given)
        finally:
            runtime.close()

    def test_attempts_follow_each_other(self, runtime: TaskRuntime, tmp_path: Path) -> None:
        """Each gets the same names."""
        try:
            for attempt in self.attempts(tmp_path):
                names = []
                for _ in range(3):
                    with runtime.around(attempt) as given:
                        names.append(set(given))
                assert names[0] == names[1] == names[2]
        finally:
            runtime.close()

    def test_what_a_task_raises_goes_on(self, runtime: TaskRuntime, tmp_path: Path) -> None:
        """The runtime hides no error, and serves the attempt after it."""
        try:
            for attempt in self.attempts(tmp_path):
                with pytest.raises(_TaskError) as caught, runtime.around(attempt):
                    raise _TaskError
                assert type(caught.value) is _TaskError
                with runtime.around(attempt):
                    pass
        finally:
            runtime.close()

    def test_the_working_folder_stays(self, runtime: TaskRuntime, tmp_path: Path) -> None:
        """What a runtime changes for a task it changes back."""
        before = Path.cwd()
        try:
            for attempt in self.attempts(tmp_path):
                with runtime.around(attempt):
                    pass
                assert Path.cwd() == before
        finally:
            runtime.close()

    def test_it_closes_unused(self, runtime: TaskRuntime) -> None:
        """Nothing was opened."""
        runtime.close()


class _TaskError(Exception):
    """Raised by the task of a test."""
