"""Declarations as specs: deterministic, so that the same source gives the same bytes wherever it lies."""

import hashlib
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from godwit_plugin_api.errors import GodwitError, InvalidInput
from godwitidl.core.v1.bundle_pb2 import Bundle, EntityReference, Registration
from godwitidl.core.v1.identifiers_pb2 import EntityId
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.launch_plan_pb2 import LaunchPlanSpec
from godwitidl.core.v1.task_pb2 import NativeKind, NativeTask, Program, SourceLocation, TaskSpec
from godwitidl.core.v1.values_pb2 import NamedLiteral
from godwitidl.core.v1.workflow_pb2 import (
    FAILURE_POLICY_FAIL_FAST,
    FAILURE_POLICY_RUN_WHAT_CAN_RUN,
    CallTarget,
    FailureHandler,
    WorkflowSpec,
)

from godwit.code_registration import add_sources, add_versions
from godwit.docstring import Documentation, parse_docstring
from godwit.elsewhere import OutsideTask, ReferencedTask, SpecifiedTask
from godwit.entities import Entity, references_of
from godwit.errors import DeclarationError
from godwit.expression_spec import constant_literal
from godwit.failure_handling import bind_handler
from godwit.functions import documentation_of as documentation_of_function
from godwit.launch_plans import LaunchPlan
from godwit.location import Location, locate, project_name
from godwit.native import NativeTask as NativeDeclaration
from godwit.node_spec import NodeWriter
from godwit.nodes import Callee
from godwit.settings import FailurePolicy, Retry
from godwit.settings_spec import (
    cache_message,
    environment_messages,
    fill_config,
    label_messages,
    resources_message,
    retry_message,
    secret_message,
    timeouts_message,
)
from godwit.signature import MISSING, Signature
from godwit.tasks import Task
from godwit.types.registry import TypeRegistry
from godwit.version import VERSION
from godwit.workflows import AnyWorkflow

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
    only_cached: bool = False,
) -> Registration:
    """Return the specs of *entities* and of all that they refer to, with what depends on this machine.

    Args:
        entities: tasks, workflows, launch plans.
        root: root folder of the project; names are relative to it.
        types: gives types and literals.
        project: tenant; None: the name of the project in *root*.
        domain: stage of the tenant; None: `development`.
        only_cached: leave out the versions of the code of tasks that are not cached.

    Raises:
        DeclarationError: an entity cannot be serialized; everything that is wrong is told at once.
    """
    serializer = _Serializer(root, types)
    bundle = serializer.bundle(entities)
    registration = Registration(
        bundle=bundle,
        project=project or project_name(root),
        domain=domain or DEFAULT_DOMAIN,
        version=hashlib.sha256(bundle.SerializeToString(deterministic=True)).hexdigest(),
        source_root=str(root),
        sdk=f"godwit/{VERSION} python/{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}",
    )
    add_versions(registration, root, only_cached=only_cached)
    add_sources(registration, serializer.specified)
    return registration


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
        self.specified: list[SpecifiedTask[Any]] = []

    def bundle(self, entities: Iterable[Entity]) -> Bundle:
        found = self._collect(entities)
        self.specified = [item for item in found if isinstance(item, SpecifiedTask)]
        own = [item for item in found if isinstance(item, Task) and not isinstance(item, OutsideTask)]
        tasks = [*(self._task(item) for item in own), *(item.spec for item in self.specified)]
        references = [self._reference(item) for item in found if isinstance(item, ReferencedTask)]
        workflows = [self._workflow(item) for item in found if isinstance(item, AnyWorkflow)]
        plans = [self._launch_plan(item) for item in found if isinstance(item, LaunchPlan)]
        self._raise_faults()
        return Bundle(
            tasks=sorted(tasks, key=lambda spec: spec.id.name),
            workflows=sorted(workflows, key=lambda spec: spec.id.name),
            launch_plans=sorted(plans, key=lambda spec: spec.id.name),
            references=sorted(references, key=lambda reference: reference.target.task.name),
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
                        f"Two {entity.kind.replace('_', ' ')}s are named {location.name}: {other!r} and {entity!r}.",
                        hint="Give one of them another name.",
                        code="DUPLICATE_NAME",
                    )
                )
                continue
            found.append(entity)
            try:
                waiting.extend(references_of(entity))
            except InvalidInput as fault:
                self._faults.append(fault)
        return found

    def _locate(self, entity: Entity) -> Location:
        try:
            location = locate(entity, self._root)
        except DeclarationError as fault:
            self._faults.append(fault)
            location = Location(entity.place.qualname or entity.short_name, "", "", "", "", 0)
        self._locations[id(entity)] = location
        return location

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
        if isinstance(task, NativeDeclaration):
            spec = TaskSpec(id=EntityId(name=location.name), interface=self._interface(task), backend=settings.backend)
            spec.payload.Pack(NativeTask(kind=NativeKind.Value(f"NATIVE_KIND_{task.native_kind}")))
            spec.summary = documentation.summary
            return spec
        arguments = (location.import_folder, location.module, location.qualname)
        program = Program(command=RUNNER_COMMAND, arguments=arguments, interleaves=task.is_async)
        spec = TaskSpec(
            id=EntityId(name=location.name),
            interface=self._interface(task),
            backend=settings.backend,
            program=program if task.has_function else None,
            resources=resources_message(settings.resources) if settings.resources else None,
            retries=retry_message(settings.retries) if settings.retries != Retry() else None,
            timeouts=timeouts_message(settings.timeouts) if settings.timeouts else None,
            cache=cache_message(settings.cache) if settings.cache else None,
            secrets=[secret_message(secret) for secret in settings.secrets],
            environment=environment_messages(settings.environment),
            interruptible=settings.interruptible,
            max_concurrency=settings.max_concurrency,
            queue=settings.queue,
            summary=documentation.summary,
            description=documentation.description,
            deprecated=settings.deprecated,
            source=_source(location),
            labels=label_messages(settings.labels),
        )
        try:
            fill_config(spec, settings.task_config)
        except GodwitError as error:
            self._note(f"The config of task {task.short_name}", error)
        return spec

    def _reference(self, task: ReferencedTask[Any]) -> EntityReference:
        return EntityReference(target=self._target(task), interface=self._interface(task))

    def _workflow(self, workflow: AnyWorkflow[..., Any]) -> WorkflowSpec:
        location = self._locations[id(workflow)]
        settings = workflow.settings
        documentation = documentation_of(workflow)
        spec = WorkflowSpec(
            id=EntityId(name=location.name),
            interface=self._interface(workflow),
            failure_policy=_POLICIES[settings.failure_policy],
            summary=documentation.summary,
            description=documentation.description,
            deprecated=settings.deprecated,
            source=_source(location),
            labels=label_messages(settings.labels),
        )
        spec.body.SetInParent()
        try:
            trace = workflow.trace
        except InvalidInput:
            return spec  # the fault is noted already
        writer = NodeWriter(workflow.short_name, self._target, self._types, self._note)
        writer.fill_block(spec.body, trace.body, f"workflow {workflow.short_name}")
        if settings.on_failure is not None:
            self._failure_handler(spec.on_failure, workflow, settings.on_failure, writer)
        return spec

    def _failure_handler(
        self, message: FailureHandler, workflow: AnyWorkflow[..., Any], handler: Callee, writer: NodeWriter
    ) -> None:
        message.target.CopyFrom(self._target(handler))
        message.run_on_abort = workflow.settings.run_on_abort
        try:
            bound = bind_handler(workflow.short_name, workflow.signature, handler)
        except DeclarationError as fault:
            self._faults.append(fault)
            return
        for name, value in bound:
            where = f"Input {name} of the failure handler of workflow {workflow.short_name}"
            writer.bind(message.inputs.add, name, value, where)

    def _target(self, callee: Callee) -> CallTarget:
        origin: Any = callee
        name = EntityId(name=self._locations[id(origin.origin)].name)
        if isinstance(callee, Task):
            return CallTarget(task=name)
        return CallTarget(launch_plan=name) if isinstance(callee, LaunchPlan) else CallTarget(workflow=name)

    def _launch_plan(self, plan: LaunchPlan[Any]) -> LaunchPlanSpec:
        spec = LaunchPlanSpec(
            id=EntityId(name=self._locations[id(plan)].name),
            workflow=EntityId(name=self._locations[id(plan.workflow)].name),
            description=plan.documentation,
            labels=label_messages(plan.labels),
        )
        try:
            parameters = plan.workflow.signature.parameters
            _ = plan.signature
        except DeclarationError as fault:
            self._faults.append(fault)
            return spec
        for given, literals in ((plan.default_inputs, spec.default_inputs), (plan.fixed_inputs, spec.fixed_inputs)):
            for entry in parameters:
                if entry.name not in given:
                    continue
                try:
                    literal = constant_literal(given[entry.name], entry.annotation, self._types)
                    literals.append(NamedLiteral(name=entry.name, value=literal))
                except GodwitError as error:
                    self._note(f"Input {entry.name} of launch plan {plan.short_name}", error)
        return spec

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
        if not where:
            self._faults.append(error)
            return
        message = f"{where}: {error.message.rstrip('.')}."
        self._faults.append(DeclarationError(message, hint=error.hint, code=error.code))


def documentation_of(entity: Entity) -> Documentation:
    """Return the docstring of *entity* in parts."""
    text = documentation_of_function(entity.function) if isinstance(entity, Task) else entity.documentation
    return parse_docstring(text or "")


def _source(location: Location) -> SourceLocation | None:
    return SourceLocation(file=location.file, line=location.line) if location.file else None
