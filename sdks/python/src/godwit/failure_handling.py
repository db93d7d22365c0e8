"""What the failure handler of a workflow is given."""

from godwit.error_info import is_error_info
from godwit.errors import DeclarationError
from godwit.expression import HandledError, InputReference
from godwit.nodes import Callee, Inputs
from godwit.signature import MISSING, Signature


def bind_handler(workflow: str, signature: Signature, handler: Callee) -> Inputs:
    """Return what each parameter of *handler* is bound to: the error, or the workflow's input of that name.

    Args:
        workflow: name of the workflow, for messages.
        signature: what it takes.
        handler: task or workflow that is called when it has failed.

    Raises:
        DeclarationError: a parameter without default is neither.
    """
    inputs = {parameter.name for parameter in signature.parameters}
    bound: list[tuple[str, HandledError | InputReference]] = []
    for parameter in handler.signature.parameters:
        if is_error_info(parameter.annotation):
            bound.append((parameter.name, HandledError()))
        elif parameter.name in inputs:
            bound.append((parameter.name, InputReference(parameter.name)))
        elif parameter.default is MISSING:
            raise DeclarationError(
                f"{handler.kind.capitalize()} {handler.short_name}, which handles failures of workflow {workflow}, "
                f"takes {parameter.name}: neither an input of the workflow nor the error.",
                hint="Give it a default, name it as an input, or annotate it as gw.ErrorInfo.",
                code="UNBOUND_PARAMETER",
            )
    return tuple(bound)
