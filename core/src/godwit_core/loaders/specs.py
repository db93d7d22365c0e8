"""Specs as they are: loads `.pb` files that hold an encoded Registration or Bundle."""

from hashlib import sha256
from pathlib import Path

from godwit_plugin_api.errors import InvalidInput
from godwit_plugin_api.spec_source import SpecSource, specs_of
from godwitidl.core.v1.bundle_pb2 import Bundle, Registration
from google.protobuf.message import DecodeError


class SpecLoader:
    """The entity loader of key `.pb`."""

    def load(self, path: Path, *, project: str | None, domain: str | None) -> SpecSource:
        """Load *path*.

        A bundle becomes a registration in the project and domain asked for; without them in the project that is named
        after its folder's path, and in `development`.

        Raises:
            InvalidInput: the file cannot be read, or holds neither a Registration nor a Bundle.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InvalidInput(f"{path} cannot be read: {error.strerror}.", code="SOURCE_UNREADABLE") from None
        registration = _registration(data) or _of_bundle(data, path)
        if registration is None:
            message = f"{path} holds neither an encoded Registration nor an encoded Bundle."
            raise InvalidInput(message, hint="`godwit serialize` writes such files.", code="SOURCE_UNREADABLE")
        registration.project = project or registration.project
        registration.domain = domain or registration.domain
        return SpecSource(path, registration)

    def refreshed(self, registration: Registration) -> Registration:
        """Return *registration* as it is: its code lies elsewhere."""
        return registration


def _registration(data: bytes) -> Registration | None:
    try:
        message = Registration.FromString(data)
    except DecodeError:
        return None
    complete = message.HasField("bundle") and message.project and message.domain and message.version
    return message if complete and _well_named(message.bundle) else None


def _of_bundle(data: bytes, path: Path) -> Registration | None:
    try:
        bundle = Bundle.FromString(data)
    except DecodeError:
        return None
    if not _well_named(bundle):
        return None
    folder = str(path.resolve().parent)
    return Registration(
        bundle=bundle,
        project=sha256(folder.encode()).hexdigest()[:12],
        domain="development",
        version=sha256(data).hexdigest(),
    )


def _well_named(bundle: Bundle) -> bool:
    """Whether there are specs and all have names; other bytes that happen to decode have none."""
    specs = list(specs_of(bundle))
    return bool(specs) and all(spec.id.name for spec in specs)
