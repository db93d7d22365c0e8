"""Declarations as specs: deterministic, so that the same source gives the same bytes wherever it lies."""

import hashlib
import inspect
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from godwit_plugin_api.errors import GodwitError, InvalidInput
from godwitidl.core.v1.bundle_pb2 import Bundle, Registration
from godwitidl.core.v1.identifiers_pb2 import EntityId
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.task_pb2 import Program, SourceLocation, TaskSpec
from godwitidl.core.v1.workflow_pb2 import (
    FAILURE_POLICY_FAIL_FAST,
    FAILURE_POLICY_RUN_WHAT_CAN_RUN,
    CallTarget,
    WorkflowSpec,
)
from godwitidl.core.v1.workflow_pb2 import (
    Node as NodeMessage,
)

from godwit.docstring import Documentation, parse_docstring
from godwit.errors import DeclarationError
from godwit.expression_spec import binding_message, constant_literal
from godwit.location import Location, locate, project_name
from godwit.settings import FailurePolicy, Retry
from godwit.settings_spec import (
    cache_message,
    environment_messages,
    label_messages,
    overrides_message,
    resources_message,
    retry_message,
    secret_message,
    timeouts_message,
)
from godwit.signature import MISSING, Signature
from godwit.tasks import Task
from godwit.tracing import Node
from godwit.types.registry import TypeRegistry
from godwit.version import VERSION
from godwit.workflows import Workflow

Entity: TypeAlias = Task[..., Any] | Workflow[..., Any]

RUNNER_COMMAND = ("{python}", "-P", "-m", "godwit.runner")
"""Command of the runner of Python tasks; a backend fills in the interpreter.

`-P`: what lies in the folder where the engine was started hides nothing that the runner imports.
"""

DEFAULT_DOMAIN = "development"


_POLICIES = {
    FailurePolicy.FAIL_FAST: FAILURE_POLICY_FAIL_FAST,
    FailurePolicy.RUN_WHAT_CAN_RUN: FAILURE_POLICY_RUN_WHAT_CAN_RUN,
}


def registration_of(
    entities: Sequence[Entity],
    *,
    root: Path,
    types: TypeRegistry,
    project: str | None = None,
    domain: str | None = None,
) -> Registration:
    """Return the specs of *entities* and of all that they refer to, with what depends on this machine.

    Args:
        entities: tasks and workflows.
        root: root folder of the project; names are relative to it.
        types: gives types and literals.
        project: tenant; None: the name of the project in *root*.
        domain: stage of the tenant; None: `development`.

    Raises:
        DeclarationError: an entity cannot be serialized; everything that is wrong is told at once.
    """
    bundle = bundle_of(entities, root=root, types=types)
    return Registration(
        bundle=bundle,
        project=project or project_name(root),
        domain=domain or DEFAULT_DOMAIN,
        version=hashlib.sha256(bundle.SerializeToString(deterministic=True)).hexdigest(),
        source_root=str(root),
        sdk=f"godwit/{VERSION} python/{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}",
    )


def bundle_of(entities: Iterable[Entity], *, root: Path, types: TypeRegistry) -> Bundle:
    """Return the specs of *entities* and of all that they refer to, sorted by name.

    Raises:
        DeclarationError: an entity cannot be serialized; everything that is wrong is told at once.
    """
    return _Serializer(root, types).bundle(entities)


def full_name(entity: Entity, root: Path) -> str:
    """Return the name of *entity* in its spec; raises DeclarationError as `locate`."""
    return locate(entity.origin, root).name


class _Serializer:
    """Makes one bundle; collects what is wrong instead of stopping at the first."""

    def __init__(self, root: Path, types: TypeRegistry) -> None:
        self._root = root
        self._types = types
        self._faults: list[GodwitError] = []
        self._locations: dict[int, Location] = {}

    def bundle(self, entities: Iterable[Entity]) -> Bundle:
        found = self._collect(entities)
        tasks = [self._task(item) for item in found if isinstance(item, Task)]
        workflows = [self._workflow(item) for item in found if isinstance(item, Workflow)]
        self._raise_faults()
        return Bundle(
            tasks=sorted(tasks, key=lambda spec: spec.id.name),
            workflows=sorted(workflows, key=lambda spec: spec.id.name),
        )

    def _collect(self, entities: Iterable[Entity]) -> list[Entity]:
        """Return *entities* with all they refer to, each once, with its location noted."""
        found: list[Entity] = []
        names: dict[tuple[str, str], Entity] = {}
        waiting: list[Entity] = [entity.origin for entity in entities]
        while waiting:
            entity = waiting.pop(0)
            if id(entity) in self._locations:
                continue
            location = self._locate(entity)
            other = names.setdefault((entity.kind, location.name), entity)
            if other is not entity:
                self._faults.append(
                    DeclarationError(
                        f"Two {entity.kind}s are named {location.name}: {other!r} and {entity!r}.",
                        hint="Give one of them another name.",
                        code="DUPLICATE_NAME",
                    )
                )
                continue
            found.append(entity)
            if isinstance(entity, Workflow):
                waiting.extend(self._callees(entity))
        return found

    def _locate(self, entity: Entity) -> Location:
        try:
            location = locate(entity, self._root)
        except DeclarationError as fault:
            self._faults.append(fault)
            location = Location(entity.function.__qualname__, "", "", "", "", 0)
        self._locations[id(entity)] = location
        return location

    def _callees(self, workflow: Workflow[..., Any]) -> list[Entity]:
        try:
            nodes = workflow.trace.nodes
        except InvalidInput as fault:
            self._faults.append(fault)
            return []
        return [node.callee for node in nodes if isinstance(node.callee, Task | Workflow)]

    def _raise_faults(self) -> None:
        if not self._faults:
            return
        texts = dict.fromkeys(str(fault) for fault in self._faults)  # a task's fault shows wherever the task is used
        if len(texts) == 1:
            raise self._faults[0]
        raise DeclarationError("\n".join(texts), code=self._faults[0].code)

    def _task(self, task: Task[..., Any]) -> TaskSpec:
        location = self._locations[id(task)]
        settings = task.settings
        documentation = documentation_of(task)
        return TaskSpec(
            id=EntityId(name=location.name),
            interface=self._interface(task),
            backend=settings.backend,
            program=Program(
                command=RUNNER_COMMAND, arguments=(location.import_folder, location.module, location.qualname)
            ),
            resources=resources_message(settings.resources) if settings.resources else None,
            retries=retry_message(settings.retries) if settings.retries != Retry() else None,
            timeouts=timeouts_message(settings.timeouts) if settings.timeouts else None,
            cache=cache_message(settings.cache) if settings.cache else None,
            secrets=[secret_message(secret) for secret in settings.secrets],
            environment=environment_messages(settings.environment),
            interruptible=settings.interruptible,
            summary=documentation.summary,
            description=documentation.description,
            deprecated=settings.deprecated,
            source=_source(location),
            labels=label_messages(settings.labels),
        )

    def _workflow(self, workflow: Workflow[..., Any]) -> WorkflowSpec:
        location = self._locations[id(workflow)]
        documentation = documentation_of(workflow)
        spec = WorkflowSpec(
            id=EntityId(name=location.name),
            interface=self._interface(workflow),
            failure_policy=_POLICIES[workflow.failure_policy],
            summary=documentation.summary,
            description=documentation.description,
            deprecated=workflow.deprecated,
            source=_source(location),
            labels=label_messages(workflow.labels),
        )
        spec.body.SetInParent()
        try:
            trace = workflow.trace
        except InvalidInput:
            return spec  # the fault is noted already
        for node in trace.nodes:
            self._node(spec.body.nodes.add(), node, workflow.short_name)
        for name, value in trace.outputs:
            where = f"Output {name} of workflow {workflow.short_name}"
            try:
                spec.body.outputs.append(binding_message(name, value, self._types, where))
            except DeclarationError as fault:
                self._faults.append(fault)
        return spec

    def _node(self, message: NodeMessage, node: Node, workflow: str) -> None:
        message.id = node.id
        message.display_name = node.overrides.name or node.callee.short_name
        message.after.extend(node.after)
        target = EntityId(name=self._locations[id(node.callee)].name)
        is_task = isinstance(node.callee, Task)
        message.call.target.CopyFrom(CallTarget(task=target) if is_task else CallTarget(workflow=target))
        for name, value in node.inputs:
            where = f"Input {name} of {node.callee.kind} {node.callee.short_name}, node {node.id} of {workflow}"
            try:
                message.call.inputs.append(binding_message(name, value, self._types, where))
            except DeclarationError as fault:
                self._faults.append(fault)
        overrides = overrides_message(node.overrides)
        if overrides is not None:
            message.call.overrides.CopyFrom(overrides)

    def _interface(self, entity: Entity) -> Interface:
        interface = Interface()
        try:
            signature: Signature = entity.signature
        except DeclarationError as fault:
            self._faults.append(fault)
            return interface
        what = f"{entity.kind} {entity.short_name}"
        for parameter in signature.parameters:
            entry = interface.inputs.add(name=parameter.name, description=parameter.description)
            try:
                entry.type.CopyFrom(self._types.type_of(parameter.annotation))
                if parameter.default is not MISSING:
                    literal = constant_literal(parameter.default, parameter.annotation, self._types)
                    entry.default_value.CopyFrom(literal)
            except GodwitError as error:
                self._note(f"Parameter {parameter.name} of {what}", error)
        for output in signature.outputs:
            entry_out = interface.outputs.add(name=output.name)
            try:
                entry_out.type.CopyFrom(self._types.type_of(output.annotation))
            except GodwitError as error:
                self._note(f"Output {output.name} of {what}", error)
        return interface

    def _note(self, where: str, error: GodwitError) -> None:
        message = f"{where}: {error.message.rstrip('.')}."
        self._faults.append(DeclarationError(message, hint=error.hint, code=error.code))


def documentation_of(entity: Entity) -> Documentation:
    """Return the docstring of *entity* in parts."""
    return parse_docstring(inspect.getdoc(entity.function) or "")


def _source(location: Location) -> SourceLocation | None:
    return SourceLocation(file=location.file, line=location.line) if location.file else None
