"""Messages on a byte stream, each preceded by its length as a varint: the framing of `runner/v1`."""

from typing import Final

FRAME_LIMIT_BYTES: Final = 64 * 1024 * 1024

_MAX_VARINT_BYTES: Final = 5


class FramingError(ValueError):
    """The stream holds no frames, or one that is too long."""


def frame(payload: bytes) -> bytes:
    """Return *payload*, which may be empty, with its length before it."""
    length = len(payload)
    if length < 0x80:
        return bytes((length,)) + payload
    prefix = bytearray()
    while length > 0x7F:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    prefix.append(length)
    return bytes(prefix) + payload


class FrameReader:
    """Cuts a byte stream into the payloads of its frames, however the stream is split into pieces.

    Args:
        limit_bytes: Longest payload that is taken.
    """

    __slots__ = ("_buffer", "_limit_bytes", "_needed")

    def __init__(self, *, limit_bytes: int = FRAME_LIMIT_BYTES) -> None:
        self._buffer = bytearray()
        self._limit_bytes = limit_bytes
        self._needed = 0

    @property
    def pending_bytes(self) -> int:
        """Number of bytes of a frame that is not complete yet. Not 0 at the end of a stream: it was cut."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next piece of the stream; return the payloads that are complete now, in order.

        Raises:
            FramingError: a length is beyond the limit, or no varint. The reader must not be used further.
        """
        buffer = self._buffer
        if buffer:
            buffer += data
            # A large payload arrives in many pieces: look again only when it can be there.
            if len(buffer) < self._needed:
                return []
            data = bytes(buffer)
        payloads = []
        position, size = 0, len(data)
        self._needed = 0
        while position < size:
            start, length = self._read_length(data, position)
            if start < 0 or start + length > size:
                self._needed = 0 if start < 0 else start + length - position
                break
            payloads.append(data[start : start + length])
            position = start + length
        self._buffer = bytearray(data[position:])
        return payloads

    def _read_length(self, data: bytes, position: int) -> tuple[int, int]:
        """Return where the payload begins and its length; -1 and 0 where the length is not complete yet."""
        length = shift = 0
        for index in range(position, min(position + _MAX_VARINT_BYTES, len(data))):
            byte = data[index]
            length |= (byte & 0x7F) << shift
            if byte < 0x80:
                if length > self._limit_bytes:
                    raise FramingError(f"a frame of {length} bytes is longer than the limit of {self._limit_bytes}")
                return index + 1, length
            shift += 7
        if len(data) - position >= _MAX_VARINT_BYTES:
            raise FramingError("the length of a frame is no varint of at most 5 bytes")
        return -1, 0
