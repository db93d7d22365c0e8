"""Godwit: typed, durable, cached workflows for machine learning and data."""

from godwit.conditions import coalesce, drop_none, is_in, is_none
from godwit.errors import DeclarationError, NonRecoverableError, PromiseError
from godwit.settings import Backoff, Cache, FailurePolicy, Resources, Retry, Secret, Timeouts
from godwit.task import Task, task
from godwit.workflow import Workflow, workflow

__all__ = [
    "Backoff",
    "Cache",
    "DeclarationError",
    "FailurePolicy",
    "NonRecoverableError",
    "PromiseError",
    "Resources",
    "Retry",
    "Secret",
    "Task",
    "Timeouts",
    "Workflow",
    "coalesce",
    "drop_none",
    "is_in",
    "is_none",
    "task",
    "workflow",
]
