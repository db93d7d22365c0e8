"""What a plugin's authoring half says of a task: which backend runs it, and what that is told beside its spec."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from godwit.amounts import invalid
from godwit.errors import DeclarationError
from godwit.settings import Resources

if TYPE_CHECKING:
    from godwitidl.core.v1.task_pb2 import Container
    from google.protobuf.message import Message


class TaskConfig:
    """How a plugin is to run a task: `@gw.task(task_config=Spark(conf={…}))`.

    To inherit, by a frozen dataclass. Making a config, and importing its module, must be cheap and quiet: what a
    message needs is imported in the methods, which are called when the task is serialized.

    Attributes:
        backend: key of the backend that runs the task. Empty: any, by default the engine's own default.
        other_backends: keys of further backends that run a task with this config, if the task says so by `backend=`.
    """

    __slots__ = ()

    backend: ClassVar[str] = ""
    other_backends: ClassVar[tuple[str, ...]] = ()

    def payload(self) -> "Message | None":
        """Return the message that backend and runner are given, declared in the plugin's package; None: none.

        Equal configs return equal messages, on every machine. Every field counts for the cache version `auto`.
        """
        return None

    def container(self) -> "Container | None":
        """Return the container that the task runs in; None: the backend's default."""
        return None

    def default_resources(self) -> Resources | None:
        """Return what one attempt needs where the task does not say; None: nothing is said."""
        return None

    def run_in_place(self, inputs: Mapping[str, Any]) -> Any:
        """Do the work of a task without a function in this process, and return what a call of it returns.

        For tasks made by `declare_task` that are called outside of a workflow. *inputs* has every input, defaults
        filled in.

        Raises:
            DeclarationError: this cannot be done here, which holds unless a config says otherwise.
        """
        del inputs
        where = f"by the backend {self.backend!r}" if self.backend else "by a backend"
        raise DeclarationError(
            f"A task of {type(self).__name__} is run {where}, and cannot be called as plain Python.",
            hint="Call it in a workflow.",
            code="NOT_IN_PLACE",
        )


def checked_config(config: object) -> TaskConfig | None:
    """Return *config*.

    Raises:
        DeclarationError: it is something else than a config, or None.
    """
    if config is not None and not isinstance(config, TaskConfig):
        raise invalid("task_config", "an object of a class that inherits gw.TaskConfig", config)
    return config


def backend_of(backend: str, config: TaskConfig | None) -> str:
    """Return the backend of a task: *backend* as the task says, else that of its config; empty: the engine's default.

    Raises:
        DeclarationError: the config is for other backends than the one that the task says.
    """
    if config is None or not config.backend:
        return backend
    known = (config.backend, *config.other_backends)
    if backend and backend not in known:
        raise DeclarationError(
            f"task_config={type(config).__name__}(…) is for {' or '.join(map(repr, known))}; got backend={backend!r}.",
            hint="Leave out backend=, or take the config of that backend's plugin.",
            code="BACKEND_CONFLICT",
        )
    return backend or config.backend


def resources_of(resources: Resources | None, config: TaskConfig | None) -> Resources | None:
    """Return what one attempt needs: what the task says, else what its config does."""
    return config.default_resources() if resources is None and config is not None else resources
