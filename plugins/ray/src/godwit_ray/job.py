"""The authoring half: what people say of tasks that have a Ray cluster while they run. Light to import."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

import godwit as gw

if TYPE_CHECKING:
    from godwitidl.plugins.ray.v1 import ray_pb2

_ADDRESS: Final = re.compile(r"(?:(?:ray|https?)://)?(?:[^\s:/@\[\]]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?/?")
_VERSION: Final = re.compile(r"\d+(?:\.\d+){0,2}")


@dataclass(frozen=True)
class RayNode:
    """A node, or several alike, of a cluster that is started for an attempt.

    Attributes:
        name: name of the group.
        replicas: how many there are; of a head, 1.
        cpu: logical processors of each; None: all of the machine for a head, one for a worker.
        gpu: logical GPUs of each; None: those that Ray finds for a head, none for a worker.
        memory: memory of each, such as `"2Gi"`; None: as Ray has it.
        resources: resources of its own, by name: `{"licence": 1}`.
    """

    name: str = "worker"
    replicas: int = 1
    cpu: int | None = None
    gpu: int | None = None
    memory: str | int | None = None
    resources: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.name or not isinstance(self.name, str):
            raise _invalid("RayNode.name is a name", self.name)
        _check_count("RayNode.replicas", self.replicas, 1, 10_000)
        for name, value in (("cpu", self.cpu), ("gpu", self.gpu)):
            if value is not None:
                _check_count(f"RayNode.{name}", value, 0, 2**20)
        if not isinstance(self.resources, Mapping):
            raise _invalid("RayNode.resources is a mapping of amounts by name", self.resources)
        for name, amount in self.resources.items():
            number = isinstance(amount, (int, float)) and not isinstance(amount, bool)
            if not isinstance(name, str) or not name or not number or amount < 0:
                raise _invalid("RayNode.resources is a mapping of amounts from 0 by name", self.resources)
        gw.Resources(mem=self.memory)

    def message(self) -> "ray_pb2.RayNode":
        """Return what the runtime is told."""
        from godwitidl.plugins.ray.v1 import ray_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        node = ray_pb2.RayNode(name=self.name, replicas=self.replicas, cpu=self.cpu, gpu=self.gpu)
        node.memory_bytes = gw.Resources(mem=self.memory).memory_bytes
        for name, amount in sorted(self.resources.items()):
            node.resources.add(name=name, amount=amount)
        return node


@dataclass(frozen=True)
class RayJob(gw.TaskConfig):
    """Has a task's function run as the driver of a Ray cluster, connected: `ray.remote` works at once.

    `current_context().ray` says which cluster it is. Without an address, one is started for the attempt on the machine
    that it runs on, and is gone with it.

    Attributes:
        address: an existing cluster. `host:6379`: joined from a machine of the cluster. `ray://host:10001`: joined from
            anywhere. `http://host:8265`: the whole task is submitted there as a Ray job, and its function runs on the
            cluster.
        head: the node on which the task runs, of a cluster that is started.
        workers: further nodes of a cluster that is started.
        runtime_env: environment of Ray's tasks and actors, as `ray.init` takes it: packages, variables.
        token_secret: name of the secret that holds the cluster's token.
        version: version of Ray that the cluster must have: `"2.60"`. Empty: that of the client, which Ray demands.
    """

    backend: ClassVar[str] = "ray"

    address: str = ""
    head: RayNode | None = None
    workers: Sequence[RayNode] = ()
    runtime_env: Mapping[str, object] = field(default_factory=dict)
    token_secret: str = ""
    version: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.address, str) or (self.address and not _ADDRESS.fullmatch(self.address)):
            raise _invalid("address is host:6379, ray://host:10001 or http://host:8265", self.address)
        if self.head is not None and not isinstance(self.head, RayNode):
            raise _invalid("head is a RayNode", self.head)
        if self.head is not None and self.head.replicas != 1:
            raise _invalid("head is one node; replicas are of workers", self.head.replicas)
        if not all(isinstance(node, RayNode) for node in self.workers):
            raise _invalid("workers are RayNodes", self.workers)
        if self.address and (self.head is not None or self.workers):
            raise _invalid(
                "head and workers are of a cluster that is started; one at an address has its own", self.address
            )
        if self.version and (not isinstance(self.version, str) or not _VERSION.fullmatch(self.version)):
            raise _invalid('version is one of Ray: "2.60"', self.version)
        if not isinstance(self.token_secret, str):
            raise _invalid("token_secret is the name of a secret", self.token_secret)
        self._environment()

    def payload(self) -> "ray_pb2.RayJob":
        """Return what backend and runtime are told."""
        from godwitidl.plugins.ray.v1 import ray_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        return ray_pb2.RayJob(
            address=self.address,
            head=self.head.message() if self.head is not None else None,
            workers=[node.message() for node in self.workers],
            runtime_env=self._environment(),
            token_secret=self.token_secret,
            version=self.version,
        )

    def _environment(self) -> str:
        if not isinstance(self.runtime_env, Mapping):
            raise _invalid("runtime_env is a mapping", self.runtime_env)
        try:
            return json.dumps(dict(self.runtime_env), sort_keys=True) if self.runtime_env else ""
        except (TypeError, ValueError):
            raise _invalid("runtime_env is plain data, as JSON has it", self.runtime_env) from None


def _check_count(name: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _invalid(f"{name} is a whole number from {least} to {most}", value)


def _invalid(expected: str, came: object) -> gw.DeclarationError:
    return gw.DeclarationError(f"RayJob: {expected}; got {came!r}.", code="INVALID_SETTING")
