"""Godwit: typed, durable, cached workflows for machine learning and data.

The names below are all there is; each is loaded when it is first asked for, so that a runner or a command line that
needs a few of them does not pay for all.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from godwit import native
    from godwit.branches import conditional, fail
    from godwit.conditions import coalesce, drop_none, is_in, is_none
    from godwit.context import TaskContext, current_context
    from godwit.declared_tasks import declare_task
    from godwit.elsewhere import reference_task
    from godwit.error_info import ErrorInfo
    from godwit.errors import ConditionFailed, DeclarationError, ExecutionFailed, NonRecoverableError, PromiseError
    from godwit.files import Directory, File, Format
    from godwit.gates import approve, sleep, wait_for_input
    from godwit.given_answers import answers
    from godwit.growth import Growth, grow
    from godwit.homes import Home
    from godwit.imperative import Workflow
    from godwit.launch_plans import LaunchPlan
    from godwit.mapping import MapTask, bound, each, from_item, map_task
    from godwit.marks import Columns, Hash, Trusted
    from godwit.settings import Backoff, Cache, FailurePolicy, Resources, Retry, Secret, Timeouts
    from godwit.tables import Table
    from godwit.task_config import TaskConfig
    from godwit.tasks import Task, task
    from godwit.values import Json, Pickled
    from godwit.workflows import workflow

__all__ = [
    "Backoff",
    "Cache",
    "Columns",
    "ConditionFailed",
    "DeclarationError",
    "Directory",
    "ErrorInfo",
    "ExecutionFailed",
    "FailurePolicy",
    "File",
    "Format",
    "Growth",
    "Hash",
    "Home",
    "Json",
    "LaunchPlan",
    "MapTask",
    "NonRecoverableError",
    "Pickled",
    "PromiseError",
    "Resources",
    "Retry",
    "Secret",
    "Table",
    "Task",
    "TaskConfig",
    "TaskContext",
    "Timeouts",
    "Trusted",
    "Workflow",
    "answers",
    "approve",
    "bound",
    "coalesce",
    "conditional",
    "current_context",
    "declare_task",
    "drop_none",
    "each",
    "fail",
    "from_item",
    "grow",
    "is_in",
    "is_none",
    "map_task",
    "native",
    "reference_task",
    "sleep",
    "task",
    "wait_for_input",
    "workflow",
]

_DOORS = {
    "given_answers": ("answers",),
    "branches": ("conditional", "fail"),
    "gates": ("approve", "sleep", "wait_for_input"),
    "growth": ("Growth", "grow"),
    "homes": ("Home",),
    "mapping": ("MapTask", "bound", "each", "from_item", "map_task"),
    "launch_plans": ("LaunchPlan",),
    "error_info": ("ErrorInfo",),
    "imperative": ("Workflow",),
    "conditions": ("coalesce", "drop_none", "is_in", "is_none"),
    "context": ("TaskContext", "current_context"),
    "errors": ("ConditionFailed", "DeclarationError", "ExecutionFailed", "NonRecoverableError", "PromiseError"),
    "files": ("Directory", "File", "Format"),
    "marks": ("Columns", "Hash", "Trusted"),
    "settings": ("Backoff", "Cache", "FailurePolicy", "Resources", "Retry", "Secret", "Timeouts"),
    "declared_tasks": ("declare_task",),
    "elsewhere": ("reference_task",),
    "tables": ("Table",),
    "task_config": ("TaskConfig",),
    "tasks": ("Task", "task"),
    "values": ("Json", "Pickled"),
    "workflows": ("workflow",),
}
_DOOR_OF = {name: f"godwit.{module}" for module, names in _DOORS.items() for name in names}

if not TYPE_CHECKING:  # a checker that sees __getattr__ takes any name for one that is there

    def __getattr__(name: str) -> Any:
        door = _DOOR_OF.get(name)
        if door is not None:
            value = getattr(importlib.import_module(door), name)
        elif name == "native":
            value = importlib.import_module("godwit.native")
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
