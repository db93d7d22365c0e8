"""The running half of `RayJob`: a Ray cluster around the task's function, to which the process is connected."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import ray
from godwit_plugin_api.task_runtime import RuntimeAttempt
from godwitidl.plugins.ray.v1.ray_pb2 import RayJob, RayNode

from godwit_ray.clusters import ClusterError, connect

_NODES_S: Final = 60.0
_LOOK_S: Final = 0.1
_STOP_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class RayCluster:
    """The cluster of an attempt, as `current_context().ray`.

    Attributes:
        address: where its control service is.
        version: of Ray.
        dashboard: url of its dashboard; empty: there is none.
        resources: what its nodes have together, by name.
    """

    address: str
    version: str
    dashboard: str
    resources: Mapping[str, float]


class RayRuntime:
    """Runs tasks whose payload is a RayJob. See `godwit_plugin_api.task_runtime`."""

    @contextmanager
    def around(self, attempt: RuntimeAttempt) -> Iterator[Mapping[str, object]]:
        """Connect to the cluster, starting it where there is none; leave it, and end it if it was started.

        Raises:
            ClusterError: there is none to be had.
        """
        told = RayJob()
        attempt.payload.Unpack(told)
        # A job that was submitted runs on its cluster, in the environment that it was submitted with.
        is_submitted = told.address.startswith(("http://", "https://"))
        context = connect(
            "auto" if is_submitted else told.address,
            runtime_env={} if is_submitted else _environment(told, attempt),
            version=told.version,
            local=_head(told.head, attempt),
        )
        try:
            with _nodes(told.workers, context):
                yield {"ray": _described(context, attempt)}
        finally:
            ray.shutdown()

    def close(self) -> None:
        """Nothing is kept."""


def _environment(told: RayJob, attempt: RuntimeAttempt) -> Mapping[str, Any]:
    """Return the environment of Ray's workers: as it was given, and the source of the task can be imported."""
    given: dict[str, Any] = json.loads(told.runtime_env or "{}")
    if not told.address and attempt.source_root:
        variables = dict(given.get("env_vars", {}))
        paths = [path for path in sys.path if path and Path(path).is_dir()]
        variables.setdefault("PYTHONPATH", os.pathsep.join([attempt.source_root, *paths]))
        given["env_vars"] = variables
    return given


def _head(node: RayNode, attempt: RuntimeAttempt) -> Mapping[str, Any]:
    """Return the arguments of `ray.init` for the node on which the task runs."""
    cores = attempt.task.resources.cpu_millis // 1000
    told: dict[str, Any] = {}
    if node.HasField("cpu"):
        told["num_cpus"] = node.cpu
    elif cores:
        told["num_cpus"] = cores
    if node.HasField("gpu"):
        told["num_gpus"] = node.gpu
    if node.memory_bytes:
        told["_memory"] = node.memory_bytes
    if node.resources:
        told["resources"] = {one.name: one.amount for one in node.resources}
    return told


@contextmanager
def _nodes(groups: Sequence[RayNode], context: Any) -> Iterator[None]:
    """Start the further nodes of a cluster on this machine, and end them.

    One after the other: on one machine they would take each other's ports.

    Raises:
        ClusterError: one does not come up.
    """
    started: list[subprocess.Popen[bytes]] = []
    try:
        for group in groups:
            for _ in range(group.replicas or 1):
                started.append(_start_node(group, context.address_info["gcs_address"]))
                _await_nodes(len(started) + 1)
        yield
    finally:
        for process in started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_S
        for process in started:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _start_node(group: RayNode, address: str) -> "subprocess.Popen[bytes]":
    cpu = group.cpu if group.HasField("cpu") else 1
    command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats"]
    command += [f"--address={address}", "--node-ip-address=127.0.0.1", f"--num-cpus={cpu}", f"--num-gpus={group.gpu}"]
    command.append(f"--labels=godwit.dev/group={group.name or 'worker'}")
    if group.memory_bytes:
        command.append(f"--memory={group.memory_bytes}")
    if group.resources:
        command.append(f"--resources={json.dumps({one.name: one.amount for one in group.resources})}")
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)


def _await_nodes(count: int) -> None:
    """Wait until so many nodes are there.

    Raises:
        ClusterError: they are not, in a minute.
    """
    deadline = time.monotonic() + _NODES_S
    while (there := sum(1 for node in ray.nodes() if node["Alive"])) < count:
        if time.monotonic() > deadline:
            raise ClusterError(
                f"{there} of {count} nodes of the cluster came up in {_NODES_S:g} s.",
                hint="Ask for fewer workers, or look into Ray's logs in /tmp/ray.",
                code="RAY_NODES_MISSING",
            )
        time.sleep(_LOOK_S)


def _described(context: Any, attempt: RuntimeAttempt) -> RayCluster:
    url = getattr(context, "dashboard_url", "") or ""
    if url and "://" not in url:
        url = f"http://{url}"
    if url:
        attempt.link("Ray dashboard", url)
    address = str(getattr(context, "address_info", {}).get("gcs_address", "") or "")
    return RayCluster(address, ray.__version__, url, dict(ray.cluster_resources()))
