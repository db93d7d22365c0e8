"""Keeping attempts below the memory that they may take: by a watchdog, and by control groups where there are any."""

from collections.abc import Callable
from contextlib import suppress

from godwit_plugin_api.backend import BackendHost

from godwit_core.backends.control_groups import ControlGroups, MemoryGroup
from godwit_core.backends.watchdog import LOOK_S, Guarded, Watchdog


class MemoryLimits:
    """The limits of all runners of one backend. A runner is known by its process, which leads a process group.

    Args:
        host: calls it again when it is time for the next look.
        kill: is to end a runner whose attempt takes too much.
        control_groups: makes control groups; None: the host's own are used, once the first limit is set.
    """

    def __init__(
        self, host: BackendHost, kill: Callable[[Guarded], None], control_groups: ControlGroups | None = None
    ) -> None:
        self._host = host
        self._kill = kill
        self._control_groups = control_groups
        self._watchdog = Watchdog()
        self._groups: dict[int, MemoryGroup | None] = {}
        self._is_looking = False

    def begin(self, process: int, limit: int) -> None:
        """Keep the attempt that begins in *process* below *limit* bytes; 0: it has no limit."""
        if not limit and process not in self._groups:
            return
        if process not in self._groups:
            self._control_groups = self._control_groups or ControlGroups()
            self._groups[process] = self._control_groups.make(str(process), process)
        self._watchdog.guard(process, limit)
        group = self._groups[process]
        if group is not None:
            # A group that has more already cannot be limited so: then the watchdog sees to it.
            with suppress(OSError):
                group.limit(limit)
        if limit and not self._is_looking:
            self._is_looking = True
            self._host.call_later(LOOK_S, self._look)

    def end(self, process: int) -> Guarded | None:
        """Take note that the attempt in *process* has ended; return what it took if the system killed any of it."""
        guarded = self._watchdog.release(process) if process in self._groups else None
        group = self._groups.get(process)
        if guarded is None or group is None or not group.was_killed():
            return None
        guarded.peak = max(guarded.peak, guarded.limit)
        return guarded

    def forget(self, process: int) -> None:
        """Take note that *process*, and all that it started, is gone."""
        self._watchdog.release(process)
        group = self._groups.pop(process, None)
        if group is not None:
            group.remove()

    def _look(self) -> None:
        for one in list(self._watchdog.excessive()):
            self._watchdog.release(one.group)
            self._kill(one)
        self._is_looking = self._watchdog.busy
        if self._is_looking:
            self._host.call_later(LOOK_S, self._look)
