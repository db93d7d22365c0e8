"""Executions that have been, as the beginning of new ones: their specs, inputs and options."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.values_pb2 import Literal

from godwit_core.cli.entity_options import read_inputs
from godwit_core.compiler.registrations import compile_registration
from godwit_core.store import executions, packing, reading
from godwit_core.store.executions import ExecutionRow


class EarlierRun(NamedTuple):
    """What an execution was started with."""

    row: ExecutionRow
    registration: Registration
    interface: Interface
    inputs: Mapping[str, Literal]


def read_earlier(connection: sqlite3.Connection, name: str) -> EarlierRun:
    """Return what the execution of that name, or of the one name that begins so, was started with.

    Raises:
        InvalidInput: there is none, or more than one.
    """
    row = reading.get_execution(connection, name)
    registration = Registration.FromString(executions.get_registration(connection, row.registration))
    interface = compile_registration(registration, row.entity).root.interface
    inputs = {key: Literal.FromString(value) for key, (value, _) in packing.unpack(row.inputs).items()}
    return EarlierRun(row, registration, interface, inputs)


def with_defaults(interface: Interface, earlier: Mapping[str, Literal]) -> Interface:
    """Return *interface* with the earlier inputs as its defaults."""
    offered = Interface()
    offered.CopyFrom(interface)
    for one in offered.inputs:
        if one.name in earlier:
            one.default_value.CopyFrom(earlier[one.name])
    return offered


def with_code_of(registration: Registration, earlier: Registration) -> Registration:
    """Return *registration* with the code versions that *earlier* has: what was edited since counts as the same."""
    versions = {one.task: one.version for one in earlier.code_versions}
    changed = Registration()
    changed.CopyFrom(registration)
    for one in changed.code_versions:
        one.version = versions.get(one.task, one.version)
    return changed


def changed_inputs(
    interface: Interface,
    earlier: Mapping[str, Literal],
    arguments: Sequence[str],
    assignments: Sequence[str],
    where: str,
) -> dict[str, Literal]:
    """Return the earlier inputs that *interface* still has, but for those that a command line gives anew.

    Raises:
        UsageError, InvalidInput: as `read_inputs`.
    """
    kept = {one.name: earlier[one.name] for one in interface.inputs if one.name in earlier}
    return kept | read_inputs(with_defaults(interface, earlier), arguments, assignments, where)
