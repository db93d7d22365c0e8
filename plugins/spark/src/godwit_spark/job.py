"""The authoring half: what people say of tasks that Spark runs. Light to import."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

import godwit as gw

from godwit_spark.masters import has_token, is_connect, is_known, is_local

if TYPE_CHECKING:
    from godwitidl.plugins.spark.v1.spark_pb2 import SparkApplication, SparkJob, SparkSecret

Setting = str | int | float | bool | gw.Secret
"""The value of a setting of Spark; true and false become `true` and `false`. Of a secret, its name and group stand in
the task; its value is known to the driver alone, while it runs."""

_NAME: Final = re.compile(r"spark\.[^\s=]+")
_COORDINATES: Final = re.compile(r"[^\s:,]+:[^\s:,]+:[^\s:,]+")
_SECRET: Final = re.compile(r"(?i)(secret|secret[.]?key|password|passphrase|token|access[.]?key|account[.]?key)$")
"""What settings are called whose values nobody else is to read."""
_ELSEWHERE: Final = {
    "spark.master": "Say it by master=.",
    "spark.remote": "Say it by master=.",
    "spark.submit.deployMode": "The driver runs where its attempt does; leave it out.",
    "spark.app.name": "It is the name of the task; leave it out.",
    "spark.jars": "Say it by jars=.",
    "spark.jars.packages": "Say it by packages=.",
}


@dataclass(frozen=True)
class Executors:
    """The executors of an application, all alike. What is left out is as Spark's own settings say.

    Attributes:
        count: how many.
        resources: what each needs: whole cores, and memory.
    """

    count: int = 0
    resources: gw.Resources | None = None

    def __post_init__(self) -> None:
        if isinstance(self.count, bool) or not isinstance(self.count, int) or not 0 <= self.count < 2**31:
            raise _invalid("Executors.count is a number of executors from 0", self.count)
        if self.resources is not None:
            if not isinstance(self.resources, gw.Resources):
                raise _invalid("Executors.resources is a gw.Resources", self.resources)
            if self.resources.cpu_millis % 1000:
                raise _invalid("Executors have whole cores", self.resources.cpu)


@dataclass(frozen=True)
class Spark(gw.TaskConfig):
    """Has a task's function run as the driver of a Spark application: `current_context().spark` is its session.

    Attributes:
        master: where the application runs. `local[*]`, `local[4]`: in the process that runs the task, with as many
            threads; `local[*]` of a task that says `resources=` takes the cores that it says. `sc://host:15002`: a
            session on a server of Spark Connect. `spark://host:7077`, `yarn`: a cluster; the driver is started by
            spark-submit, by the backend `spark`, which is found again when the engine is restarted. With
            `backend="spark"` that holds for the others, too.
        conf: settings of Spark: `{"spark.sql.shuffle.partitions": 8}`. What nobody is to read is a `gw.Secret`.
        executors: the executors on a cluster.
        jars: jars on the class path of driver and executors: paths or uris.
        packages: Maven coordinates that Spark fetches: `org.apache.spark:spark-avro_2.13:4.0.0`.
        reuse: whether a local task may go on with the application of the task before it in the same process, if that
            wanted the same settings. Its session is new: views and settings are its own.
        token: secret that a server of Spark Connect is asked by.
        exchange: how data frames are handed over. `files`: executors write and read the files, which lie where all of
            them and the driver see the same paths. `driver`: through the memory of the driver, which alone needs to see
            the files.
    """

    master: str = "local[*]"
    conf: Mapping[str, Setting] = field(default_factory=dict)
    executors: Executors | None = None
    jars: Sequence[str] = ()
    packages: Sequence[str] = ()
    reuse: bool = True
    exchange: Literal["files", "driver"] = "files"
    token: gw.Secret | str | None = None

    def __post_init__(self) -> None:
        check_application(self.master, self.conf, self.executors, self.jars, self.packages)
        if self.exchange not in {"files", "driver"}:
            raise _invalid('exchange is "files" or "driver"', self.exchange)
        if not isinstance(self.reuse, bool):
            raise _invalid("reuse is True or False", self.reuse)
        if self.token is not None:
            if not is_connect(self.master):
                raise _invalid("token is for servers of Spark Connect, sc://host", self.master)
            if not isinstance(self.token, (gw.Secret, str)) or not self.token:
                raise _invalid("token is a gw.Secret, or the name of one", type(self.token).__name__)

    @property
    def backend(self) -> str:  # type: ignore[override]  # it depends on the master, and is only read
        """Key of the backend: that of applications on a cluster; empty, the engine's default, for all others."""
        return "" if is_local(self.master) or is_connect(self.master) else "spark"

    def payload(self) -> "SparkJob":
        """Return what backend and runtime are told."""
        from godwitidl.plugins.spark.v1 import spark_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        exchange = {"files": spark_pb2.TABLE_EXCHANGE_FILES, "driver": spark_pb2.TABLE_EXCHANGE_DRIVER}
        made = application(self.master, self.conf, self.executors, self.jars, self.packages)
        if self.token is not None:
            made.token.CopyFrom(_secret(self.token if isinstance(self.token, gw.Secret) else gw.Secret(self.token)))
        return spark_pb2.SparkJob(
            application=made,
            reuse=self.reuse,
            exchange=exchange[self.exchange],
        )


def check_application(master: object, conf: object, executors: object, jars: object, packages: object) -> None:
    """Check what is said of an application.

    Raises:
        DeclarationError: something is not as expected.
    """
    if not isinstance(master, str) or not is_known(master):
        kinds = "local, local[N], local[*], sc://host:port, spark://host:port or yarn"
        raise _invalid(f"master is {kinds}", master, code="SPARK_MASTER")
    if has_token(master):
        raise gw.DeclarationError(
            "A token in the address of a server would stand in every spec and log.",
            hint='Keep it as a secret, and name that: Spark("sc://host", token="…").',
            code="SPARK_SETTING",
        )
    if not isinstance(conf, Mapping):
        raise _invalid("conf is settings of Spark by name", conf)
    for name, value in conf.items():
        _check_setting(name, value)
    if executors is not None and not isinstance(executors, Executors):
        raise _invalid("executors is an Executors", executors)
    _check_texts("jars", jars)
    for package in _check_texts("packages", packages):
        if not _COORDINATES.fullmatch(package):
            raise _invalid("A package is group:artifact:version", package)


def _check_setting(name: object, value: object) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _invalid("A setting's name begins with spark.", name)
    if name in _ELSEWHERE:
        raise gw.DeclarationError(f"conf cannot say {name}.", hint=_ELSEWHERE[name], code="SPARK_SETTING")
    if not isinstance(value, Setting) or (isinstance(value, float) and not math.isfinite(value)):
        raise _invalid(f"{name} is a text, a number, True, False or a gw.Secret", value)
    if isinstance(value, str) and value and _SECRET.search(name):
        raise gw.DeclarationError(
            f"The value of {name} would stand in every spec and on command lines.",
            hint=f'Keep it as a secret, and name that: conf={{"{name}": gw.Secret("…")}}.',
            code="SPARK_SETTING",
        )


def _check_texts(name: str, given: object) -> Sequence[str]:
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise _invalid(f"{name} is a list of texts", given)
    for item in given:
        if not isinstance(item, str) or not item or "," in item:
            raise _invalid(f"{name} is a list of texts without commas", item)
    return given


def application(
    master: str,
    conf: Mapping[str, Setting],
    executors: Executors | None,
    jars: Sequence[str],
    packages: Sequence[str],
) -> "SparkApplication":
    """Return the message that says so."""
    from godwitidl.plugins.spark.v1 import spark_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

    made = spark_pb2.SparkApplication(master=master, jars=jars, packages=packages)
    for name in sorted(conf):
        value = conf[name]
        if isinstance(value, gw.Secret):
            made.conf.add(name=name, secret=_secret(value))
        else:
            made.conf.add(name=name, value=_text(value))
    if executors is not None:
        made.executors.count = executors.count
        if executors.resources is not None:
            made.executors.cores = executors.resources.cpu_millis // 1000
            made.executors.memory_bytes = executors.resources.memory_bytes
    return made


def _secret(secret: gw.Secret) -> "SparkSecret":
    from godwitidl.plugins.spark.v1 import spark_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

    return spark_pb2.SparkSecret(name=secret.name, group=secret.group)


def _text(value: str | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _invalid(expected: str, came: object, code: str = "SPARK_SETTING") -> gw.DeclarationError:
    return gw.DeclarationError(f"{expected}; got {came!r}.", code=code)
