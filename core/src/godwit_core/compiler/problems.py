"""What can be wrong with a spec, and the collection of it."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from godwit_plugin_api.errors import GodwitError
from godwitidl.core.v1.compile_error_pb2 import CompileErrors

MAX_SHOWN_NAMES: Final = 8


class Code(StrEnum):
    """Stable code of a problem. Each stands in `docs/contract/compile_errors.md` with its meaning and remedy."""

    # Names and references
    UNKNOWN_ENTITY = "UNKNOWN_ENTITY"
    AMBIGUOUS_ENTITY = "AMBIGUOUS_ENTITY"
    UNKNOWN_TASK = "UNKNOWN_TASK"
    UNKNOWN_WORKFLOW = "UNKNOWN_WORKFLOW"
    UNKNOWN_LAUNCH_PLAN = "UNKNOWN_LAUNCH_PLAN"
    UNKNOWN_NODE = "UNKNOWN_NODE"
    UNKNOWN_OUTPUT = "UNKNOWN_OUTPUT"
    UNKNOWN_INPUT = "UNKNOWN_INPUT"
    UNKNOWN_PARAMETER = "UNKNOWN_PARAMETER"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    BAD_NAME = "BAD_NAME"
    DUPLICATE_ENTITY = "DUPLICATE_ENTITY"
    DUPLICATE_NODE_ID = "DUPLICATE_NODE_ID"
    DUPLICATE_INPUT = "DUPLICATE_INPUT"
    DUPLICATE_OUTPUT = "DUPLICATE_OUTPUT"
    DUPLICATE_SETTING = "DUPLICATE_SETTING"
    DUPLICATE_FIELD = "DUPLICATE_FIELD"
    DUPLICATE_KEY = "DUPLICATE_KEY"
    UNRESOLVED_REFERENCE = "UNRESOLVED_REFERENCE"
    REFERENCE_MISMATCH = "REFERENCE_MISMATCH"
    # Graph
    CYCLE = "CYCLE"
    UNREACHABLE_NODE = "UNREACHABLE_NODE"
    RECURSION = "RECURSION"
    EMPTY_WORKFLOW = "EMPTY_WORKFLOW"
    # Bindings
    PARAMETER_NOT_BOUND = "PARAMETER_NOT_BOUND"
    PARAMETER_BOUND_TWICE = "PARAMETER_BOUND_TWICE"
    OUTPUT_NOT_BOUND = "OUTPUT_NOT_BOUND"
    OUTPUT_BOUND_TWICE = "OUTPUT_BOUND_TWICE"
    # Types and values
    MISMATCHING_TYPES = "MISMATCHING_TYPES"
    INCONSISTENT_TYPES = "INCONSISTENT_TYPES"
    INVALID_TYPE = "INVALID_TYPE"
    INVALID_VALUE = "INVALID_VALUE"
    INVALID_DEFAULT = "INVALID_DEFAULT"
    ILLEGAL_ENUM_VALUE = "ILLEGAL_ENUM_VALUE"
    UNTYPED_CONSTANT = "UNTYPED_CONSTANT"
    FIELD_NOT_BOUND = "FIELD_NOT_BOUND"
    NOT_ACCESSIBLE = "NOT_ACCESSIBLE"
    INDEX_OUT_OF_RANGE = "INDEX_OUT_OF_RANGE"
    NULLABLE_VALUE = "NULLABLE_VALUE"
    NOT_NULLABLE = "NOT_NULLABLE"
    NOT_COMPARABLE = "NOT_COMPARABLE"
    CONDITION_NOT_BOOL = "CONDITION_NOT_BOOL"
    EXPRESSION_FAILED = "EXPRESSION_FAILED"
    TOO_DEEP = "TOO_DEEP"
    # Nodes and settings
    UNSPECIFIED = "UNSPECIFIED"
    BRANCH_WITHOUT_CASE = "BRANCH_WITHOUT_CASE"
    BRANCH_WITHOUT_DEFAULT = "BRANCH_WITHOUT_DEFAULT"
    MAP_WITHOUT_LIST = "MAP_WITHOUT_LIST"
    NEGATIVE_DURATION = "NEGATIVE_DURATION"
    INVALID_SETTING = "INVALID_SETTING"
    INVALID_OVERRIDE = "INVALID_OVERRIDE"
    CACHE_VERSION_UNRESOLVED = "CACHE_VERSION_UNRESOLVED"
    NOT_SUPPORTED = "NOT_SUPPORTED"


class CompileProblem(NamedTuple):
    """One thing that is wrong with a spec.

    Attributes:
        code: stable code.
        entity: name of the entity that it is in; empty: the bundle as a whole.
        node_id: id of the node that it is in; empty: the entity as a whole.
        message: what was expected, and what came.
        hint: what to do; may be empty.
    """

    code: Code
    entity: str
    node_id: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.entity}, node {self.node_id}" if self.node_id else self.entity
        text = f"{self.code}: {self.message}" + (f" {self.hint}" if self.hint else "")
        return f"{place}: {text}" if place else text


class CompileFailed(GodwitError):  # noqa: N818 - names the fault, as its siblings do
    """A spec is wrong.

    Attributes:
        errors: everything that is wrong, by entity (callers first), then in the order of nodes.
    """

    code = "COMPILE_FAILED"

    def __init__(self, entity: str, errors: Sequence[CompileProblem]) -> None:
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        super().__init__("\n  ".join([f"{entity} does not compile, {count}:", *map(str, errors)]))
        self.errors = tuple(errors)

    def to_message(self) -> CompileErrors:
        """Return the errors as the contract's message."""
        message = CompileErrors()
        for error in self.errors:
            message.errors.add(
                code=error.code,
                entity=error.entity,
                node_id=error.node_id,
                message=error.message,
                hint=error.hint,
            )
        return message


class Problems:
    """Problems in the order in which they are found, each at the place that was named last."""

    __slots__ = ("_entity", "_found", "_node_id")

    def __init__(self) -> None:
        self._found: list[CompileProblem] = []
        self._entity = ""
        self._node_id = ""

    def __len__(self) -> int:
        return len(self._found)

    @property
    def node_id(self) -> str:
        """Node that was named last."""
        return self._node_id

    def enter(self, entity: str, node_id: str = "") -> None:
        """Name the place of the problems to come."""
        self._entity = entity
        self._node_id = node_id

    def at(self, node_id: str) -> None:
        """Name the node of the problems to come, in the same entity. Empty: the entity as a whole."""
        self._node_id = node_id

    def add(self, code: Code, message: str, hint: str = "") -> None:
        """Record a problem."""
        self._found.append(CompileProblem(code, self._entity, self._node_id, message, hint))

    def sorted(self, entities: Iterable[str], node_ids: Iterable[tuple[str, str]]) -> tuple[CompileProblem, ...]:
        """Return the problems by *entities*, then by *node_ids* (entity, id), an entity as a whole first."""
        entity_ranks = {name: rank for rank, name in enumerate(dict.fromkeys(entities))}
        node_ranks = {place: rank for rank, place in enumerate(dict.fromkeys(node_ids))}
        last = len(node_ranks)

        def rank(problem: CompileProblem) -> tuple[int, int]:
            node = node_ranks.get((problem.entity, problem.node_id), last) if problem.node_id else -1
            return entity_ranks.get(problem.entity, -1), node

        return tuple(dict.fromkeys(sorted(self._found, key=rank)))


def place(what: str, path: str) -> str:
    """Return in words a place inside of something: `input 'x' at layers[2].rate`."""
    return f"{what} at {path}" if path else what


def suggest(name: str, known: Iterable[str], *, what: str) -> str:
    """Return a hint for an unknown *name*: the closest of *known* if one is close, else what there is.

    Args:
        name: what came.
        known: what there is.
        what: in words, in the plural: `inputs`, `outputs of n0`.
    """
    names = list(known)
    from difflib import get_close_matches  # noqa: PLC0415 - 1 ms, and needed on the way to an error only

    close = get_close_matches(name, names, n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    if not names:
        return f"There are no {what}."
    shown = ", ".join(names[:MAX_SHOWN_NAMES]) + (", …" if len(names) > MAX_SHOWN_NAMES else "")
    return f"The {what}: {shown}."
