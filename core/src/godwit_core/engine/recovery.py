"""What of an earlier execution may stand for a node of a new one. Pure.

A node takes over the result of an earlier node with the same *reuse key*: same task by name, interface and program,
same cache version where it has one, same inputs but for those that its cache ignores. How often, how long and with what
it is tried does not count. Of several, that of the same path comes first; each result is taken over once, so that two
calls of a task that draws at random stay two draws. A node that was moved, or renumbered by another before it, is
found all the same. Sub-workflows are opened anew and recovered node by node, so that a change within one costs no more
than what it changes.
"""

import hashlib

from godwit_core.compiler.plan import TaskPlan
from godwit_core.engine.phases import NodePhase
from godwit_core.engine.state import Scope


def reuse_key(task: TaskPlan, inputs: bytes) -> bytes:
    """Return the digest by which a result of *task* is known again. *inputs*: digest of the inputs that count."""
    version = task.cache.version.encode() if task.cache is not None else b""
    return hashlib.sha256(b"".join((b"godwit reuse 1\0", task.identity, inputs, version))).digest()


def is_recovered(scope: Scope) -> bool:
    """Return whether all that ran in *scope* was taken over, so that the node that it is the work of was, too."""
    phases = {node.phase for node in scope.nodes}
    return NodePhase.RECOVERED in phases and phases <= {NodePhase.RECOVERED, NodePhase.SKIPPED}
