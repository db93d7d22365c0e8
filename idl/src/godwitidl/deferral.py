"""Leaving out, for as long as nobody asks for it, what protobuf imports and does not need.

With its compiled implementation, protobuf imports its pure Python one all the same: text format, encoders, decoders and
what these import take as long as half of this package. Only programs of our own use this, first of all; a library must
not change how its host imports.
"""

import sys

PURE_PYTHON_MESSAGES = "google.protobuf.internal.python_message"
"""What protobuf calls only where its compiled implementation is missing."""


def defer_import(name: str) -> None:
    """Have the module *name*, unless it is there, imported when something is first looked up in it, and not before."""
    if name in sys.modules:
        return
    stand_in = type(sys)(name, "Is imported when something is looked up in it.")

    def look_up(attribute: str) -> object:
        if attribute.startswith("__"):
            raise AttributeError(f"module {name!r} has no attribute {attribute!r}")
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        __import__(name)
        return getattr(sys.modules[name], attribute)

    vars(stand_in)["__getattr__"] = look_up
    sys.modules[name] = stand_in
