"""What cases work with: an executor that is started again when it fails, a folder for each case, processes."""

import shlex
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, Self

from godwitidl.conformance.v1.conformance_pb2 import Hello, Request, Response, SdkInfo

from godwit_conformance.cases import CaseUnsupportedError, RunningProcess
from godwit_conformance.executor import Executor, ExecutorError
from godwit_conformance.processes import LocalProcess

PROTOCOL_VERSION = 1
ENGINE_TIMEOUT_S = 120.0
EXAMPLES = 100


def command_of(text: str) -> tuple[str, ...]:
    """Return a command line as words; those that name files from here are made absolute: it runs in other folders."""
    words = shlex.split(text)
    return tuple(str(Path(word).absolute()) if "/" in word and Path(word).exists() else word for word in words)


class Place(Protocol):
    """Where an SDK runs: on this machine, or in a container.

    Attributes:
        image: the container's image; empty: this machine.
    """

    image: str

    def executor(self, folder: Path) -> Executor:
        """Return an executor that is yet to be started, with *folder* as its working directory."""

    def start(self, command: list[str], environment: Mapping[str, str], folder: Path) -> RunningProcess:
        """Start a process in *folder*."""

    def fetch(self, path: str, folder: Path) -> str:
        """Return where *path* lies on this machine; from elsewhere it is copied into *folder*."""

    def start_engine(self, command: list[str], folder: Path) -> RunningProcess:
        """Start the engine's command line in *folder*."""


class LocalPlace:
    """This machine.

    Args:
        command: the executor's command line.
        timeout_s: the longest wait for an answer of the executor.
        process_timeout_s: the longest time that a process of a case may take.
    """

    image = ""

    def __init__(self, command: tuple[str, ...], *, timeout_s: float, process_timeout_s: float) -> None:
        self._command = command
        self._timeout_s = timeout_s
        self._process_timeout_s = process_timeout_s

    def executor(self, folder: Path) -> Executor:
        """Return an executor; see `Place`."""
        return Executor(self._command, folder=folder, timeout_s=self._timeout_s)

    def start(self, command: list[str], environment: Mapping[str, str], folder: Path) -> RunningProcess:
        """Start a process; see `Place`."""
        return LocalProcess(command, environment=environment, folder=folder, timeout_s=self._process_timeout_s)

    def fetch(self, path: str, folder: Path) -> str:  # noqa: ARG002 - see Place
        """Return *path*; see `Place`."""
        return path

    def start_engine(self, command: list[str], folder: Path) -> RunningProcess:
        """Start the engine's command line; see `Place`."""
        return LocalProcess(command, environment={}, folder=folder, timeout_s=ENGINE_TIMEOUT_S)


class Workbench:
    """The bench of all cases of a run; see `Bench`. Use as a context manager.

    Args:
        place: where the SDK runs.
        root: folder for the folders of cases; it is emptied by nobody.
        godwit: command of the engine's command line; empty where there is none.
        examples: how many subjects a case draws that draws any.
        seed: what they are drawn from.
    """

    def __init__(
        self, place: Place, root: Path, *, godwit: tuple[str, ...] = (), examples: int = EXAMPLES, seed: int = 0
    ) -> None:
        self.examples = examples
        self.seed = seed
        self._place = place
        self._root = root
        self._godwit = godwit
        self._executor: Executor | None = None
        self._sdk: SdkInfo | None = None
        self._folder = root
        self._started = 0

    @property
    def sdk(self) -> SdkInfo:
        """Who answers.

        Raises:
            ExecutorError: nobody does.
        """
        if self._sdk is None:
            self._running()
        assert self._sdk is not None
        return self._sdk

    @property
    def folder(self) -> Path:
        """The folder of the case at hand."""
        return self._folder

    @property
    def image(self) -> str:
        """Image that the tasks run in; empty: none."""
        return self._place.image

    def fetch(self, path: str) -> str:
        """Return where *path* lies for the engine; see `Bench`."""
        return self._place.fetch(path, self._folder)

    @property
    def godwit(self) -> tuple[str, ...]:
        """Command of the engine's command line; empty where there is none."""
        return self._godwit

    def begin(self, case_name: str) -> None:
        """Make an empty folder for a case."""
        self._folder = Path(tempfile.mkdtemp(prefix="case-", dir=self._root))
        self._case_name = case_name

    def end(self) -> None:
        """Remove the folder of the case."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = self._root

    def ask(self, request: Request) -> Response:
        """Ask the executor; see `Bench`."""
        executor = self._running()
        request.case_name = self._case_name
        response = executor.ask(request)
        if response.WhichOneof("kind") == "unsupported":
            raise CaseUnsupportedError(response.unsupported.message)
        return response

    def restart(self) -> None:
        """End the executor, and start another elsewhere; see `Bench`."""
        self.stop()
        self._running()

    def start(self, command: list[str], environment: dict[str, str]) -> RunningProcess:
        """Start a process; see `Bench`."""
        return self._place.start(command, environment, self._folder)

    def start_engine(self, command: list[str]) -> RunningProcess:
        """Start a process of the engine; see `Bench`."""
        return self._place.start_engine(command, self._folder)

    def stop(self) -> None:
        """End the executor."""
        if self._executor is not None:
            self._executor.stop()
            self._executor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    _case_name = ""

    def _running(self) -> Executor:
        if self._executor is None or not self._executor.running:
            self._started += 1
            folder = self._root / f"executor-{self._started}"
            folder.mkdir()
            executor = self._place.executor(folder)
            executor.start()
            self._sdk = _greet(executor.ask)
            self._executor = executor
        return self._executor


def _greet(ask: Callable[[Request], Response]) -> SdkInfo:
    response = ask(Request(hello=Hello(protocol_version=PROTOCOL_VERSION)))
    kind = response.WhichOneof("kind")
    if kind == "refusal":
        raise ExecutorError(
            f"the executor refuses version {PROTOCOL_VERSION} of the protocol: {response.refusal.message}"
        )
    if kind != "sdk" or not response.sdk.name:
        raise ExecutorError(f"the executor did not say who it is, but answered Hello by {kind}")
    return response.sdk
