"""Godwit: typed, durable, cached workflows for machine learning and data.

The names below are all there is; each is loaded when it is first asked for, so that a runner or a command line that
needs a few of them does not pay for all.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from godwit.conditions import coalesce, drop_none, is_in, is_none
    from godwit.context import TaskContext, current_context
    from godwit.errors import DeclarationError, ExecutionFailed, NonRecoverableError, PromiseError
    from godwit.files import Directory, File, Format
    from godwit.marks import Columns, Hash, Trusted
    from godwit.settings import Backoff, Cache, FailurePolicy, Resources, Retry, Secret, Timeouts
    from godwit.tasks import Task, task
    from godwit.values import Json, Pickled
    from godwit.workflows import Workflow, workflow

__all__ = [
    "Backoff",
    "Cache",
    "Columns",
    "DeclarationError",
    "Directory",
    "ExecutionFailed",
    "FailurePolicy",
    "File",
    "Format",
    "Hash",
    "Json",
    "NonRecoverableError",
    "Pickled",
    "PromiseError",
    "Resources",
    "Retry",
    "Secret",
    "Task",
    "TaskContext",
    "Timeouts",
    "Trusted",
    "Workflow",
    "coalesce",
    "current_context",
    "drop_none",
    "is_in",
    "is_none",
    "task",
    "workflow",
]

_DOORS = {
    "conditions": ("coalesce", "drop_none", "is_in", "is_none"),
    "context": ("TaskContext", "current_context"),
    "errors": ("DeclarationError", "ExecutionFailed", "NonRecoverableError", "PromiseError"),
    "files": ("Directory", "File", "Format"),
    "marks": ("Columns", "Hash", "Trusted"),
    "settings": ("Backoff", "Cache", "FailurePolicy", "Resources", "Retry", "Secret", "Timeouts"),
    "tasks": ("Task", "task"),
    "values": ("Json", "Pickled"),
    "workflows": ("Workflow", "workflow"),
}
_DOOR_OF = {name: f"godwit.{module}" for module, names in _DOORS.items() for name in names}

if not TYPE_CHECKING:  # a checker that sees __getattr__ takes any name for one that is there

    def __getattr__(name: str) -> Any:
        door = _DOOR_OF.get(name)
        if door is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(door), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
