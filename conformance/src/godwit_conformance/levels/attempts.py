"""One attempt of a task by the file contract, as a backend starts it; and what must be true of every attempt."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from godwitidl.conformance.v1.conformance_pb2 import TaskDescription
from godwitidl.core.v1.errors_pb2 import Blame, ExecutionError, Retry
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal, NamedLiterals
from google.protobuf.message import DecodeError

from godwit_conformance.cases import Bench, CaseFailedError, Finished, RunningProcess
from godwit_conformance.levels.questions import describe_task

ERROR_TEXT_BYTES = 16 * 1024
M = TypeVar("M", NamedLiterals, ExecutionError)


@dataclass(frozen=True, slots=True)
class Setting:
    """How an attempt is started, beyond its inputs.

    Attributes:
        environment: variables for its process.
        checkpoint: its checkpoint folder; None: none is given.
        output_prefix: where large values go; empty: the contract's default.
        spec: what `task.pb` holds instead of the task's spec; None: that.
        inputs: what `inputs.pb` holds instead of the inputs; None: those.
        attempt: number of the try.
    """

    environment: dict[str, str] = field(default_factory=dict)
    checkpoint: Path | None = None
    output_prefix: str = ""
    spec: bytes | None = None
    inputs: bytes | None = None
    attempt: int = 1


_PLAIN = Setting()


@dataclass(frozen=True, slots=True)
class Ended:
    """What an attempt left.

    Attributes:
        finished: how its process ended.
        folder: the folder of outputs.
        outputs: `outputs.pb`; None where there is none.
        errors: error files by name.
    """

    finished: Finished
    folder: Path
    outputs: NamedLiterals | None
    errors: dict[str, ExecutionError]


class Attempt:
    """An attempt that is under way.

    Args:
        process: its process.
        folder: the folder of outputs.
        interface: the task's.
    """

    def __init__(self, process: RunningProcess, folder: Path, interface: Interface) -> None:
        self.process = process
        self._folder = folder
        self._interface = interface

    def end(self) -> Ended:
        """Wait for its end, and check what must be true of every attempt."""
        finished = self.process.finish()
        outputs: NamedLiterals | None = None
        errors = {}
        names = sorted(path.name for path in self._folder.iterdir()) if self._folder.is_dir() else []
        for name in names:
            if name == "outputs.pb":
                outputs = _read(self._folder / name, NamedLiterals())
            elif name == "error.pb" or (name.startswith("error-") and name.endswith(".pb")):
                errors[name] = _read(self._folder / name, ExecutionError())
            elif name not in {"data", "report.html", "links.pb"}:
                raise CaseFailedError(f"{name} was left among the outputs, whose names the contract says")
        ended = Ended(finished, self._folder, outputs, errors)
        _check_agreement(ended)
        for error in errors.values():
            _check_error(error)
        if outputs is not None:
            _check_names(outputs, self._interface)
        return ended


def begin(bench: Bench, name: str, inputs: dict[str, Literal], setting: Setting = _PLAIN) -> Attempt:
    """Start an attempt of the task *name* of the runtime level."""
    described = describe_task(bench, name)
    spec = spec_of(described)
    given, outputs = (
        bench.folder / f"inputs of {setting.attempt}",
        bench.folder / f"outputs of {setting.attempt}" / "here",
    )
    given.mkdir()
    (given / "task.pb").write_bytes(described.task_spec if setting.spec is None else setting.spec)
    (given / "inputs.pb").write_bytes(_encoded(inputs) if setting.inputs is None else setting.inputs)
    command = [*described.command, "--once", "--inputs", str(given), "--outputs", str(outputs)]
    command += ["--attempt", str(setting.attempt), "--attempt-id", f"conformance-{setting.attempt}"]
    command += ["--execution", "conformance/development/run", "--node-path", name]
    if described.source_root:
        command += ["--source-root", described.source_root]
    if setting.checkpoint is not None:
        command += ["--checkpoint", str(setting.checkpoint)]
    if setting.output_prefix:
        command += ["--output-prefix", setting.output_prefix]
    return Attempt(bench.start(command, variables(described) | setting.environment), outputs, spec.interface)


def attempt(bench: Bench, name: str, inputs: dict[str, Literal], setting: Setting = _PLAIN) -> Ended:
    """Run an attempt to its end."""
    return begin(bench, name, inputs, setting).end()


def outputs_of(ended: Ended) -> dict[str, Literal]:
    """Return the outputs of an attempt that was to succeed."""
    if ended.outputs is None:
        why = "; ".join(f"{error.code}: {error.message}" for error in ended.errors.values()) or "neither came"
        raise CaseFailedError(f"outputs were expected, came an error: {why}\n{ended.finished.output}")
    return {item.name: item.value for item in ended.outputs.values}


def error_of(ended: Ended, name: str = "error.pb") -> ExecutionError:
    """Return the error, in a file of that name, of an attempt that was to fail with status 1."""
    if list(ended.errors) != [name]:
        came = ", ".join(ended.errors) or ("outputs.pb" if ended.outputs is not None else "no file")
        raise CaseFailedError(f"{name} was expected, came {came}\n{ended.finished.output}")
    if ended.finished.status != 1:
        raise CaseFailedError(f"the exit status of a task's own error is 1, came {ended.finished.status}")
    return ended.errors[name]


def spec_of(described: TaskDescription) -> TaskSpec:
    """Return the spec of a described task."""
    try:
        return TaskSpec.FromString(described.task_spec)
    except DecodeError:
        raise CaseFailedError("the description's task_spec is no TaskSpec") from None


def variables(described: TaskDescription) -> dict[str, str]:
    """Return the environment variables of a described task."""
    return {name: value for name, _, value in (text.partition("=") for text in described.environment)}


def _encoded(inputs: dict[str, Literal]) -> bytes:
    message = NamedLiterals()
    for name, value in inputs.items():
        message.values.add(name=name, value=value)
    return message.SerializeToString()


def _read(path: Path, message: M) -> M:
    try:
        message.ParseFromString(path.read_bytes())
    except DecodeError:
        raise CaseFailedError(f"{path.name} is no {message.DESCRIPTOR.name}") from None
    return message


def _check_agreement(ended: Ended) -> None:
    """Check that there is one file at most, and that the exit status agrees with it."""
    files = [*(["outputs.pb"] if ended.outputs is not None else []), *ended.errors]
    if len(files) > 1:
        raise CaseFailedError(f"one of outputs.pb and the error file was expected, came {', '.join(files)}")
    status = ended.finished.status
    if ended.outputs is not None and status != 0:
        raise CaseFailedError(f"outputs.pb is there, and the exit status is {status}, not 0\n{ended.finished.output}")
    if ended.errors and status == 0:
        raise CaseFailedError(f"{files[0]} is there, and the exit status is 0")


def _check_error(error: ExecutionError) -> None:
    if not error.code or not error.message:
        raise CaseFailedError("an error has a code and a message, this one has not both")
    if error.blame not in Blame.values()[1:] or error.retry not in Retry.values()[1:]:
        raise CaseFailedError("an error says who is to blame and whether a retry may help, this one does not say both")
    size = error.ByteSize()
    if size > ERROR_TEXT_BYTES + 1024:
        raise CaseFailedError(f"the texts of an error are cut at {ERROR_TEXT_BYTES} bytes, this one has {size}")


def _check_names(outputs: NamedLiterals, interface: Interface) -> None:
    came = [item.name for item in outputs.values]
    expected = [item.name for item in interface.outputs]
    if came != expected:
        raise CaseFailedError(f"the outputs {expected or 'none'} were expected in this order, came {came or 'none'}")
