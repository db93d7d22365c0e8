"""Tasks: typed, versioned units of work, declared by decorating a function."""

import functools
import importlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, cast, overload

from godwit.errors import DeclarationError
from godwit.functions import is_async
from godwit.growth import Growth
from godwit.nodes import Callee, CallNode
from godwit.places import Place, place_of_function
from godwit.settings import (
    Cache,
    Length,
    Resources,
    Retry,
    Secret,
    Timeouts,
    pairs_of,
    retry_of,
    timeouts_of,
)
from godwit.signature import Signature, check_parameters, read_signature
from godwit.task_config import TaskConfig
from godwit.task_settings import Overrides, TaskSettings, changed_config, settings_of
from godwit.tracing import Trace, current_trace, needed_trace

P = ParamSpec("P")
R = TypeVar("R")
Q = ParamSpec("Q")
S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)


class NodeHandle(Protocol[S_co]):
    """A node of a workflow, for what its results alone cannot say."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def result(self) -> S_co:
        """What the call would have returned."""


class Task(Callee, Generic[P, R]):
    """A task.

    Called inside a workflow's body it makes a node and returns promises of its outputs; called anywhere else it calls
    the function. Made by `task`.

    Attributes:
        function: the decorated function.
        settings: how it is run.
        origin: the task that this one was made of by `with_overrides` or `after`; else itself.
    """

    function: Callable[..., Any]
    settings: TaskSettings
    origin: "Task[P, R]"

    def __init__(
        self,
        function: Callable[..., Any],
        settings: TaskSettings,
        *,
        outputs: Sequence[str] | None = None,
        name: str | None = None,
    ) -> None:
        check_parameters(function, "task")
        self._begin(function, settings, name)
        self._output_names = outputs

    def _begin(self, function: Callable[..., Any], settings: TaskSettings, name: str | None) -> None:
        functools.update_wrapper(cast("Any", self), function)
        self.function = function
        self.settings = settings
        self.origin = self
        self.declared_name = name
        self._overrides = Overrides()
        self._after: tuple[object, ...] = ()

    @property
    def kind(self) -> str:
        """`task`."""
        return "task"

    @property
    def has_function(self) -> bool:
        """Whether its function does the work, called by a runner; else its payload says what is to be done."""
        return True

    @property
    def short_name(self) -> str:
        """Name for people: the function's."""
        return self.function.__name__

    @property
    def place(self) -> Place:
        """Where the function is defined."""
        return place_of_function(self.function)

    @property
    def calls(self) -> tuple[Overrides, tuple[object, ...]]:
        """What differs from the task's settings in calls of it, and what they wait for."""
        return self._overrides, self._after

    @functools.cached_property
    def signature(self) -> Signature:
        """What the task takes and gives, in order.

        Raises:
            DeclarationError: an annotation cannot be resolved, or the return annotation is missing or does not fit.
        """
        signature = read_signature(self.function, "task", self._output_names)
        names = [parameter.name for parameter in signature.parameters]
        for name in self.settings.cache.ignored_inputs if self.settings.cache else ():
            if name not in names:
                raise DeclarationError(
                    f"Task {self.short_name} ignores input {name} in its cache; it has {', '.join(names) or 'none'}.",
                    code="UNKNOWN_PARAMETER",
                )
        return signature

    @property
    def is_async(self) -> bool:
        """Whether the function is an `async def`."""
        return is_async(self.function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Make a node inside a workflow's body; call the function anywhere else.

        Raises:
            DeclarationError: inside a workflow, the arguments do not fit.
        """
        trace = current_trace()
        if trace is not None:
            node = self._record(trace, args, kwargs)
            return cast("R", node.result if self.signature.outputs else node)
        if self.is_async:
            # Loading asyncio costs a third of all that `import godwit` may take.
            run = importlib.import_module("asyncio").run
            return cast("R", run(self.function(*args, **kwargs)))
        return cast("R", self.function(*args, **kwargs))

    async def aio(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function, and await it when it is an `async def`."""
        result = self.function(*args, **kwargs)
        return cast("R", await result if self.is_async else result)

    def node(self, *args: P.args, **kwargs: P.kwargs) -> NodeHandle[R]:
        """Make a node inside a workflow's body and return it, for `after`; `node.result` is what a call returns.

        Raises:
            DeclarationError: this is no workflow's body, or the arguments do not fit.
        """
        trace = needed_trace(f"{self.short_name}.node(…)", f"Call {self.short_name}(…) instead.")
        return cast("NodeHandle[R]", self._record(trace, args, kwargs))

    def _record(self, trace: Trace, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> CallNode:
        return trace.call(self.origin, (args, kwargs), self._overrides, self._after)

    def with_overrides(
        self,
        *,
        name: str | None = None,
        retries: int | Retry | None = None,
        cache: Cache | bool | None = None,
        resources: Resources | None = None,
        timeout: Length | Timeouts | None = None,
        interruptible: bool | None = None,
        environment: Mapping[str, str] | None = None,
        backend: str = "",
        task_config: TaskConfig | None = None,
    ) -> "Task[P, R]":
        """Return this task with other settings for the calls made of it: `train.with_overrides(retries=5)(df=df)`.

        None leaves a setting as it is. `cache=False` does without the task's cache, `cache=True` has one. *name* is
        shown for the node. A *task_config* replaces the task's as a whole, and is of the same class.

        Raises:
            DeclarationError: a value is not as expected.
        """
        if cache is True and self.settings.cache is None:
            cache = Cache()
        changes: dict[str, Any] = {
            "name": name,
            "retries": None if retries is None else retry_of(retries, self._growth_beside(retries)),
            "cache": cache,
            "resources": resources,
            "timeouts": timeouts_of(timeout),
            "interruptible": interruptible,
            "environment": pairs_of("environment", environment) if environment else None,
        }
        before = changed_config(self.settings, self._overrides, task_config, backend)
        return self._copy(before._replace(**{key: value for key, value in changes.items() if value is not None}))

    def _growth_beside(self, retries: int | Retry) -> Growth | None:
        """Return how memory goes on growing where a call says only how often its task is tried."""
        own = self._overrides.retries or self.settings.retries
        return own.on_oom if isinstance(retries, int) or retries.on_oom is None else None

    def after(self, *upstream: object) -> "Task[P, R]":
        """Return this task, whose calls wait until the given nodes have succeeded: `publish.after(checked)(path=p)`.

        *upstream* is what calls returned in the same workflow, or nodes made by `node(…)`.
        """
        return self._copy(self._overrides, upstream)

    def _copy(self, overrides: Overrides, after: tuple[object, ...] = ()) -> "Task[P, R]":
        copy: Task[P, R] = Task.__new__(Task)
        copy.__dict__.update(self.__dict__)
        copy._overrides = overrides
        copy._after = (*self._after, *after)
        return copy

    def __repr__(self) -> str:
        return f"<task {self.function.__module__}.{self.function.__qualname__}>"


class TaskDecorator(Protocol):
    """What `task(…)` with settings returns."""

    @overload
    def __call__(self, function: Callable[Q, Coroutine[Any, Any, S]], /) -> Task[Q, S]: ...
    @overload
    def __call__(self, function: Callable[Q, S], /) -> Task[Q, S]: ...


@overload
def task(function: Callable[P, Coroutine[Any, Any, R]], /) -> Task[P, R]: ...
@overload
def task(function: Callable[P, R], /) -> Task[P, R]: ...
@overload
def task(
    *,
    name: str | None = None,
    retries: int | Retry = 0,
    cache: Cache | bool | None = None,
    resources: Resources | None = None,
    on_oom: Growth | None = None,
    timeout: Length | Timeouts | None = None,
    secrets: Sequence[Secret | str] = (),
    environment: Mapping[str, str] | None = None,
    outputs: Sequence[str] | None = None,
    backend: str = "",
    task_config: TaskConfig | None = None,
    interruptible: bool = False,
    max_concurrency: int | None = None,
    queue: str = "",
    labels: Mapping[str, str] | None = None,
    deprecated: str = "",
) -> TaskDecorator: ...


def task(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    retries: int | Retry = 0,
    cache: Cache | bool | None = None,
    resources: Resources | None = None,
    on_oom: Growth | None = None,
    timeout: Length | Timeouts | None = None,
    secrets: Sequence[Secret | str] = (),
    environment: Mapping[str, str] | None = None,
    outputs: Sequence[str] | None = None,
    backend: str = "",
    task_config: TaskConfig | None = None,
    interruptible: bool = False,
    max_concurrency: int | None = None,
    queue: str = "",
    labels: Mapping[str, str] | None = None,
    deprecated: str = "",
) -> Any:
    """Declare a function as a task: `@gw.task` or `@gw.task(retries=2, …)`.

    Args:
        function: the function, its parameters and result annotated.
        name: full name instead of module and function.
        retries: further attempts after any exception, or a `Retry`.
        cache: how results are reused; True: as `Cache()` says; None or False: not at all.
        resources: what one attempt needs.
        on_oom: `gw.grow(2, max="16Gi")`: an attempt that ran out of memory comes back with more; None: with as much.
        timeout: longest run of one attempt, a timedelta or seconds; or `Timeouts`.
        secrets: secrets that it may ask for, or their names.
        environment: environment variables.
        outputs: names of the outputs, instead of `result`, or `result_0`, `result_1`, … of a tuple.
        backend: backend that runs it, by key; empty: that of its config, else the engine's default.
        task_config: what a plugin is to know to run it: `Spark(…)`, `Container(…)`.
        interruptible: whether it may run in a place that can be taken away.
        max_concurrency: how many attempts of it may run at a time; None: as many as there is room for.
        queue: named queue that it waits in, whose limit the engine is given: `--queue gpu=2`; empty: none.
        labels: labels, for filters and costs.
        deprecated: why it should no longer be used, and what to use.

    Raises:
        DeclarationError: the function or a setting is not as expected.
    """
    settings = settings_of(
        retries=retries,
        cache=cache,
        resources=resources,
        on_oom=on_oom,
        timeout=timeout,
        secrets=secrets,
        environment=environment,
        backend=backend,
        task_config=task_config,
        interruptible=interruptible,
        max_concurrency=max_concurrency,
        queue=queue,
        labels=labels,
        deprecated=deprecated,
    )

    def decorate(decorated: Callable[..., Any]) -> Task[..., Any]:
        return Task(decorated, settings, outputs=outputs, name=name)

    return decorate if function is None else decorate(function)
