"""Codecs of what an annotation is marked as: free JSON, and pickle by opt-in."""

import typing
from typing import Any

from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import FileType, Literal, SimpleType, Type
from godwitidl.rules.json_text import JsonTextError, write_json_text

from godwit.types.codec import CONVERTIBLE, NO_MATCH, Codec, simple
from godwit.types.digesting import DigestingSink, read_verified
from godwit.types.errors import DataCorrupt, ValueMismatch
from godwit.values import JsonMark, PickleMark

PICKLE_FORMAT = "python.pickle"


def marked_codec(annotation: Any) -> Codec | None:
    """Return the codec that *annotation* is marked with, or None where it is not marked."""
    if typing.get_origin(annotation) is not typing.Annotated:
        return None
    for item in annotation.__metadata__:
        if isinstance(item, JsonMark):
            return JsonCodec()
        if isinstance(item, PickleMark):
            return PickledCodec(annotation.__origin__)
    return None


class JsonCodec(Codec):
    """`Json`: any JSON value."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(simple(SimpleType.SIMPLE_TYPE_JSON), "json")

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102, ARG002 - see Codec
        try:
            literal.json = write_json_text(value)
        except JsonTextError as error:
            raise ValueMismatch("a JSON value", str(error)) from None

    def read(self, literal: Literal, data: DataAccess) -> Any:  # noqa: D102, ARG002 - see Codec
        try:
            import json  # noqa: PLC0415 - 2 ms that few tasks need

            return json.loads(literal.json)
        except ValueError:
            raise self.unreadable(literal) from None

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        try:
            write_json_text(value)
        except JsonTextError:
            return NO_MATCH
        return CONVERTIBLE


class PickledCodec(Codec):
    """`Pickled[T]`: a file of one pickle."""

    __slots__ = ("_of",)

    def __init__(self, of: Any) -> None:
        super().__init__(Type(file=FileType(format=PICKLE_FORMAT)), "file")
        self._of = typing.get_origin(of) or of

    def fill(self, literal: Literal, value: Any, data: DataAccess) -> None:  # noqa: D102 - see Codec
        if self.rank(value) == NO_MATCH:
            raise self.unfit(value)
        import pickle  # noqa: PLC0415 - 1 ms that few tasks need

        name = "value.pickle"
        path = data.create(name)
        try:
            with path.open("wb") as stream, DigestingSink(stream) as sink:
                pickle.dump(value, sink, protocol=5)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            raise self.unfit(value, hint=f"It cannot be pickled: {error}") from error
        target = literal.file
        target.uri = data.publish_with_digest(path, sink.digest, sink.size)
        target.name, target.format, target.digest, target.size_bytes = name, PICKLE_FORMAT, sink.digest, sink.size

    def read(self, literal: Literal, data: DataAccess) -> Any:  # noqa: D102 - see Codec
        file = literal.file
        if file.format != PICKLE_FORMAT:
            raise self.unreadable(literal)
        import pickle  # noqa: PLC0415 - as above

        content = read_verified(file.uri, file.digest, data)
        try:
            return pickle.loads(content)  # noqa: S301 - its author opted in, and it is read only where task code runs
        except Exception as error:
            raise DataCorrupt(
                f"{file.uri} cannot be unpickled: {type(error).__name__}: {error}",
                hint="Read it with the library versions that wrote it.",
                code="UNPICKLE_FAILED",
            ) from error

    def rank(self, value: Any) -> int:  # noqa: D102 - see Codec
        fits = not isinstance(self._of, type) or isinstance(value, self._of)
        return CONVERTIBLE if fits else NO_MATCH
