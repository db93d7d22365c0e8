"""What a running task can ask about itself: `current_context()`."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from pathlib import Path
from types import MappingProxyType
from typing import Any

from godwit_plugin_api.errors import GodwitError
from godwit_plugin_api.first_party import CONTEXT_ATTRIBUTES, distribution_of_payload

from godwit.immutable import Immutable


class NotInTask(GodwitError):  # noqa: N818 - names the fault, as its siblings do
    """Something was asked that only a running task can know."""

    code = "NOT_IN_TASK"


class UnknownSecret(GodwitError):  # noqa: N818 - names the fault, as its siblings do
    """A secret was asked for that the task did not declare, or that no provider has."""

    code = "SECRET_NOT_FOUND"


class Secrets(Immutable):
    """The secrets that the task declared: `context.secrets["name"]`. Never shows a value by itself.

    Attributes:
        groups: group of each declared secret, by its name; None where it has none.
        find: returns the value of a secret by name and group, None where no provider has it.
    """

    HIDDEN = ("find",)

    groups: Mapping[str, str | None]
    find: Callable[[str, str | None], str | None]

    def __getitem__(self, name: str) -> str:
        """Return the value of a declared secret.

        Raises:
            UnknownSecret: the task did not declare it, or no provider has it.
        """
        if name not in self.groups:
            declared = ", ".join(sorted(self.groups)) or "none"
            raise UnknownSecret(
                f"Secret {name!r} is not declared by this task; declared: {declared}.",
                hint=f"Write @task(secrets=[Secret({name!r})]).",
            )
        group = self.groups[name]
        value = self.find(name, group)
        if value is None:
            where = f" in group {group!r}" if group else ""
            raise UnknownSecret(f"No secret provider has {name!r}{where}.", hint="Set it for one of the providers.")
        return value


class Checkpoint(Immutable):
    """A folder that the next attempt of the same node finds again, when this one fails.

    Attributes:
        path: the folder; it exists, and holds what the attempt before this one saved.
        save: keeps its content as it is now.
    """

    HIDDEN = ("save",)

    path: Path
    save: Callable[[], None]


class NotProvided(GodwitError, AttributeError):  # noqa: N818 - names the fault, as its siblings do
    """A task's context was asked for what no plugin has put there."""

    code = "NOT_PROVIDED"


def _no_checkpoint() -> None:
    """Return no checkpoint."""


def _no_report() -> Path:
    """Refuse a report.

    Raises:
        NotInTask: always.
    """
    raise NotInTask("No report is kept here.", hint="Run the task in a workflow.")


def _no_link(_name: str, _url: str) -> None:
    """Tell nobody."""


class TaskContext(Immutable):
    """What a running task knows about itself.

    It has further attributes where the task's config is of a plugin that gives them: `current_context().spark`.

    Attributes:
        attempt_id: id of the attempt, unique for ever: the idempotency key for the outside world.
        execution: text form of the execution's id.
        node_path: text form of the node's path.
        attempt: number of the try, from 1.
        secrets: secrets that the task declared.
        create: returns a new local path for a file or folder of a name.
        open_checkpoint: returns the checkpoint; None where none is kept.
        open_report: returns the path of the report.
        link: tells people where the work can be looked at meanwhile, by a name and a url: a dashboard, a page of a job.
        given: what plugins have put here, by name.
        payload: full name of the message that is the task's payload; empty: it has none.
    """

    HIDDEN = ("secrets", "create", "open_checkpoint", "open_report", "link", "given")

    attempt_id: str
    execution: str
    node_path: str
    attempt: int
    secrets: Secrets
    create: Callable[[str], Path]
    open_checkpoint: Callable[[], Checkpoint | None] = _no_checkpoint
    open_report: Callable[[], Path] = _no_report
    link: Callable[[str, str], None] = _no_link
    given: Mapping[str, Any] = MappingProxyType({})
    payload: str = ""

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint of the node.

        Raises:
            NotInTask: none is kept where this runs.
        """
        checkpoint = self.open_checkpoint()
        if checkpoint is None:
            raise NotInTask("No checkpoint is kept here.", hint="Run the task in a workflow.")
        return checkpoint

    @property
    def report(self) -> Path:
        """Where the task may write a page of HTML for people, which is kept with the attempt, also of one that fails.

        Raises:
            NotInTask: none is kept where this runs.
        """
        return self.open_report()

    def __getattr__(self, name: str) -> Any:
        given: Mapping[str, Any] = self.__dict__.get("given", {})
        if name in given:
            return given[name]
        raise NotProvided(
            f"The context of this task has no attribute {name!r}"
            + (f"; beside what every context has, there is {', '.join(sorted(given))}." if given else "."),
            hint=_remedy(name, self.__dict__.get("payload", "")),
        )


def _remedy(name: str, payload: str) -> str:
    """Return what to do that a context has *name*."""
    config = CONTEXT_ATTRIBUTES.get(name, "")
    distribution = distribution_of_payload(payload)
    if config and (not payload or config.partition(".")[0] != distribution.replace("-", "_")):
        return f"Tasks with a config {config}(…) have it: @gw.task(task_config=…)."
    if payload:
        return f"The runtime for the task's payload {payload} gives what there is more" + (
            f"; pip install {distribution} where tasks run." if distribution else "."
        )
    return "A config of a plugin may give more: @gw.task(task_config=…)."


_current: ContextVar[TaskContext | None] = ContextVar("godwit_task_context", default=None)


def current_context() -> TaskContext:
    """Return the context of the task that runs here.

    Raises:
        NotInTask: none does: the function was called as plain Python.
    """
    context = _current.get()
    if context is None:
        raise NotInTask(
            "No task is running here: this was called as a plain function.",
            hint="Run it in a workflow, or take what is needed as an argument.",
        )
    return context


def find_context() -> TaskContext | None:
    """Return the context of the task that runs here, or None."""
    return _current.get()


def enter_context(context: TaskContext) -> Token[TaskContext | None]:
    """Make *context* the one of the task that runs here; for runners."""
    return _current.set(context)


def leave_context(token: Token[TaskContext | None]) -> None:
    """Undo `enter_context`."""
    _current.reset(token)
