"""Launch plans: workflows with inputs that are given already."""

import functools
import importlib
from collections.abc import Mapping
from typing import Any, Generic, Self, TypeVar, cast

from godwit.amounts import invalid
from godwit.annotation import near
from godwit.errors import DeclarationError
from godwit.nodes import Callee
from godwit.places import Place, place_of_caller, variable_of
from godwit.settings import pairs_of
from godwit.signature import Signature
from godwit.task_settings import Overrides
from godwit.tracing import current_trace
from godwit.workflows import AnyWorkflow

R = TypeVar("R")


class LaunchPlan(Callee, Generic[R]):
    """A workflow with bound inputs: `nightly = gw.LaunchPlan(training, fixed_inputs={"full": True})`.

    An entity of its own: `godwit run FILE nightly` runs it, and so does a call of it. Called inside a workflow's body
    it makes a node.

    Args:
        workflow: the workflow.
        name: full name instead of module and variable.
        default_inputs: defaults that replace the workflow's; whoever launches may still replace them.
        fixed_inputs: inputs that whoever launches cannot set.
        description: documentation.
        labels: labels of its executions.

    Raises:
        DeclarationError: a setting is not as expected.
    """

    def __init__(
        self,
        workflow: AnyWorkflow[..., R],
        *,
        name: str | None = None,
        default_inputs: Mapping[str, Any] | None = None,
        fixed_inputs: Mapping[str, Any] | None = None,
        description: str = "",
        labels: Mapping[str, str] | None = None,
    ) -> None:
        if not isinstance(workflow, AnyWorkflow):
            raise invalid("LaunchPlan", "a workflow", workflow)
        self.workflow = workflow.origin
        self.declared_name = name
        self.default_inputs = dict(default_inputs or {})
        self.fixed_inputs = dict(fixed_inputs or {})
        self.documentation = description
        self.labels = pairs_of("labels", labels)
        self.origin = self
        self.place: Place = place_of_caller()
        self._after: tuple[object, ...] = ()
        self._name: str | None = None

    @property
    def kind(self) -> str:
        """`launch_plan`."""
        return "launch_plan"

    @property
    def short_name(self) -> str:
        """Name for people: the last part of its name, or the variable that holds it."""
        name = self.declared_name or variable_of(self.origin, self.place.namespace)
        return name.rpartition(".")[2] or f"of {self.workflow.short_name}"

    @functools.cached_property
    def signature(self) -> Signature:
        """What it takes: the workflow's inputs without the fixed ones, with its own defaults. It gives the same.

        Raises:
            DeclarationError: an input is given that the workflow does not have, or one twice.
        """
        signature: Signature = self.workflow.signature
        names = [parameter.name for parameter in signature.parameters]
        for name in (*self.default_inputs, *self.fixed_inputs):
            if name not in names:
                raise DeclarationError(
                    f"Launch plan {self.short_name} gives input {name}, which {self.workflow!r} does not have."
                    + near(name, names),
                    code="UNKNOWN_PARAMETER",
                )
        twice = [name for name in self.default_inputs if name in self.fixed_inputs]
        if twice:
            raise DeclarationError(
                f"Launch plan {self.short_name} gives {', '.join(twice)} both a default and a fixed value.",
                hint="A fixed input cannot be replaced by whoever launches; a default can.",
                code="INVALID_SETTING",
            )
        parameters = tuple(
            parameter._replace(default=self.default_inputs.get(parameter.name, parameter.default))
            for parameter in signature.parameters
            if parameter.name not in self.fixed_inputs
        )
        return signature._replace(parameters=parameters)

    @property
    def calls(self) -> tuple[Overrides, tuple[object, ...]]:
        """What calls of it change, and what they wait for."""
        return Overrides(name=self._name), self._after

    def __call__(self, **inputs: Any) -> R:
        """Make a node inside a workflow's body; compile and run it anywhere else.

        Raises:
            GodwitError: it cannot be compiled, an input does not fit, or the execution failed.
        """
        trace = current_trace()
        if trace is not None:
            node = trace.call(self.origin, ((), inputs), *self.calls)
            return cast("R", node.result if self.signature.outputs else node)
        return cast("R", importlib.import_module("godwit.embedded").run_entity(self, (), inputs))

    def with_overrides(self, *, name: str) -> Self:
        """Return this launch plan, whose calls are shown by *name*."""
        return self._copy(_name=name)

    def after(self, *upstream: object) -> Self:
        """Return this launch plan, whose calls wait until the given nodes have succeeded, as `Task.after` does."""
        return self._copy(_after=(*self._after, *upstream))

    def _copy(self, **changes: object) -> Self:
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__, **changes)
        return copy

    def __repr__(self) -> str:
        return f"<launch plan {self.place.module}.{self.short_name}>"
