"""The applications of this process: opened, shared by tasks that follow each other, and stopped."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Protocol

from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.plugins.spark.v1.spark_pb2 import SparkJob
from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

from godwit_spark.errors import SparkUnavailable
from godwit_spark.masters import Address, addresses, is_connect, with_parameter
from godwit_spark.secrets import Find, secret_settings, value_of
from godwit_spark.settings import EVENTS, SCRATCH, environment_of, master_of, settings_of
from godwit_spark.source_archive import pack

_REACH_S: Final = 10.0
_END_S: Final = 10.0


class Application(Protocol):
    """An application that tasks have sessions of.

    Attributes:
        page: url of its pages; empty: unknown.
        event_log: file of its event log; None: it is elsewhere.
    """

    page: str
    event_log: Path | None

    def session(self) -> Any:
        """Return a new session."""

    def ship(self, source: Path) -> None:
        """Give executors the Python source below a folder."""

    def settle(self) -> None:
        """Wait until everything that has happened stands in the event log."""

    def leave(self, session: Any) -> None:
        """Clear away what the task with *session* has left."""

    def lives(self) -> bool:
        """Return whether another session may be had."""

    def stop(self) -> None:
        """End it. Idempotent."""


def open_application(job: SparkJob, task: TaskSpec, find: Find, *, submitted: Path | None) -> Application:
    """Return a new application.

    Args:
        job: what the task says.
        task: the task.
        find: finds the secrets among its settings.
        submitted: folder of the application where spark-submit has started this process; None: it has not.

    Raises:
        SparkUnavailable: there is no Java, or nobody listens where the master is said to be.
        SecretUnknown: nobody has one of the secrets.
    """
    check_reachable(job.application.master)
    if is_connect(job.application.master):
        return ConnectedApplication(job, task, find, submitted)
    return DriverApplication(job, task, find, submitted)


def check_reachable(master: str) -> None:
    """Check that somebody listens where *master* is said to be, for Spark itself asks for minutes.

    Raises:
        SparkUnavailable: nobody does.
    """
    places = addresses(master)
    faults = [fault for fault in map(_fault, places) if fault]
    if places and len(faults) == len(places):
        raise SparkUnavailable(
            f"Spark was expected at {master}, where nobody answers: {'; '.join(faults)}.",
            hint="Start it, or say another master.",
        )


def _fault(address: Address) -> str:
    try:
        socket.create_connection(address, timeout=_REACH_S).close()
    except OSError as error:
        return f"{address.host}:{address.port}: {error.strerror or error}"
    return ""


class DriverApplication:
    """An application whose driver is this process. See `Application`."""

    def __init__(self, job: SparkJob, task: TaskSpec, find: Find, submitted: Path | None) -> None:
        secrets = secret_settings(job.application, find)
        self._submitted = submitted is not None
        self._own = None if submitted else _OwnFolder()
        self._folder = self._own.path if self._own else Path(submitted or "")
        self._shipped: set[Path] = set()
        for name in (EVENTS, SCRATCH, "source"):
            (self._folder / name).mkdir(exist_ok=True)
        try:
            self._root = self._open(job, task, secrets)
        except BaseException:
            self.stop()
            raise
        context = self._root.sparkContext
        self.page = context.uiWebUrl or ""
        self.event_log = _event_log(context)

    def _open(self, job: SparkJob, task: TaskSpec, secrets: Mapping[str, str]) -> Any:
        if self._submitted:
            builder = SparkSession.builder
            for name, value in secrets.items():
                builder = builder.config(name, value)
            return builder.getOrCreate()
        if not _java():
            raise SparkUnavailable(
                "Spark needs Java, and none is found.",
                hint="Install a Java that your Spark runs on, 17 for Spark 4, and set JAVA_HOME or PATH.",
            )
        settings = settings_of(job.application, task, self._folder)
        conf = SparkConf(loadDefaults=False)
        conf.setMaster(master_of(job.application, task.resources)).setAll(list(settings.items()))
        with _variables(environment_of(job.application, self._folder)):
            # What is known when the JVM starts stands on its command line, for everybody to read.
            SparkContext._ensure_initialized(conf=conf)  # noqa: SLF001 - there is no other door
            return SparkSession(SparkContext.getOrCreate(conf.setAll(list(secrets.items()))))

    def session(self) -> Any:
        """Return a new session."""
        return self._root.newSession()

    def ship(self, source: Path) -> None:
        """Give executors the Python source below a folder."""
        archive = pack(source, self._folder / "source")
        if archive is not None and archive not in self._shipped:
            self._shipped.add(archive)
            self._root.sparkContext.addPyFile(str(archive))

    def settle(self) -> None:
        """Wait until everything that has happened stands in the event log."""
        with suppress(Exception):  # of a JVM that is gone: the log is what it is
            self._root.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()  # noqa: SLF001 - there is no other door

    def leave(self, session: Any) -> None:
        """Stop the queries that the task has left, and forget what it has cached."""
        with suppress(Exception):  # of a task that has stopped its session, or of a JVM that is gone
            for query in session.streams.active:
                query.stop()
            session.sparkContext.cancelAllJobs()
            session.catalog.clearCache()

    def lives(self) -> bool:
        """Return whether another session may be had: the task may have stopped this one."""
        try:
            return not self._root.sparkContext._jsc.sc().isStopped()  # noqa: SLF001 - there is no other door
        except Exception:  # noqa: BLE001 - of a JVM that is gone, in many ways
            return False

    def stop(self) -> None:
        """End the application, and its JVM: the settings of one would be those of the next."""
        root, self._root = getattr(self, "_root", None), None
        if root is not None:
            with suppress(Exception):  # of a JVM that is gone
                root.stop()
        own, self._own = self._own, None
        if own is not None:
            _end_gateway()
            own.remove()


class ConnectedApplication:
    """Sessions on a server of Spark Connect. See `Application`."""

    page: str = ""
    event_log: Path | None = None

    def __init__(self, job: SparkJob, task: TaskSpec, find: Find, submitted: Path | None) -> None:
        self._address = job.application.master
        if job.application.HasField("token"):
            token = value_of(job.application.token, find, "the token of the server")
            self._address = with_parameter(self._address, "token", token)
        self._settings = settings_of(job.application, task, Path()) | secret_settings(job.application, find)
        self._own = None if submitted else _OwnFolder()
        self._source = (self._own.path if self._own else Path(submitted or "")) / "source"
        self._source.mkdir(parents=True, exist_ok=True)
        self._session: Any = None

    def session(self) -> Any:
        """Return a new session."""
        from pyspark.sql.connect.session import SparkSession as Connected  # noqa: PLC0415 - it needs grpc

        # Functions of PySpark look here for whose columns they are to make.
        os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"
        self._session = Connected.builder.remote(self._address).create()
        for name, value in self._settings.items():
            if name not in {"spark.app.name", "spark.redaction.regex"}:  # these are the server's
                self._session.conf.set(name, value)
        return self._session

    def ship(self, source: Path) -> None:
        """Give executors the Python source below a folder."""
        archive = pack(source, self._source)
        if archive is not None:
            self._session.addArtifacts(str(archive), pyfile=True)

    def settle(self) -> None:
        """Nothing is known of it here."""

    def leave(self, session: Any) -> None:
        """Cancel what the task has left under way."""
        with suppress(Exception):  # of a server that is gone
            session.interruptAll()

    def lives(self) -> bool:
        """Return False: each task has a connection of its own."""
        return False

    def stop(self) -> None:
        """End the session on the server."""
        os.environ.pop("SPARK_CONNECT_MODE_ENABLED", None)
        session, self._session = self._session, None
        if session is not None:
            with suppress(Exception):  # of a server that is gone
                session.stop()
        own, self._own = self._own, None
        if own is not None:
            own.remove()


def _event_log(context: Any) -> Path | None:
    """Return the file of an event log that this process can read, and that is text."""
    settings = context.getConf()
    place = settings.get("spark.eventLog.dir", "")
    readable = place.startswith("file:") and settings.get("spark.eventLog.compress", "false") == "false"
    if settings.get("spark.eventLog.enabled", "false") != "true" or not readable:
        return None
    return Path(place.removeprefix("file://").removeprefix("file:")) / f"{context.applicationId}.inprogress"


def _java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=str(Path(home, "bin"))) if home else shutil.which("java")


@contextmanager
def _variables(values: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment that are not set, and take them back."""
    added = {name: value for name, value in values.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


_CLEARING: Final = 'cat >/dev/null; for turn in 1 2 3 4 5 6 7 8; do rm -rf -- "$1" 2>/dev/null; sleep $turn; done'
"""What waits for the end of its standard input, and removes a folder, into which a JVM that ends may still write."""


class _OwnFolder:
    """A folder that goes when this process does, however it ends: a process beside it waits for that."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="godwit-spark-"))
        self._waiting = subprocess.Popen(
            ["/bin/sh", "-c", _CLEARING, "sh", str(self.path)],
            stdin=subprocess.PIPE,
            start_new_session=True,  # whoever kills this process kills its whole group
        )

    def remove(self) -> None:
        """Remove it now; nobody writes into it any more."""
        self._waiting.kill()
        self._waiting.wait()
        if self._waiting.stdin is not None:
            self._waiting.stdin.close()
        shutil.rmtree(self.path, ignore_errors=True)


def _end_gateway() -> None:
    """End the JVM that PySpark has started for this process, and have it start another when it needs one."""
    gateway: Any = SparkContext._gateway  # noqa: SLF001 - PySpark has no door for it
    SparkContext._gateway = SparkContext._jvm = SparkContext._active_spark_context = None  # noqa: SLF001 - as above
    SparkSession._instantiatedSession = None  # noqa: SLF001 - as above
    if gateway is None:
        return
    with suppress(Exception):  # of a JVM that is gone
        gateway.shutdown()
    process: subprocess.Popen[bytes] | None = getattr(gateway, "proc", None)
    if process is None:
        return
    if process.stdin is not None:
        process.stdin.close()  # by this the JVM ends
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
