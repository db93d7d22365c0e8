"""What the nodes of a cluster have, looked at now and then."""

import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

import ray

from godwit_ray.members import Shape

_LOOK_S: Final = 5.0
_PATIENCE_S: Final = 60.0
"""So long a node that is lost may take to come back, or another in its place."""


class Room:
    """The nodes of the cluster to which this process is connected.

    Args:
        may_grow: whether nodes may come that are larger than those that are there.
    """

    def __init__(self, *, may_grow: bool) -> None:
        self._may_grow = may_grow
        self._nodes: list[dict[str, Any]] = []
        self._resources: Mapping[str, float] = {}
        self._fitted_s: dict[Shape, float] = {}
        self.look()

    @property
    def places(self) -> int:
        """How many attempts of one processor may run at a time."""
        return max(1, int(self._resources.get("CPU", 1)))

    def look(self) -> None:
        """Look at the nodes."""
        self._nodes = [node for node in ray.nodes() if node["Alive"]]
        self._resources = ray.cluster_resources()
        self._looked_s = time.monotonic()

    def fits(self, taken: Iterable[Shape], shape: Shape) -> bool:
        """Return whether there is room for *shape* beside what is *taken*."""
        shapes = [*taken, shape]
        there = self._resources
        return (
            sum(one.cpu for one in shapes) <= there.get("CPU", 0)
            and sum(one.gpu for one in shapes) <= there.get("GPU", 0)
            and sum(one.memory_bytes for one in shapes) <= there.get("memory", 0)
        )

    def fits_ever(self, shape: Shape) -> bool:
        """Return whether a node has what *shape* asks for, if nothing else is there, or had it a moment ago."""
        now_s = time.monotonic()
        if now_s - self._looked_s > _LOOK_S:
            self.look()
        if self._may_grow or self._fits_a_node(shape):
            self._fitted_s[shape] = now_s
            return True
        return now_s - self._fitted_s.get(shape, -_PATIENCE_S) < _PATIENCE_S

    def shortage(self, shape: Shape) -> str:
        """Return what to say of a shape that no node has room for."""
        wanted = ", ".join(f"{name} {value:g}" for name, value in shape.options().items())
        there = "; ".join(", ".join(f"{name} {_has(node, name):g}" for name in _NAMES) for node in self._nodes)
        return f"No node of the Ray cluster has what the task asks for: {wanted}. There are: {there}."

    def _fits_a_node(self, shape: Shape) -> bool:
        return any(
            shape.cpu <= _has(node, "CPU")
            and shape.gpu <= _has(node, "GPU")
            and shape.memory_bytes <= _has(node, "memory")
            for node in self._nodes
        )


_NAMES: Final = ("CPU", "GPU", "memory")


def _has(node: Mapping[str, Any], name: str) -> float:
    amount: float = node["Resources"].get(name, 0)
    return amount
