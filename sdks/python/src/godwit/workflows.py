"""Workflows: typed graphs of nodes, declared by decorating a function whose body is traced, never run."""

import functools
import importlib
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, Generic, NamedTuple, ParamSpec, Protocol, Self, TypeVar, cast, overload

from godwit_plugin_api.errors import InvalidInput

from godwit.amounts import invalid
from godwit.errors import DeclarationError, WorkflowBodyError
from godwit.functions import documentation_of, is_async, unwrap
from godwit.nodes import Callee
from godwit.outputs import bind_outputs
from godwit.places import Place, place_of_function
from godwit.settings import FailurePolicy, pairs_of
from godwit.signature import Signature, check_parameters, describe, read_signature
from godwit.task_settings import Overrides
from godwit.tasks import Task
from godwit.tracing import Trace, current_trace, tracing

P = ParamSpec("P")
R = TypeVar("R")
Q = ParamSpec("Q")
S = TypeVar("S")


class WorkflowSettings(NamedTuple):
    """What a workflow says beside its nodes.

    Attributes:
        failure_policy: what happens to the other nodes when one has failed.
        on_failure: what is called when it has failed; None: nothing.
        run_on_abort: whether that is called on abort, too.
        labels: labels, sorted.
        deprecated: why it should no longer be used; empty: it may be.
    """

    failure_policy: FailurePolicy
    on_failure: Callee | None
    run_on_abort: bool
    labels: tuple[tuple[str, str], ...]
    deprecated: str


def workflow_settings(
    failure_policy: FailurePolicy,
    on_failure: Callee | None,
    labels: Mapping[str, str] | None,
    deprecated: str,
    *,
    run_on_abort: bool,
) -> WorkflowSettings:
    """Return what a workflow says beside its nodes.

    Raises:
        DeclarationError: a setting is not as expected.
    """
    if not isinstance(failure_policy, FailurePolicy):
        raise invalid("failure_policy", "a gw.FailurePolicy", failure_policy)
    if on_failure is not None and not isinstance(on_failure, Task | AnyWorkflow):
        raise invalid("on_failure", "a task or workflow", on_failure)
    if run_on_abort and on_failure is None:
        raise invalid("run_on_abort", "on_failure, which is to be called", run_on_abort)
    return WorkflowSettings(failure_policy, on_failure, run_on_abort, pairs_of("labels", labels), deprecated)


class AnyWorkflow(Callee, Generic[P, R]):
    """A workflow, however it was declared.

    Called inside another workflow's body it makes a node; called anywhere else it is compiled and run by an embedded
    engine on a memory store, with its tasks in this process.

    Attributes:
        declared_name: full name instead of module and function or variable; None: these.
        settings: what it says beside its nodes.
        origin: the workflow that this one was made of by `with_overrides` or `after`; else itself.
    """

    origin: "AnyWorkflow[P, R]"

    def __init__(self, declared_name: str | None, settings: WorkflowSettings) -> None:
        self.declared_name = declared_name
        self.settings = settings
        self.origin = self
        self._after: tuple[object, ...] = ()
        self._name: str | None = None

    @property
    def kind(self) -> str:
        """`workflow`."""
        return "workflow"

    @property
    def place(self) -> Place:
        """Where it is declared."""
        raise NotImplementedError

    @property
    def trace(self) -> Trace:
        """Nodes and outputs.

        Raises:
            InvalidInput: they do not fit.
        """
        raise NotImplementedError

    @property
    def documentation(self) -> str:
        """Its documentation; may be empty."""
        return documentation_of(self)

    @property
    def calls(self) -> tuple[Overrides, tuple[object, ...]]:
        """What calls of it change, and what they wait for."""
        return Overrides(name=self._name), self._after

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Make a node inside another workflow's body; compile and run the workflow anywhere else.

        Raises:
            GodwitError: the workflow cannot be compiled, an input does not fit, or the execution failed.
        """
        trace = current_trace()
        if trace is not None:
            node = trace.call(self.origin, (args, kwargs), *self.calls)
            return cast("R", node.result if self.signature.outputs else node)
        # Running is the one act of authoring that needs an engine; `import godwit` does not load one.
        return cast("R", importlib.import_module("godwit.embedded").run_entity(self, args, kwargs))

    def with_overrides(self, *, name: str) -> Self:
        """Return this workflow, whose calls are shown by *name*."""
        return self._copy(_name=name)

    def after(self, *upstream: object) -> Self:
        """Return this workflow, whose calls wait until the given nodes have succeeded, as `Task.after` does."""
        return self._copy(_after=(*self._after, *upstream))

    def _copy(self, **changes: object) -> Self:
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__, **changes)
        return copy


class TracedWorkflow(AnyWorkflow[P, R]):
    """A workflow that a decorated function declares. Made by `workflow`.

    Attributes:
        function: the decorated function.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        name: str | None,
        outputs: tuple[str, ...] | None,
        settings: WorkflowSettings,
    ) -> None:
        check_parameters(function, "workflow")
        if is_async(function):
            raise DeclarationError(
                f"Workflow {describe(function)} is an `async def`; a workflow's body is traced and awaits nothing.",
                hint="Write `def`.",
                code="ASYNC_WORKFLOW",
            )
        functools.update_wrapper(cast("Any", self), function)
        self.function = function
        self._output_names = outputs
        super().__init__(name, settings)

    @property
    def short_name(self) -> str:
        """Name for people: the function's."""
        return self.function.__name__

    @property
    def place(self) -> Place:
        """Where the function is defined."""
        return place_of_function(self.function)

    @property
    def documentation(self) -> str:
        """The function's docstring; may be empty."""
        return documentation_of(self.function)

    @functools.cached_property
    def signature(self) -> Signature:
        """What the workflow takes and gives, in order.

        Raises:
            DeclarationError: an annotation cannot be resolved, or the return annotation is missing or does not fit.
        """
        return read_signature(self.function, "workflow", self._output_names)

    @functools.cached_property
    def trace(self) -> Trace:
        """Nodes and outputs: the body is traced on first use.

        Raises:
            WorkflowBodyError: the body uses a Python operator on a promise.
            InvalidInput: a call in the body, or what it returns, does not fit; the message begins with the line.
        """
        # The check reads syntax trees, which runners need not know how to do.
        importlib.import_module("godwit.body").check_body(self.function)
        trace = Trace(self.short_name)
        try:
            with tracing(trace):
                returned = self.function(**trace.inputs(self.signature))
            trace.outputs.extend(bind_outputs(returned, self.signature, trace, f"workflow {describe(self.function)}"))
        except InvalidInput as error:
            raise _located(error, self.function) from error
        except Exception as error:
            message = f"The body of the workflow raised {type(error).__name__}: {error}."
            hint = "It is traced before any value is there; what a task does belongs into the task."
            raise _located(WorkflowBodyError(message, hint=hint, code="BODY_FAILED"), self.function, error) from error
        return trace

    def __repr__(self) -> str:
        return f"<workflow {self.function.__module__}.{self.function.__qualname__}>"


def _located(error: InvalidInput, function: Callable[..., Any], cause: BaseException | None = None) -> InvalidInput:
    """Return *error* with the line of the body at which it, or its *cause*, was raised."""
    code = unwrap(function).__code__
    lines: list[int] = []
    traceback = (cause or error).__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code is code:
            lines.append(traceback.tb_lineno)
        traceback = traceback.tb_next
    if not lines:
        return error
    place = f"{PurePath(code.co_filename).name}:{lines[-1]}"
    return type(error)(f"{place}: {error.message}", hint=error.hint, code=error.code)


class WorkflowDecorator(Protocol):
    """What `workflow(…)` with settings returns."""

    def __call__(self, function: Callable[Q, S], /) -> TracedWorkflow[Q, S]:
        """Declare *function* as a workflow."""


@overload
def workflow(function: Callable[P, R], /) -> TracedWorkflow[P, R]: ...
@overload
def workflow(
    *,
    name: str | None = None,
    failure_policy: FailurePolicy = FailurePolicy.FAIL_FAST,
    on_failure: Callee | None = None,
    run_on_abort: bool = False,
    outputs: tuple[str, ...] | list[str] | None = None,
    labels: Mapping[str, str] | None = None,
    deprecated: str = "",
) -> WorkflowDecorator: ...


def workflow(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    failure_policy: FailurePolicy = FailurePolicy.FAIL_FAST,
    on_failure: Callee | None = None,
    run_on_abort: bool = False,
    outputs: tuple[str, ...] | list[str] | None = None,
    labels: Mapping[str, str] | None = None,
    deprecated: str = "",
) -> Any:
    """Declare a function as a workflow: `@gw.workflow` or `@gw.workflow(failure_policy=…)`.

    The body is traced on first use, never at import, and never run: in it, inputs and what tasks return are promises.

    Args:
        function: the function, its parameters and result annotated.
        name: full name instead of module and function.
        failure_policy: what happens to the other nodes when one has failed.
        on_failure: task or workflow that is called once when the workflow has failed. Of its parameters, one annotated
            as `gw.ErrorInfo` gets the error, and the others get the workflow's inputs of their names.
        run_on_abort: whether *on_failure* is called on abort, too.
        outputs: names of the outputs, instead of `result`, or `result_0`, `result_1`, … of a tuple.
        labels: labels, for filters and costs.
        deprecated: why it should no longer be used, and what to use.

    Raises:
        DeclarationError: the function or a setting is not as expected.
    """
    settings = workflow_settings(failure_policy, on_failure, labels, deprecated, run_on_abort=run_on_abort)

    def decorate(decorated: Callable[..., Any]) -> TracedWorkflow[..., Any]:
        names = None if outputs is None else tuple(outputs)
        return TracedWorkflow(decorated, name=name, outputs=names, settings=settings)

    return decorate if function is None else decorate(function)
