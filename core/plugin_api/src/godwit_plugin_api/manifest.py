"""Manifests: what a distribution offers, as plain records that cost nothing to read.

A manifest names, for each thing a distribution offers, its kind, the key by which it is chosen, and where its code
is. The code itself is imported on first use, so listing a hundred plugins imports none of their dependencies.
"""

from enum import Enum
from typing import Any, NamedTuple

API_VERSION = 1
"""Version of the plugin API that this distribution speaks. A manifest of another version is refused."""


class Kind(Enum):
    """What a record offers, what its key is, and what its target is.

    Every target is `module:attribute`. Of all kinds but CLI_COMMAND and EVENT_LISTENER it is a class or function that,
    called without arguments, returns an object of the protocol named here.
    """

    TRANSFORMER = "transformer"
    """`transformer.TypeTransformer`; the key is a Python class as `module.QualName`; it serves subclasses too."""
    PERSISTENCE = "persistence"
    """`persistence.Persistence`; the key is a uri scheme: `file`, `s3`. The target takes an option, `durable`, False by
    default: whether what is put must survive the loss of power too, and not only the end of any process."""
    BACKEND = "backend"
    """`backend.Backend`; the key is the name that a task's spec says: `local`, `spark`."""
    ENTITY_LOADER = "entity_loader"
    """`entity_loader.EntityLoader`; the key is a file extension with its dot: `.py`."""
    SECRET_PROVIDER = "secret_provider"  # noqa: S105 - the name of a kind, no secret
    """`secrets.SecretProvider`; the key is the provider's name in the configuration: `env`, `file`."""
    EVENT_LISTENER = "event_listener"
    """A module or object with hooks of `hookspecs` on it; the key is any name."""
    TASK_RUNTIME = "task_runtime"
    """`task_runtime.TaskRuntime`; the key is the full name of the message that a task has as its payload:
    `godwitidl.plugins.spark.v1.SparkJob`."""
    PROGRAM = "program"
    """`programs.Program`; the key is the name that commands of runners say in braces: `jvm`."""
    CLI_COMMAND = "cli_command"
    """A `click.Command`; the key is the sub-command's name."""


class Record(NamedTuple):
    """One thing that a distribution offers.

    Attributes:
        kind: what it is.
        key: by which it is chosen; see `Kind`. No two installed records of one kind have the same.
        target: where its code is, as `module:attribute`; the attribute may be dotted. Imported on first use.
        description: one line for people.
        extra: extra of the distribution that installs what the target imports: `pandas`. Empty: none is needed.
        prestart: of an ENTITY_LOADER: command of the runner for what it loads, with `{python}` for the interpreter, so
            that runners may be started before anything else is imported. Empty: unknown, or none is needed.
    """

    kind: Kind
    key: str
    target: str
    description: str = ""
    extra: str = ""
    prestart: tuple[str, ...] = ()


class Manifest(NamedTuple):
    """What one plugin offers.

    Attributes:
        name: the plugin's name: that of its entry point.
        api_version: version of the plugin API that it is written for; `API_VERSION` of the time of writing, as a
        number. records: what it offers.
    """

    name: str
    api_version: int
    records: tuple[Record, ...]


def record_faults(record: Any) -> list[str]:
    """Return what is wrong with *record*, each a clause without a subject's end stop; empty when it is well formed."""
    if not isinstance(record, Record):
        return [f"has a record that is no Record but {record!r}"]
    kind: Any = record.kind
    key: Any = record.key
    label = f"record {getattr(kind, 'value', kind)!s} {key!r}"
    faults = []
    if not isinstance(kind, Kind):
        known = ", ".join(kind.value for kind in Kind)
        faults.append(f"has a {label} of unknown kind {kind!r}; known are {known}")
    if not isinstance(key, str) or not key or not key.isprintable() or " " in key:
        faults.append(f"has a {label} whose key is not a printable text without spaces")
    elif kind is Kind.ENTITY_LOADER and not key.startswith("."):
        faults.append(f"has a {label} whose key is not a file extension with its dot")
    if not _is_target(record.target):
        faults.append(f"has a {label} whose target {record.target!r} is not of the form module:attribute")
    return faults


def _is_target(target: object) -> bool:
    if not isinstance(target, str):
        return False
    module, colon, attribute = target.partition(":")
    parts = [*module.split("."), *attribute.split(".")]
    return bool(colon) and all(part.isidentifier() for part in parts)
