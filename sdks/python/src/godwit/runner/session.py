"""What a runner keeps from one attempt to the next: plugins, types, and the tasks it has loaded."""

import sys
from collections.abc import Callable
from functools import partial

from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.persistence import Persistence
from godwit_plugin_api.registry import PluginRegistry
from godwit_plugin_api.task_runtime import TaskRuntime
from godwitidl.core.v1.task_pb2 import TaskSpec

from godwit.runner.loading import LoadedTask, TaskLoadError, load_task
from godwit.types.registry import TypeRegistry
from godwit.types.stored_data import StoredData


class Session:
    """Loads plugins, types and tasks, each on first use.

    Args:
        plugins: gives the plugins; called once at most.
        durable: whether files on this host are to survive the loss of power.
    """

    def __init__(self, plugins: Callable[[], PluginRegistry] = load_plugins, *, durable: bool = False) -> None:
        self._load_plugins = plugins
        self._registry: PluginRegistry | None = None
        self._durable = durable
        self._persistence: dict[str, Persistence] = {}
        self._prepared: dict[int, Callable[[], LoadedTask]] = {}
        self._loaded: dict[int, LoadedTask] = {}
        self._runtimes: dict[str, TaskRuntime | None] = {"": None}
        self.types = TypeRegistry(self.plugins)

    def plugins(self) -> PluginRegistry:
        """Return the loaded plugins."""
        if self._registry is None:
            self._registry = self._load_plugins()
        return self._registry

    def prepare(self, number: int, spec: TaskSpec, source_root: str) -> None:
        """Take note of a task; nothing of it is imported yet."""
        self._prepared[number] = partial(load_task, spec, source_root, self.types)
        self._loaded.pop(number, None)

    def task(self, number: int) -> LoadedTask:
        """Return the task of a number, imported at its first use.

        Raises:
            TaskLoadError: it cannot be imported, or was never prepared.
        """
        loaded = self._loaded.get(number)
        if loaded is None:
            prepared = self._prepared.get(number)
            if prepared is None:
                raise TaskLoadError(f"Task number {number} was never prepared.")
            loaded = self._loaded[number] = prepared()
        return loaded

    def data(self, prefix: str) -> StoredData:
        """Return the data access of one attempt."""
        return StoredData(prefix, self.persistence)

    def persistence(self, scheme: str) -> Persistence:
        """Return the persistence of a uri scheme.

        Raises:
            PluginError: no plugin has it, or it cannot be loaded.
        """
        found = self._persistence.get(scheme)
        if found is None:
            registry = self.plugins()
            if self._durable and scheme == "file":
                found = registry.load(Kind.PERSISTENCE, scheme)(durable=True)
            else:
                found = registry.create(Kind.PERSISTENCE, scheme)
            self._persistence[scheme] = found
        return found

    def runtime(self, payload: str) -> TaskRuntime | None:
        """Return what is to be around the functions of tasks with a payload of that full name; None: nothing.

        Raises:
            PluginError: it cannot be loaded.
        """
        if payload not in self._runtimes:
            registry = self.plugins()
            known = registry.find(Kind.TASK_RUNTIME, payload) is not None
            self._runtimes[payload] = registry.create(Kind.TASK_RUNTIME, payload) if known else None
        return self._runtimes[payload]

    def close(self) -> None:
        """Have runtimes free what they keep. What one of them raises is printed."""
        for payload, runtime in self._runtimes.items():
            try:
                if runtime is not None:
                    runtime.close()
            except Exception as error:  # noqa: BLE001 - the others are to be closed, and the process to end in order
                print(f"The runtime of {payload} could not be closed: {error!r}", file=sys.stderr)  # noqa: T201 - a log
        self._runtimes = {"": None}

    def find_secret(self, name: str, group: str | None) -> str | None:
        """Return a secret's value from the first provider that has it, or None."""
        registry = self.plugins()
        for record in registry.records(Kind.SECRET_PROVIDER):
            value: str | None = registry.create(Kind.SECRET_PROVIDER, record.key).get(name, group)
            if value is not None:
                return value
        return None

    def flush(self) -> None:
        """Write out what task code printed so far."""
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (ValueError, OSError, AttributeError):
                # Task code may have closed or replaced it.
                continue
