"""`numpy.ndarray`: a file in numpy's own format, without pickle."""

import hashlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.values_pb2 import FileType, Literal, Type

from godwit.types.digesting import DigestingSink
from godwit.types.errors import DataCorrupt, ValueMismatch, show_value

FORMAT: Final = "numpy.npy"
_NAME: Final = "array.npy"


class ArrayTransformer:
    """Translates arrays of numpy, but for those of Python objects and masked ones. See `TypeTransformer`."""

    def type_of(self, python_type: Any, describe: Callable[[Any], Type]) -> Type:  # noqa: D102, ARG002 - see TypeTransformer
        return Type(file=FileType(format=FORMAT))

    def to_literal(self, value: Any, python_type: Any, expected: Type, data: DataAccess) -> Literal:  # noqa: D102, ARG002 - see TypeTransformer
        if not isinstance(value, np.ndarray) or isinstance(value, np.ma.MaskedArray):
            raise ValueMismatch("numpy.ndarray", show_value(value))
        if value.dtype.hasobject:
            raise ValueMismatch(
                "an array of numbers, texts or times",
                f"one of {value.dtype}",
                hint="Give it a dtype: value.astype(…); or annotate godwit.Pickled[numpy.ndarray].",
            )
        path = data.create(_NAME)
        with path.open("wb", buffering=0) as stream, DigestingSink(stream) as sink:
            np.lib.format.write_array(sink, value, allow_pickle=False)
        literal = Literal()
        stored = literal.file
        stored.uri = data.publish_with_digest(path, sink.digest, sink.size)
        stored.name, stored.format, stored.digest, stored.size_bytes = _NAME, FORMAT, sink.digest, sink.size
        return literal

    def from_literal(self, literal: Literal, python_type: Any, data: DataAccess) -> Any:  # noqa: D102, ARG002 - see TypeTransformer
        stored = literal.file
        if stored.format != FORMAT:
            raise ValueMismatch(f"a file of format {FORMAT}", f"one of format {stored.format!r}")
        with data.local(stored.uri).open("rb") as stream:
            if stored.digest and stored.digest != f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}":
                raise DataCorrupt(f"{stored.uri} has another content than it was stored with")
            stream.seek(0)
            try:
                return np.lib.format.read_array(stream, allow_pickle=False)
            except ValueError as error:
                raise DataCorrupt(f"{stored.uri} holds no array: {error}") from error
