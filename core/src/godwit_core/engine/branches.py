"""Branches: which block runs."""

from godwit_core.compiler.plan import BranchPlan, WorkflowPlan
from godwit_core.engine.bindings import BindingError, is_true
from godwit_core.engine.failures import make_error
from godwit_core.engine.phases import Trigger
from godwit_core.engine.state import Node, Values
from godwit_core.engine.work import Work

NO_CASE = "NO_CASE"


def choose(work: Work, node: Node, branch: BranchPlan, values: Values) -> WorkflowPlan | None:
    """Return the block that runs, given what the branch captures; None when the node has failed.

    Conditions are evaluated in order, up to the first that is true: what a later one would fail with does not matter.
    """
    try:
        for case in branch.cases:
            if is_true(case.condition, values, work.execution.load):
                return case.block
    except BindingError as error:
        work.fail(node, make_error(error.code, str(error)), Trigger.BINDING_FAILED)
        return None
    if branch.otherwise is None:
        work.fail(node, make_error(NO_CASE, branch.fail), Trigger.NO_CASE)
    return branch.otherwise
