"""Maps: a task, workflow or launch plan called for each item of one or more lists."""

import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar, cast, overload

from godwit.amounts import invalid
from godwit.errors import DeclarationError
from godwit.expression import ItemReference
from godwit.launch_plans import LaunchPlan
from godwit.mapped_arguments import Bound, Each, FromItem, is_mapped, item_count, unmarked
from godwit.nodes import Callee, Inputs, MapNode, Tolerance
from godwit.promise import Promise
from godwit.signature import OutputField, Parameter, Signature
from godwit.tasks import Task
from godwit.tracing import current_trace, match_arguments, needed_trace
from godwit.workflows import AnyWorkflow

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")

Mappable: TypeAlias = Task[..., T] | AnyWorkflow[..., T] | LaunchPlan[T]
"""What a map can go over."""


class MapTask(Callee, Generic[T]):
    """A map over a task, workflow or launch plan. Made by `map_task`.

    Attributes:
        callee: what is called for each item, with what `with_overrides` and `after` changed.
        concurrency: most items at a time; None: no limit of its own.
        tolerance: how many items must succeed.
    """

    def __init__(self, callee: Mappable[Any], concurrency: int | None, tolerance: Tolerance) -> None:
        self.callee = callee
        self.concurrency = concurrency
        self.tolerance = tolerance

    @property
    def kind(self) -> str:
        """That of what it maps."""
        return self.callee.kind

    @property
    def short_name(self) -> str:
        """That of what it maps."""
        return self.callee.short_name

    @property
    def signature(self) -> Signature:
        """What it takes, item by item, and gives: a list for each output, whose items may be None where allowed."""
        signature = self.callee.signature

        def listed(annotation: Any) -> Any:
            return types.GenericAlias(list, (annotation | None if self.tolerance.is_given else annotation,))

        outputs = tuple(OutputField(output.name, listed(output.annotation)) for output in signature.outputs)
        return signature._replace(outputs=outputs)

    def __call__(self, **inputs: Any) -> T:
        """Make a node inside a workflow's body; call it for one item after the other anywhere else.

        An argument that is a list of what its parameter takes is mapped; one that the parameter itself takes is the
        same for each item. Where both fit, `each(…)` or `bound(…)` decides.

        Raises:
            DeclarationError: no argument is mapped, it is not clear which, or lists are of different lengths.
        """
        if current_trace() is None:
            return cast("T", self._call_locally(inputs))
        node = self.node(**inputs)
        return cast("T", node.result if self.signature.outputs else node)

    def node(self, **inputs: Any) -> MapNode:
        """Make a node inside a workflow's body and return it, for `after`; `node.result` is what a call returns.

        Raises:
            DeclarationError: as for a call; or this is no workflow's body.
        """
        trace = needed_trace("map_task(…).node(…)", "Call it without .node.")
        overrides, after = self.callee.calls
        mapped, bound = self._sorted(inputs)
        _check_lengths(self, mapped)
        where = f"map over {self.short_name}"
        over: Inputs = tuple(
            (entry.name, trace.bind(value, types.GenericAlias(list, (entry.annotation,)), f"{entry.name} of {where}"))
            for entry, value in mapped
        )
        items = types.SimpleNamespace()
        for entry, _ in mapped:
            setattr(items, entry.name, Promise(ItemReference(entry.name), entry.annotation, trace))
        fixed: Inputs = tuple(
            (entry.name, trace.bind(_made(value, items), entry.annotation, f"{entry.name} of {where}"))
            for entry, value in bound
        )
        node = MapNode(
            node_id=trace.next_id(),
            name=overrides.name or "",
            after=trace.upstream(after),
            scope=trace,
            callee=self.callee.origin,
            over=over,
            inputs=fixed,
            concurrency=self.concurrency,
            tolerance=self.tolerance,
            overrides=overrides,
            signature=self.signature,
        )
        trace.add(node)
        return node

    def _sorted(self, inputs: Mapping[str, Any]) -> tuple[list[tuple[Parameter, Any]], list[tuple[Parameter, Any]]]:
        """Return the parameters that are mapped and those that are bound, each with its value."""
        mapped: list[tuple[Parameter, Any]] = []
        bound: list[tuple[Parameter, Any]] = []
        for entry, value in match_arguments(self.callee, (), inputs):
            target = mapped if is_mapped(value, entry.annotation, entry.name, self.short_name) else bound
            target.append((entry, unmarked(value)))
        if not mapped:
            raise DeclarationError(
                f"The map over {self.short_name} is given no list to map over.",
                hint="Give at least one input a list of what it takes; gw.each(…) says that a value is one.",
                code="NOTHING_MAPPED",
            )
        return mapped, bound

    def _call_locally(self, inputs: Mapping[str, Any]) -> Any:
        mapped, bound = self._sorted(inputs)
        _check_lengths(self, mapped)
        signature = self.callee.signature
        columns: list[list[Any]] = [[] for _ in signature.outputs]
        failures: list[Exception] = []
        count = len(mapped[0][1])
        for items in zip(*(value for _, value in mapped), strict=True):
            arguments = {entry.name: item for (entry, _), item in zip(mapped, items, strict=True)}
            item = types.SimpleNamespace(**arguments)
            try:
                fixed = {entry.name: _made(value, item) for entry, value in bound}
                values = signature.unpack(self.callee(**fixed, **arguments))
            except Exception as error:
                failures.append(error)
                if not _is_enough(count - len(failures), count, self.tolerance):
                    raise
                values = (None,) * len(columns)
            for column, value in zip(columns, values, strict=True):
                column.append(value)
        return signature.pack(columns)

    def __repr__(self) -> str:
        return f"<map over {self.callee!r}>"


def _made(value: Any, items: Any) -> Any:
    """Return what a bound argument is for one item."""
    return value.make(items) if isinstance(value, FromItem) else value


def _is_enough(successes: int, count: int, tolerance: Tolerance) -> bool:
    if tolerance.min_successes is not None:
        return successes >= min(tolerance.min_successes, count)
    ratio = tolerance.min_success_ratio
    return successes >= (count if ratio is None else ratio * count)


def _check_lengths(map_: MapTask[Any], mapped: Sequence[tuple[Parameter, Any]]) -> None:
    """Check the lengths that are known already; the engine checks the others before any item starts."""
    known = {entry.name: length for entry, value in mapped if (length := item_count(value)) is not None}
    if len(set(known.values())) > 1:
        told = ", ".join(f"{name} has {length}" for name, length in known.items())
        raise DeclarationError(
            f"The map over {map_.short_name} is given lists of different lengths: {told}.",
            hint="Mapped lists go in step: give them equally many items.",
            code="DIFFERENT_LENGTHS",
        )


@overload
def map_task(of: Mappable[None], /, *, concurrency: int | None = None) -> MapTask[None]: ...
@overload
def map_task(of: Mappable[tuple[A, B]], /, *, concurrency: int | None = None) -> MapTask[tuple[list[A], list[B]]]: ...  # type: ignore[overload-overlap]  # narrower ones first
@overload
def map_task(  # type: ignore[overload-overlap]  # narrower ones first
    of: Mappable[tuple[A, B, C]], /, *, concurrency: int | None = None
) -> MapTask[tuple[list[A], list[B], list[C]]]: ...
@overload
def map_task(of: Mappable[T], /, *, concurrency: int | None = None) -> MapTask[list[T]]: ...
@overload
def map_task(
    of: Mappable[None],
    /,
    *,
    concurrency: int | None = None,
    min_success_ratio: float | None = None,
    min_successes: int | None = None,
) -> MapTask[None]: ...
@overload
def map_task(  # type: ignore[overload-overlap]  # narrower ones first
    of: Mappable[tuple[A, B]],
    /,
    *,
    concurrency: int | None = None,
    min_success_ratio: float | None = None,
    min_successes: int | None = None,
) -> MapTask[tuple[list[A | None], list[B | None]]]: ...
@overload
def map_task(  # type: ignore[overload-overlap]  # narrower ones first
    of: Mappable[tuple[A, B, C]],
    /,
    *,
    concurrency: int | None = None,
    min_success_ratio: float | None = None,
    min_successes: int | None = None,
) -> MapTask[tuple[list[A | None], list[B | None], list[C | None]]]: ...
@overload
def map_task(
    of: Mappable[T],
    /,
    *,
    concurrency: int | None = None,
    min_success_ratio: float | None = None,
    min_successes: int | None = None,
) -> MapTask[list[T | None]]: ...


def map_task(
    of: Any,
    /,
    *,
    concurrency: int | None = None,
    min_success_ratio: float | None = None,
    min_successes: int | None = None,
) -> Any:
    """Make a map of a task, workflow or launch plan: `gw.map_task(score, concurrency=8)(row=rows, model=model)`.

    Each output becomes a list, in the order of the items; of several outputs, each a list of its own.

    Args:
        of: what is called for each item; what its `with_overrides` and `after` say holds for the map.
        concurrency: most items at a time; None: no limit of its own.
        min_success_ratio: share of the items, 0 to 1, that must succeed; the outputs of the others are None.
        min_successes: the same, as a number of items.

    Raises:
        DeclarationError: a setting is not as expected.
    """
    if not isinstance(of, Task | AnyWorkflow | LaunchPlan):
        raise invalid("map_task", "a task, a workflow or a launch plan", of)
    if concurrency is not None and not _is_whole(concurrency, least=1):
        raise invalid("concurrency", "a number from 1, or None", concurrency)
    if min_successes is not None and not _is_whole(min_successes, least=0):
        raise invalid("min_successes", "a number from 0, or None", min_successes)
    number = isinstance(min_success_ratio, int | float) and not isinstance(min_success_ratio, bool)
    if min_success_ratio is not None and not (number and 0 <= min_success_ratio <= 1):
        raise invalid("min_success_ratio", "a share from 0 to 1, or None", min_success_ratio)
    if min_successes is not None and min_success_ratio is not None:
        raise invalid("min_successes", "only one of it and min_success_ratio", min_successes)
    return MapTask(of, concurrency, Tolerance(min_successes, min_success_ratio))


def _is_whole(number: object, *, least: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number >= least


def each(values: T) -> T:
    """Say that *values* is mapped over, where a map could also give it to every item as it is."""
    return cast("T", Each(values))


def bound(value: T) -> T:
    """Say that *value* is given to every item of a map as it is, where it could also be mapped over."""
    return cast("T", Bound(value))


def from_item(make: Callable[[Any], T]) -> T:
    """Say that an input of a map is made of the item: `weight=gw.from_item(lambda item: item.row.weight)`.

    *make* is given the items of the inputs that are mapped, as attributes by their names. In a workflow's body these
    are promises, and what it makes of them is computed for each item, without a task.
    """
    return cast("T", FromItem(make))
