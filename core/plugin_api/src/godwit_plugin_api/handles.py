"""Handles that a backend cannot read: another version of its plugin wrote them."""

from godwitidl.core.v1.errors_pb2 import BLAME_INFRASTRUCTURE, RETRY_FORBIDDEN

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import Finished, Handle

_SHOWN = 60


def unreadable(handle: Handle) -> Finished:
    """Return the end of an attempt whose handle is of a form that this version does not know.

    It is no `Lost`: its work may go on where it is, and another attempt would do it twice.
    """
    message = (
        f"The attempt was started by another version of its plugin, whose handle {handle.data[:_SHOWN]!r} this one "
        "cannot read. Its work may go on. Install the version that started it, or a later one, and recover the "
        "execution."
    )
    error = attempt_errors.encoded_error(
        "HANDLE_UNREADABLE", message, blame=BLAME_INFRASTRUCTURE, retry=RETRY_FORBIDDEN
    )
    return Finished(handle.id, error=error)
