"""The codec of errors, which failure handlers are given."""

from typing import Any

from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1 import errors_pb2 as pb
from godwitidl.core.v1.values_pb2 import Literal, SimpleType
from google.protobuf.message import DecodeError

from godwit.error_info import ErrorInfo, ExceptionSummary
from godwit.types.codec import EXACT, NO_MATCH, Codec, simple


class ErrorCodec(Codec):
    """`ErrorInfo`. One that a program made itself counts as an error of the user's work that is not retried."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(simple(SimpleType.SIMPLE_TYPE_ERROR), "error")

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102, ARG002 - see Codec
        if not isinstance(value, ErrorInfo):
            raise self.unfit(value)
        if value.encoded:
            try:
                literal.error.MergeFromString(value.encoded)
            except DecodeError:
                raise self.unfit(value, hint="Leave `encoded` empty in errors of your own.") from None
            return
        literal.error.code = value.code
        literal.error.message = value.message
        literal.error.node_path = value.node
        literal.error.blame = pb.BLAME_USER
        literal.error.retry = pb.RETRY_FORBIDDEN
        for entry in value.exceptions:
            literal.error.exceptions.add(type=entry.type, message=entry.message)

    def read(self, literal: Literal, data: DataAccess) -> Any:  # noqa: D102, ARG002 - see Codec
        error = literal.error
        exceptions = tuple(ExceptionSummary(item.type, item.message, _stack(item)) for item in error.exceptions)
        encoded = error.SerializeToString(deterministic=True)
        return ErrorInfo(error.code, error.message, error.node_path, exceptions, encoded)

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        return EXACT if isinstance(value, ErrorInfo) else NO_MATCH


def _stack(exception: pb.ExceptionInfo) -> str:
    return "\n".join(
        f'File "{frame.file}", line {frame.line}, in {frame.function}\n  {frame.source}' for frame in exception.frames
    )
