"""Tasks without a Python function: a payload says all that a backend needs to do the work."""

from collections.abc import Mapping
from types import GenericAlias
from typing import Any, TypeVar, Unpack, overload

from godwit.amounts import invalid
from godwit.annotation import near
from godwit.errors import DeclarationError
from godwit.places import Place, place_of_caller
from godwit.signature import MISSING, Parameter, Signature, read_outputs
from godwit.task_config import TaskConfig, checked_config
from godwit.task_settings import TaskOptions, TaskSettings, settings_of
from godwit.tasks import Task
from godwit.tracing import match_arguments

R = TypeVar("R")


class DeclaredTask(Task[..., R]):
    """A task that no function stands for. Made by `declare_task`."""

    def __init__(
        self,
        name: str,
        signature: Signature,
        settings: TaskSettings,
        config: TaskConfig,
        documentation: str,
        place: Place,
    ) -> None:
        def in_place(*args: Any, **kwargs: Any) -> R:
            given = {entry.name: value for entry, value in match_arguments(self, args, kwargs)}
            defaults = {entry.name: entry.default for entry in signature.parameters if entry.default is not MISSING}
            result: R = config.run_in_place({**defaults, **given})
            return result

        in_place.__name__ = in_place.__qualname__ = name
        in_place.__module__ = place.module
        in_place.__doc__ = documentation
        self._begin(in_place, settings, None)
        self.signature = signature
        self._place = place

    @property
    def has_function(self) -> bool:
        """False."""
        return False

    @property
    def place(self) -> Place:
        """Where it is declared, under the name that it was given."""
        return self._place


@overload
def declare_task(
    name: str,
    *,
    task_config: TaskConfig,
    inputs: Mapping[str, Any] | None = None,
    outputs: type[R],
    defaults: Mapping[str, Any] | None = None,
    description: str = "",
    stack_level: int = 1,
    **settings: Unpack[TaskOptions],
) -> Task[..., R]: ...
@overload
def declare_task(
    name: str,
    *,
    task_config: TaskConfig,
    inputs: Mapping[str, Any] | None = None,
    outputs: None = None,
    defaults: Mapping[str, Any] | None = None,
    description: str = "",
    stack_level: int = 1,
    **settings: Unpack[TaskOptions],
) -> Task[..., None]: ...
@overload
def declare_task(
    name: str,
    *,
    task_config: TaskConfig,
    inputs: Mapping[str, Any] | None = None,
    outputs: Any,
    defaults: Mapping[str, Any] | None = None,
    description: str = "",
    stack_level: int = 1,
    **settings: Unpack[TaskOptions],
) -> Task[..., Any]: ...


def declare_task(
    name: str,
    *,
    task_config: TaskConfig,
    inputs: Mapping[str, Any] | None = None,
    outputs: Any = None,
    defaults: Mapping[str, Any] | None = None,
    description: str = "",
    stack_level: int = 1,
    **settings: Unpack[TaskOptions],
) -> Task[..., Any]:
    """Declare a task that is no Python function: a SQL statement, a job of a web service, a foreign program.

    `gw.declare_task("count_rows", inputs={"day": date}, outputs={"rows": int}, task_config=SnowflakeQuery("…"))` is
    called in a workflow as any other task. The cache version `auto` is made of its payload.

    Args:
        name: its name; the module where it is declared goes before it.
        task_config: what its plugin is to know; it names the backend and has a payload.
        inputs: type of each input, in order.
        outputs: type of each output, in order; or what a function would be annotated to return: a type, a tuple of
            types, a NamedTuple; None: nothing.
        defaults: values of inputs that may be left out.
        description: what it does, as a docstring says it.
        stack_level: which caller declares it, 1 for the one that calls this; a plugin's own constructor says 2.
        settings: `retries`, `cache`, `resources` and the other settings of `task`.

    Raises:
        DeclarationError: a name, type or setting is not as expected.
    """
    if not isinstance(name, str) or not name.isidentifier() or not name.isascii():
        raise invalid("name", "letters, digits and underscores, no digit first", name)
    config = checked_config(task_config)
    if config is None:
        raise invalid("task_config", "a config that says what is to be done", config)
    place = place_of_caller(stack_level - 1)._replace(qualname=name, imported=False)
    where = f"task {name} ({place})"
    signature = declared_signature(inputs or {}, defaults or {}, outputs, where)
    return DeclaredTask(name, signature, settings_of(task_config=config, **settings), config, description, place)


def declared_signature(inputs: Mapping[str, Any], defaults: Mapping[str, Any], outputs: Any, where: str) -> Signature:
    """Return the signature of a task without a function; the arguments are those of `declare_task`.

    Raises:
        DeclarationError: a name or type is not as expected; the message says *where*.
    """
    return _signature(_parameters(inputs, defaults, where), outputs, where)


def _parameters(inputs: Mapping[str, Any], defaults: Mapping[str, Any], where: str) -> tuple[Parameter, ...]:
    for name in inputs:
        if not isinstance(name, str) or not name.isidentifier() or not name.isascii():
            raise invalid(f"An input of {where}", "named by letters, digits and underscores, no digit first", name)
    for name in defaults:
        if name not in inputs:
            raise DeclarationError(
                f"{where[0].upper()}{where[1:]} gives a default to {name}, which is no input of it."
                + near(name, inputs),
                code="UNKNOWN_PARAMETER",
            )
    return tuple(Parameter(name, annotation, defaults.get(name, MISSING)) for name, annotation in inputs.items())


def _signature(parameters: tuple[Parameter, ...], outputs: Any, where: str) -> Signature:
    if not isinstance(outputs, Mapping):
        fields, shape, record = read_outputs(outputs, None, where)
        return Signature(parameters, fields, shape, record)
    annotations: list[Any] = list(outputs.values())
    returned = annotations[0] if len(annotations) == 1 else GenericAlias(tuple, tuple(annotations))
    fields, shape, _ = read_outputs(returned if annotations else None, list(outputs), where)
    return Signature(parameters, fields, shape)
