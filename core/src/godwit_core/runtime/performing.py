"""Doing what committed state asks for: attempts go to their backends, timers are set, lists are put together."""

from collections.abc import Callable, Iterator, Sequence

from godwit_plugin_api.backend import AttemptRequest, BackendEvent, Finished, Handle, Refusal

from godwit_core.engine.events import CancelAttempt, Effect, Event, Gather, RecoverItems, WakeAt, Withdraw
from godwit_core.engine.state import Node
from godwit_core.runtime.answers import Answers
from godwit_core.runtime.clock import SteadyTime
from godwit_core.runtime.dispatch import Dispatcher, Held, attempt_id
from godwit_core.runtime.gathering import Gatherer
from godwit_core.runtime.stations import Station, Stations
from godwit_core.runtime.timers import Timers


class Performer:
    """Performs the effects of one engine's turns, after their commit."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        stations: Stations,
        timers: Timers,
        time: SteadyTime,
        gatherer: Gatherer,
        answers: Answers,
        push: Callable[[Sequence[BackendEvent]], None],
    ) -> None:
        self._dispatcher = dispatcher
        self._stations = stations
        self._timers = timers
        self._time = time
        self._gatherer = gatherer
        self._answers = answers
        self._push = push

    def submit(self, requests: Sequence[tuple[Station, list[AttemptRequest]]]) -> Iterator[Held]:
        """Hand attempts to their backends; yield the executions that have a handle to store."""
        for station, batch in requests:
            for answer in station.backend.submit(batch):
                if (held := self._take_answer(answer)) is not None:
                    yield held

    def perform(self, held: Held, effect: Effect, ahead_us: int) -> Event | None:
        """Do one thing; return the event that it leads to at once. *ahead_us*: see `SteadyTime.boot_ahead_us`."""
        if isinstance(effect, WakeAt):
            self._timers.set(held.execution.id, effect, effect.due_us + ahead_us)
        elif isinstance(effect, CancelAttempt):
            self._cancel(held, effect.node, effect.node.attempt)
        elif isinstance(effect, Withdraw):
            self._cancel(held, effect.node, effect.node.attempt + 1)
        elif isinstance(effect, (Gather, RecoverItems)) and effect.node.map is None:
            return None  # stopped in the same turn
        elif isinstance(effect, RecoverItems):
            return self._answers.items(held.execution, effect.node, self._time.now_us())
        elif isinstance(effect, Gather):
            return self._gatherer.gather(held.execution, effect.node, self._time.now_us())
        return None

    def cancel_mortal(self) -> set[str]:
        """Ask for the end of every attempt that would not outlive this engine; return their ids."""
        in_flight = self._dispatcher.in_flight.items()
        mortal = {key: (held.execution, node) for key, (held, node, _) in in_flight if not node.handle}
        for key, place in mortal.items():
            self._stations.of(*place).backend.cancel([key])
        return set(mortal)

    def _take_answer(self, answer: Handle | Refusal) -> Held | None:
        if isinstance(answer, Refusal):
            self._push([Finished(answer.id, error=answer.error)])
        elif answer.data and (found := self._dispatcher.in_flight.get(answer.id)):
            held, node, _ = found
            node.handle = answer.data
            if node.owner is None:  # handles of items are found by their ids
                held.execution.dirty[node.number] = node
            return held
        return None

    def _cancel(self, held: Held, node: Node, number: int) -> None:
        identifier = attempt_id(held.execution, node, number)
        if identifier in self._dispatcher.in_flight:
            self._stations.of(held.execution, node).backend.cancel([identifier])
