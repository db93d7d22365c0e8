"""What event listeners are given: plain records, known to the hooks and to those who call them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class StoredEvent(NamedTuple):
    """An event that was committed.

    Attributes:
        execution: text form of the execution's id.
        event: an encoded `godwitidl.core.v1.Event`.
    """

    execution: str
    event: bytes


class ListenerSettings(NamedTuple):
    """What a listener is opened with.

    Attributes:
        home: folder of the engine's state; empty for an engine in memory.
        options: settings from the configuration, as text.
    """

    home: str = ""
    options: Mapping[str, str] = MappingProxyType({})
