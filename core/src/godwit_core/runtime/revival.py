"""An execution in memory, from its rows."""

import sqlite3
from collections.abc import Callable
from functools import partial

from godwit_core.compiler.plan import Plan
from godwit_core.engine.restoration import Stored, restore
from godwit_core.engine.state import Execution, Node
from godwit_core.runtime import acceptance
from godwit_core.runtime.garbage import collector_paused
from godwit_core.runtime.stored_values import StoredValues, stored_outputs
from godwit_core.store import executions, histories, map_items, nodes, packing
from godwit_core.store.executions import ExecutionRow


def revive(
    connection: sqlite3.Connection,
    row: ExecutionRow,
    plan: Plan,
    stored: StoredValues,
    is_shown: Callable[[Node], bool] | None = None,
) -> Execution:
    """Return the state of the execution of *row*, whose graph is *plan*, as its rows tell it.

    *is_shown*: which items that have ended are filled as well, only to be looked at; None: none.
    """
    execution = acceptance.state_of(row, row.id, plan, packing.unpack(row.inputs), stored.load)
    execution.load_items = stored.items
    execution.load_outputs = partial(stored_outputs, connection, row.id)
    with collector_paused():
        rows = Stored(
            executions.get_scopes(connection, row.id),
            partial(nodes.load, connection, row.id),
            packing.unpack,
            partial(map_items.load_map, connection, row.id),
            is_shown,
        )
        restore(execution, rows)
    execution.sequence = histories.last_sequence(connection, row.id)
    return execution
