"""From a registration to a graph: what depends on the machine that it was made on is put into the specs."""

from collections.abc import Mapping

from godwitidl.core.v1.bundle_pb2 import Bundle, Registration
from godwitidl.core.v1.task_pb2 import CachePolicy
from godwitidl.rules.blocks import nodes_in

from godwit_core.compiler.compilation import compile_bundle
from godwit_core.compiler.plan import Plan
from godwit_core.compiler.settings import AUTO


def compile_registration(registration: Registration, entity: str) -> Plan:
    """Check an entity of *registration*, with all that it calls, and return its graph; see `compile_bundle`.

    Raises:
        CompileFailed: with everything that is wrong.
    """
    return compile_bundle(resolved_bundle(registration), entity)


def resolved_bundle(registration: Registration) -> Bundle:
    """Return the registration's bundle with each cache version `auto` replaced by what it stands for.

    One that the registration does not resolve is left as it is, for the compiler to refuse.
    """
    versions = {entry.task: entry.version for entry in registration.cache_versions}
    if not versions:
        return registration.bundle
    bundle = Bundle()
    bundle.CopyFrom(registration.bundle)
    for task in bundle.tasks:
        _resolve(task.cache, task.id.name, versions)
    for workflow in bundle.workflows:
        for node in nodes_in(workflow.body):
            for call in (node.call, node.map):
                if call.overrides.HasField("cache"):
                    _resolve(call.overrides.cache, call.target.task.name, versions)
    return bundle


def _resolve(policy: CachePolicy, task: str, versions: Mapping[str, str]) -> None:
    if policy.version == AUTO and task in versions:
        policy.version = versions[task]
