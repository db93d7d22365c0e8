"""The hooks. Each is told as: when it is called, how often, in which process, whether it may block, what if it raises.

There are two sorts of module with hooks. The module that an entry point of group `godwit.plugins` names has
`godwit_manifest`, and nothing else. The object that a record of kind EVENT_LISTENER names has the event hooks. An
implementation is marked by `godwit_plugin_api.hookimpl`, has the hook's name, and takes those of its arguments that it
needs. A hook of an unknown name, or an argument that the hook does not have, is an error when the plugin is loaded.
"""

from typing import TYPE_CHECKING

from godwit_plugin_api.marking import hookspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from godwit_plugin_api.event_records import ListenerSettings, StoredEvent
    from godwit_plugin_api.manifest import Manifest


@hookspec
def godwit_manifest() -> "Manifest":
    """Return what this distribution offers.

    When: at every start, before any work is accepted.
    How often: once for each load of the plugins; several loads in one process are possible, and get equal answers.
    Where: in every process that needs plugins: command line, engine, runner.
    May it block: no. It builds a few records; no input or output, no heavy import, nothing printed. The module that
    holds it is imported for it and must be as light; a slow import is reported with the distribution's name.
    If it raises: the start stops, and the message names the distribution and `--disable-plugin`.
    """
    raise NotImplementedError


# ----- Hooks of event listeners -----


@hookspec
def godwit_listener_opened(settings: "ListenerSettings") -> None:
    """Get ready to hear events.

    When: when an engine starts, before it takes up any execution.
    How often: once for each engine.
    Where: in the engine's process, on its thread.
    May it block: as long as the start may take. Threads and connections of the listener's own are made here.
    If it raises: the start stops, and the message names the distribution and `--disable-plugin`.
    """


@hookspec
def godwit_execution_events(events: "Sequence[StoredEvent]") -> None:
    """Hear what happened.

    When: after the events were committed, so each is true for ever. Those of one execution come in order.
    How often: at most once for each turn of the engine's loop, with all its events. An event is told at most once:
    those committed in the instant before a crash may be told by nobody. What must not be missed is read from the store.
    Where: in the engine's process, on its thread.
    May it block: no; whatever takes longer than putting the events on a queue belongs on the listener's own thread.
    If it raises: the exception is logged with the distribution's name, the other listeners hear the events all the
    same, and work goes on. After ten exceptions in a row the listener is closed and hears no more.
    """


@hookspec
def godwit_listener_closed() -> None:
    """Finish what is under way, and free everything.

    When: when the engine ends in order, or the listener failed too often. Not after a crash.
    How often: once for each `godwit_listener_opened` that returned.
    Where: in the engine's process, on its thread.
    May it block: for a few seconds at most, to send what is queued.
    If it raises: the exception is logged with the distribution's name.
    """
