"""Workflows whose nodes are added by calls, one after the other, instead of by a function's body."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from godwit.amounts import invalid
from godwit.branches import annotation_of
from godwit.errors import DeclarationError
from godwit.expression import InputReference
from godwit.nodes import Callee
from godwit.places import Place, place_of_caller, variable_of
from godwit.promise import Promise
from godwit.settings import FailurePolicy
from godwit.signature import MISSING, OutputField, Parameter, Shape, Signature
from godwit.tracing import Trace, current_trace, tracing
from godwit.workflows import AnyWorkflow, workflow_settings


class Workflow(AnyWorkflow[..., Any]):
    """A workflow that is built by calls.

    ```python
    scoring = gw.Workflow()
    count = scoring.add_input("count", int, default=4)
    rows = scoring.add(load, count=count)
    scoring.add_output("score", scoring.add(score, rows=rows))
    ```

    What a function's body may hold, `with scoring.body():` may hold, too. The whole is checked when it is first used,
    and stays as it is from then on.

    Args:
        name: full name instead of module and variable.
        failure_policy: what happens to the other nodes when one has failed.
        on_failure: what is called once when the workflow has failed, as for `workflow`.
        run_on_abort: whether that is called on abort, too.
        description: documentation.
        labels: labels, for filters and costs.
        deprecated: why it should no longer be used, and what to use.

    Raises:
        DeclarationError: a setting is not as expected.
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        failure_policy: FailurePolicy = FailurePolicy.FAIL_FAST,
        on_failure: Callee | None = None,
        run_on_abort: bool = False,
        description: str = "",
        labels: Mapping[str, str] | None = None,
        deprecated: str = "",
    ) -> None:
        settings = workflow_settings(failure_policy, on_failure, labels, deprecated, run_on_abort=run_on_abort)
        super().__init__(name, settings)
        self._place = place_of_caller()
        self._description = description
        self._parameters: list[Parameter] = []
        self._outputs: list[OutputField] = []
        self._trace = Trace(name or "the workflow")
        self._signature: list[Signature] = []

    @property
    def short_name(self) -> str:
        """Name for people: the last part of its name, or the variable that holds it."""
        name = self.declared_name or variable_of(self.origin, self.place.namespace)
        return name.rpartition(".")[2] or "workflow"

    @property
    def place(self) -> Place:
        """Where it is made."""
        return self._place

    @property
    def documentation(self) -> str:
        """Its description; may be empty."""
        return self._description

    @property
    def signature(self) -> Signature:
        """What it takes and gives. Nothing can be added from now on."""
        if not self._signature:
            count = len(self._outputs)
            shape = (Shape.NOTHING, Shape.SINGLE)[count] if count < 2 else Shape.TUPLE
            self._signature.append(Signature(tuple(self._parameters), tuple(self._outputs), shape))
        return self._signature[0]

    @property
    def trace(self) -> Trace:
        """Nodes and outputs. Nothing can be added from now on.

        Raises:
            DeclarationError: there are none.
        """
        _ = self.signature
        if not self._trace.nodes and not self._trace.outputs:
            raise DeclarationError(
                f"Workflow {self.short_name} ({self.place}) has no nodes and no outputs.",
                hint="Add them before it is used: workflow.add(task, …).",
                code="INVALID_DECLARATION",
            )
        return self._trace

    def add_input(self, name: str, annotation: Any, *, default: Any = MISSING, description: str = "") -> Any:
        """Add an input and return the promise of its value.

        Args:
            name: its name.
            annotation: its type.
            default: its value where none is given; left out: it is required.
            description: documentation.

        Raises:
            DeclarationError: there is one of that name already, or the workflow is in use.
        """
        self._check_open()
        self._check_name("input", name, [entry.name for entry in self._parameters])
        self._parameters.append(Parameter(name, annotation, default, description))
        return Promise(InputReference(name), annotation, self._trace)

    def add(self, callee: Callee, /, **inputs: Any) -> Any:
        """Add a call and return what it returns: promises, or the node of what has no outputs.

        Args:
            callee: a task, workflow, launch plan, or map.
            **inputs: its inputs: values, promises, or values with promises inside.

        Raises:
            DeclarationError: the inputs do not fit, or the workflow is in use.
        """
        called: Any = callee
        if not isinstance(called, Callee) or not callable(called):
            raise invalid("Workflow.add", "a task, workflow, launch plan or map", callee)
        with self.body():
            return called(**inputs)

    @contextlib.contextmanager
    def body(self) -> Iterator[None]:
        """Add what is called while the context is open, as in the body of a `@gw.workflow`.

        Raises:
            DeclarationError: the workflow is in use, or another one's body is open.
        """
        self._check_open()
        if current_trace() not in {None, self._trace}:
            raise DeclarationError(
                f"Workflow {self.short_name} cannot be added to in the body of another workflow.",
                hint="Build it at the top of a module.",
                code="WORKFLOW_IN_USE",
            )
        with tracing(self._trace):
            yield

    def add_output(self, name: str, value: Any, annotation: Any = None) -> None:
        """Add an output.

        Args:
            name: its name.
            value: its value: a promise, or a value with promises inside.
            annotation: its type; None: that of the promise.

        Raises:
            DeclarationError: there is one of that name already, its type is not known, or the workflow is in use.
        """
        self._check_open()
        self._check_name("output", name, [entry.name for entry in self._outputs])
        known = annotation_of(value) if annotation is None else annotation
        if known is Any or known is type(None):
            raise DeclarationError(
                f"The type of output {name} of workflow {self.short_name} is not known.",
                hint=f'Say it: add_output("{name}", …, list[int]).',
                code="UNANNOTATED_RETURN",
            )
        expression = self._trace.bind(value, known, f"output {name} of workflow {self.short_name}")
        self._outputs.append(OutputField(name, known))
        self._trace.outputs.append((name, expression))

    def _check_open(self) -> None:
        if self._signature:
            raise DeclarationError(
                f"Workflow {self.short_name} ({self.place}) is in use already; nothing can be added to it.",
                hint="Add everything before it is called, run or serialized.",
                code="WORKFLOW_IN_USE",
            )

    def _check_name(self, kind: str, name: str, known: list[str]) -> None:
        if not isinstance(name, str) or not name.isidentifier():
            raise invalid(f"The name of an {kind}", "an identifier", name)
        if name in known:
            code = "DUPLICATE_INPUT" if kind == "input" else "DUPLICATE_OUTPUT"
            raise DeclarationError(
                f"Workflow {self.short_name} has an {kind} {name} already.",
                hint="Give it another name.",
                code=code,
            )

    def __repr__(self) -> str:
        return f"<workflow {self.place.module}.{self.short_name}>"
