"""What the Docker engine is told to create for an attempt."""

from collections.abc import Mapping, Sequence
from typing import Any

from godwit_plugin_api.backend import AttemptRequest
from godwitidl.core.v1.task_pb2 import Container, Resources, TaskSpec
from godwitidl.plugins.container.v1.container_pb2 import ContainerJob

from godwit_container.shares import Share

ATTEMPT_LABEL = "dev.godwit.attempt"
EXECUTION_LABEL = "dev.godwit.execution"
NODE_LABEL = "dev.godwit.node"


def creation(
    request: AttemptRequest,
    spec: TaskSpec,
    job: ContainerJob,
    *,
    command: Sequence[str],
    arguments: Sequence[str],
    environment: Mapping[str, str],
    mounts: Sequence[Share],
) -> dict[str, Any]:
    """Return the body of the request that creates the container of an attempt.

    *command* takes the place of the image's entry point, and *arguments* that of its command; empty: they stay.
    *mounts*: what the engine is to mount, which is nothing where it does not see the folders of this host.
    """
    container: Container = spec.container
    body: dict[str, Any] = {
        "Image": container.image,
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "Labels": {
            ATTEMPT_LABEL: request.id,
            EXECUTION_LABEL: request.execution,
            NODE_LABEL: request.node_path,
        },
        "HostConfig": _host_config(request, spec.resources, job, mounts),
    }
    if command:
        body["Entrypoint"] = list(command)
        body["Cmd"] = list(arguments)
    elif arguments:
        body["Cmd"] = list(arguments)
    if container.working_directory:
        body["WorkingDir"] = container.working_directory
    if job.user:
        body["User"] = job.user
    return body


def _host_config(
    request: AttemptRequest, resources: Resources, job: ContainerJob, mounts: Sequence[Share]
) -> dict[str, Any]:
    config: dict[str, Any] = {
        # A first process that passes signals on, so that the program ends when it is asked to, and buries orphans.
        "Init": True,
        # The log is read by this plugin, so it must be of a kind that can be read, and as a whole.
        "LogConfig": {"Type": "json-file", "Config": {}},
        "Mounts": [
            {"Type": "bind", "Source": str(share.host), "Target": share.place, "ReadOnly": not share.writable}
            for share in mounts
        ],
    }
    memory = request.memory_bytes or resources.memory_bytes
    if memory:
        # Swap is counted with it: none beyond.
        config["Memory"] = config["MemorySwap"] = memory
    if resources.cpu_millis:
        config["NanoCpus"] = resources.cpu_millis * 1_000_000
    if resources.shared_memory_bytes:
        config["ShmSize"] = resources.shared_memory_bytes
    if resources.gpu_count:
        config["DeviceRequests"] = [{"Count": resources.gpu_count, "Capabilities": [["gpu"]]}]
    if job.network:
        config["NetworkMode"] = job.network
    if job.hosts:
        config["ExtraHosts"] = [f"{host.name}:{host.address}" for host in job.hosts]
    return config
