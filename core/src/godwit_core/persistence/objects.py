"""Blobs in object stores, by obstore: `s3://bucket/key`, `gs://bucket/key`, `az://account/container/key`.

Credentials, region and endpoint are found as the cloud's own tools find them (`AWS_ACCESS_KEY_ID`, `AWS_REGION`,
`AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP` for a plain-text endpoint; `GOOGLE_…`, `AZURE_STORAGE_…`), and from the roles of
the machine. Keys are the unquoted paths of uris. An object is there as a whole or not at all: so the store promises.
"""

import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote

import obstore
from godwit_plugin_api.errors import DataError, InvalidInput
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import AzureStore, from_url

_CHUNK = 8 << 20
_READ_AHEAD = 1 << 20
_THREADS = 8
"""Objects of a folder that are brought or stored at a time."""
_RETRIES: Any = {
    "max_retries": 5,
    "backoff": {"init_backoff": timedelta(seconds=0.1), "max_backoff": timedelta(seconds=5), "base": 2},
    "retry_timeout": timedelta(seconds=60),
}


class ObjectPersistence:
    """Keeps blobs as objects of a store. What is put survives the loss of power: the store says so."""

    def __init__(self, *, durable: bool = False) -> None:
        """Take *durable* as every persistence does; there is no other way here."""
        del durable
        self._stores: dict[str, Any] = {}

    def put_file(self, source: Path, uri: str) -> None:
        """Store a file; see `Persistence`. Large ones go up in parts."""
        store, key = self._place(uri)
        with _translated("store", uri):
            obstore.put(store, key, source)

    def put_directory(self, source: Path, uri: str) -> None:
        """Store a folder; see `Persistence`. Objects of an earlier, lost attempt that have no file any more go."""
        store, key = self._place(uri)
        with _translated("store", uri):
            if not source.is_dir():
                raise FileNotFoundError(source)
            left = {path for path, _ in self.list(uri)}
            files = {path.relative_to(source).as_posix(): path for path in _files(source)}
            _in_parallel([partial(obstore.put, store, f"{key}/{name}", path) for name, path in files.items()])
            gone = [f"{key}/{name}" for name in left - files.keys()]
            if gone:
                obstore.delete(store, gone)

    def open(self, uri: str) -> BinaryIO:
        """Open a blob; see `Persistence`. Only what is read is fetched, in pieces of a mebibyte at least."""
        store, key = self._place(uri)
        with _translated("open", uri):
            size = int(obstore.head(store, key)["size"])
        return io.BufferedReader(_Blob(store, key, size, uri), _READ_AHEAD)

    def get(self, uri: str, target: Path) -> Path:
        """Copy a blob or tree to *target*; see `Persistence`."""
        store, key = self._place(uri)
        with _translated("read", uri):
            if _is_object(store, key):
                _bring(store, key, target)
                return target
            names = [name for name, _ in self.list(uri)]
            if not names:
                raise FileNotFoundError(uri)
            _in_parallel([partial(_bring, store, f"{key}/{name}", target.joinpath(name)) for name in names])
            return target

    def exists(self, uri: str) -> bool:
        """Return whether anything is there; see `Persistence`."""
        store, key = self._place(uri)
        with _translated("look for", uri):
            return _is_object(store, key) or any(batch for batch in obstore.list(store, f"{key}/", chunk_size=1))

    def list(self, uri: str) -> Iterator[tuple[str, int]]:
        """Yield the blobs below *uri*; see `Persistence`."""
        store, key = self._place(uri)
        with _translated("list", uri):
            found = [
                (str(meta["path"]).removeprefix(f"{key}/" if key else ""), int(meta["size"]))
                for batch in obstore.list(store, f"{key}/")
                for meta in batch
            ]
        yield from sorted(found)

    def delete(self, uri: str) -> None:
        """Delete what is there; see `Persistence`."""
        store, key = self._place(uri)
        with _translated("delete", uri):
            keys = [f"{key}/{name}" for name, _ in self.list(uri)]
            if _is_object(store, key):
                keys.append(key)
            if keys:
                obstore.delete(store, keys)

    def _place(self, uri: str) -> tuple[Any, str]:
        """Return the store that *uri* names, and the key in it."""
        root, key = split(uri)
        store = self._stores.get(root)
        if store is None:
            with _translated("open", uri):
                store = self._stores[root] = _store(root)
        return store, key


def _store(root: str) -> Any:
    scheme, _, rest = root.partition("://")
    if scheme == "az":
        # By itself, the library takes the first part of such a uri for the container.
        account, container = rest.split("/")
        return AzureStore(container, account_name=account, retry_config=_RETRIES)
    return from_url(root, retry_config=_RETRIES)


def split(uri: str) -> tuple[str, str]:
    """Return the uri of the bucket or container that *uri* lies in, and its key there, unquoted.

    Raises:
        InvalidInput: it names no bucket.
    """
    scheme, _, rest = uri.partition("://")
    levels = 2 if scheme == "az" else 1
    parts = rest.split("/", levels)
    if len(parts) < levels or not all(parts[:levels]):
        form = "az://account/container/key" if scheme == "az" else f"{scheme}://bucket/key"
        raise InvalidInput(f"A uri of the form {form} was expected, not {uri!r}.")
    return f"{scheme}://{'/'.join(parts[:levels])}", unquote(parts[levels]) if len(parts) > levels else ""


class _Blob(io.RawIOBase):
    """An object as a stream that fetches what is read."""

    def __init__(self, store: Any, key: str, size: int, uri: str) -> None:
        self._store, self._key, self._size, self._uri = store, key, size, uri
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:
        data = self._fetch(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return bytes(self._fetch(self._size))

    def _fetch(self, length: int) -> memoryview:
        length = min(length, self._size - self._position)
        if length <= 0:
            return memoryview(b"")
        with _translated("read", self._uri):
            data = memoryview(obstore.get_range(self._store, self._key, start=self._position, length=length))
        self._position += len(data)
        return data


def _bring(store: Any, key: str, target: Path) -> None:
    """Copy an object to *target*, as a whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial_path = target.with_name(f".{target.name[:100]}.unfinished")
    with partial_path.open("wb") as stream:
        for chunk in obstore.get(store, key).stream(min_chunk_size=_CHUNK):
            stream.write(chunk)
    partial_path.replace(target)


def _is_object(store: Any, key: str) -> bool:
    if not key:
        return False
    try:
        obstore.head(store, key)
    except FileNotFoundError:
        return False
    return True


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder, followlinks=True):
        for name in names:
            yield Path(parent, name)


def _in_parallel(calls: list[Any]) -> None:
    with ThreadPoolExecutor(_THREADS) as pool:
        for done in [pool.submit(call) for call in calls]:
            done.result()


@contextmanager
def _translated(verb: str, uri: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"Could not {verb} {uri}: {_first_line(error)}", code="BLOB_MISSING") from error
    except (PermissionDeniedError, UnauthenticatedError) as error:
        hint = "Check the credentials that this process finds, and what they allow."
        raise DataError(f"Could not {verb} {uri}: {_first_line(error)}", hint=hint, code="BLOB_STORE") from error
    except (BaseError, OSError) as error:
        hint = "Check endpoint, region and credentials (environment), and the network."
        raise DataError(f"Could not {verb} {uri}: {_first_line(error)}", hint=hint, code="BLOB_STORE") from error


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return (text.splitlines() or [type(error).__name__])[0][:500]
