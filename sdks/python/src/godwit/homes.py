"""Homes: folders of executions that engines share, used from Python."""

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from godwit.launch_plans import LaunchPlan
    from godwit.tasks import Task
    from godwit.workflows import AnyWorkflow

R = TypeVar("R")


class Home:
    """A folder of executions and their data, as `godwit --home` takes it.

    Attributes:
        path: the folder; it is made when something is put there.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Take the folder *path*; a relative one counts from the working directory."""
        self.path = Path(path).expanduser().absolute()

    def __repr__(self) -> str:
        return f"Home({str(self.path)!r})"

    def submit(
        self,
        entity: "AnyWorkflow[..., Any] | Task[..., Any] | LaunchPlan[Any]",
        inputs: Mapping[str, Any] | None = None,
        *,
        name: str | None = None,
        priority: int = 0,
        max_parallelism: int | None = None,
        overwrite_cache: bool = False,
        backend: str = "",
    ) -> str:
        """Check an execution and store it for an engine that serves this home; return its name. Nothing is run.

        Args:
            entity: what is to be run. It must stand in a file, from which the engine's runners import it.
            inputs: values by name.
            name: of the execution; None: one is made up.
            priority: higher ones are taken first.
            max_parallelism: how many of its attempts may run at a time.
            overwrite_cache: compute although the cache has it, and store the result.
            backend: where tasks run that name no backend: `"ray"`; empty: where those of the engine run that takes it.

        Raises:
            GodwitError: it cannot be compiled, an input does not fit, or the name is taken; nothing is stored.
        """
        options = {
            "name": name,
            "priority": priority,
            "backend": backend,
            "max_parallelism": max_parallelism,
            "overwrite_cache": overwrite_cache,
        }
        return cast("str", _embedded().submit_entity(entity, inputs or {}, self.path, options))

    def serve(self, *, workers: int | None = None, max_executions: int | None = None, until_idle: bool = False) -> None:
        """Take executions of this home that nobody holds, and run them, as `godwit engine run` does.

        Ctrl-C, where this is the main thread, has the engine give back what it holds.

        Args:
            workers: attempts at a time; None: as `config.toml` says, else one for each processor.
            max_executions: executions held at a time.
            until_idle: end when every execution that engines share has ended.

        Raises:
            GodwitError: the store failed, or the lease was lost.
        """
        _embedded().serve_home(self.path, workers, max_executions, until_idle=until_idle)

    def result(
        self,
        entity: "AnyWorkflow[..., R] | Task[..., R] | LaunchPlan[R]",
        name: str,
        *,
        timeout_s: float | None = None,
    ) -> R:
        """Wait for the end of an execution, and return what it gave, as a call of *entity* would.

        Args:
            entity: what was run.
            name: of the execution.
            timeout_s: seconds to wait at most; None: for ever.

        Raises:
            ExecutionFailed: it failed, or was aborted.
            InvalidInput: there is none of that name, or it ran something else.
            TimeoutError: it has not ended in time. It goes on.
        """
        return cast("R", _embedded().stored_result(entity, name, self.path, timeout_s))


def _embedded() -> Any:
    """Return the door to the engine, which is loaded by who runs something only."""
    return importlib.import_module("godwit.embedded")
