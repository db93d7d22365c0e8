"""Local copies of what an attempt reads, and local folders for what it writes until that is where it is kept."""

import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from godwitidl.core.v1.errors_pb2 import RETRY_ALLOWED, RETRY_FORBIDDEN
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals
from godwitidl.rules.offloading import OffloadingError, decode_offloaded
from google.protobuf.message import DecodeError

from godwit_plugin_api.attempt_errors import encoded_error
from godwit_plugin_api.errors import DataError, GodwitError, PluginError
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.persistence import Persistence
from godwit_plugin_api.registry import PluginRegistry
from godwit_plugin_api.staging.references import (
    holds_more,
    is_elsewhere,
    local_path,
    set_uri,
    store_again,
    uri_of,
    values_with_uris,
)

_URI: Final = b"://"


class Stores:
    """Stores by the schemes of uris. For one thread."""

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


def are_needed(inputs: bytes, output_prefix: str) -> bool:
    """Return whether a program that reads and writes local files alone needs copies.

    *inputs*: encoded `NamedLiterals`. *output_prefix*: where its outputs are kept.
    """
    if is_elsewhere(output_prefix):
        return True
    if _URI not in inputs:
        return False
    given = [one.value for one in NamedLiterals.FromString(inputs).values]
    return any(is_elsewhere(uri_of(value)) for value in values_with_uris(given))


def error_of(what: str, error: Exception, worker: str = "") -> bytes:
    """Return the encoded error of an attempt whose data could not be copied: *what* was to be done, and the *error*."""
    code = error.code if isinstance(error, GodwitError) else "DATA_NOT_COPIED"
    name = "" if isinstance(error, GodwitError | OSError) else f"{type(error).__name__}: "
    retry = RETRY_FORBIDDEN if isinstance(error, PluginError) else RETRY_ALLOWED
    return encoded_error(code, f"{what}: {name}{error}", retry=retry, worker=worker)


class LocalCopies:
    """The local side of an attempt's data: `bring` before it runs, `keep` when it has ended, `remove` at last.

    Args:
        folder: where copies lie; it is made, and nobody else's.
        output_prefix: uri below which outputs are kept.
        checkpoint_prefix: uri below which the checkpoint is kept; empty: none is.

    Attributes:
        output_prefix: uri below which the program writes.
        checkpoint_prefix: uri of the folder that is its checkpoint; empty: it has none.
    """

    def __init__(self, folder: Path, output_prefix: str, checkpoint_prefix: str) -> None:
        self._folder = folder.absolute()
        self._kept_at = output_prefix
        self._checkpoint_kept_at = checkpoint_prefix
        self._data = self._folder / "data"
        self._checkpoint = self._folder / "checkpoint"
        self._places: dict[str, Path] = {}
        self._originals: dict[Path, Literal] = {}
        self._count = 0
        self.output_prefix = self._data.as_uri() if is_elsewhere(output_prefix) else output_prefix
        self.checkpoint_prefix = self._checkpoint.as_uri() if is_elsewhere(checkpoint_prefix) else checkpoint_prefix

    @property
    def checkpoint_folder(self) -> str:
        """Path of the checkpoint; empty: there is none."""
        return str(local_path(self.checkpoint_prefix) or "")

    def bring(self, inputs: bytes, stores: Stores, *, first: bool) -> bytes:
        """Copy what *inputs* refer to elsewhere, and return them with the uris of the copies.

        *first*: it is the first try, so that there is no checkpoint yet.

        Raises:
            GodwitError, OSError: something cannot be read, or written here.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        brought = NamedLiterals.FromString(inputs)
        for one in brought.values:
            self._bring(one.value, stores)
        if is_elsewhere(self._checkpoint_kept_at):
            self._checkpoint.mkdir(exist_ok=True)
            store = stores.of(self._checkpoint_kept_at)
            if not first and store.exists(self._checkpoint_kept_at):
                _copy(store, self._checkpoint_kept_at, self._checkpoint)
        return brought.SerializeToString()

    def keep(self, outputs: Iterable[Literal], stores: Stores) -> None:
        """Copy what the program has written to where it is kept, and have *outputs* say so.

        Raises:
            GodwitError, OSError: something cannot be stored, or read here.
        """
        for value in outputs:
            self._return(value)
        if is_elsewhere(self._kept_at) and self._data.is_dir() and any(self._data.iterdir()):
            stores.of(self._kept_at).put_directory(self._data, self._kept_at)

    def keep_checkpoint(self, stores: Stores) -> None:
        """Copy the checkpoint to where it is kept, for the next try.

        Raises:
            GodwitError, OSError: it cannot be stored.
        """
        if is_elsewhere(self._checkpoint_kept_at) and any(self._checkpoint.iterdir()):
            stores.of(self._checkpoint_kept_at).put_directory(self._checkpoint, self._checkpoint_kept_at)

    def where_kept(self, uri: str) -> str:
        """Return the uri that stays of what the program knows by *uri*."""
        path = local_path(uri)
        if path is None:
            return uri
        if is_elsewhere(self._kept_at) and path.is_relative_to(self._data):
            return _below(self._kept_at, path.relative_to(self._data))
        for original, copy in self._places.items():
            if path.is_relative_to(copy):
                return _below(original, path.relative_to(copy))
        return uri

    def remove(self) -> None:
        """Remove the copies. Idempotent."""
        shutil.rmtree(self._folder, ignore_errors=True)

    # ----- Parts of these -----

    def _bring(self, value: Literal, stores: Stores) -> bool:
        """Copy what is inside of *value*; return whether uris have changed."""
        changed = False
        for one in values_with_uris([value]):
            uri = uri_of(one)
            if is_elsewhere(uri):
                changed = True
                set_uri(one, self._copy_of(uri, stores).as_uri())
                if holds_more(one):
                    self._bring_more(one, uri, stores)
            elif holds_more(one):
                changed |= self._bring_more(one, uri, stores)
        return changed

    def _bring_more(self, reference: Literal, uri: str, stores: Stores) -> bool:
        """Copy what the value behind a reference refers to; *uri* is where the value is kept."""
        inside = _behind(reference)
        if not self._bring(inside, stores):
            return False
        original = Literal()
        original.CopyFrom(reference)
        set_uri(original, uri)
        path = self._next("value")
        store_again(inside, reference.reference, path)
        self._originals[path] = original
        return True

    def _copy_of(self, uri: str, stores: Stores) -> Path:
        if uri not in self._places:
            name = unquote(PurePosixPath(urlsplit(uri).path).name) or "data"
            self._places[uri] = _copy(stores.of(uri), uri, self._next(name))
        return self._places[uri]

    def _next(self, name: str) -> Path:
        self._count += 1
        path = self._folder / "inputs" / str(self._count) / name
        path.parent.mkdir(parents=True)
        return path

    def _return(self, value: Literal) -> bool:
        """Have uris inside of *value* say where things are kept; return whether one has changed."""
        changed = False
        for one in values_with_uris([value]):
            uri = uri_of(one)
            path = local_path(uri)
            original = None if path is None else self._originals.get(path)
            if original is not None:
                one.CopyFrom(original)
                changed = True
                continue
            if path is not None and holds_more(one) and path.is_relative_to(self._folder):
                inside = _behind(one)
                if self._return(inside):
                    store_again(inside, one.reference, path)
            kept = self.where_kept(uri)
            if kept != uri:
                set_uri(one, kept)
                changed = True
        return changed


def _behind(value: Literal) -> Literal:
    path = local_path(value.reference.uri)
    assert path is not None, "it was copied before"
    try:
        return decode_offloaded(value.reference, path.read_bytes())
    except (OffloadingError, DecodeError) as error:
        raise DataError(f"{value.reference.uri} {error}.", code="DATA_CORRUPT") from None


def _copy(store: Persistence, uri: str, target: Path) -> Path:
    """Copy what is at *uri* to *target*; return where it is."""
    found = store.get(uri, target)
    if found != target and target.is_dir():
        shutil.copytree(found, target, dirs_exist_ok=True)
    return target if target.exists() else found


def _below(uri: str, path: PurePosixPath | Path) -> str:
    return uri if str(path) == "." else f"{uri}/{quote(path.as_posix())}"
