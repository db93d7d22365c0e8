"""Compiled registrations. Executions of the same one share its plan, so that many of them cost little memory."""

import hashlib
from collections import OrderedDict

from godwitidl.core.v1.bundle_pb2 import Registration

from godwit_core.compiler.plan import Plan
from godwit_core.compiler.registrations import compile_registration

KEPT = 16
"""How many plans are kept for executions to come. Those under way keep theirs."""


class Plans:
    """The plans of one engine, the least recently used dropped first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[bytes, str], Plan] = OrderedDict()

    def get(self, encoded: bytes, entity: str) -> Plan:
        """Return the plan of an entity of an encoded registration.

        Raises:
            CompileFailed: there is something wrong with it.
        """
        key = (hashlib.sha256(encoded).digest(), entity)
        plan = self._kept.pop(key, None)
        if plan is None:
            # Of a copy, because the plan refers to its messages, and whoever gave the registration may change it.
            plan = compile_registration(Registration.FromString(encoded), entity)
        self._kept[key] = plan
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return plan
