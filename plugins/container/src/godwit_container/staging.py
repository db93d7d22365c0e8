"""Moving data between stores and the folders that containers see: programs in containers read and write files."""

from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from godwit_plugin_api import Kind
from godwit_plugin_api.persistence import Persistence
from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals, Type
from godwitidl.rules.offloading import decode_offloaded

from godwit_container.shares import STAGED, local_path

_BLOBS = ("file", "directory", "table")


class Stores:
    """The stores of an attempt, by the schemes of their uris. For one thread."""

    def __init__(self, registry: PluginRegistry) -> None:
        self._registry = registry
        self._known: dict[str, Persistence] = {}

    def of(self, uri: str) -> Persistence:
        """Return the store of *uri*.

        Raises:
            GodwitError: nothing that is installed knows its scheme.
        """
        scheme = urlsplit(uri).scheme or "file"
        if scheme not in self._known:
            self._known[scheme] = self._registry.create(Kind.PERSISTENCE, scheme)
        return self._known[scheme]

    def publish(self, prefix: str) -> Callable[[str, Path], str]:
        """Return a function that stores a file or folder below *prefix* under a name, and returns its uri."""

        def put(name: str, path: Path) -> str:
            uri = f"{prefix}/{name}"
            if path.is_dir():
                self.of(uri).put_directory(path, uri)
            else:
                self.of(uri).put_file(path, uri)
            return uri

        return put


def bring(inputs: NamedLiterals, stores: Stores, folder: Path, *, everything: bool) -> NamedLiterals:
    """Return *inputs* with what they refer to on other hosts copied to *folder*, which the container sees as `STAGED`.

    With *everything*, what lies on this host is there, too, as links.

    Raises:
        GodwitError: something cannot be read.
    """
    brought = NamedLiterals()
    brought.CopyFrom(inputs)
    staging = _Staging(stores, folder, everything=everything)
    for given in brought.values:
        staging.localise(given.value)
    return brought


def host_view(inputs: NamedLiterals, folder: Path) -> NamedLiterals:
    """Return what `bring` returned with the paths that files have on this host, not in the container."""
    seen = NamedLiterals()
    seen.CopyFrom(inputs)
    for given in seen.values:
        rewrite(given.value, f"file://{STAGED}", folder.as_uri())
    return seen


def local_paths(inputs: NamedLiterals) -> list[Path]:
    """Return the files and folders of this host that *inputs* refer to."""
    found = []
    for given in inputs.values:
        for literal in _walk(given.value, resolve=True):
            path = local_path(uri_of(literal))
            if path is not None:
                found.append(path)
    return found


def rewrite(value: Literal, old: str, new: str) -> None:
    """Have uris inside of *value* that begin with *old* begin with *new*."""
    for literal in _walk(value):
        uri = uri_of(literal)
        if uri.startswith(old):
            _set_uri(literal, new + uri[len(old) :])


def uri_of(literal: Literal) -> str:
    """Return the uri of a literal that has one; else an empty text."""
    kind = literal.WhichOneof("kind")
    return str(getattr(literal, kind).uri) if kind in {*_BLOBS, "reference"} else ""


class _Staging:
    def __init__(self, stores: Stores, folder: Path, *, everything: bool) -> None:
        self._stores = stores
        self._folder = folder
        self._everything = everything
        self._places: dict[str, str] = {}

    def localise(self, value: Literal) -> None:
        for literal in list(_walk(value)):
            uri = uri_of(literal)
            if not uri or (local_path(uri) is not None and not self._everything):
                continue
            if literal.WhichOneof("kind") == "reference" and may_hold_blobs(literal.reference.type):
                # What is inside refers to more, whose uris are to be rewritten: so it travels with the inputs.
                with self._stores.of(uri).open(uri) as stream:
                    literal.CopyFrom(decode_offloaded(literal.reference, stream.read()))
                self.localise(literal)
            else:
                _set_uri(literal, self._copy(uri))

    def _copy(self, uri: str) -> str:
        if uri not in self._places:
            name = unquote(PurePosixPath(urlsplit(uri).path).name) or "data"
            place = f"{len(self._places)}/{name}"
            target = self._folder / place
            target.parent.mkdir(parents=True, exist_ok=True)
            named = Path(uri).as_uri() if uri.startswith("/") else uri
            found = self._stores.of(named).get(named, target)
            if found != target:
                target.unlink(missing_ok=True)
                target.symlink_to(found)
            self._places[uri] = (Path(STAGED) / place).as_uri()
        return self._places[uri]


def may_hold_blobs(of: Type) -> bool:
    """Return whether values of a type may hold files, folders or tables. A type that is not known may."""
    kind = of.WhichOneof("kind")
    if kind is None or kind in _BLOBS:
        return True
    return any(word in str(of) for word in ("file {", "directory {", "table {"))


def _walk(value: Literal, *, resolve: bool = False) -> Iterator[Literal]:
    """Yield *value* and what is inside; with *resolve* also what lies in files of this host that hold values."""
    yield value
    for child in _children(value):
        yield from _walk(child, resolve=resolve)
    if resolve and value.WhichOneof("kind") == "reference" and may_hold_blobs(value.reference.type):
        path = local_path(value.reference.uri)
        if path is not None and path.is_file():
            yield from _walk(decode_offloaded(value.reference, path.read_bytes()), resolve=True)


def _children(value: Literal) -> Iterator[Literal]:
    kind = value.WhichOneof("kind")
    if kind in {"list", "set"}:
        yield from (value.list if kind == "list" else value.set).items
    elif kind == "map":
        for entry in value.map.entries:
            yield entry.key
            yield entry.value
    elif kind == "record":
        for field in value.record.fields:
            yield field.value
    elif kind == "union":
        yield value.union.value


def _set_uri(literal: Literal, uri: str) -> None:
    getattr(literal, literal.WhichOneof("kind") or "").uri = uri
