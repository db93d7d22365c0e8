"""Parts of types, as far as expressions ask for them."""

from collections.abc import Sequence

from godwitidl.core.v1.values_pb2 import Type


def enum_of(of: Type | None) -> Type | None:
    """Return *of* if it is an enum, and not nullable; else None."""
    return of if of is not None and of.WhichOneof("kind") == "enum" and not of.nullable else None


def part_of(expected: Type | None, *kinds: str) -> Type | None:
    """Return *expected*, or the one member of the union that it is, if it is of one of *kinds*; else None."""
    if expected is None:
        return None
    if expected.WhichOneof("kind") != "union":
        return expected if expected.WhichOneof("kind") in kinds else None
    members = [member.type for member in expected.union.members if member.type.WhichOneof("kind") in kinds]
    return members[0] if len(members) == 1 else None


def member_types(container: Type) -> Sequence[Type] | None:
    """Return the types of what is in *container*, of a map its keys; None if it holds nothing."""
    kind = container.WhichOneof("kind")
    if kind == "list":
        return (container.list.item,)
    if kind == "set":
        return (container.set.item,)
    if kind == "map":
        return (container.map.key,)
    return container.tuple.items if kind == "tuple" else None
