"""What a function takes and gives, read from its annotations."""

import enum
import types
import typing
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from godwit.docstring import parse_docstring
from godwit.errors import DeclarationError, OutputMismatch
from godwit.functions import ABSENT, ArgumentKind, arguments_of, documentation_of, unwrap, yields

if TYPE_CHECKING:
    import ast

MISSING: Any = ABSENT
"""Stands for a default that is not there."""

_KINDS = {ArgumentKind.VALUES: "*", ArgumentKind.NAMES: "**"}


class Shape(enum.Enum):
    """How the outputs make up what the function returns."""

    NOTHING = "nothing"
    SINGLE = "single"
    TUPLE = "tuple"
    NAMED_TUPLE = "named tuple"


class Parameter(NamedTuple):
    """An input. *default* is MISSING where it is required."""

    name: str
    annotation: Any
    default: Any = MISSING
    description: str = ""


class OutputField(NamedTuple):
    """An output."""

    name: str
    annotation: Any


class Signature(NamedTuple):
    """What a function takes and gives, in order.

    Attributes:
        parameters: inputs.
        outputs: outputs.
        shape: how the outputs make up what the function returns.
        record: the NamedTuple class, where the shape is one.
    """

    parameters: tuple[Parameter, ...]
    outputs: tuple[OutputField, ...]
    shape: Shape
    record: Any = None

    def pack(self, values: Sequence[Any]) -> Any:
        """Return what the function would return, made of one value for each output."""
        match self.shape:
            case Shape.NOTHING:
                return None
            case Shape.SINGLE:
                return values[0]
            case Shape.TUPLE:
                return tuple(values)
            case Shape.NAMED_TUPLE:
                return self.record(*values)

    def unpack(self, value: Any) -> tuple[Any, ...]:
        """Return one value for each output, from what the function returned.

        Raises:
            OutputMismatch: it returned something of another shape than its annotation says.
        """
        match self.shape:
            case Shape.SINGLE:
                return (value,)
            case Shape.NOTHING:
                if value is not None:
                    raise OutputMismatch(
                        f"Expected no result, as annotated; got one of type {type(value).__qualname__}.",
                        hint="Annotate the return type, or return nothing.",
                    )
                return ()
            case Shape.TUPLE | Shape.NAMED_TUPLE:
                if not isinstance(value, tuple) or len(value) != len(self.outputs):
                    size = f" of {len(value)}" if isinstance(value, tuple) else ""
                    raise OutputMismatch(
                        f"Expected a tuple of {len(self.outputs)} values, as annotated; "
                        f"got {type(value).__qualname__}{size}.",
                    )
                return tuple(value)


def describe(function: Callable[..., Any]) -> str:
    """Return a function's name and place, for messages: `train (training.py:12)`."""
    code = getattr(unwrap(function), "__code__", None)
    name = getattr(function, "__qualname__", repr(function))
    return f"{name} ({PurePath(code.co_filename).name}:{code.co_firstlineno})" if code else name


def check_parameters(function: Callable[..., Any], kind: str) -> None:
    """Check what can be seen of *function* without resolving its annotations.

    Raises:
        DeclarationError: it is no function, or has parameters without annotation, `*args`, `**kwargs` or
            positional-only parameters.
    """
    if not callable(function) or not isinstance(unwrap(function), types.FunctionType):
        raise DeclarationError(f"A {kind} is made of a function; got {function!r}.", code="NOT_A_FUNCTION")
    if yields(function):
        raise DeclarationError(
            f"A {kind} returns its outputs; {describe(function)} yields.",
            hint="Collect what it yields into a list and return that.",
            code="NOT_A_FUNCTION",
        )
    for parameter in arguments_of(function):
        where = f"{kind} {describe(function)}"
        if parameter.kind in _KINDS:
            raise DeclarationError(
                f"Parameter {_KINDS[parameter.kind]}{parameter.name} of {where} has no fixed type and name.",
                hint="Name each input, or take a list or dict.",
                code="VARIADIC_PARAMETER",
            )
        if parameter.kind is ArgumentKind.POSITIONAL_ONLY:
            raise DeclarationError(
                f"Parameter {parameter.name} of {where} is positional-only; inputs are given by name.",
                hint="Remove the `/` from the signature.",
                code="POSITIONAL_ONLY_PARAMETER",
            )
        if parameter.annotation is ABSENT:
            raise DeclarationError(
                f"Parameter {parameter.name} of {where} has no type annotation.",
                hint=f"Write `{parameter.name}: int`, or whatever its type is.",
                code="UNANNOTATED_PARAMETER",
            )


def read_signature(function: Callable[..., Any], kind: str, outputs: Sequence[str] | None) -> Signature:
    """Return what *function* takes and gives. *outputs* names the outputs, or is None.

    Raises:
        DeclarationError: an annotation cannot be resolved, the return annotation is missing, or names do not fit.
    """
    check_parameters(function, kind)
    hints = resolve_annotations(function, kind)
    documentation = parse_docstring(documentation_of(function))
    parameters = tuple(
        Parameter(one.name, hints[one.name], one.default, documentation.parameters.get(one.name, ""))
        for one in arguments_of(function)
    )
    if "return" not in hints:
        if _returns_value(function):
            raise DeclarationError(
                f"{kind.capitalize()} {describe(function)} returns a value, and has no return annotation.",
                hint="Write `-> T` with the type of what it returns.",
                code="UNANNOTATED_RETURN",
            )
        hints["return"] = None
    fields, shape, record = read_outputs(hints["return"], outputs, f"{kind} {describe(function)}")
    return Signature(parameters, fields, shape, record)


def resolve_annotations(function: Callable[..., Any], kind: str) -> dict[str, Any]:
    """Return the annotations of *function*, with names in quotes resolved.

    Raises:
        DeclarationError: a name in an annotation is not defined.
    """
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, SyntaxError, TypeError, AttributeError) as error:
        raise DeclarationError(
            f"An annotation of {kind} {describe(function)} cannot be resolved: {error}.",
            hint="Import or define at module level every name that annotations use, and not under `if TYPE_CHECKING:`.",
            code="UNRESOLVED_ANNOTATION",
        ) from error


def read_outputs(
    annotation: Any, names: Sequence[str] | None, where: str
) -> tuple[tuple[OutputField, ...], Shape, Any]:
    """Return the outputs that a return annotation declares, with their shape and NamedTuple class."""
    if isinstance(names, str):
        names = [names]
    if annotation is None or annotation is types.NoneType:
        _check_names(names, 0, where)
        return (), Shape.NOTHING, None
    if _is_named_tuple(annotation):
        hints = typing.get_type_hints(annotation, include_extras=True)
        _check_names(names, len(annotation._fields), where)
        chosen = names or annotation._fields
        fields = zip(chosen, annotation._fields, strict=True)
        return tuple(OutputField(name, hints[source]) for name, source in fields), Shape.NAMED_TUPLE, annotation
    items = typing.get_args(annotation) if typing.get_origin(annotation) is tuple else ()
    if items and items[-1] is not Ellipsis and not (names and len(names) == 1):
        _check_names(names, len(items), where)
        chosen = names or [f"result_{number}" for number in range(len(items))]
        return tuple(OutputField(*pair) for pair in zip(chosen, items, strict=True)), Shape.TUPLE, None
    _check_names(names, 1, where)
    return (OutputField(names[0] if names else "result", annotation),), Shape.SINGLE, None


def _check_names(names: Sequence[str] | None, count: int, where: str) -> None:
    if names is None:
        return
    if len(names) != count:
        raise DeclarationError(
            f"{where} names {len(names)} outputs, {', '.join(names)}; its return annotation has {count}.",
            hint="Annotate a tuple with one type for each name.",
            code="OUTPUT_NAMES",
        )
    for position, name in enumerate(names):
        if name in names[:position]:
            raise DeclarationError(
                f"{where} names two outputs {name}.", hint="Give each its own name.", code="DUPLICATE_OUTPUT"
            )
        if not name.isidentifier() or not name.isascii():
            raise DeclarationError(
                f"{where} names an output {name!r}; a name is letters, digits and underscores, no digit first.",
                code="OUTPUT_NAMES",
            )


def _is_named_tuple(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, tuple) and hasattr(annotation, "_fields")


def _returns_value(function: Callable[..., Any]) -> bool:
    """Return whether `return VALUE` stands in *function*, and not only in those inside it."""
    import ast  # noqa: PLC0415 - 2 ms, and needed for functions without return annotation only

    definition = parse_function(function)
    waiting: list[ast.AST] = [] if definition is None else list(definition.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        is_none = isinstance(node, ast.Return) and isinstance(node.value, ast.Constant) and node.value.value is None
        if isinstance(node, ast.Return) and node.value is not None and not is_none:
            return True
        waiting.extend(ast.iter_child_nodes(node))
    return False


def parse_function(function: Callable[..., Any]) -> "ast.FunctionDef | ast.AsyncFunctionDef | None":
    """Return the syntax tree of *function*, with line numbers of its file; None when its source is not at hand."""
    import ast  # noqa: PLC0415 - this and the next: 5 ms that runners do not need
    import inspect  # noqa: PLC0415 - as above

    try:
        lines, first = inspect.getsourcelines(unwrap(function))
        tree = ast.parse(_dedented("".join(lines)))
    except (OSError, TypeError, SyntaxError, IndentationError):
        return None
    definition = tree.body[0] if tree.body else None
    if not isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    ast.increment_lineno(definition, first - 1)
    return definition


def _dedented(source: str) -> str:
    if not source[:1].isspace():
        return source
    import textwrap  # noqa: PLC0415 - 1 ms, and needed for functions inside of others only

    return textwrap.dedent(source)
