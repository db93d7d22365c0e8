"""What a task may say about how it is run: plain, checked, immutable."""

import enum
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TypeAlias

from godwit.amounts import bytes_of, invalid, millis_of
from godwit.growth import Growth
from godwit.immutable import Immutable

AUTO = "auto"
"""The cache version that is made of the code that a task can reach."""

Length: TypeAlias = timedelta | float
"""A length of time: a timedelta, or seconds."""

_MAX_RETRIES = 1000


class FailurePolicy(enum.Enum):
    """What happens to the other nodes of a workflow when one has failed for good."""

    FAIL_FAST = "FAIL_FAST"
    """The others are cancelled at once."""
    RUN_WHAT_CAN_RUN = "RUN_WHAT_CAN_RUN"
    """Every node that does not depend on the failed one still runs."""


def seconds_of(setting: str, length: Length) -> timedelta:
    """Return *length* as a timedelta above zero.

    Raises:
        DeclarationError: it is no length of time, or not above zero.
    """
    if isinstance(length, bool) or not isinstance(length, timedelta | int | float):
        raise invalid(setting, "a timedelta or a number of seconds", length)
    try:
        result = length if isinstance(length, timedelta) else timedelta(seconds=length)
    except (OverflowError, ValueError):
        raise invalid(setting, "a finite number of seconds", length) from None
    if result <= timedelta(0):
        raise invalid(setting, "longer than zero", length)
    return result


class Resources(Immutable):
    """What one attempt needs. None: nothing said.

    Attributes:
        cpu: cores: `2`, `0.5`, `"500m"`.
        mem: main memory: bytes, or `"512Mi"`, `"1.5Gi"`, `"2G"`.
        disk: scratch disk, as for mem.
        shared_memory: shared memory, as for mem.
        gpu: number of accelerators.
        gpu_type: kind of accelerator, as the backend names it.
    """

    cpu: float | str | None = None
    mem: int | str | None = None
    disk: int | str | None = None
    shared_memory: int | str | None = None
    gpu: int = 0
    gpu_type: str = ""

    def check(self) -> None:  # noqa: D102 - see Immutable
        _ = self.cpu_millis, self.memory_bytes, self.disk_bytes, self.shared_memory_bytes
        if isinstance(self.gpu, bool) or not isinstance(self.gpu, int) or not 0 <= self.gpu < 2**31:
            raise invalid("Resources.gpu", "a number of accelerators from 0", self.gpu)

    @property
    def cpu_millis(self) -> int:
        """Thousandths of a core; 0 when nothing is said."""
        return millis_of("Resources.cpu", self.cpu)

    @property
    def memory_bytes(self) -> int:
        """Main memory in bytes; 0 when nothing is said."""
        return bytes_of("Resources.mem", self.mem)

    @property
    def disk_bytes(self) -> int:
        """Scratch disk in bytes; 0 when nothing is said."""
        return bytes_of("Resources.disk", self.disk)

    @property
    def shared_memory_bytes(self) -> int:
        """Shared memory in bytes; 0 when nothing is said."""
        return bytes_of("Resources.shared_memory", self.shared_memory)


class Backoff(Immutable):
    """How long to wait before each retry.

    Attributes:
        base: wait before the first retry.
        factor: by how much each next wait is longer, from 1.
        cap: longest wait; None: one hour.
        jitter: share of the wait, 0 to 1, within which it is drawn at random.
    """

    base: Length
    factor: float = 2.0
    cap: Length | None = None
    jitter: float = 0.0

    def check(self) -> None:  # noqa: D102 - see Immutable
        seconds_of("Backoff.base", self.base)
        if self.cap is not None:
            seconds_of("Backoff.cap", self.cap)
        if not 1 <= self.factor < float("inf"):
            raise invalid("Backoff.factor", "a number from 1", self.factor)
        if not 0 <= self.jitter <= 1:
            raise invalid("Backoff.jitter", "between 0 and 1", self.jitter)


class Retry(Immutable):
    """How often, and when, a failed attempt is followed by another.

    Attributes:
        count: further attempts after failures of the task's own work, 0 to 1000.
        backoff: wait before each; None: none.
        on: exception classes and error codes that are retried; empty: all. `NonRecoverableError` never is.
        infrastructure: further attempts after infrastructure failures, which have a budget of their own.
        on_oom: how an attempt that ran out of memory comes back with more, see `grow`; None: with as much.
    """

    count: int = 0
    backoff: Backoff | None = None
    on: tuple[type[BaseException] | str, ...] = ()
    infrastructure: int | None = None
    on_oom: Growth | None = None

    def check(self) -> None:  # noqa: D102 - see Immutable
        _check_count("retries", self.count)
        if self.infrastructure is not None:
            _check_count("Retry.infrastructure", self.infrastructure)
        if self.on_oom is not None and not isinstance(self.on_oom, Growth):
            raise invalid("on_oom", "gw.grow(…)", self.on_oom)
        if not isinstance(self.on, tuple):
            raise invalid("Retry.on", "a tuple of exception classes and error codes", self.on)
        for entry in self.on:
            if not isinstance(entry, str) and not (isinstance(entry, type) and issubclass(entry, BaseException)):
                raise invalid("Retry.on", "a tuple of exception classes and error codes", entry)


def _check_count(setting: str, count: int) -> None:
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= _MAX_RETRIES:
        raise invalid(setting, f"an integer from 0 to {_MAX_RETRIES}", count)


class Timeouts(Immutable):
    """How long a node may take. Each limit has an error code of its own; None: no limit.

    Attributes:
        attempt: longest run of one attempt (TIMEOUT_ATTEMPT).
        queue: longest wait of one attempt for its place (TIMEOUT_QUEUE).
        overall: longest time from readiness to the end, retries included (TIMEOUT_DEADLINE).
    """

    attempt: Length | None = None
    queue: Length | None = None
    overall: Length | None = None

    def check(self) -> None:  # noqa: D102 - see Immutable
        for name in ("attempt", "queue", "overall"):
            length = getattr(self, name)
            if length is not None:
                seconds_of(f"Timeouts.{name}", length)


class Cache(Immutable):
    """Whether and how results are reused.

    Attributes:
        version: a change of it makes all earlier results unused. `auto`: it changes by itself whenever code that the
            task can reach does.
        salt: text that follows the version in the key.
        serialize: whether of several executions that need one result, one computes it and the others wait.
        ttl: how long a result may be reused; None: for ever.
        ignored_inputs: names of inputs that do not count.
    """

    version: str = AUTO
    salt: str = ""
    serialize: bool = False
    ttl: Length | None = None
    ignored_inputs: tuple[str, ...] = ()

    def check(self) -> None:  # noqa: D102 - see Immutable
        if not isinstance(self.version, str) or not self.version:
            raise invalid("Cache.version", "a text that is not empty", self.version)
        if self.ttl is not None:
            seconds_of("Cache.ttl", self.ttl)
        names: object = self.ignored_inputs
        if isinstance(names, str):
            raise invalid("Cache.ignored_inputs", "a tuple of names", self.ignored_inputs)
        self.__dict__["ignored_inputs"] = tuple(sorted(self.ignored_inputs))


class Secret(Immutable):
    """A secret that a task is given.

    Attributes:
        name: name that the task asks for.
        group: group that it stands in, as the provider sees it.
        environment_variable: variable that it is put into; empty: none, the task asks for it.
    """

    name: str
    group: str = ""
    environment_variable: str = ""

    def check(self) -> None:  # noqa: D102 - see Immutable
        if not isinstance(self.name, str) or not self.name:
            raise invalid("Secret.name", "a text that is not empty", self.name)


def retry_of(retries: int | Retry, on_oom: Growth | None = None) -> Retry:
    """Return settings of retries; a number means as many further attempts at once; *on_oom* replaces theirs."""
    retry = retries if isinstance(retries, Retry) else Retry(retries)
    if on_oom is None:
        return retry
    return retry.__replace__(on_oom=on_oom)


def check_growth(retry: Retry, resources: Resources | None) -> None:
    """Check that memory that may grow is declared, and below its maximum.

    Raises:
        DeclarationError: it is not.
    """
    if retry.on_oom is None:
        return
    declared = resources.memory_bytes if resources is not None else 0
    if not declared:
        raise invalid("on_oom", "given together with resources=gw.Resources(mem=…), from which it grows", retry.on_oom)
    if retry.on_oom.max_bytes < declared:
        raise invalid("grow(max=…)", f"at least Resources.mem, {declared} bytes", retry.on_oom.max)


def timeouts_of(timeout: Length | Timeouts | None) -> Timeouts | None:
    """Return settings of timeouts; a length alone limits each attempt."""
    if timeout is None or isinstance(timeout, Timeouts):
        return timeout
    return Timeouts(attempt=seconds_of("timeout", timeout))


def places_of(setting: str, places: int | None) -> int:
    """Return how many may run at a time, 0 for None: no limit.

    Raises:
        DeclarationError: it is no number from 1.
    """
    if places is None:
        return 0
    if isinstance(places, bool) or not isinstance(places, int) or not 1 <= places < 2**31:
        raise invalid(setting, "an integer from 1", places)
    return places


def queue_of(queue: str) -> str:
    """Return the name of a queue.

    Raises:
        DeclarationError: it is no text, or holds what cannot stand in `--queue NAME=N`.
    """
    if not isinstance(queue, str) or "=" in queue or queue != queue.strip():
        raise invalid("queue", "the name of a queue", queue)
    return queue


def secrets_of(secrets: Iterable[Secret | str]) -> tuple[Secret, ...]:
    """Return secrets; a text alone is the name of one."""
    if isinstance(secrets, str):
        raise invalid("secrets", "a list of secrets", secrets)
    found = tuple(Secret(secret) if isinstance(secret, str) else secret for secret in secrets)
    for secret in found:
        if not isinstance(secret, Secret):
            raise invalid("secrets", "a list of gw.Secret", secret)
    return found


def pairs_of(setting: str, mapping: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Return the entries of a mapping from text to text, sorted by key."""
    pairs = tuple(sorted((mapping or {}).items()))
    for key, value in pairs:
        if not isinstance(key, str) or not key or not isinstance(value, str):
            raise invalid(setting, "a mapping from text to text", {key: value})
    return pairs
