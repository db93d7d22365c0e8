"""Event listeners: they hear what happened in executions, and nothing they do changes it.

A listener is what a record of kind EVENT_LISTENER names: a module or object with event hooks (see `hookspecs`). The
engine opens them all as one `Listeners`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from godwit_plugin_api import hookspecs
from godwit_plugin_api.errors import PluginError
from godwit_plugin_api.event_records import ListenerSettings, StoredEvent
from godwit_plugin_api.manifest import Kind, Record
from godwit_plugin_api.marking import PROJECT
from godwit_plugin_api.registry import PluginRegistry

if TYPE_CHECKING:
    import logging

    import pluggy

MAX_FAILURES = 10
"""Exceptions in a row after which a listener is closed."""


@dataclass(slots=True, eq=False, repr=False)
class _Listener:
    plugin: str
    label: str
    manager: "pluggy.PluginManager"
    failures: int = 0


class Listeners:
    """All listeners of one engine. Each is called by itself, so that one's exception is not another's silence."""

    def __init__(self, registry: PluginRegistry) -> None:
        """Load the listeners of *registry*.

        Raises:
            PluginError: one cannot be loaded, implements an unknown hook, or a hook with arguments that it does not
            have.
        """
        self._listeners = [_loaded(registry, record) for record in registry.records(Kind.EVENT_LISTENER)]

    def __bool__(self) -> bool:
        """Whether anybody listens; nothing needs to be encoded for nobody."""
        return bool(self._listeners)

    def open(self, settings: ListenerSettings) -> None:
        """Open the listeners, in the order of their keys.

        Raises:
            PluginError: one raised; those opened before it are closed again.
        """
        for index, listener in enumerate(self._listeners):
            try:
                listener.manager.hook.godwit_listener_opened(settings=settings)
            except Exception as error:
                self._listeners = self._listeners[:index]
                self.close()
                raise PluginError(
                    f"{listener.label} could not be opened: {type(error).__name__}: {error}.",
                    hint=f"Mend its settings, or go on without it: --disable-plugin {listener.plugin}",
                    code="PLUGIN_LISTENER_FAILED",
                ) from error

    def notify(self, events: Sequence[StoredEvent]) -> None:
        """Tell every listener of *events*. Raises nothing."""
        for listener in tuple(self._listeners):
            try:
                listener.manager.hook.godwit_execution_events(events=events)
                listener.failures = 0
            except Exception:
                listener.failures += 1
                logger = _logger()
                logger.exception("%s raised", listener.label)
                if listener.failures >= MAX_FAILURES:
                    logger.error("%s raised %d times in a row and hears no more", listener.label, MAX_FAILURES)  # noqa: TRY400 - no new exception
                    self._listeners.remove(listener)
                    _close(listener)

    def close(self) -> None:
        """Close the listeners, in the reverse order. Idempotent; raises nothing."""
        while self._listeners:
            _close(self._listeners.pop())


def _loaded(registry: PluginRegistry, record: Record) -> _Listener:
    import pluggy  # noqa: PLC0415 - heavy: 27 ms, and needed only where there is a listener

    owner = registry.owner(Kind.EVENT_LISTENER, record.key)
    label = f"{owner.label}: event listener {record.key!r}"
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    target = registry.load(Kind.EVENT_LISTENER, record.key)
    try:
        manager.register(target() if isinstance(target, type) else target)
        manager.check_pending()
    except Exception as error:
        raise PluginError(
            f"{label} does not fit the hooks: {error}.",
            hint=f"Install another version of it, or go on without it: --disable-plugin {owner.manifest.name}",
            code="PLUGIN_UNKNOWN_HOOK",
        ) from error
    return _Listener(owner.manifest.name, label, manager)


def _close(listener: _Listener) -> None:
    try:
        listener.manager.hook.godwit_listener_closed()
    except Exception:  # noqa: BLE001 - told in the log, and nothing else can be done
        _logger().exception("%s raised when it was closed", listener.label)


def _logger() -> "logging.Logger":
    import logging  # noqa: PLC0415 - 3 ms that only a listener with a defect needs

    return logging.getLogger(__name__)
