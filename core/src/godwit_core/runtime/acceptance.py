"""The door: a request becomes an execution, or an error with nothing created."""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from godwit_plugin_api.errors import InvalidInput
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.values_pb2 import Literal

from godwit_core.compiler.inputs import bind_inputs
from godwit_core.compiler.plan import Plan, TaskPlan
from godwit_core.engine.phases import ExecutionPhase
from godwit_core.engine.state import Execution, Load, Options, Values
from godwit_core.runtime import history, lease
from godwit_core.runtime.clock import Clock
from godwit_core.runtime.plans import Plans
from godwit_core.runtime.settings import ExecutionOptions
from godwit_core.runtime.stored_values import stored_outputs
from godwit_core.store import engines, executions, histories, packing, reading
from godwit_core.store.executions import ExecutionRow

NAME_ALPHABET = "bcdfghjkmnpqrstvwxz23456789"
"""Letters and digits that are hard to confuse, and spell nothing."""


class Request(NamedTuple):
    """A checked request."""

    registration: Registration
    encoded: bytes
    plan: Plan
    inputs: Values
    options: ExecutionOptions


def examine(
    plans: Plans,
    registration: Registration,
    entity: str,
    inputs: Mapping[str, Literal],
    options: ExecutionOptions,
    check_task: Callable[[TaskPlan, str], list[str]],
) -> Request:
    """Return the request, compiled and checked against the interface and the backends.

    Raises:
        GodwitError: it does not compile, its inputs do not fit, or a backend cannot run one of its tasks.
    """
    encoded = registration.SerializeToString(deterministic=True)
    plan = plans.get(encoded, entity)
    values = bind_inputs(plan.root.interface, inputs)
    check_backends(plan, options.backend, check_task)
    return Request(registration, encoded, plan, values, options)


def check_backends(plan: Plan, backend: str, check_task: Callable[[TaskPlan, str], list[str]]) -> None:
    """Make sure that backends can run all tasks of a plan. *backend*: of those that name none; empty: the engine's.

    Raises:
        GodwitError: one cannot, or is not there.
    """
    tasks = [task for task in plan.tasks if task.native is None]
    problems = [f"{task.name}: {problem}" for task in tasks for problem in check_task(task, backend)]
    if problems:
        raise InvalidInput("\n".join(problems), code="BACKEND_CANNOT_RUN")


def new_name() -> str:
    """Return a name for an execution: 12 characters, drawn at random."""
    # Not `secrets`, whose import takes 1 ms. What a byte of 256 prefers does not matter to a name.
    return "".join(NAME_ALPHABET[byte % len(NAME_ALPHABET)] for byte in os.urandom(12))


def insert(
    connection: sqlite3.Connection, request: Request, engine: int | None, now_us: int, load: Load
) -> tuple[Execution, bytes]:
    """Write the rows of a new execution, in the caller's transaction; return its state and its framed first event.

    *engine*: who holds it; None: nobody yet.

    Raises:
        InvalidInput: the name is taken.
    """
    name = request.options.name or new_name()
    if executions.is_taken(connection, name):
        raise InvalidInput(f"There is an execution named {name} already.", hint="Choose another name, or leave it out.")
    digest = hashlib.sha256(request.encoded).digest()
    registration = executions.add_registration(connection, digest, request.encoded)
    row = ExecutionRow(
        id=0,
        name=name,
        project=request.registration.project,
        domain=request.registration.domain,
        entity=request.plan.entity,
        version=request.registration.version,
        registration=registration,
        engine=engine,
        phase=ExecutionPhase.QUEUED,
        overwrite_cache=request.options.overwrite_cache,
        run_what_can_run=request.options.run_what_can_run,
        aborting=0,
        abort_reason="",
        inputs=packing.pack(request.inputs),
        outputs=None,
        error=b"",
        created_us=now_us,
        finished_us=0,
        max_parallelism=request.options.max_parallelism or 0,
        priority=request.options.priority,
        backend=request.options.backend,
        recovers=0 if request.options.recovers is None else recoverable(connection, request.options.recovers).id,
    )
    key = executions.insert(connection, row)
    accepted = history.encode([("execution_accepted", now_us, None, row.entity, row.version)], 0)
    histories.append(connection, key, 1, accepted)
    execution = state_of(row, key, request.plan, request.inputs, load)
    execution.load_outputs = partial(stored_outputs, connection, key)
    execution.sequence = 1
    return execution, accepted


def state_of(row: ExecutionRow, key: int, plan: Plan, inputs: Values, load: Load) -> Execution:
    """Return the state that *row* tells of, without scopes."""
    execution = Execution(key, row.name, row.project, row.domain, plan, inputs, _options(row), load)
    execution.phase, execution.recovers = row.phase, row.recovers
    execution.aborting, execution.ends_handlers = bool(row.aborting), row.aborting == 2
    execution.abort_reason = row.abort_reason
    execution.error = row.error
    execution.created_us, execution.finished_us = row.created_us, row.finished_us
    return execution


def _options(row: ExecutionRow) -> Options:
    return Options(row.overwrite_cache, row.run_what_can_run, row.max_parallelism or None, row.priority, row.backend)


def recoverable(connection: sqlite3.Connection, name: str) -> ExecutionRow:
    """Return the execution of that name, or of the one name that begins so, whose results another may reuse.

    Raises:
        InvalidInput: there is none, or it has not ended.
    """
    row = reading.get_execution(connection, name)
    if not row.phase.final:
        raise InvalidInput(
            f"Execution {row.name} has not ended: {row.phase.name}.",
            hint=f"Abort it, or, when its engine is gone, go on with: godwit executions resume {row.name}",
            code="NOT_ENDED",
        )
    return row


def check_resumable(connection: sqlite3.Connection, row: ExecutionRow, clock: Clock) -> None:
    """Make sure that an execution may be taken over, and remove the dead engine that held it.

    Raises:
        InvalidInput: it has ended, or a live engine holds it.
    """
    if row.phase.final:
        hint = "See it with `godwit executions show`."
        if row.phase is not ExecutionPhase.SUCCEEDED:
            hint = f"Have a new execution reuse what succeeded: godwit executions recover {row.name}"
        raise InvalidInput(f"Execution {row.name} has ended: {row.phase.name}.", hint=hint, code="ALREADY_ENDED")
    if row.engine is None:
        return
    holder = engines.get(connection, row.engine)
    if holder is None:
        return
    if lease.is_alive(holder, clock):
        raise InvalidInput(
            f"Execution {row.name} is under way in process {holder.process} on {holder.host}.",
            hint="Watch it with `godwit executions watch`, or abort it.",
            code="ALREADY_RUNNING",
        )
    engines.delete(connection, holder.id)
