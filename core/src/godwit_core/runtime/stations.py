"""Open backends, each with the nodes that wait for it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from godwit_plugin_api.backend import Backend, BackendSettings, TaskReference
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.registry import PluginRegistry

from godwit_core.backends.host_size import processors
from godwit_core.compiler.plan import TaskPlan
from godwit_core.engine.phases import NodePhase
from godwit_core.engine.state import Execution, Node
from godwit_core.runtime.loop import Host, Loop
from godwit_core.runtime.settings import EngineSettings
from godwit_core.runtime.waiting import WaitingList


@dataclass(slots=True, eq=False, repr=False)
class Station:
    """An open backend.

    Attributes:
        cpu_millis, memory_bytes: what the attempts that it holds may declare together; None: no limit.
        sharing: how many attempts that may share a process it has under way at a time; 0: they are as any others.
        shares: whether any such attempt has come.
        waiting: executions with their nodes.
    """

    key: str
    backend: Backend
    cpu_millis: int | None = None
    memory_bytes: int | None = None
    sharing: int = 0
    shares: bool = False
    waiting: WaitingList[Any] = field(default_factory=lambda: WaitingList(_is_queued))


def _is_queued(item: tuple[object, Node]) -> bool:
    """Return whether the node still waits: it may have been withdrawn."""
    node = item[1]
    return node.phase is NodePhase.QUEUED and not node.submitted


class Stations:
    """The backends of one engine, opened when they are first needed."""

    def __init__(
        self, registry: PluginRegistry, loop: Loop, settings: EngineSettings, backend_settings: BackendSettings
    ) -> None:
        self._registry = registry
        self._loop = loop
        self._default = settings.default_backend
        self._settings = backend_settings
        self._options = settings.backend_options
        self._open: dict[str, Station] = {}

    def of(self, execution: Execution, node: Node) -> Station:
        """Return the station at which the task of *node* runs: its own, else that of the execution."""
        assert node.plan.task is not None, "only tasks have backends"
        return self._of(node.plan.task, execution.options.backend)

    def get(self, key: str) -> Station:
        """Return the station of a backend, the default one without a key.

        Raises:
            PluginError: there is no such backend, or it cannot be opened.
        """
        key = key or self._default
        station = self._open.get(key)
        if station is None:
            backend = self._registry.create(Kind.BACKEND, "remote" if self._is_remote(key) else key)
            backend.open(Host(self._loop, self._settings_of(key)))
            capacity = backend.capacity()
            station = self._open[key] = Station(
                key, backend, capacity.cpu_millis, capacity.memory_bytes, capacity.sharing
            )
        return station

    def _of(self, task: TaskPlan, backend: str) -> Station:
        # An engine that runs tasks in its own process, to look into them, does so with those of processes, too.
        is_here = backend == "local" and self._default == "inline"
        return self.get(task.backend or ("" if is_here else backend))

    def _settings_of(self, key: str) -> BackendSettings:
        own = self._options.get(key)
        if not own:
            return self._settings
        name = {"name": key} if self._is_remote(key) else {}
        return self._settings._replace(options={**name, **own, **self._settings.options})

    def _is_remote(self, key: str) -> bool:
        """Return whether the backend is in a process of its own, whose address is configured."""
        return "server" in self._options.get(key, {})

    @property
    def kept(self) -> str:
        """Key of the default backend, as executions keep it; empty where it is this very process."""
        return "" if self._default == "inline" else self._default

    def problems(self, task: TaskPlan, backend: str) -> list[str]:
        """Return what keeps *task* from running at its backend, or at that of its execution where it names none."""
        command = tuple(task.spec.program.command)
        return list(self._of(task, backend).backend.check(TaskReference(0, task.name, task.encoded, "", command)))

    def open_ones(self) -> list[Station]:
        """Return the stations that are open."""
        return list(self._open.values())

    def idle_places(self) -> int:
        """Return how many attempts more could start at once, less the executions that wait for a place already."""
        return sum(one.backend.capacity().immediate - one.waiting.groups() for one in self._open.values())

    def close(self) -> None:
        """Close every backend."""
        for station in self._open.values():
            station.backend.close()


def backend_settings(settings: EngineSettings, home: Path, logs: Path, disabled: Iterable[str]) -> BackendSettings:
    """Return what the backends of an engine are told.

    Args:
        settings: the engine's.
        home: folder of its state.
        logs: folder of the logs of its processes.
        disabled: names of the plugins that are not to be loaded.
    """
    return BackendSettings(
        home=str(home),
        log_folder=str(logs),
        workers=settings.workers or processors(),
        grace_s=settings.grace_s,
        options={
            "durability": settings.durability,
            "disabled_plugins": " ".join(disabled),
            "prestarted_runner": settings.prestarted_runner,
            "temporary_home": "yes" if settings.home is None else "",
            "first_runner": "" if settings.runs else "when needed",
        },
    )
