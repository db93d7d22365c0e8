"""Packed sources in Ray's memory, each packed once."""

from collections.abc import Iterable, Mapping
from typing import Any

import ray

from godwit_ray.sources import packed


class Archives:
    """References to packed folders."""

    def __init__(self) -> None:
        self._packed: dict[str, Any] = {}

    def of(self, folders: Iterable[str]) -> Mapping[str, Any]:
        """Return references to the packed files of *folders*, by folder.

        Raises:
            InvalidInput: one is too large.
        """
        wanted = {folder for folder in folders if folder}
        for folder in wanted - self._packed.keys():
            self._packed[folder] = ray.put(packed(folder))
        return {folder: self._packed[folder] for folder in wanted}
