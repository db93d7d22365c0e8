"""What the cache version `auto` stands for: a digest of all code that a task can reach, read without running any.

Nothing of it is loaded before a version is asked for.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from godwit.code_versions.resolution import CodeVersions, resolved_versions

__all__ = ["CodeVersions", "resolved_versions"]

if not TYPE_CHECKING:  # a checker that sees __getattr__ takes any name for one that is there

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module("godwit.code_versions.resolution"), name)
