"""Log files that several attempts write in turns, as `LogSlice` describes them: parts, each of one writer."""

from typing import Final

_MAX_VARINT_BYTES: Final = 9


def part(writer: int, text: bytes) -> bytes:
    """Return *text* as one part of the writer of that number, from 1."""
    return _varint(writer) + _varint(len(text)) + text


def text_of(data: bytes, writer: int) -> tuple[bytes, int]:
    """Return what *writer* wrote in *data*, which begins at a part, and the length of the parts that are complete."""
    texts: list[bytes] = []
    position, size = 0, len(data)
    while True:
        start, number = _read_varint(data, position)
        start, length = _read_varint(data, start) if start >= 0 else (-1, 0)
        if start < 0 or start + length > size:
            return b"".join(texts), position
        position = start + length
        if number == writer:
            texts.append(data[start:position])


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _read_varint(data: bytes, position: int) -> tuple[int, int]:
    """Return where the number ends, and the number; -1 and 0 where it is not complete, or none."""
    number = shift = 0
    for index in range(position, min(position + _MAX_VARINT_BYTES, len(data))):
        byte = data[index]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return index + 1, number
        shift += 7
    return -1, 0
