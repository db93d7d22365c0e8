"""Where the source of an execution's tasks lies: in one place, but for those that say another."""

from collections.abc import Mapping
from typing import NamedTuple, Self

from godwitidl.core.v1.bundle_pb2 import Registration


class Sources(NamedTuple):
    """Source roots of tasks.

    Attributes:
        root: folder or archive of the tasks that say nothing else; empty: they need none.
        own: that of each other task, by its name.
    """

    root: str
    own: Mapping[str, str]

    @classmethod
    def of(cls, registration: Registration) -> Self:
        """Return those of a registration."""
        return cls(registration.source_root, {source.task: source.source_root for source in registration.task_sources})

    def root_of(self, task: str) -> str:
        """Return the source root of a task; empty: it needs none."""
        return self.own.get(task, self.root)
