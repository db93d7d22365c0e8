"""Values of a node's parameters and of a workflow's outputs, from what they are bound to."""

from collections.abc import Iterable, Mapping, Sequence

from godwit_plugin_api.errors import DataError
from godwitidl.core.v1.expression_pb2 import Expression
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.castability import CastError, coerce
from godwitidl.rules.digest import cast_digest, literal_digest

from godwit_core.compiler.evaluation import EvaluationError, Lookup, evaluate
from godwit_core.compiler.plan import BindingPlan, Cast, Computed, Constant, InputSource, OutputSource, captured
from godwit_core.engine.state import Load, Scope, Value, Values


class BindingError(Exception):
    """A value could not be computed. *code* as in `ExecutionError`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def resolve(scope: Scope, bindings: Sequence[BindingPlan], load: Load) -> Values:
    """Return the value of each of *bindings* in *scope*, in order.

    *load* gives the value of a reference, where a part of it is asked for. What it reads never changes and is named by
    its digest, so that the same state and event still give the same effects.

    Raises:
        BindingError: an index, key or conversion failed.
    """
    values: Values = {}
    for binding in bindings:
        value = _value(scope, binding, load)
        values[binding.name] = value if binding.cast is None else _cast(value, binding.cast, binding.name)
    return values


def _value(scope: Scope, binding: BindingPlan, load: Load) -> Value:
    source = binding.source
    if isinstance(source, OutputSource):
        outputs = scope.nodes[source.node].outputs
        assert outputs is not None, "a reader comes before the outputs are released"
        return outputs[source.output]
    if isinstance(source, Constant):
        return source.value, source.digest
    if isinstance(source, InputSource):
        return scope.inputs[source.name]

    def look_up(reference: Expression) -> Literal:
        kind = reference.WhichOneof("kind")
        if kind == "handled_error":
            literal = Literal()
            literal.error.ParseFromString(scope.handled)
            return literal
        if kind == "workflow_input":
            return Literal.FromString(scope.inputs[reference.workflow_input][0])
        node_id, output = reference.node_output.node_id, reference.node_output.output
        position = source.nodes.get(node_id)
        if position is None:
            return Literal.FromString(scope.inputs[captured(node_id, output)][0])
        outputs = scope.nodes[position].outputs
        assert outputs is not None, "a reader comes before the outputs are released"
        return Literal.FromString(outputs[output][0])

    literal = _evaluated(source.expression, look_up, load, binding.name)
    return literal.SerializeToString(deterministic=True), literal_digest(literal)


def resolve_for_item(
    bindings: Sequence[BindingPlan], captures: Values, items: Mapping[str, bytes], load: Load
) -> Values:
    """Return the value of each of *bindings*, which are made of *items*, by name of their parameters.

    Raises:
        BindingError: an index, key or conversion failed.
    """

    def look_up(reference: Expression) -> Literal:
        kind = reference.WhichOneof("kind")
        if kind == "map_item":
            return Literal.FromString(items[reference.map_item])
        if kind == "workflow_input":
            return Literal.FromString(captures[captured("", reference.workflow_input)][0])
        return Literal.FromString(captures[captured(reference.node_output.node_id, reference.node_output.output)][0])

    values: Values = {}
    for binding in bindings:
        assert isinstance(binding.source, Computed), "what is made of the item is computed"
        literal = _evaluated(binding.source.expression, look_up, load, binding.name)
        value = literal.SerializeToString(deterministic=True), literal_digest(literal)
        values[binding.name] = value if binding.cast is None else _cast(value, binding.cast, binding.name)
    return values


def is_true(condition: Expression, values: Values, load: Load) -> bool:
    """Return the value of a condition over *values*, which a branch has captured.

    Raises:
        BindingError: it has none: an index or key is missing, or values cannot be compared.
    """

    def look_up(reference: Expression) -> Literal:
        name = reference.workflow_input or captured(reference.node_output.node_id, reference.node_output.output)
        return Literal.FromString(values[name][0])

    return _evaluated(condition, look_up, load, "condition").bool_value


def _evaluated(expression: Expression, look_up: Lookup, load: Load, what: str) -> Literal:
    try:
        return evaluate(expression, look_up, load)
    except (EvaluationError, DataError) as error:
        raise BindingError(error.code, f"{what}: {error}") from error


def _cast(value: Value, cast: Cast, name: str) -> Value:
    """Convert an inline value; a reference is passed on, and its reader converts, so only its digest changes."""
    literal = Literal.FromString(value[0])
    if literal.WhichOneof("kind") == "reference":
        return value[0], cast_digest(value[1], cast.source, cast.target)
    try:
        converted = coerce(literal, cast.source, cast.target)
    except CastError as error:
        raise BindingError("CAST_FAILED", f"{name}: {error}") from error
    return converted.SerializeToString(deterministic=True), literal_digest(converted)


def encode_named(values: Iterable[tuple[str, Value]]) -> bytes:
    """Return an encoded `NamedLiterals`, without decoding the values: what passes through stays bytes."""
    parts: list[bytes] = []
    for name, (value, _) in values:
        text = name.encode()
        inner = b"\x0a" + _varint(len(text)) + text + b"\x12" + _varint(len(value)) + value
        parts += (b"\x0a", _varint(len(inner)), inner)
    return b"".join(parts)


def _varint(number: int) -> bytes:
    if number < 0x80:
        return number.to_bytes(1, "big")
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)
