"""Settings of tasks and calls as messages of the contract."""

import builtins

from godwit_plugin_api.errors import GodwitError
from godwitidl.core.v1 import task_pb2 as pb
from godwitidl.core.v1.workflow_pb2 import Overrides as OverridesMessage
from google.protobuf.duration_pb2 import Duration

from godwit.errors import DeclarationError
from godwit.settings import Cache, Length, Resources, Retry, Secret, Timeouts, seconds_of
from godwit.task_config import TaskConfig
from godwit.task_settings import Overrides


def duration(length: Length) -> Duration:
    """Return *length*, which was checked before."""
    message = Duration()
    message.FromTimedelta(seconds_of("length", length))
    return message


def optional_duration(length: Length | None) -> Duration | None:
    """Return *length* if there is one."""
    return None if length is None else duration(length)


def resources_message(resources: Resources) -> pb.Resources:
    """Return *resources* as a message."""
    return pb.Resources(
        cpu_millis=resources.cpu_millis,
        memory_bytes=resources.memory_bytes,
        disk_bytes=resources.disk_bytes,
        shared_memory_bytes=resources.shared_memory_bytes,
        gpu_count=resources.gpu,
        gpu_type=resources.gpu_type,
    )


def retry_message(retry: Retry) -> pb.RetryPolicy:
    """Return *retry* as a message."""
    message = pb.RetryPolicy(
        max_retries=retry.count,
        max_infrastructure_retries=retry.infrastructure,
        memory_growth=retry.on_oom.factor if retry.on_oom is not None else 0,
        max_memory_bytes=retry.on_oom.max_bytes if retry.on_oom is not None else 0,
        retry_on=[entry if isinstance(entry, str) else exception_name(entry) for entry in retry.on],
    )
    if retry.backoff is not None:
        message.backoff_base.CopyFrom(duration(retry.backoff.base))
        message.backoff_factor = retry.backoff.factor
        message.jitter = retry.backoff.jitter
        if retry.backoff.cap is not None:
            message.backoff_cap.CopyFrom(duration(retry.backoff.cap))
    return message


def exception_name(kind: type[BaseException]) -> str:
    """Return the name of an exception class in the contract: with its module, unless built in or the script's own."""
    bare = kind.__module__ in {builtins.__name__, "__main__"}
    return kind.__qualname__ if bare else f"{kind.__module__}.{kind.__qualname__}"


def timeouts_message(timeouts: Timeouts) -> pb.Timeouts:
    """Return *timeouts* as a message."""
    return pb.Timeouts(
        attempt=optional_duration(timeouts.attempt),
        queue=optional_duration(timeouts.queue),
        overall=optional_duration(timeouts.overall),
    )


def cache_message(cache: Cache) -> pb.CachePolicy:
    """Return *cache* as a message."""
    return pb.CachePolicy(
        version=cache.version,
        salt=cache.salt,
        serialize=cache.serialize,
        time_to_live=optional_duration(cache.ttl),
        ignored_inputs=cache.ignored_inputs,
    )


def secret_message(secret: Secret) -> pb.Secret:
    """Return *secret*, which says where it is found and not what it is, as a message."""
    return pb.Secret(name=secret.name, group=secret.group, environment_variable=secret.environment_variable)


def environment_messages(environment: tuple[tuple[str, str], ...]) -> list[pb.EnvironmentVariable]:
    """Return environment variables as messages."""
    return [pb.EnvironmentVariable(name=name, value=value) for name, value in environment]


def label_messages(labels: tuple[tuple[str, str], ...]) -> list[pb.Label]:
    """Return labels as messages."""
    return [pb.Label(key=key, value=value) for key, value in labels]


def fill_config(message: pb.TaskSpec | OverridesMessage, config: TaskConfig | None) -> None:
    """Write what *config* stands for into *message*: payload and container, the same bytes for equal ones.

    Raises:
        DeclarationError: the config cannot say what it stands for.
    """
    if config is None:
        return
    try:
        payload, container = config.payload(), config.container()
    except GodwitError:
        raise
    except Exception as error:
        raise DeclarationError(
            f"{type(config).__name__} cannot be made a message: {type(error).__name__}: {error}",
            hint="Check the values that it is given.",
            code="INVALID_SETTING",
        ) from error
    if payload is not None:
        message.payload.Pack(payload, deterministic=True)
    if container is not None:
        message.container.CopyFrom(container)


def overrides_message(overrides: Overrides) -> OverridesMessage | None:
    """Return what a call changes as a message; None when it changes nothing but its name."""
    message = OverridesMessage(
        resources=resources_message(overrides.resources) if overrides.resources else None,
        retries=retry_message(overrides.retries) if overrides.retries else None,
        timeouts=timeouts_message(overrides.timeouts) if overrides.timeouts else None,
        cache=cache_message(overrides.cache) if isinstance(overrides.cache, Cache) else None,
        cache_enabled=overrides.cache if isinstance(overrides.cache, bool) else None,
        interruptible=overrides.interruptible,
        environment=environment_messages(overrides.environment),
        backend=overrides.backend,
    )
    fill_config(message, overrides.task_config)
    if overrides.task_config is not None:
        message.payload.SetInParent()  # an empty one says that the task's does not count
    return message if message.ByteSize() else None
