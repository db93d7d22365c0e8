"""All that a task, or one call of it, says about how it is run, in one record."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypedDict

from godwit.amounts import invalid
from godwit.growth import Growth
from godwit.settings import (
    Cache,
    Length,
    Resources,
    Retry,
    Secret,
    Timeouts,
    check_growth,
    pairs_of,
    places_of,
    queue_of,
    retry_of,
    secrets_of,
    timeouts_of,
)
from godwit.task_config import TaskConfig, backend_of, checked_config, resources_of


class TaskSettings(NamedTuple):
    """All that a task says about how it is run. Made by `settings_of` from what its user gives."""

    retries: Retry
    cache: Cache | None = None
    resources: Resources | None = None
    timeouts: Timeouts | None = None
    secrets: tuple[Secret, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    backend: str = ""
    interruptible: bool = False
    labels: tuple[tuple[str, str], ...] = ()
    deprecated: str = ""
    max_concurrency: int = 0
    queue: str = ""
    task_config: TaskConfig | None = None


class Overrides(NamedTuple):
    """What one call changes of its task's settings. None: left as it is. A *cache* of False: not used."""

    name: str | None = None
    retries: Retry | None = None
    cache: Cache | bool | None = None
    resources: Resources | None = None
    timeouts: Timeouts | None = None
    interruptible: bool | None = None
    environment: tuple[tuple[str, str], ...] = ()
    backend: str = ""
    task_config: TaskConfig | None = None


class TaskOptions(TypedDict, total=False):
    """What `settings_of` takes besides a config, for constructors that pass it on."""

    retries: int | Retry
    cache: Cache | bool | None
    resources: Resources | None
    on_oom: Growth | None
    timeout: Length | Timeouts | None
    secrets: Sequence[Secret | str]
    environment: Mapping[str, str] | None
    backend: str
    interruptible: bool
    max_concurrency: int | None
    queue: str
    labels: Mapping[str, str] | None
    deprecated: str


def settings_of(
    *,
    retries: int | Retry = 0,
    cache: Cache | bool | None = None,
    resources: Resources | None = None,
    on_oom: Growth | None = None,
    timeout: Length | Timeouts | None = None,
    secrets: Sequence[Secret | str] = (),
    environment: Mapping[str, str] | None = None,
    backend: str = "",
    task_config: TaskConfig | None = None,
    interruptible: bool = False,
    max_concurrency: int | None = None,
    queue: str = "",
    labels: Mapping[str, str] | None = None,
    deprecated: str = "",
) -> TaskSettings:
    """Return the settings of a task; see `task` for what each is.

    Raises:
        DeclarationError: a setting is not as expected.
    """
    if cache is not None and not isinstance(cache, Cache | bool):
        raise invalid("cache", "gw.Cache(…), True or None", cache)
    if resources is not None and not isinstance(resources, Resources):
        raise invalid("resources", "gw.Resources(…) or None", resources)
    config = checked_config(task_config)
    needs = resources_of(resources, config)
    check_growth(retry_of(retries, on_oom), needs)
    return TaskSettings(
        retries=retry_of(retries, on_oom),
        cache=cache if isinstance(cache, Cache) else Cache() if cache else None,
        resources=needs,
        timeouts=timeouts_of(timeout),
        secrets=secrets_of(secrets),
        environment=pairs_of("environment", environment),
        backend=backend_of(backend, config),
        interruptible=interruptible,
        max_concurrency=places_of("max_concurrency", max_concurrency),
        queue=queue_of(queue),
        labels=pairs_of("labels", labels),
        deprecated=deprecated,
        task_config=config,
    )


def changed_config(settings: TaskSettings, before: Overrides, task_config: object, backend: str) -> Overrides:
    """Return *before* with the config and backend of a further change, and the resources that go with the config.

    Raises:
        DeclarationError: the config is of another class than the task's, or is not for the backend.
    """
    config = checked_config(task_config)
    known = before.task_config or settings.task_config
    if config is not None and known is not None and type(config) is not type(known):
        raise invalid("task_config", f"a {type(known).__name__}, as its task's", config)
    if config is None and not backend:
        return before
    current = before.backend or settings.backend
    chosen = backend_of(backend or current, config or known)
    given = before.resources or settings.resources
    own = known.default_resources() if known is not None else None
    resources = config.default_resources() if config is not None and given in {None, own} else None
    return before._replace(
        backend=before.backend if chosen == current else chosen,
        task_config=config or before.task_config,
        resources=resources or before.resources,
    )
