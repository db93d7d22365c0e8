"""Errors of task code, as data: which exception, where in the user's source, whose fault, and whether to try again."""

import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final

from godwit_plugin_api.errors import DataError, GodwitError, PluginError
from godwitidl.core.v1.errors_pb2 import Blame, ExceptionInfo, ExecutionError, Retry, StackFrame

from godwit.errors import NonRecoverableError, OutputMismatch
from godwit.runner.loading import TaskLoadError
from godwit.types.errors import ValueMismatch

TEXT_LIMIT_BYTES: Final = 16_384
"""Largest sum of all texts of an error."""

_MESSAGE_BYTES: Final = 4096
_MAX_EXCEPTIONS: Final = 10
_OUTER_FRAMES: Final = 8
_INNER_FRAMES: Final = 24
_OWN_FOLDER: Final = str(Path(__file__).parent)


class InputMismatch(GodwitError):  # noqa: N818 - names the fault, as its siblings do
    """An attempt's input is not of the task's type: it was registered with another."""

    code = "INPUT_TYPE_MISMATCH"


def describe_failure(exception: BaseException) -> ExecutionError:
    """Return *exception*, raised by a task or around it, as data. Its texts together stay below 16 KiB."""
    code, blame, retry = _judge(exception)
    error = ExecutionError(code=code, message=cut(_message(exception), _MESSAGE_BYTES), blame=blame, retry=retry)
    error.time.FromNanoseconds(time.time_ns())
    for link in _chain(exception):
        error.exceptions.append(_describe(link))
    _fit(error)
    return error


def cut(text: str, limit: int) -> str:
    """Return *text* in at most *limit* bytes of UTF-8, cut in the middle where it is longer."""
    encoded = text.encode("utf-8", "backslashreplace")
    if len(encoded) <= limit:
        return encoded.decode()
    mark = f" … {len(encoded) - limit} bytes … ".encode()
    half = max((limit - len(mark)) // 2, 0)
    return (encoded[:half] + mark + encoded[-half:] if half else encoded[:limit]).decode("utf-8", "ignore")


def _judge(exception: BaseException) -> "tuple[str, Blame.ValueType, Retry.ValueType]":
    match exception:
        case MemoryError():
            return "OUT_OF_MEMORY", Blame.BLAME_USER, Retry.RETRY_WITH_MORE_MEMORY
        case NonRecoverableError():
            return "USER_EXCEPTION", Blame.BLAME_USER, Retry.RETRY_FORBIDDEN
        case InputMismatch():
            return exception.code, Blame.BLAME_REQUEST, Retry.RETRY_FORBIDDEN
        case OutputMismatch() | TaskLoadError():
            return exception.code, Blame.BLAME_USER, Retry.RETRY_FORBIDDEN
        case PluginError():
            return exception.code, Blame.BLAME_SYSTEM, Retry.RETRY_FORBIDDEN
        case DataError():
            return exception.code, Blame.BLAME_SYSTEM, Retry.RETRY_ALLOWED
        case GodwitError():
            return exception.code, Blame.BLAME_USER, Retry.RETRY_ALLOWED
        case _:
            return "USER_EXCEPTION", Blame.BLAME_USER, Retry.RETRY_ALLOWED


def output_mismatch(name: str, mismatch: ValueMismatch) -> OutputMismatch:
    """Return the error that the output *name* is not of its type."""
    return OutputMismatch(
        f"Output {name}{mismatch.path}: expected {mismatch.expected}, got {mismatch.came}.", hint=mismatch.hint
    )


def input_mismatch(name: str, mismatch: ValueMismatch) -> InputMismatch:
    """Return the error that the input *name* is not of its type."""
    return InputMismatch(
        f"Input {name}{mismatch.path}: expected {mismatch.expected}, got {mismatch.came}.", hint=mismatch.hint
    )


def _message(exception: BaseException) -> str:
    text = _text(exception)
    if isinstance(exception, GodwitError):
        return text or exception.code
    name = type(exception).__qualname__
    return f"{name}: {text}" if text else name


def _text(exception: BaseException) -> str:
    try:
        return str(exception)
    except Exception:  # noqa: BLE001 - a user's broken __str__ must not hide the error itself
        return "(its text cannot be made)"


def _chain(exception: BaseException) -> Iterator[BaseException]:
    """Yield the exception, its cause, that one's cause, and so on; after a group, its members."""
    seen: set[int] = set()
    link: BaseException | None = exception
    while link is not None and id(link) not in seen and len(seen) < _MAX_EXCEPTIONS:
        seen.add(id(link))
        yield link
        if isinstance(link, BaseExceptionGroup):
            yield from link.exceptions[:_MAX_EXCEPTIONS]
        link = link.__cause__ if link.__cause__ is not None or link.__suppress_context__ else link.__context__


def _describe(exception: BaseException) -> ExceptionInfo:
    cls = type(exception)
    name = cls.__qualname__ if cls.__module__ in {"builtins", "__main__"} else f"{cls.__module__}.{cls.__qualname__}"
    info = ExceptionInfo(type=name, message=cut(_text(exception), _MESSAGE_BYTES))
    info.frames.extend(_frames(exception.__traceback__))
    return info


def _frames(traceback: TracebackType | None) -> list[StackFrame]:
    import linecache  # noqa: PLC0415 - 1 ms, and needed for errors only

    frames = []
    own = True
    while traceback is not None:
        code = traceback.tb_frame.f_code
        # Frames of the runner come first and say nothing to the author.
        own = own and code.co_filename.startswith(_OWN_FOLDER)
        if not own:
            frames.append(
                (
                    code.co_filename,
                    traceback.tb_lineno,
                    code.co_qualname if hasattr(code, "co_qualname") else code.co_name,
                )
            )
        traceback = traceback.tb_next
    if len(frames) > _OUTER_FRAMES + _INNER_FRAMES:
        frames = frames[:_OUTER_FRAMES] + frames[-_INNER_FRAMES:]
    return [
        StackFrame(
            file=file,
            line=max(line or 0, 0),
            function=function,
            source=cut(linecache.getline(file, line or 0).strip(), 200),
        )
        for file, line, function in frames
    ]


def _fit(error: ExecutionError) -> None:
    """Leave out causes, then outer frames, until all texts fit."""
    while error.ByteSize() > TEXT_LIMIT_BYTES and len(error.exceptions) > 1:
        del error.exceptions[-1]
    while error.ByteSize() > TEXT_LIMIT_BYTES and error.exceptions and error.exceptions[0].frames:
        del error.exceptions[0].frames[0]
