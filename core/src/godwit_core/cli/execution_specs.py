"""What an execution is started with, as a YAML text that people edit: written, read, and put together with a source."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.value_json import to_json

from godwit_core.cli.earlier_executions import EarlierRun, changed_inputs
from godwit_core.cli.input_values import json_like, make_literal
from godwit_core.cli.session import Session
from godwit_core.cli.sources import find_entity, load_source
from godwit_core.cli.store_access import opened_store
from godwit_core.compiler.registrations import compile_registration
from godwit_core.runtime.configuration import is_backend
from godwit_core.store import executions
from godwit_core.store.executions import ExecutionRow

FORMAT = 1
"""Number of the format. A reader refuses another."""

_KEYS = {"godwit", "registration", "entity", "inputs", "options"}
_OPTIONS = {
    "overwrite_cache": "true or false",
    "run_what_can_run": "true, false or null",
    "max_parallelism": "an integer from 1, or null",
    "priority": "an integer",
    "backend": "the name of a backend, or null",
}
"""Options of an execution, each with what is expected of it."""
_ODD_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_DIGEST = re.compile("sha256:[0-9a-f]{64}")


class ExecutionSpec(NamedTuple):
    """A specification as its file says.

    Attributes:
        registration: digest of the registration in the home's database.
        inputs: JSON values by name; those that are missing take their defaults.
        options: those of `ExecutionOptions` that are given.
    """

    registration: bytes
    entity: str
    inputs: Mapping[str, Any]
    options: Mapping[str, Any]


class Launch(NamedTuple):
    """What is to be started."""

    registration: Registration
    entity: str
    inputs: dict[str, Literal]
    options: Mapping[str, Any]


def spec_json(earlier: EarlierRun, digest: bytes) -> dict[str, Any]:
    """Return the specification of an execution. *digest*: of its registration."""
    types = {one.name: one.type for one in earlier.interface.inputs}
    return {
        "godwit": FORMAT,
        "registration": f"sha256:{digest.hex()}",
        "entity": earlier.row.entity,
        "inputs": {name: to_json(literal, types[name]) for name, literal in earlier.inputs.items()},
        "options": {
            "overwrite_cache": earlier.row.overwrite_cache,
            "run_what_can_run": earlier.row.run_what_can_run,
            "max_parallelism": earlier.row.max_parallelism or None,
            "priority": earlier.row.priority,
            "backend": kept_backend(earlier.row),
        },
    }


def format_spec(spec: Mapping[str, Any]) -> str:
    """Return a specification as YAML, its keys in their order."""
    import yaml  # noqa: PLC0415 - 20 ms, for specifications only

    text: str = yaml.safe_dump(dict(spec), sort_keys=False, allow_unicode=True, width=120)
    if _ODD_LINE_ENDS.search(text):  # which the library does not read back as it wrote them
        text = yaml.safe_dump(dict(spec), sort_keys=False, width=120)
    return text


def parse_spec(text: str, where: str) -> ExecutionSpec:
    """Return the specification that *text*, which is YAML or JSON, says. *where*: its file, for messages.

    Raises:
        InvalidInput: it says none.
    """
    said = _parsed(text, where)
    if unknown := [key for key in said if key not in _KEYS]:
        raise _unfit(where, f"{unknown[0]!r} is not one of {', '.join(sorted(_KEYS))}")
    if said.get("godwit") != FORMAT:
        raise _unfit(where, f"expected 'godwit: {FORMAT}', came {said.get('godwit')!r}")
    digest, entity = said.get("registration"), said.get("entity")
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise _unfit(where, f"registration: expected 'sha256:' and 64 hexadecimal digits, came {digest!r}")
    if not isinstance(entity, str):
        raise _unfit(where, f"entity: expected a name, came {entity!r}")
    inputs, options = said.get("inputs") or {}, said.get("options") or {}
    if not isinstance(inputs, dict) or not isinstance(options, dict):
        raise _unfit(where, "inputs and options: expected names with values")
    for key, value in options.items():
        if key not in _OPTIONS:
            raise _unfit(where, f"options: {key!r} is not one of {', '.join(_OPTIONS)}")
        if not _is_option(key, value):
            raise _unfit(where, f"options: expected {_OPTIONS[key]} for {key}, came {value!r}")
    return ExecutionSpec(bytes.fromhex(digest.partition(":")[2]), entity, inputs, options)


def kept_backend(row: ExecutionRow) -> str | None:
    """Return the backend of an execution's tasks that name none; None: processes of a host."""
    return None if row.backend in {"", "local"} else row.backend


def _is_option(key: str, value: object) -> bool:
    """Return whether *value* is one of the option *key*."""
    if key == "backend":
        return value is None or (isinstance(value, str) and is_backend(value))
    if key in {"overwrite_cache", "run_what_can_run"}:
        return isinstance(value, bool) or (value is None and key == "run_what_can_run")
    if isinstance(value, bool) or not isinstance(value, int):
        return value is None and key == "max_parallelism"
    return key == "priority" or value >= 1


def read_launch(
    session: Session,
    path: Path,
    file: Path | None,
    entity: str | None,
    arguments: Sequence[str],
    assignments: Sequence[str],
) -> Launch:
    """Return what the specification at *path* starts: of its registration, or of a source file where one is given.

    Raises:
        InvalidInput: the specification cannot be read or says none, its registration is gone, or an input does not fit.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        message = f"{path} cannot be read: {reason}."
        raise InvalidInput(message, hint="Check the path.", code="SPEC_UNREADABLE") from None
    spec = parse_spec(text, str(path))
    target = entity or spec.entity
    if file is None:
        registration = _stored_registration(session, spec)
        interface = compile_registration(registration, target).root.interface
    else:
        registration, summary, interface = find_entity(load_source(session, file), target)
        target = summary.full_name
    inputs = changed_inputs(interface, _literals(spec, interface, path), arguments, assignments, f"godwit run {path}")
    return Launch(registration, target, inputs, spec.options)


def _parsed(text: str, where: str) -> dict[str, Any]:
    """Return the keys and values that *text*, JSON or else YAML, says."""
    import yaml  # noqa: PLC0415 - 20 ms, for specifications only

    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        try:
            said = json_like(yaml.safe_load(text))
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise _unfit(where, f"it is no YAML: {reason}") from None
    if not isinstance(said, dict):
        raise _unfit(where, "expected keys with values")
    return said


def _literals(spec: ExecutionSpec, interface: Interface, path: Path) -> dict[str, Literal]:
    types = {one.name: one.type for one in interface.inputs}
    if unknown := [name for name in spec.inputs if name not in types]:
        message = f"{path}: {spec.entity} has no input {unknown[0]!r}."
        raise InvalidInput(message, hint=f"The inputs: {', '.join(types) or 'none'}.", code="UNKNOWN_INPUT")
    return {name: make_literal(name, value, types[name]) for name, value in spec.inputs.items()}


def _stored_registration(session: Session, spec: ExecutionSpec) -> Registration:
    with opened_store(session) as connection:
        encoded = executions.find_registration(connection, spec.registration)
    if encoded is None:
        raise InvalidInput(
            f"This home has no registration sha256:{spec.registration.hex()}.",
            hint="Give FILE to run the entity as it is there now.",
            code="UNKNOWN_REGISTRATION",
        )
    return Registration.FromString(encoded)


def _unfit(where: str, what: str) -> InvalidInput:
    hint = "`godwit executions spec NAME` writes one."
    return InvalidInput(f"{where} is no specification of an execution: {what}.", hint=hint, code="BAD_SPEC")
