"""What a transformer is: it says which type of the contract a Python class is, and translates its values both ways."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from godwitidl.core.v1.values_pb2 import Literal, Type


class DataAccess(Protocol):
    """Where a transformer keeps what is too large or too foreign for a literal: files and folders."""

    def create(self, name: str) -> Path:
        """Return a new local path for a file or folder called *name*, for the caller to make.

        The path's last part is *name*, its folder exists, and nobody else has it; equal names give different paths.
        """

    def publish(self, path: Path) -> tuple[str, int, str]:
        """Store the file or folder at *path*, which came from `create` or is the user's own.

        What came from `create` may be moved away; the user's own is left as it is.

        Returns:
            Its uri, its size in bytes, and its digest as `sha256:` and 64 hexadecimal digits: of the bytes of a file,
            of a folder that of its tree (`godwitidl.rules.digest.tree_digest`).

        Raises:
            DataError: it cannot be read or stored.
        """

    def publish_with_digest(self, path: Path, digest: str, size: int) -> str:
        """Store the file at *path*, whose *digest* and *size* in bytes were taken while it was written; return its uri.

        Raises:
            DataError: it cannot be stored.
        """

    def local(self, uri: str) -> Path:
        """Return a local path of the file or folder at *uri*, downloaded first if need be. It must not be written to.

        Raises:
            DataError: there is nothing at *uri*, or it cannot be read.
        """

    def open(self, uri: str) -> BinaryIO:
        """Open the file at *uri* for reading; seekable, so that parts are read without the rest.

        Raises:
            DataError: there is nothing at *uri*, or it cannot be read.
        """


class TypeTransformer(Protocol):
    """Translates the values of a Python class. Its key is the class as `module.QualName`.

    A class is looked up along its MRO, nearest first, so one transformer serves a whole family. Instances are
    stateless, made once for each registry, and used from one thread at a time. Importing the transformer's module may
    import the class's library: it happens on first use of the class, when the library is there already.
    """

    def type_of(self, python_type: Any, describe: Callable[[Any], Type]) -> Type:
        """Return the contract's type for *python_type*, a class or a generic alias of it.

        *describe* gives the type of any annotation, for the parts of a generic one. The same annotation gives an equal
        type, on any machine. Never with `nullable`: that is said by `T | None`.

        Raises:
            InvalidInput: the annotation is unsupported; the message says what is.
        """

    def to_literal(self, value: Any, python_type: Any, expected: Type, data: DataAccess) -> Literal:
        """Return *value* as a literal of *expected*, which is what `type_of` said of *python_type*.

        Equal values give literals of equal digest wherever the format allows.

        Raises:
            InvalidInput: *value* is not of *python_type*, or cannot be written; nothing is published then.
            DataError: data cannot be stored.
        """

    def from_literal(self, literal: Literal, python_type: Any, data: DataAccess) -> Any:
        """Return the value of *literal*, of a type that `type_of` gives or that is castable to it.

        Raises:
            InvalidInput: the literal is of another type or format; the message says what was expected and what came.
            DataError: the data are missing or damaged.
        """
