"""What residents keep in Ray's memory for each other: references by uri, the oldest given up when there are many."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from godwitidl.core.v1.values_pb2 import NamedLiterals
from godwitidl.runner.v1.runner_pb2 import Attempt

from godwit_ray.object_values import uris_in

_MOST: Final = 1_000


class SharedObjects:
    """References to contents of blobs, by uri. Ray itself moves to disk what does not fit into its memory."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Any] = OrderedDict()

    def keep(self, kept: Mapping[str, Any]) -> None:
        """Keep what a resident has stored."""
        self._kept.update(kept)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def near(self, attempts: Iterable[Attempt]) -> Mapping[str, Any]:
        """Return references to what *attempts* read, as far as it is kept."""
        if not self._kept:
            return {}
        uris = {uri for one in attempts for uri in uris_in(NamedLiterals.FromString(one.inputs))}
        return {uri: self._kept[uri] for uri in uris if uri in self._kept}
