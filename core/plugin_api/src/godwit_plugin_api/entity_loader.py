"""What an entity loader is: it turns a source file into specs, so that one command line serves all languages."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from godwitidl.core.v1.bundle_pb2 import Registration


class EntitySummary(NamedTuple):
    """An entity of a source file.

    Attributes:
        name: short name, by which people ask for it: the function's name.
        full_name: name in its spec.
        kind: `task`, `workflow` or `launch_plan`.
        summary: first line of its documentation; may be empty.
    """

    name: str
    full_name: str
    kind: str
    summary: str


class Source(Protocol):
    """A loaded source file."""

    def entities(self) -> Sequence[EntitySummary]:
        """Return the entities, in the order of the file."""

    def registration(self, name: str | None = None) -> Registration:
        """Return the specs of the entity of that short or full name with all it refers to; of all without a name.

        Raises:
            InvalidInput: there is no such entity (the message names close matches), or it cannot be serialized; a
                `CompileFailed`-like error lists everything that is wrong with it.
        """


class EntityLoader(Protocol):
    """Loads source files of one kind. Its key is the file extension, with the dot: `.py`, `.jar`, `.pb`."""

    def load(self, path: Path, *, project: str | None, domain: str | None) -> Source:
        """Load *path*. *project* and *domain* override what the source says of itself.

        Raises:
            InvalidInput: the file cannot be read or loaded; the message says where in it.
        """

    def refreshed(self, registration: Registration) -> Registration:
        """Return a registration that was made earlier with the versions of the code as it lies there now.

        Its specs stay. It is asked for before an earlier execution is run again, so nothing of the user's is run. A
        loader that cannot tell returns the registration as it is.
        """
