"""Tracks as files: one JSON object for each line, first the bird, then a position each."""

import json
from collections.abc import Callable
from typing import Any

from godwit_plugin_api.errors import InvalidInput
from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import FileLiteral, FileType, Literal, Type

from godwit_example.track import Position, Track

FORMAT = "godwit_example.track"


class TrackTransformer:
    """Translates `Track`."""

    def type_of(self, python_type: Any, describe: Callable[[Any], Type]) -> Type:  # noqa: ARG002 - no parts to describe
        """Return the type of every track: a file of `FORMAT`."""
        return Type(file=FileType(format=FORMAT))

    def to_literal(self, value: Any, python_type: Any, expected: Type, data: DataAccess) -> Literal:  # noqa: ARG002
        """Write the file, and refer to it."""
        if not isinstance(value, Track):
            raise InvalidInput(f"A Track was expected, not a {type(value).__name__}.")
        path = data.create("track.jsonl")
        with path.open("w", encoding="utf-8") as file:
            file.write(json.dumps({"bird": value.bird}) + "\n")
            for position in value.positions:
                file.write(json.dumps([position.time_s, position.latitude, position.longitude]) + "\n")
        uri, size_bytes, digest = data.publish(path)
        return Literal(
            file=FileLiteral(uri=uri, name="track.jsonl", format=FORMAT, size_bytes=size_bytes, digest=digest)
        )

    def from_literal(self, literal: Literal, python_type: Any, data: DataAccess) -> Any:  # noqa: ARG002
        """Read the file."""
        if literal.WhichOneof("kind") != "file" or literal.file.format not in {"", FORMAT}:
            raise InvalidInput(f"A file of format {FORMAT} was expected, not {literal!r:.80}.")
        with data.open(literal.file.uri) as file:
            try:
                head, *rows = map(json.loads, file)
                return Track(head["bird"], tuple(Position(*row) for row in rows))
            except (ValueError, TypeError, KeyError) as error:
                raise InvalidInput(f"{literal.file.uri} is no file of format {FORMAT}: {error}.") from error
