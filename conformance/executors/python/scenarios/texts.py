"""Constants of text, bytes, UUIDs and JSON."""

from uuid import UUID

import godwit as gw


@gw.task
def take(text: str, data: bytes, key: UUID, free: gw.Json) -> gw.Json:
    return free


@gw.workflow
def main() -> gw.Json:
    return take(
        text='a"é😀\n',
        data=b"\x00\xff",
        key=UUID("00112233-4455-6677-8899-aabbccddeeff"),
        free={"b": [1, 2.5, None], "a": "x"},
    )
