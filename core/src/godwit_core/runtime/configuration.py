"""Settings of a home: `config.toml` in its folder, read when an engine is set up. What the command line says wins."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from godwit_plugin_api.errors import InvalidInput

FILE = "config.toml"
SHORTEST_LEASE_S = 1.0
LONGEST_LEASE_S = 86_400.0
_BACKEND = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
STORAGE_FORM = "a uri such as s3://bucket/prefix"


def is_storage(uri: str) -> bool:
    """Return whether *uri* may be where values are kept."""
    scheme, colon, place = uri.partition("://")
    return bool(scheme and colon and place.strip("/"))


def is_backend(key: str) -> bool:
    """Return whether *key* may be the name of a backend."""
    return _BACKEND.fullmatch(key) is not None


class Configuration(NamedTuple):
    """What a home's engines are set up with.

    Attributes:
        workers: attempts at a time; None: one for each processor.
        lease_s: as in `EngineSettings`.
        max_executions: how many executions an engine that serves the home holds at most; None: as it says.
        queues: how many attempts of each named queue may run at a time in one engine.
        storage: uri under which values are kept; empty: in the home.
        backend: key of the backend of tasks that name none; empty: processes of this host.
        backends: settings of backends, as text, by the backend's key and their names.
    """

    workers: int | None = None
    lease_s: float = 30.0
    max_executions: int | None = None
    queues: Mapping[str, int] = MappingProxyType({})
    storage: str = ""
    backend: str = ""
    backends: Mapping[str, Mapping[str, str]] = MappingProxyType({})


def read_configuration(home: Path) -> Configuration:
    """Return what the home's `config.toml` says; the usual where there is none.

    Raises:
        InvalidInput: it cannot be read, or says something that is not understood.
    """
    path = home / FILE
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return Configuration()
    except OSError as error:
        raise _invalid(path, f"cannot be read: {error.strerror}") from error
    import tomllib  # noqa: PLC0415 - 5 ms that only homes with such a file need

    try:
        told = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _invalid(path, f"is no TOML: {error}") from error
    return _Reader(path).configuration(told)


class _Reader:
    """Reads the tables of one file, and says where something is wrong."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def configuration(self, told: Mapping[str, Any]) -> Configuration:
        self._check_names("", told, ("engine", "queues", "storage", "backends"))
        engine, queues = self._table(told, "engine"), self._table(told, "queues")
        storage = self._table(told, "storage")
        self._check_names("storage.", storage, ("uri",))
        uri = storage.get("uri", "")
        if not isinstance(uri, str) or (uri and not is_storage(uri)):
            raise self._wrong("storage.uri", STORAGE_FORM, uri)
        self._check_names("engine.", engine, ("workers", "lease_seconds", "max_executions", "backend"))
        backend = engine.get("backend", "")
        if not isinstance(backend, str) or (backend and not is_backend(backend)):
            raise self._wrong("engine.backend", "the name of a backend", backend)
        lease_s = engine.get("lease_seconds", Configuration().lease_s)
        is_number = isinstance(lease_s, (int, float)) and not isinstance(lease_s, bool)
        if not is_number or not SHORTEST_LEASE_S <= lease_s <= LONGEST_LEASE_S:
            expected = f"a number from {SHORTEST_LEASE_S:g} to {LONGEST_LEASE_S:g}"
            raise self._wrong("engine.lease_seconds", expected, lease_s)
        return Configuration(
            workers=self._count("engine.workers", engine["workers"]) if "workers" in engine else None,
            lease_s=float(lease_s),
            max_executions=(
                self._count("engine.max_executions", engine["max_executions"]) if "max_executions" in engine else None
            ),
            queues={name: self._count(f"queues.{name}", places) for name, places in queues.items()},
            storage=uri,
            backend=backend,
            backends={name: self._backend(name, table) for name, table in self._table(told, "backends").items()},
        )

    def _backend(self, name: str, table: Any) -> Mapping[str, str]:
        """Return the settings of one backend, which knows itself what they mean."""
        if not isinstance(table, dict):
            raise self._wrong(f"backends.{name}", "a table", table)
        for key, value in table.items():
            if not isinstance(value, (str, int, float, bool)):
                raise self._wrong(f"backends.{name}.{key}", "a text, a number, true or false", value)
        return {key: _text(value) for key, value in table.items()}

    def _table(self, told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        table = told.get(name, {})
        if not isinstance(table, dict):
            raise self._wrong(name, "a table", table)
        return table

    def _count(self, name: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self._wrong(name, "a whole number from 1", value)
        return value

    def _check_names(self, where: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
        unknown = [name for name in table if name not in known]
        if unknown:
            raise _invalid(self._path, f"has {where}{unknown[0]}, which means nothing; there are: {', '.join(known)}")

    def _wrong(self, name: str, expected: str, value: Any) -> InvalidInput:
        return _invalid(self._path, f"has {name} = {value!r}; expected {expected}")


def _text(value: str | float) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value)


def _invalid(path: Path, what: str) -> InvalidInput:
    hint = "Mend it, or remove it: docs/engines.md tells what may stand there."
    return InvalidInput(f"{path} {what}.", hint=hint, code="CONFIGURATION")
