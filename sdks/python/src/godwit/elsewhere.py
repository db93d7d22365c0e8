"""Tasks that are declared elsewhere: in another language, in another package, or in a file that is given later."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, overload

from godwit.declared_tasks import declared_signature
from godwit.errors import DeclarationError
from godwit.places import Place, place_of_caller
from godwit.signature import Signature
from godwit.task_settings import TaskOptions, settings_of
from godwit.tasks import Task

if TYPE_CHECKING:
    from godwitidl.core.v1.task_pb2 import TaskSpec

R = TypeVar("R")


class OutsideTask(Task[..., R]):
    """A task that no Python function stands for, and whose spec is not made here.

    Attributes:
        given_name: full name of the task.
    """

    given_name: str

    def _set_up(self, name: str, signature: Signature, documentation: str, place: Place) -> None:
        def in_place(*_args: Any, **_kwargs: Any) -> R:
            raise DeclarationError(
                f"Task {name} is not declared in Python, so it cannot be called as plain Python.",
                hint="Call it in a workflow.",
                code="NOT_IN_PLACE",
            )

        in_place.__name__ = in_place.__qualname__ = name.rpartition(".")[2]
        in_place.__module__ = place.module
        in_place.__doc__ = documentation
        self._begin(in_place, settings_of(**TaskOptions()), name)
        self.given_name = name
        self.signature = signature
        self._place = place

    @property
    def has_function(self) -> bool:
        """False."""
        return False

    @property
    def place(self) -> Place:
        """Where it is named."""
        return self._place


class ReferencedTask(OutsideTask[R]):
    """A task of which name and interface are known here. Made by `reference_task`."""

    def __init__(self, name: str, signature: Signature, place: Place) -> None:
        self._set_up(name, signature, "", place)


class SpecifiedTask(OutsideTask[R]):
    """A task whose spec was made by another SDK. Made by plugins that read foreign sources.

    Attributes:
        spec: the spec.
        source_root: folder or archive that its runner is given.
        code_version: what the cache version `auto` stands for, and version of all that it can reach; empty: unknown.
    """

    def __init__(
        self, spec: "TaskSpec", signature: Signature, *, source_root: str, code_version: str, place: Place
    ) -> None:
        self._set_up(spec.id.name, signature, spec.description or spec.summary, place)
        self.spec = spec
        self.source_root = source_root
        self.code_version = code_version


@overload
def reference_task(
    name: str, *, inputs: Mapping[str, Any] | None = None, outputs: type[R], defaults: Mapping[str, Any] | None = None
) -> Task[..., R]: ...
@overload
def reference_task(
    name: str,
    *,
    inputs: Mapping[str, Any] | None = None,
    outputs: None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Task[..., None]: ...
@overload
def reference_task(
    name: str, *, inputs: Mapping[str, Any] | None = None, outputs: Any, defaults: Mapping[str, Any] | None = None
) -> Task[..., Any]: ...


def reference_task(
    name: str,
    *,
    inputs: Mapping[str, Any] | None = None,
    outputs: Any = None,
    defaults: Mapping[str, Any] | None = None,
) -> Task[..., Any]:
    """Name a task that is declared elsewhere, be it in another language: `gw.reference_task("dev.example.greet", …)`.

    It is called in a workflow as any other task, and its types are checked there. Who runs the workflow gives the file
    that declares it: `godwit run flow.py flow --with greetings.jar`; then it is checked that the task is what is
    expected here.

    Args:
        name: its full name.
        inputs: type of each input that is given, in order.
        outputs: type of each output that is used, by name; or what a function would be annotated to return.
        defaults: values of inputs that may be left out here; the task itself must have a default of each.

    Raises:
        DeclarationError: a name or type is not as expected.
    """
    if not name or any(sign.isspace() or sign == "/" for sign in name):
        raise DeclarationError(
            f"A reference names a task in full, without spaces and slashes; got {name!r}.",
            hint="Write the name that `godwit serialize` shows.",
            code="INVALID_SETTING",
        )
    place = place_of_caller()._replace(qualname=name.rpartition(".")[2], imported=False)
    where = f"the reference to task {name}"
    return ReferencedTask(name, declared_signature(inputs or {}, defaults or {}, outputs, where), place)
