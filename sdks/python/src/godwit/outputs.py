"""Outputs of workflows and branches: what their bodies return, bound to names."""

from typing import Any

from godwit.errors import DeclarationError
from godwit.expression import Expression
from godwit.nodes import Node
from godwit.promise import Promise, fixed_length, promise_parts
from godwit.signature import Shape, Signature
from godwit.tracing import Trace


def bind_outputs(returned: Any, signature: Signature, trace: Trace, where: str) -> list[tuple[str, Expression]]:
    """Return the expression of each of the signature's outputs, of what the body of *where* returned.

    Raises:
        DeclarationError: it returned something of another shape than the signature says.
        PromiseError: it returned a promise of another body.
    """
    capital = where[0].upper() + where[1:]
    if signature.shape is Shape.NOTHING:
        if returned is not None and not isinstance(returned, Node):
            raise DeclarationError(
                f"{capital} is annotated to return nothing, and returns {returned!r}.",
                hint="Annotate the return type.",
                code="UNANNOTATED_RETURN",
            )
        return []
    if returned is None and not _takes_none(signature):
        raise DeclarationError(
            f"{capital} is annotated to return {len(signature.outputs)} output(s), and returns nothing.",
            hint="Return them.",
            code="MISSING_OUTPUT",
        )
    values = (returned,)
    if signature.shape is not Shape.SINGLE:
        values = several(returned)
        if len(values) != len(signature.outputs):
            raise DeclarationError(
                f"{capital} is annotated to return {len(signature.outputs)} outputs, and returns {len(values)}.",
                code="MISSING_OUTPUT",
            )
    return [
        (output.name, trace.bind(value, output.annotation, f"output {output.name} of {where}"))
        for output, value in zip(signature.outputs, values, strict=True)
    ]


def several(returned: Any) -> tuple[Any, ...]:
    """Return the items of a tuple, or of the promise of one; of anything else, itself alone."""
    promised = isinstance(returned, Promise) and fixed_length(promise_parts(returned)[1]) is not None
    return tuple(returned) if promised or isinstance(returned, tuple) else (returned,)


def _takes_none(signature: Signature) -> bool:
    return signature.shape is Shape.SINGLE and type(None) in getattr(signature.outputs[0].annotation, "__args__", ())
