"""One attempt: inputs read, function called, outputs written."""

import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, Final

from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals
from godwitidl.rules.digest import DigestError, literal_digest
from godwitidl.runner.v1.runner_pb2 import Attempt, Result

from godwit.context import Checkpoint, Secrets, TaskContext, enter_context, leave_context
from godwit.runner.failures import InputMismatch, describe_failure, input_mismatch, output_mismatch
from godwit.runner.loading import LoadedTask, TaskLoadError
from godwit.runner.reports import AttemptReport
from godwit.runner.runtimes import ALONE, Surroundings, within
from godwit.runner.session import Session
from godwit.types.errors import ValueMismatch
from godwit.types.offloading import INLINE_LIMIT_BYTES, MESSAGE_LIMIT_BYTES, offload
from godwit.types.stored_data import StoredData, local_path

_RESULT_BYTES: Final = 32_768
"""What a result takes besides its outputs, and references in place of outputs that do not fit, at most."""


class TaskCancelled(BaseException):
    """Raised in task code when its process is asked to end, so that what it holds is released."""


def run_attempt(
    session: Session,
    attempt: Attempt,
    result: Result,
    *,
    passed_on: tuple[type[BaseException], ...] = (),
    surroundings: Surroundings = ALONE,
) -> None:
    """Run *attempt*, in a process with such *surroundings*, and fill *result* with its outputs or its error.

    Raises:
        TaskCancelled: the process is asked to end. Besides it, only what is *passed_on*.
    """
    data = session.data(attempt.output_prefix)
    report = AttemptReport(data, surroundings.report)
    try:
        task = session.task(attempt.task)
        with around(session, task, attempt, report, surroundings) as given:
            token = enter_context(context_of(session, task, attempt, data, report, surroundings, given))
            try:
                keywords = read_inputs(task, attempt, data)
                value = _call(session, task, keywords, attempt)
                if surroundings.gives_result:
                    write_outputs(task, value, attempt, data, result)
            finally:
                leave_context(token)
    except BaseException as exception:  # whatever task code raises is its attempt's error
        if isinstance(exception, (TaskCancelled, *passed_on)):
            raise
        note_failure(result, exception)
    finally:
        if surroundings.gives_result and (uri := report.keep()):
            result.report = uri
        data.clear()


def note_failure(result: Result, exception: BaseException) -> None:
    """Make *exception*, which an attempt raised, the error of its result."""
    result.ClearField("outputs")
    result.error.CopyFrom(describe_failure(_seen_from_outside(exception)))


def _seen_from_outside(exception: BaseException) -> BaseException:
    """Put what the loader found before its own wrapping: the author wants to see the import's exception."""
    if isinstance(exception, TaskLoadError) and isinstance(exception.__cause__, MemoryError):
        return exception.__cause__
    return exception


def read_inputs(task: LoadedTask, attempt: Attempt, data: StoredData) -> dict[str, Any]:
    """Return the keyword arguments of an attempt.

    Raises:
        InputMismatch: one is not of its type, or the task takes none of its name.
    """
    keywords: dict[str, Any] = {}
    codecs = task.inputs
    for item in NamedLiterals.FromString(attempt.inputs).values:
        name = item.name
        codec = codecs.get(name)
        if codec is None:
            raise InputMismatch(
                f"The task takes no input {name}; it takes {', '.join(codecs) or 'none'}.",
                hint="Register it again: its source has changed.",
            )
        try:
            keywords[name] = codec.decode(item.value, data)
        except ValueMismatch as mismatch:
            raise input_mismatch(name, mismatch) from None
    return keywords


def _call(session: Session, task: LoadedTask, keywords: dict[str, Any], attempt: Attempt) -> Any:
    if task.environment or attempt.environment or task.secret_variables:
        with _environment(session, task, attempt):
            return _invoke(task, keywords)
    return _invoke(task, keywords)


def around(
    session: Session, task: LoadedTask, attempt: Attempt, report: AttemptReport, surroundings: Surroundings
) -> AbstractContextManager[Mapping[str, Any]]:
    """Return what plugins have around *attempt*: it yields what the task's context has besides its own.

    Raises:
        PluginError: the runtime of the task's payload cannot be loaded.
    """
    runtime = session.runtime(task.payload)
    environment = partial(_environment, session, task, attempt)
    return within(runtime, task, attempt, environment, report.path, surroundings, session.find_secret)


def context_of(
    session: Session,
    task: LoadedTask,
    attempt: Attempt,
    data: StoredData,
    report: AttemptReport,
    surroundings: Surroundings,
    given: Mapping[str, Any],
) -> TaskContext:
    """Return what *task* may ask about the attempt while it runs; *given* is what plugins have put around it."""
    return TaskContext(
        attempt.id,
        attempt.execution,
        attempt.node_path,
        attempt.attempt,
        Secrets(task.secret_groups, session.find_secret),
        data.create,
        CheckpointOpener(session, attempt.checkpoint_prefix, data),
        report.path,
        partial(surroundings.link, attempt.id),
        given,
        task.payload,
    )


def _invoke(task: LoadedTask, keywords: dict[str, Any]) -> Any:
    if task.is_async:
        # Loading asyncio doubles the start of a runner, and few tasks need it.
        run: Callable[[Any], Any] = importlib.import_module("asyncio").run
        return run(task.function(**keywords))
    return task.function(**keywords)


def write_outputs(task: LoadedTask, value: Any, attempt: Attempt, data: StoredData, result: Result) -> None:
    """Fill *result* with what the function returned, what is large stored beside it.

    Raises:
        OutputMismatch: it is not what the task declares.
    """
    limit = attempt.inline_limit_bytes or INLINE_LIMIT_BYTES
    room = MESSAGE_LIMIT_BYTES - _RESULT_BYTES
    for (name, codec), item in zip(task.outputs, task.unpack(value), strict=True):
        literal = Literal()
        try:
            codec.fill(literal, item, data)
            digest = literal_digest(literal)
        except ValueMismatch as mismatch:
            raise output_mismatch(name, mismatch) from None
        except DigestError as error:
            raise output_mismatch(name, ValueMismatch("a value", str(error))) from None
        encoded = literal.SerializeToString()
        if len(encoded) > min(limit, room):
            encoded = offload(literal, codec.type, digest, data, name=name).SerializeToString()
        output = result.outputs.add()
        output.name = name
        output.value = encoded
        output.digest = digest
        room -= output.ByteSize()


@contextmanager
def _environment(session: Session, task: LoadedTask, attempt: Attempt) -> Iterator[None]:
    """Set the task's and the attempt's variables for the time of the call."""
    wanted = dict(task.environment)
    wanted.update((item.name, item.value) for item in attempt.environment)
    secrets = Secrets(task.secret_groups, session.find_secret)
    wanted.update((variable, secrets[name]) for variable, name, _ in task.secret_variables)
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class CheckpointOpener:
    """Opens the checkpoint of a node at the first use, bringing here what the attempt before this one saved."""

    __slots__ = ("_checkpoint", "_data", "_prefix", "_session")

    def __init__(self, session: Session, prefix: str, data: StoredData) -> None:
        self._session = session
        self._prefix = prefix
        self._data = data
        self._checkpoint: Checkpoint | None = None

    def __call__(self) -> Checkpoint | None:
        """Return the checkpoint; None where none is kept."""
        if self._checkpoint is None and self._prefix:
            self._checkpoint = self._open()
        return self._checkpoint

    def _open(self) -> Checkpoint:
        uri = self._prefix
        if uri.startswith("file://"):
            folder = local_path(uri)
            folder.mkdir(parents=True, exist_ok=True)
            return Checkpoint(folder, lambda: None)
        folder = self._data.create("checkpoint")
        persistence = self._session.persistence(uri.partition("://")[0])
        if persistence.exists(uri):
            folder = persistence.get(uri, folder)
        folder.mkdir(parents=True, exist_ok=True)
        return Checkpoint(folder, lambda: persistence.put_directory(folder, uri))
