"""The way to the threads that copy data, for attempts of programs that read and write local files alone.

What does that costs an engine's start some milliseconds, so it is loaded when there is such an attempt.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from godwit_plugin_api.backend import AttemptRequest, BackendEvent, BackendHost
from godwit_plugin_api.registry import PluginRegistry

if TYPE_CHECKING:
    from godwit_core.backends.staged_attempts import StagedAttempts


class Staging:
    """The host of the local backend: the engine, and what is copied before it hears of an attempt's end.

    Args:
        host: the engine's loop.
        plugins: gives the plugins; called once at most, and only when data is to be copied.
        deliver: takes an attempt whose data lie here.
    """

    def __init__(
        self, host: BackendHost, plugins: Callable[[], PluginRegistry], deliver: Callable[[AttemptRequest], None]
    ) -> None:
        self.settings = host.settings
        self.watch = host.watch
        self.unwatch = host.unwatch
        self.call_later = host.call_later
        self.wake = host.wake
        self._host = host
        self._plugins = plugins
        self._deliver = deliver
        self._attempts: StagedAttempts | None = None

    @property
    def bringing(self) -> int:
        """How many attempts are on their way to the backend."""
        return 0 if self._attempts is None else self._attempts.bringing

    def takes(self, request: AttemptRequest) -> bool:
        """Return whether data is to be copied before *request* can run; then it is delivered later, or ends."""
        if self._attempts is None:
            module = import_module("godwit_core.backends.staged_attempts")
            self._attempts = module.StagedAttempts(self._host, self._plugins, self._deliver)
        return self._attempts.takes(request)

    def cancel(self, ids: Sequence[str]) -> Sequence[str]:
        """Cancel the attempts among *ids* whose data is being copied; return the other ids."""
        return ids if self._attempts is None else self._attempts.cancel(ids)

    def push(self, events: Sequence[BackendEvent]) -> None:
        """Tell the engine what happened; of an attempt whose data is to be copied, its end is told after that."""
        if self._attempts is None:
            self._host.push(events)
        else:
            self._attempts.push(events)

    def close(self) -> None:
        """Leave what is being copied, and remove the copies."""
        if self._attempts is not None:
            self._attempts.close()
