"""An SDK in a container image: its entry point is the executor, and its tasks run in containers of it, too.

Containers are started by the command line of Docker, which hands on standard input and output, signals and exit
statuses. The folders of the cases are mounted under the path that they have here.
"""

import os
import secrets
import subprocess
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from godwit_conformance.bench import ENGINE_TIMEOUT_S
from godwit_conformance.cases import CaseFailedError, RunningProcess
from godwit_conformance.executor import Executor, ExecutorError
from godwit_conformance.processes import LocalProcess

LABEL = "dev.godwit.conformance"


class ContainerPlace:
    """Containers of one image; see `Place`.

    Args:
        image: the image.
        root: folder that the folders of all cases lie in.
        timeout_s: the longest wait for an answer of the executor.
        process_timeout_s: the longest time that a process of a case may take.
        engine_image: image with the engine, whose PATH has `godwit`; empty: it is on this machine.
        docker: command of Docker.
    """

    def __init__(
        self,
        image: str,
        root: Path,
        *,
        timeout_s: float,
        process_timeout_s: float,
        engine_image: str = "",
        docker: str = "docker",
    ) -> None:
        self.image = image
        self._engine_image = engine_image
        self._root = root
        self._timeout_s = timeout_s
        self._process_timeout_s = process_timeout_s
        self._docker = docker
        self._run = secrets.token_hex(4)
        self._started = 0

    def check(self) -> None:
        """See that there is a Docker engine which has the image.

        Raises:
            ExecutorError: there is none, or it has not.
        """
        try:
            done = subprocess.run(
                [self._docker, "image", "inspect", self.image], capture_output=True, text=True, check=False
            )
        except OSError as error:
            raise ExecutorError(f"{self._docker} cannot be started: {error.strerror}; install Docker") from None
        if done.returncode:
            raise ExecutorError(f"the image {self.image} is not there: {done.stderr.strip()}")

    def executor(self, folder: Path) -> Executor:
        """Return an executor; see `Place`."""
        name = self._name()
        command = [*self._words(name, folder), "--interactive", self.image]
        return Executor(command, folder=folder, timeout_s=self._timeout_s, clean_up=partial(self._remove, name))

    def start(self, command: list[str], environment: Mapping[str, str], folder: Path) -> RunningProcess:
        """Start a process; see `Place`."""
        name = self._name()
        words = self._words(name, folder)
        for variable, value in environment.items():
            words += ["--env", f"{variable}={value}"]
        words += ["--entrypoint", command[0], self.image, *command[1:]]
        return LocalProcess(
            words,
            environment={},
            folder=folder,
            timeout_s=self._process_timeout_s,
            clean_up=partial(self._remove, name),
        )

    def fetch(self, path: str, folder: Path) -> str:
        """Copy *path* of the image into *folder*; see `Place`."""
        name, target = self._name(), folder / "source" / Path(path).name
        target.parent.mkdir(exist_ok=True)
        try:
            for words in (["create", "--name", name, self.image], ["cp", f"{name}:{path}", str(target)]):
                done = subprocess.run([self._docker, *words], capture_output=True, text=True, check=False)
                if done.returncode:
                    raise CaseFailedError(f"{path} cannot be copied out of {self.image}: {done.stderr.strip()}")
        finally:
            self._remove(name)
        return str(target)

    def start_engine(self, command: list[str], folder: Path) -> RunningProcess:
        """Start the engine's command line, in its container if it has one; see `Place`.

        The container has the socket of the Docker engine, so that it starts containers beside itself.
        """
        if not self._engine_image:
            return LocalProcess(command, environment={}, folder=folder, timeout_s=ENGINE_TIMEOUT_S)
        name = self._name()
        address = self._address()
        socket = address.removeprefix("unix://")
        words = [*self._words(name, folder), "--volume", f"{socket}:{socket}", "--env", f"DOCKER_HOST={address}"]
        words += ["--entrypoint", command[0], self._engine_image, *command[1:]]
        clean_up = partial(self._remove, name)
        return LocalProcess(words, environment={}, folder=folder, timeout_s=ENGINE_TIMEOUT_S, clean_up=clean_up)

    def _address(self) -> str:
        """Return where the Docker engine listens, as its command line knows it."""
        asked = [self._docker, "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        return done.stdout.strip() or "unix:///var/run/docker.sock"

    def _name(self) -> str:
        self._started += 1
        return f"godwit-conformance-{self._run}-{self._started}"

    def _words(self, name: str, folder: Path) -> list[str]:
        mount, user = f"{self._root}:{self._root}", f"{os.getuid()}:{os.getgid()}"
        words = [self._docker, "run", "--rm", "--pull", "never", "--network", "none", "--name", name]
        return [*words, "--label", f"{LABEL}={self._run}", "--volume", mount, "--workdir", str(folder), "--user", user]

    def _remove(self, name: str) -> None:
        _quietly([self._docker, "rm", "--force", "--volumes", name])


def _quietly(command: Sequence[str]) -> None:
    subprocess.run(command, capture_output=True, check=False)
