"""Jars as tasks: `gw.declare_task("count", inputs={…}, outputs={…}, task_config=SparkJar(…))`. Light to import."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

import godwit as gw

from godwit_spark.job import Executors, Setting, application, check_application
from godwit_spark.masters import is_connect

if TYPE_CHECKING:
    from godwitidl.plugins.spark.v1.spark_pb2 import SparkJar as SparkJarMessage

_CLASS: Final = re.compile(r"[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*")


@dataclass(frozen=True)
class SparkJar(gw.TaskConfig):
    """Has a class of a jar run as a Spark application, by spark-submit.

    Attributes:
        jar: path or uri of the jar; a relative path is below the folder that the task's source lies in.
        main_class: full name of the class whose main method is called.
        arguments: its arguments. `{inputs.NAME}` is the value of an input: of a table its uri, of a file or folder its
            path, else its text. `{outputs.NAME}` is where the jar leaves an output: for a table the uri of a folder of
            Parquet files, else the path of a file, or folder; the text in that file is the value of what is no file.
        master: as of `Spark`; no server of Spark Connect.
        conf: as of `Spark`.
        executors: as of `Spark`.
        jars: as of `Spark`.
        packages: as of `Spark`.
    """

    jar: str
    main_class: str
    arguments: Sequence[str] = ()
    master: str = "local[*]"
    conf: Mapping[str, Setting] = field(default_factory=dict)
    executors: Executors | None = None
    jars: Sequence[str] = ()
    packages: Sequence[str] = ()

    backend: ClassVar[str] = "spark"

    def __post_init__(self) -> None:
        check_application(self.master, self.conf, self.executors, self.jars, self.packages)
        if is_connect(self.master):
            raise _invalid("A jar runs on a master, and not on a server of Spark Connect", self.master)
        if not isinstance(self.jar, str) or not self.jar:
            raise _invalid("jar is the path or uri of a jar", self.jar)
        if not isinstance(self.main_class, str) or not _CLASS.fullmatch(self.main_class):
            raise _invalid("main_class is the full name of a class", self.main_class)
        if isinstance(self.arguments, str) or not all(isinstance(argument, str) for argument in self.arguments):
            raise _invalid("arguments is a list of texts", self.arguments)

    def payload(self) -> "SparkJarMessage":
        """Return what the backend is told."""
        from godwitidl.plugins.spark.v1 import spark_pb2  # noqa: PLC0415 - who only writes tasks needs no protobuf

        return spark_pb2.SparkJar(
            application=application(self.master, self.conf, self.executors, self.jars, self.packages),
            jar=self.jar,
            main_class=self.main_class,
            arguments=self.arguments,
        )


def _invalid(expected: str, came: object) -> gw.DeclarationError:
    return gw.DeclarationError(f"{expected}; got {came!r}.", code="SPARK_SETTING")
