"""Attempts on their way to backends: who is ready, what a backend takes now, and whose event is whose."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from godwit_plugin_api.backend import AttemptRequest, Link, TaskReference

from godwit_core.compiler.plan import TaskPlan
from godwit_core.engine.memory import memory_after
from godwit_core.engine.state import Execution, Node
from godwit_core.runtime.limits import Demand, Limits, place, resource
from godwit_core.runtime.locations import Locations
from godwit_core.runtime.sources import Sources
from godwit_core.runtime.stations import Station

MOST_LINKS = 20
"""Links of one attempt that are kept; what a backend tells beyond is dropped."""
SHARING = "sharing"
"""Kind of the limit on attempts that share processes."""


@dataclass(slots=True, eq=False, repr=False)
class Held:
    """An execution that this engine holds, with what its attempts need.

    Attributes:
        sources: where the source of its tasks lies.
        tasks: what backends know its tasks by, by key of the plan.
        demands: what attempts of its tasks claim of limits, by key of the plan, how often their memory has grown, and
            whether they share a process.
    """

    execution: Execution
    sources: Sources
    tasks: dict[int, TaskReference] = field(default_factory=dict)
    demands: dict[tuple[int, int, bool], Demand] = field(default_factory=dict)


class Dispatcher:
    """Queues of nodes, and attempts in flight. *queues*: how many attempts of a named queue may run at a time."""

    def __init__(self, locations: Locations, queues: Mapping[str, int]) -> None:
        self._locations = locations
        self._queues = queues
        self._limits = Limits()
        self._claimed: dict[str, Demand] = {}
        self._task_keys = 0
        self._links: dict[str, dict[str, str]] = {}
        self.in_flight: dict[str, tuple[Held, Node, int]] = {}

    def enqueue(self, station: Station, held: Held, node: Node) -> None:
        """Have *node* wait for a place."""
        demand = self._demand(station, held, node)
        station.shares = station.shares or is_sharing(demand)
        execution = held.execution
        station.waiting.add(execution.id, (held, node), demand, execution.options.priority)

    def take(self, station: Station) -> Iterator[tuple[Held, Node, bool]]:
        """Yield the nodes that limits and backend take now, with whether each starts at once.

        `request` is called for each before the next is asked for.
        """
        if not station.waiting:
            return
        capacity = station.backend.capacity()
        immediate, prefetch = capacity.immediate, capacity.prefetch
        ready = station.waiting.pick_all(self._limits)
        while immediate + prefetch > 0 and (picked := next(ready, None)) is not None:
            (held, node), demand = picked
            if is_sharing(demand):
                yield held, node, True
                continue
            at_once = immediate > 0
            if at_once:
                immediate -= 1
            else:
                prefetch -= 1
            yield held, node, at_once
        if station.shares:
            # What shares a process needs no place of its own.
            for (held, node), _ in station.waiting.pick_all(self._limits, is_sharing):
                yield held, node, True

    def request(self, held: Held, node: Node, number: int) -> AttemptRequest:
        """Return the request for attempt *number* of *node*, and remember it as in flight."""
        task = node.plan.task
        assert task is not None, "only tasks have attempts"
        identifier = attempt_id(held.execution, node, number)
        self.in_flight[identifier] = (held, node, number)
        demand = held.demands.get((task.key, node.growths, shares_process(node)))
        if demand:
            self._limits.take(demand)
            self._claimed[identifier] = demand
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
            demand is not None and is_sharing(demand),
        )

    def attach(self, station: Station, held: Held, node: Node) -> AttemptRequest:
        """Return the request for the attempt of *node* that an engine before this one started."""
        self._demand(station, held, node)
        return self.request(held, node, node.attempt)

    def finish(self, identifier: str) -> None:
        """Forget an attempt that has ended, and free what it claimed."""
        del self.in_flight[identifier]
        self._links.pop(identifier, None)
        if (demand := self._claimed.pop(identifier, None)) is not None:
            self._limits.release(demand)

    def new_links(self, identifier: str, links: Sequence[Link]) -> list[Link]:
        """Return those of *links* that the attempt has not told before; no more than `MOST_LINKS` in all."""
        told = self._links.setdefault(identifier, {})
        new: list[Link] = []
        for link in links:
            room = link.name in told or len(told) < MOST_LINKS
            if link.name and link.url and room and told.get(link.name) != link.url:
                told[link.name] = link.url
                new.append(link)
        return new

    def _demand(self, station: Station, held: Held, node: Node) -> Demand:
        """Return what attempts of *node* claim."""
        task = node.plan.task
        assert task is not None, "only tasks have attempts"
        key = (task.key, node.growths, shares_process(node))
        demand = held.demands.get(key)
        if demand is None:
            demand = demand_of(held.execution, task, station, self._queues, node.growths)
            if key[-1]:
                demand += tuple(place((SHARING, station.key), station.sharing))
            held.demands[key] = demand
        return demand

    def reference(self, held: Held, task: TaskPlan) -> TaskReference:
        """Return what backends know *task* by."""
        reference = held.tasks.get(task.key)
        if reference is None:
            self._task_keys += 1
            program = task.spec.program
            reference = TaskReference(
                self._task_keys,
                task.name,
                task.encoded,
                held.sources.root_of(task.name),
                tuple(program.command),
                program.socket_on_standard_input,
                program.local_files_only,
            )
            held.tasks[task.key] = reference
        return reference

    def drop(self, execution: Execution) -> None:
        """Forget all attempts of an execution that has ended."""
        gone = [key for key, (held, _, _) in self.in_flight.items() if held.execution is execution]
        for key in gone:
            self.finish(key)


def demand_of(
    execution: Execution, task: TaskPlan, station: Station, queues: Mapping[str, int], growths: int
) -> Demand:
    """Return what an attempt of *task* claims of each limit that it is under, after so many growths of its memory."""
    needs = task.needs
    return (
        *place(("execution", str(execution.id)), execution.options.max_parallelism),
        *place(("task", execution.project, execution.domain, task.name), needs.max_concurrency),
        *place(("queue", needs.queue), queues.get(needs.queue)),
        *resource(("cpu", station.key), needs.cpu_millis, station.cpu_millis),
        *resource(("memory", station.key), memory_after(task, growths), station.memory_bytes),
    )


def shares_process(node: Node) -> bool:
    """Return whether the next attempt of *node* may run beside others in a process.

    Of attempts that went down together nobody knows which was the cause: each runs alone then.
    """
    task = node.plan.task
    return task is not None and task.needs.shares_process and not node.infrastructure_failures


def is_sharing(demand: Demand) -> bool:
    """Return whether *demand* is of an attempt that shares a process."""
    return bool(demand) and demand[-1].name[0] == SHARING


def attempt_id(execution: Execution, node: Node, number: int) -> str:
    """Return the id of an attempt, unique for ever."""
    return f"{execution.name}/{node_key(node)}/{number}"


def node_key(node: Node) -> str:
    """Return the number of a node, and the index of an item after it."""
    return str(node.number) if node.owner is None else f"{node.number}.{node.item}"
