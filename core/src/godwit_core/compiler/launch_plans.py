"""Launch plans: a workflow with inputs that are given already."""

from collections.abc import Iterable

from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.launch_plan_pb2 import LaunchPlanSpec
from godwitidl.core.v1.values_pb2 import NamedLiteral
from godwitidl.core.v1.workflow_pb2 import CallTarget

from godwit_core.compiler.plan import BindingPlan, Constant, InputSource, NodePlan, OutputSource, WorkflowPlan
from godwit_core.compiler.problems import Code, suggest
from godwit_core.compiler.scopes import Context
from godwit_core.compiler.signatures import Signature, Slot, repeated
from godwit_core.compiler.targets import Targets


def check_launch_plan(spec: LaunchPlanSpec, targets: Targets, context: Context) -> Signature:
    """Return what a launch plan takes and gives, and record what is wrong with it.

    Args:
        spec: the launch plan.
        targets: the workflows.
        context: what the compilation shares.
    """
    problems = context.problems
    target = targets.find(CallTarget(workflow=spec.workflow))
    if target is None:
        return Signature()
    workflow = target.signature
    for key in repeated(label.key for label in spec.labels):
        problems.add(Code.DUPLICATE_SETTING, f"label {key!r} stands twice.")
    names = [item.name for item in (*spec.default_inputs, *spec.fixed_inputs)]
    for name in repeated(names):
        problems.add(Code.PARAMETER_BOUND_TWICE, f"input {name!r} is given twice.", "Give it a default or fix it.")
    defaults = _constants(spec.default_inputs, workflow, context, "default")
    fixed = _constants(spec.fixed_inputs, workflow, context, "fixed value")
    inputs = {
        name: Slot(name, slot.type, slot.key, slot.required and name not in defaults, defaults.get(name, slot.default))
        for name, slot in workflow.inputs.items()
        if name not in fixed
    }
    return Signature(inputs, workflow.outputs)


def _constants(
    given: Iterable[NamedLiteral], workflow: Signature, context: Context, what: str
) -> dict[str, Constant | None]:
    constants: dict[str, Constant | None] = {}
    for item in given:
        slot = workflow.inputs.get(item.name)
        if slot is None:
            hint = suggest(item.name, workflow.inputs, what="inputs")
            context.problems.add(Code.UNKNOWN_INPUT, f"The workflow has no input {item.name!r}.", hint)
        elif slot.type is not None:
            constants[item.name] = context.constants.constant(
                item.value, slot.type, slot.key, what=f"{what} of input {item.name!r}"
            )
    return constants


def launch_plan_interface(spec: LaunchPlanSpec, workflow: Interface) -> Interface:
    """Return what a launch plan of a workflow with that interface takes and gives."""
    fixed = {item.name for item in spec.fixed_inputs}
    defaults = {item.name: item.value for item in spec.default_inputs}
    interface = Interface(outputs=workflow.outputs)
    for item in workflow.inputs:
        if item.name in fixed:
            continue
        kept = interface.inputs.add()
        kept.CopyFrom(item)
        if item.name in defaults:
            kept.default_value.CopyFrom(defaults[item.name])
    return interface


def wrap_launch_plan(spec: LaunchPlanSpec, workflow: WorkflowPlan, context: Context) -> WorkflowPlan:
    """Return a workflow of one node, `workflow`, that calls *workflow* as a checked launch plan says."""
    fixed = {item.name: item.value for item in spec.fixed_inputs}
    bindings = []
    for item in workflow.interface.inputs:
        if item.name in fixed:
            key = item.type.SerializeToString()
            constant = context.constants.constant(fixed[item.name], item.type, key, what=f"input {item.name!r}")
            assert constant is not None
            bindings.append(BindingPlan(item.name, constant))
            continue
        bindings.append(BindingPlan(item.name, InputSource(item.name)))
    outputs = tuple(output.name for output in workflow.interface.outputs)
    node = NodePlan(
        index=0,
        id="workflow",
        name=workflow.name.rpartition(".")[2],
        task=None,
        workflow=workflow,
        inputs=tuple(bindings),
        outputs=outputs,
        upstream=(),
        downstream=(),
        readers=dict.fromkeys(outputs, 1),
    )
    return WorkflowPlan(
        key=0,
        name=spec.id.name,
        interface=launch_plan_interface(spec, workflow.interface),
        nodes=(node,),
        outputs=tuple(BindingPlan(output, OutputSource(0, output)) for output in outputs),
        run_what_can_run=False,
    )


def bind_launch_plan(
    spec: LaunchPlanSpec, workflow: WorkflowPlan, bound: Iterable[BindingPlan], context: Context
) -> tuple[BindingPlan, ...]:
    """Return bindings of every input of *workflow*, for a node that calls a checked launch plan with *bound*."""
    by_name = {binding.name: binding for binding in bound}
    fixed = {item.name: item.value for item in spec.fixed_inputs}
    for item in workflow.interface.inputs:
        if item.name in fixed:
            key = item.type.SerializeToString()
            constant = context.constants.constant(fixed[item.name], item.type, key, what=f"input {item.name!r}")
            assert constant is not None, "the launch plan was checked"
            by_name[item.name] = BindingPlan(item.name, constant)
    return tuple(by_name[item.name] for item in workflow.interface.inputs)
