"""What plugins put around the functions of tasks that have their payloads, in this process."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from godwit_plugin_api.errors import InvalidInput, PluginError
from godwit_plugin_api.task_runtime import RESERVED_NAMES, RuntimeAttempt, TaskRuntime
from godwitidl.runner.v1.runner_pb2 import Attempt

from godwit.runner.loading import LoadedTask


def _tell_nobody(_attempt: str, _name: str, _url: str) -> None:
    """Tell nobody of a link."""


def check_link(name: object, url: object) -> None:
    """Check what a task or a runtime tells as a link.

    Raises:
        InvalidInput: the name or the url is empty, or no text.
    """
    if not (isinstance(name, str) and isinstance(url, str) and name and url):
        raise InvalidInput(f"A link is a name and a url, both texts; got {name!r} and {url!r}.")


class Surroundings(NamedTuple):
    """Where attempts of this process run, and who is told of them.

    Attributes:
        rank: which of several workers this process is; None where there is one alone.
        report: path at which whoever started the process looks for the report; None: it is kept with the outputs.
        link: takes the attempt's id, and the name and url of a place to look at its work.
    """

    rank: int | None = None
    report: Path | None = None
    link: Callable[[str, str, str], None] = _tell_nobody

    @property
    def gives_result(self) -> bool:
        """Whether what the function returns here is the attempt's result: of several workers, that of the first."""
        return not self.rank


ALONE: Final = Surroundings()
_NOTHING: Final[AbstractContextManager[Mapping[str, Any]]] = nullcontext({})


def within(
    runtime: TaskRuntime | None,
    task: LoadedTask,
    attempt: Attempt,
    environment: Callable[[], AbstractContextManager[None]],
    report: Callable[[], Path],
    surroundings: Surroundings,
    secret: Callable[[str, str | None], str | None],
) -> AbstractContextManager[Mapping[str, Any]]:
    """Return the context in which *attempt* runs; it yields what the runtime of its task gives, by name.

    Args:
        runtime: of the task's payload; None: there is none, and the context is empty.
        task: the task.
        attempt: the attempt.
        environment: has the task's variables set meanwhile.
        report: returns the path of the attempt's report.
        surroundings: where this is.
        secret: returns the value of a secret by its name and group; None: nobody has it.

    Raises:
        PluginError: on entering, the runtime gives what the context has already.
    """
    if runtime is None:
        return _NOTHING
    seen = _seen(task, attempt, report(), surroundings)._replace(secret=secret)
    return _entered(runtime, seen, environment)


def _seen(task: LoadedTask, attempt: Attempt, report: Path, surroundings: Surroundings) -> RuntimeAttempt:
    return RuntimeAttempt(
        id=attempt.id,
        execution=attempt.execution,
        node_path=attempt.node_path,
        number=attempt.attempt,
        task=task.spec,
        payload=task.spec.payload,
        source_root=task.source_root,
        output_prefix=attempt.output_prefix,
        report=report,
        rank=surroundings.rank,
        link=partial(surroundings.link, attempt.id),
    )


@contextmanager
def _entered(
    runtime: TaskRuntime, attempt: RuntimeAttempt, environment: Callable[[], AbstractContextManager[None]]
) -> Iterator[Mapping[str, Any]]:
    with environment(), runtime.around(attempt) as given:
        taken = sorted(RESERVED_NAMES.intersection(given))
        if taken:
            raise PluginError(
                f"The runtime of {attempt.payload.TypeName()} gives {', '.join(taken)}, which every context has.",
                hint="This is a defect of the plugin; tell its authors.",
                code="PLUGIN_TARGET_FAILED",
            )
        yield given
