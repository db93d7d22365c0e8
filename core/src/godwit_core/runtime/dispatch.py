"""Attempts on their way to backends: who is ready, what a backend takes now, and whose event is whose."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from godwit_plugin_api.backend import AttemptRequest, TaskReference

from godwit_core.compiler.plan import TaskPlan
from godwit_core.engine.memory import memory_after
from godwit_core.engine.phases import NodePhase
from godwit_core.engine.state import Execution, Node
from godwit_core.runtime.locations import Locations
from godwit_core.runtime.stations import Station


@dataclass(slots=True, eq=False, repr=False)
class Held:
    """An execution that this engine holds, with what its attempts need.

    Attributes:
        source_root: folder under which the source of its tasks lies.
        tasks: what backends know its tasks by, by key of the plan.
    """

    execution: Execution
    source_root: str
    tasks: dict[int, TaskReference] = field(default_factory=dict)


class Dispatcher:
    """Queues of nodes, and attempts in flight."""

    def __init__(self, locations: Locations) -> None:
        self._locations = locations
        self._task_keys = 0
        self.in_flight: dict[str, tuple[Held, Node, int]] = {}

    def enqueue(self, station: Station, held: Held, node: Node) -> None:
        """Have *node* wait for a place."""
        station.waiting.append((held, node))

    def take(self, station: Station) -> Iterator[tuple[Held, Node, bool]]:
        """Yield the nodes that the backend takes now, with whether each starts at once."""
        if not station.waiting:
            return
        capacity = station.backend.capacity()
        immediate, prefetch = capacity.immediate, capacity.prefetch
        while station.waiting and immediate + prefetch > 0:
            held, node = station.waiting.popleft()
            if node.phase is not NodePhase.QUEUED or node.submitted:
                continue  # withdrawn
            at_once = immediate > 0
            if at_once:
                immediate -= 1
            else:
                prefetch -= 1
            yield held, node, at_once

    def request(self, held: Held, node: Node, number: int) -> AttemptRequest:
        """Return the request for attempt *number* of *node*, and remember it as in flight."""
        task = node.plan.task
        assert task is not None, "only tasks have attempts"
        identifier = attempt_id(held.execution, node, number)
        self.in_flight[identifier] = (held, node, number)
        name, where = held.execution.name, f"{node_key(node)}-{number}"
        return AttemptRequest(
            identifier,
            self.reference(held, task),
            node.inputs,
            self._locations.outputs(name, where),
            self._locations.checkpoint(name, node_key(node)),
            number,
            name,
            node.path,
            task.timeout_attempt_s,
            memory_after(task, node.growths),
            task.needs.interruptible and node.infrastructure_failures < task.retries.max_infrastructure_retries,
        )

    def reference(self, held: Held, task: TaskPlan) -> TaskReference:
        """Return what backends know *task* by."""
        reference = held.tasks.get(task.key)
        if reference is None:
            self._task_keys += 1
            command = tuple(task.spec.program.command)
            reference = TaskReference(self._task_keys, task.name, task.encoded, held.source_root, command)
            held.tasks[task.key] = reference
        return reference

    def drop(self, execution: Execution) -> None:
        """Forget all attempts of an execution that has ended."""
        gone = [key for key, (held, _, _) in self.in_flight.items() if held.execution is execution]
        for key in gone:
            del self.in_flight[key]


def attempt_id(execution: Execution, node: Node, number: int) -> str:
    """Return the id of an attempt, unique for ever."""
    return f"{execution.name}/{node_key(node)}/{number}"


def node_key(node: Node) -> str:
    """Return the number of a node, and the index of an item after it."""
    return str(node.number) if node.owner is None else f"{node.number}.{node.item}"
