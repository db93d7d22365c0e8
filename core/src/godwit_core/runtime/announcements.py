"""Telling event listeners what was stored: at least once, and in order for each execution.

Beside the events, the same transaction stores a note that they are to be told; the note goes when they have been. What
an engine left untold when it died, the next engine tells.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from godwit_plugin_api.event_records import ListenerSettings, StoredEvent
from godwit_plugin_api.listeners import Listeners
from godwit_plugin_api.registry import PluginRegistry
from godwitidl.rules.framing import FrameReader

from godwit_core.engine.state import Execution
from godwit_core.store import outbox
from godwit_core.store.connection import transaction

Stored = list[tuple[Execution, int, bytes]]
"""Executions, with the number of the last event and the framed events of what was stored for each."""


class Announcements:
    """The listeners of one engine. Without listeners nothing is noted, and nothing told."""

    def __init__(self, connection: sqlite3.Connection, registry: PluginRegistry, home: Path | None) -> None:
        self._connection = connection
        self._listeners = Listeners(registry)
        self._told: list[int] = []
        self._noted: list[int] = []
        self._listeners.open(ListenerSettings(str(home or "")))

    def catch_up(self) -> None:
        """Tell what engines before this one stored, and did not tell."""
        if not self._listeners:
            return
        for key, project, domain, name, framed in outbox.orphans(self._connection):
            self._listeners.notify(list(_events(f"{project}/{domain}/{name}", framed)))
            with transaction(self._connection):
                outbox.delete(self._connection, [key])

    def note(self, engine: int, stored: Stored) -> None:
        """Note, in the caller's transaction, what is to be told once it has committed."""
        if not self._listeners:
            return
        outbox.delete(self._connection, self._told)
        self._noted = [
            outbox.insert(self._connection, engine, execution.id, sequence)
            for execution, sequence, framed in stored
            if framed
        ]

    def tell(self, stored: Stored) -> None:
        """Tell what was noted; the transaction has committed."""
        if not self._listeners:
            return
        for execution, _, framed in stored:
            name = f"{execution.project}/{execution.domain}/{execution.name}"
            self._listeners.notify(list(_events(name, framed)))
        self._told, self._noted = self._noted, []

    def close(self) -> None:
        """Close the listeners, and drop the notes of what was told; where that fails it is told once more."""
        try:
            if self._told:
                with transaction(self._connection):
                    outbox.delete(self._connection, self._told)
        except sqlite3.Error:
            return
        finally:
            self._listeners.close()


def _events(name: str, framed: bytes) -> Iterator[StoredEvent]:
    return (StoredEvent(name, event) for event in FrameReader().feed(framed))
