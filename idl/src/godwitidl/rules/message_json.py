"""Protobuf's canonical JSON of whole messages, for the few places in which a value holds one."""

from typing import Any

from google.protobuf.message import Message


def write_message(message: Message) -> dict[str, Any]:
    """Return *message* in canonical JSON."""
    from google.protobuf import json_format  # noqa: PLC0415 - 5 ms that hardly any value needs

    written: dict[str, Any] = json_format.MessageToDict(message)
    return written


def read_message(value: Any, message: Message) -> str:
    """Fill *message* in from its canonical JSON; return what is wrong with it, empty when nothing is."""
    from google.protobuf import json_format  # noqa: PLC0415 - 5 ms that hardly any value needs

    if not isinstance(value, dict):
        return f"an object was expected, but {type(value).__name__} came"
    try:
        json_format.ParseDict(value, message)
    except json_format.ParseError as error:
        return str(error) or "it does not parse"
    return ""
