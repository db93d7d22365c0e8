"""Values as one blob: for each, name, digest, encoded literal. Private to the store; big-endian, lengths first."""

import struct

from godwit_core.engine.state import Values

_HEAD = struct.Struct(">HI")


def pack(values: Values) -> bytes:
    """Return *values* as one blob, in their order."""
    parts: list[bytes] = []
    for name, (value, digest) in values.items():
        text = name.encode()
        parts += (_HEAD.pack(len(text), len(value)), text, digest, value)
    return b"".join(parts)


def unpack(blob: bytes) -> Values:
    """Return the values of a blob that `pack` made.

    Raises:
        ValueError: it is cut short.
    """
    values: Values = {}
    at = 0
    while at < len(blob):
        try:
            name_length, value_length = _HEAD.unpack_from(blob, at)
        except struct.error as error:
            raise ValueError("packed values are cut short") from error
        at += _HEAD.size
        name_end = at + name_length
        digest_end = name_end + 32
        end = digest_end + value_length
        if end > len(blob):
            raise ValueError("packed values are cut short")
        values[blob[at:name_end].decode()] = (blob[digest_end:end], blob[name_end:digest_end])
        at = end
    return values
