"""Workflows: typed graphs of nodes, declared by decorating a function whose body is traced, never run."""

import functools
import importlib
import inspect
import traceback
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, Generic, ParamSpec, Protocol, TypeVar, cast, overload

from godwit_plugin_api.errors import InvalidInput

from godwit.binding import bind
from godwit.body import check_body
from godwit.errors import DeclarationError, WorkflowBodyError
from godwit.promise import Promise, fixed_length, promise_parts
from godwit.settings import FailurePolicy, Overrides, invalid, pairs_of
from godwit.signature import Shape, Signature, check_parameters, describe, read_signature
from godwit.tasks import Task
from godwit.tracing import Node, Trace, current_trace, tracing

P = ParamSpec("P")
R = TypeVar("R")
Q = ParamSpec("Q")
S = TypeVar("S")


class Workflow(Generic[P, R]):
    """A workflow.

    Called inside another workflow's body it makes a node; called anywhere else it is compiled and run by an embedded
    engine on a memory store, with its tasks in this process. Made by `workflow`.

    Attributes:
        function: the decorated function.
        failure_policy: what happens to the other nodes when one has failed.
        labels: labels, sorted.
        deprecated: why it should no longer be used; empty: it may be.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        failure_policy: FailurePolicy,
        outputs: tuple[str, ...] | None,
        name: str | None,
        labels: tuple[tuple[str, str], ...],
        deprecated: str,
    ) -> None:
        check_parameters(function, "workflow")
        if inspect.iscoroutinefunction(function):
            raise DeclarationError(
                f"Workflow {describe(function)} is an `async def`; a workflow's body is traced and awaits nothing.",
                hint="Write `def`.",
                code="ASYNC_WORKFLOW",
            )
        functools.update_wrapper(cast("Any", self), function)
        self.function = function
        self.failure_policy = failure_policy
        self.labels = labels
        self.deprecated = deprecated
        self.declared_name = name
        self.origin = self
        self._output_names = outputs
        self._after: tuple[object, ...] = ()
        self._name: str | None = None

    @property
    def kind(self) -> str:
        """`workflow`."""
        return "workflow"

    @property
    def short_name(self) -> str:
        """Name for people: the function's."""
        return self.function.__name__

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
        check_body(self.function, (Task, Workflow))
        trace = Trace(self.short_name)
        try:
            with tracing(trace):
                returned = self.function(**trace.inputs(self.signature))
            trace.outputs.extend(self._bind_outputs(returned, trace))
        except InvalidInput as error:
            raise _located(error, self.function) from error
        except Exception as error:
            message = f"The body of the workflow raised {type(error).__name__}: {error}."
            hint = "It is traced before any value is there; what a task does belongs into the task."
            raise _located(WorkflowBodyError(message, hint=hint, code="BODY_FAILED"), self.function, error) from error
        return trace

    def _bind_outputs(self, returned: Any, trace: Trace) -> list[tuple[str, Any]]:
        signature = self.signature
        where = f"workflow {describe(self.function)}"
        if signature.shape is Shape.NOTHING:
            if returned is not None and not isinstance(returned, Node):
                raise DeclarationError(
                    f"W{where[1:]} is annotated to return nothing, and returns {returned!r}.",
                    hint="Annotate the return type.",
                    code="UNANNOTATED_RETURN",
                )
            return []
        if returned is None and not _takes_none(signature):
            raise DeclarationError(
                f"W{where[1:]} is annotated to return {len(signature.outputs)} output(s), and returns nothing.",
                hint="Return them.",
                code="MISSING_OUTPUT",
            )
        values = (returned,)
        if signature.shape is not Shape.SINGLE:
            promised = isinstance(returned, Promise) and fixed_length(promise_parts(returned)[1]) is not None
            values = tuple(returned) if promised or isinstance(returned, tuple) else (returned,)
            if len(values) != len(signature.outputs):
                raise DeclarationError(
                    f"W{where[1:]} is annotated to return {len(signature.outputs)} outputs, and returns {len(values)}.",
                    code="MISSING_OUTPUT",
                )
        return [
            (output.name, bind(value, output.annotation, trace, f"output {output.name} of {where}"))
            for output, value in zip(signature.outputs, values, strict=True)
        ]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Make a node inside another workflow's body; compile and run the workflow anywhere else.

        Raises:
            GodwitError: the workflow cannot be compiled, an input does not fit, or the execution failed.
        """
        trace = current_trace()
        if trace is not None:
            node = self._record(trace, args, kwargs)
            return cast("R", node.result if self.signature.outputs else node)
        # Running is the one act of authoring that needs an engine; `import godwit` does not load one.
        return cast("R", importlib.import_module("godwit.embedded").run_workflow(self, args, kwargs))

    def _record(self, trace: Trace, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Node:
        return trace.call(self.origin, (args, kwargs), Overrides(name=self._name), self._after)

    def with_overrides(self, *, name: str) -> "Workflow[P, R]":
        """Return this workflow, whose calls are shown by *name*."""
        return self._copy(_name=name)

    def after(self, *upstream: object) -> "Workflow[P, R]":
        """Return this workflow, whose calls wait until the given nodes have succeeded, as `Task.after` does."""
        return self._copy(_after=(*self._after, *upstream))

    def _copy(self, **changes: object) -> "Workflow[P, R]":
        copy: Workflow[P, R] = Workflow.__new__(Workflow)
        copy.__dict__.update(self.__dict__, **changes)
        return copy

    def __repr__(self) -> str:
        return f"<workflow {self.function.__module__}.{self.function.__qualname__}>"


def _located(error: InvalidInput, function: Callable[..., Any], cause: BaseException | None = None) -> InvalidInput:
    """Return *error* with the line of the body at which it, or its *cause*, was raised."""
    code = inspect.unwrap(function).__code__
    lines = [line for frame, line in traceback.walk_tb((cause or error).__traceback__) if frame.f_code is code]
    if not lines:
        return error
    place = f"{PurePath(code.co_filename).name}:{lines[-1]}"
    return type(error)(f"{place}: {error.message}", hint=error.hint, code=error.code)


def _takes_none(signature: Signature) -> bool:
    return signature.shape is Shape.SINGLE and type(None) in getattr(signature.outputs[0].annotation, "__args__", ())


class WorkflowDecorator(Protocol):
    """What `workflow(…)` with settings returns."""

    def __call__(self, function: Callable[Q, S], /) -> Workflow[Q, S]:
        """Declare *function* as a workflow."""


@overload
def workflow(function: Callable[P, R], /) -> Workflow[P, R]: ...
@overload
def workflow(
    *,
    name: str | None = None,
    failure_policy: FailurePolicy = FailurePolicy.FAIL_FAST,
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
        outputs: names of the outputs, instead of `result`, or `result_0`, `result_1`, … of a tuple.
        labels: labels, for filters and costs.
        deprecated: why it should no longer be used, and what to use.

    Raises:
        DeclarationError: the function or a setting is not as expected.
    """
    if not isinstance(failure_policy, FailurePolicy):
        raise invalid("failure_policy", "a gw.FailurePolicy", failure_policy)

    def decorate(decorated: Callable[..., Any]) -> Workflow[..., Any]:
        return Workflow(
            decorated,
            failure_policy=failure_policy,
            outputs=None if outputs is None else tuple(outputs),
            name=name,
            labels=pairs_of("labels", labels),
            deprecated=deprecated,
        )

    return decorate if function is None else decorate(function)
