"""What people write: the config of Python tasks in containers, and tasks that are images."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Unpack

import godwit as gw

from godwit_container.templates import references_in

if TYPE_CHECKING:
    from godwit.task_settings import TaskOptions
    from godwitidl.core.v1.task_pb2 import Container as ContainerMessage
    from godwitidl.plugins.container.v1.container_pb2 import ContainerJob

Pull = Literal["if-missing", "always", "never"]
"""When an image is pulled: when the engine does not have it, before every attempt, or never."""

INPUTS_FOLDER = "/var/inputs"
OUTPUTS_FOLDER = "/var/outputs"

_PULLS = ("if-missing", "always", "never")
_REFERENCE = re.compile(
    r"(?:[a-zA-Z0-9][a-zA-Z0-9.-]*(?::[0-9]+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@[A-Za-z0-9+.-]+:[0-9a-fA-F]{32,})?"
    r"|sha256:[0-9a-f]{64}"
)


@dataclass(frozen=True)
class Container(gw.TaskConfig):
    """Runs a Python task in a container: `@gw.task(task_config=Container(image="registry/team/train:3"))`.

    The image has Python with Godwit and whatever the task imports; the task's source is given to the container.

    Attributes:
        image: image reference: `python:3.12`, `registry:5000/team/train@sha256:…`.
        pull: when the image is pulled.
        network: network that the container is put into, as the Docker engine names it: `none`, `host`, one of its own.
            Empty: the engine's default.
        hosts: names that the container knows, with their addresses; `host-gateway` is the host of the engine.
        user: user, and group after a colon, by name or number. Empty: the image's.
        working_directory: where the program starts, in the container. Empty: the image's.
        python: Python of the image.
    """

    image: str
    pull: Pull = "if-missing"
    network: str = ""
    hosts: Mapping[str, str] = field(default_factory=dict, hash=False)
    user: str = ""
    working_directory: str = ""
    python: str = "python3"

    backend: ClassVar[str] = "container"

    def __post_init__(self) -> None:
        if not isinstance(self.image, str) or not _REFERENCE.fullmatch(self.image):
            raise _invalid("image", "a reference such as 'python:3.12', its repository in lower case", self.image)
        if self.pull not in _PULLS:
            raise _invalid("pull", "one of " + ", ".join(map(repr, _PULLS)), self.pull)
        if self.working_directory and not self.working_directory.startswith("/"):
            raise _invalid("working_directory", "a folder of the container that starts with /", self.working_directory)
        for name, address in self.hosts.items():
            if not isinstance(name, str) or not name or not isinstance(address, str) or not address:
                raise _invalid("hosts", "names with their addresses", self.hosts)

    def payload(self) -> "ContainerJob":
        """Return what the backend is told."""
        from godwitidl.plugins.container.v1 import container_pb2 as pb  # noqa: PLC0415 - authors need no protobuf

        return pb.ContainerJob(
            pull={"always": pb.PULL_POLICY_ALWAYS, "never": pb.PULL_POLICY_NEVER}.get(
                self.pull, pb.PULL_POLICY_IF_MISSING
            ),
            network=self.network,
            hosts=[pb.Host(name=name, address=address) for name, address in self.hosts.items()],
            user=self.user,
            python=self.python,
        )

    def container(self) -> "ContainerMessage":
        """Return the image and what runs in it."""
        from godwitidl.core.v1.task_pb2 import Container as ContainerMessage  # noqa: PLC0415 - as above

        return ContainerMessage(image=self.image, working_directory=self.working_directory)


@dataclass(frozen=True)
class _RawContainer(Container):
    """An image whose program knows nothing of Godwit. Made by `container_task`."""

    command: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    json: tuple[str, ...] = ()
    inputs_folder: str = INPUTS_FOLDER
    outputs_folder: str = OUTPUTS_FOLDER

    def payload(self) -> "ContainerJob":
        """Return what the backend is told."""
        job = super().payload()
        job.python = ""
        job.raw.inputs_folder, job.raw.outputs_folder = self.inputs_folder, self.outputs_folder
        job.raw.json_variables.extend(self.json)
        return job

    def container(self) -> "ContainerMessage":
        """Return the image and what runs in it."""
        message = super().container()
        message.command.extend(self.command)
        message.arguments.extend(self.arguments)
        return message


def container_task(
    name: str,
    image: str,
    *,
    command: Sequence[str] = (),
    arguments: Sequence[str] = (),
    inputs: Mapping[str, Any] | None = None,
    outputs: Any = None,
    defaults: Mapping[str, Any] | None = None,
    json: Sequence[str] = (),
    container: Container | None = None,
    inputs_folder: str = INPUTS_FOLDER,
    outputs_folder: str = OUTPUTS_FOLDER,
    description: str = "",
    **settings: "Unpack[TaskOptions]",
) -> gw.Task[..., Any]:
    """Return a task that is an image, which need not know Godwit.

    Each input is a file of the inputs' folder, under its name: text and numbers as plain text, everything else as JSON;
    files and folders are there as they are. The program writes each output likewise into the outputs' folder. In
    *command* and *arguments*, `{inputs.NAME}` stands for the value of an input, of a file or folder for its path, and
    `{outputs.NAME}` for the path of an output.

    Args:
        name: its name; the module where it is declared goes before it.
        image: image reference.
        command: program and its first arguments. Empty: the image's entry point.
        arguments: further arguments. With neither, the image's own command is run.
        inputs: type of each input, in order.
        outputs: as of `gw.declare_task`: a mapping of names to types, a type, None.
        defaults: values of inputs that may be left out.
        json: variables, inputs and outputs, that are JSON also where plain text would do.
        container: pull, network, hosts, user, working directory; its image is not looked at.
        inputs_folder: folder of the inputs, in the container.
        outputs_folder: folder of the outputs, in the container.
        description: what it does, as a docstring says it.
        settings: `retries`, `cache`, `resources`, `secrets` and the other settings of `gw.task`.

    Raises:
        DeclarationError: a name, type or setting is not as expected.
    """
    for what, words in (("command", command), ("arguments", arguments)):
        if isinstance(words, str) or not all(isinstance(word, str) for word in words):
            raise _invalid(what, "a list of texts, no shell between: ['sh', '-c', '…'] for one", words)
    for folder in (inputs_folder, outputs_folder):
        if not folder.startswith("/") or folder.rstrip("/") == "":
            raise _invalid("inputs_folder and outputs_folder", "folders of the container that start with /", folder)
    base = container or Container(image)
    config = _RawContainer(
        image=image,
        pull=base.pull,
        network=base.network,
        hosts=base.hosts,
        user=base.user,
        working_directory=base.working_directory,
        command=tuple(command),
        arguments=tuple(arguments),
        json=tuple(json),
        inputs_folder=inputs_folder.rstrip("/"),
        outputs_folder=outputs_folder.rstrip("/"),
    )
    task = gw.declare_task(
        name,
        task_config=config,
        inputs=inputs,
        outputs=outputs,
        defaults=defaults,
        description=description,
        stack_level=2,
        **settings,
    )
    _check_names(name, config, task)
    return task


def _check_names(name: str, config: _RawContainer, task: gw.Task[..., Any]) -> None:
    """Check that what is referred to is there.

    Raises:
        DeclarationError: it is not.
    """
    known = {
        "inputs": [entry.name for entry in task.signature.parameters],
        "outputs": [entry.name for entry in task.signature.outputs],
    }
    for side, variable in references_in((*config.command, *config.arguments)):
        if variable not in known[side]:
            raise gw.DeclarationError(
                f"Task {name} refers to {{{side}.{variable}}}; its {side} are: {', '.join(known[side]) or 'none'}.",
                hint=f"Name one of its {side}.",
                code="UNKNOWN_PARAMETER",
            )
    for variable in config.json:
        if variable not in known["inputs"] + known["outputs"]:
            raise gw.DeclarationError(
                f"Task {name} has json={variable!r}, which is neither an input nor an output of it.",
                code="UNKNOWN_PARAMETER",
            )


def _invalid(setting: str, expected: str, came: object) -> gw.DeclarationError:
    return gw.DeclarationError(f"{setting} must be {expected}; got {came!r}.", code="INVALID_SETTING")
