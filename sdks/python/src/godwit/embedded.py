"""The embedded engine of a call in Python: `flow(x=1)` compiles the workflow and runs it on a store in memory.

And the engine behind `Home`, on a folder that engines share.

This is the one module of the SDK that opens the core.
"""

import atexit
import contextlib
import json
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeAlias
from urllib.parse import unquote, urlsplit

from godwit_core.compiler.plan import GatePlan
from godwit_core.engine.events import Answer
from godwit_core.engine.gates import waits_for_answer
from godwit_core.engine.state import Execution, Node
from godwit_core.runtime import signals
from godwit_core.runtime.acceptance import new_name
from godwit_core.runtime.configuration import read_configuration
from godwit_core.runtime.engine import Engine
from godwit_core.runtime.serving import MAX_EXECUTIONS, Service, Watcher
from godwit_core.runtime.settings import EngineSettings, ExecutionOptions, Outcome
from godwit_core.runtime.terminal_questions import TerminalQuestions
from godwit_core.store import commands, packing, reading
from godwit_core.store.connection import open_store, translated
from godwit_plugin_api.errors import GodwitError, InvalidInput
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.transformer import DataAccess
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.errors_pb2 import ExecutionError
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.values_pb2 import Literal
from godwitidl.rules.rendering import render_type
from godwitidl.rules.value_json import JsonValueError, from_json

from godwit.annotation import near
from godwit.code_registration import foreign_tasks
from godwit.errors import ExecutionFailed
from godwit.given_answers import current_answers
from godwit.launch_plans import LaunchPlan
from godwit.location import import_folder, module_name, project_root, source_file
from godwit.serialization import full_name, registration_of
from godwit.signature import Signature
from godwit.tasks import Task
from godwit.types.registry import TypeRegistry
from godwit.types.stored_data import StoredData
from godwit.workflows import AnyWorkflow

Runnable: TypeAlias = AnyWorkflow[..., Any] | LaunchPlan[Any]
Launchable: TypeAlias = Runnable | Task[..., Any]

_BACKEND = "inline"
_POLL_S = 0.1


def run_entity(workflow: Runnable, positional: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    """Compile *workflow*, or a launch plan, run it with its tasks in this process and thread, and return its outputs.

    Raises:
        GodwitError: it cannot be compiled, or an input does not fit; everything that is wrong is told at once.
        ExecutionFailed: a task failed.
    """
    values = _named_inputs(workflow, positional, named)
    _share_main_module()
    plugins = load_plugins()
    types = TypeRegistry(lambda: plugins)
    root = project_root(source_file(workflow))
    registration = registration_of([workflow], root=root, types=types, only_cached=True)
    run_elsewhere(registration, foreign_tasks(registration.bundle))
    with Engine(EngineSettings(home=None, default_backend=_BACKEND), plugins) as engine:
        prefix = engine.locations.outputs("inputs", "call")
        data = StoredData(prefix, partial(plugins.create, Kind.PERSISTENCE))
        inputs = _input_literals(workflow.signature, values, types, data)
        name = engine.accept(registration, full_name(workflow, root), inputs)
        outcome = engine.run(name, _Answering(engine, types, data))
        return _outputs(workflow, outcome, types, data)


def run_elsewhere(registration: Registration, tasks: set[str]) -> None:
    """Have *tasks*, which are none of Python, run in processes of their own, where they say nothing else."""
    for task in registration.bundle.tasks:
        if task.id.name in tasks and not task.backend:
            task.backend = "local"


def submit_entity(entity: Launchable, given: Mapping[str, Any], home: Path, options: Mapping[str, Any]) -> str:
    """Store an execution for the engines that serve *home*; see `Home.submit`."""
    values = _named_inputs(entity, (), given)
    plugins = load_plugins()
    types = TypeRegistry(lambda: plugins)
    root = project_root(source_file(entity))
    registration = registration_of([entity], root=root, types=types)
    configured = read_configuration(home)
    settings = EngineSettings(
        home=home,
        storage=configured.storage,
        runs=False,
        default_backend=configured.backend or "local",
        backend_options=configured.backends,
    )
    with Engine(settings, plugins) as engine:
        name = options["name"] or new_name()
        data = StoredData(engine.locations.outputs(name, "inputs"), partial(plugins.create, Kind.PERSISTENCE))
        inputs = _input_literals(entity.signature, values, types, data)
        chosen = ExecutionOptions(**{**options, "name": name})
        return engine.submit(registration, full_name(entity, root), inputs, chosen)


def serve_home(home: Path, workers: int | None, max_executions: int | None, *, until_idle: bool) -> None:
    """Have an engine serve *home*; see `Home.serve`."""
    configured = read_configuration(home)
    settings = EngineSettings(
        home=home,
        workers=workers or configured.workers,
        queues=configured.queues,
        lease_s=configured.lease_s,
        storage=configured.storage,
        serves=True,
        default_backend=configured.backend or "local",
        backend_options=configured.backends,
    )
    most = max_executions or configured.max_executions or MAX_EXECUTIONS
    with Engine(settings, load_plugins()) as engine:
        service = Service(engine, Watcher(), max_executions=most, until_idle=until_idle)
        with _Interruption(service) as interruption:
            service.run()
    if interruption.came:
        raise KeyboardInterrupt


class _Interruption:
    """Has Ctrl-C stop a service rather than its thread's work half-way, where that is the main thread."""

    def __init__(self, service: Service) -> None:
        self.came = False
        self._service = service
        self._before: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(self, *error: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _handle(self, *_: object) -> None:
        if self.came:
            raise KeyboardInterrupt
        self.came = True
        self._service.stop()


def stored_result(entity: Launchable, name: str, home: Path, timeout_s: float | None) -> Any:
    """Wait for what an execution in *home* gives; see `Home.result`."""
    until = None if timeout_s is None else time.monotonic() + timeout_s
    database = home / "godwit.db"
    with translated(database), contextlib.closing(open_store(database, create=False)) as connection:
        while not (row := reading.get_execution(connection, name)).phase.final:
            if until is not None and time.monotonic() >= until:
                raise TimeoutError(f"Execution {row.name} has not ended: {row.phase.name}.")
            time.sleep(_POLL_S)
    expected = full_name(entity, project_root(source_file(entity)))
    if row.entity != expected:
        raise InvalidInput(f"Execution {row.name} ran {row.entity}, not {expected}.", code="OTHER_ENTITY")
    error = ExecutionError.FromString(row.error) if row.error else None
    outputs = packing.unpack(row.outputs) if row.outputs else {}
    outcome = Outcome(row.name, row.phase, Interface(), outputs, error, 0.0, [])
    plugins = load_plugins()
    data = StoredData(f"{home.as_uri()}/results", partial(plugins.create, Kind.PERSISTENCE))
    return _outputs(entity, outcome, TypeRegistry(lambda: plugins), data)


class _Answering:
    """Answers gates as they begin to wait: by what `answers` says, or on the terminal."""

    def __init__(self, engine: Engine, types: TypeRegistry, data: DataAccess) -> None:
        self._engine = engine
        self._types = types
        self._data = data
        self._answers = current_answers()
        self._questions: TerminalQuestions | None = None

    def __call__(self, execution: Execution, nodes: Sequence[Node]) -> None:
        if self._questions is not None and any(node.phase.final and node.plan.gate is not None for node in nodes):
            with self._questions.interrupted(nodes):
                pass
        for node in nodes:
            if waits_for_answer(node):
                self._answer(execution.name, node)

    def _answer(self, execution: str, node: Node) -> None:
        gate = signals.gate_of(node)
        names = [name for name in (node.path, gate.name, node.plan.name) if name in self._answers]
        if names:
            command = self._command(node, gate, self._answers[names[0]])
        elif sys.stdin is not None and sys.stdin.isatty():
            if self._questions is None:
                self._questions = TerminalQuestions(self._engine, execution, _question, _said)
            self._questions.ask(node)
            return
        elif gate.timeout_s is not None:
            return  # it ends by itself
        else:
            raise InvalidInput(
                f"Node {node.path} ({node.plan.name}) waits for an answer, and there is nobody to ask.",
                hint="Give it: with gw.answers(NAME=…): …; or use `godwit run` and `godwit signal`.",
                code="NOBODY_TO_ASK",
            )
        self._engine.request(execution, commands.SIGNAL, command)

    def _command(self, node: Node, gate: GatePlan, value: Any) -> str:
        if gate.type is not None:
            literal = self._types.literal_of_type(value, gate.type, self._data)
            return signals.command(node, Answer.VALUE, literal)
        if not isinstance(value, bool):
            raise InvalidInput(f"Node {node.path} waits for a yes or no, True or False; got {value!r}.")
        return signals.command(node, Answer.APPROVED if value else Answer.REJECTED)


def _question(node: Node) -> str:
    gate = signals.gate_of(node)
    return f"{gate.prompt or node.plan.name} ({'yes or no' if gate.type is None else render_type(gate.type)})"


def _said(node: Node, text: str) -> str:
    """Return the command that answers *node* by what a person wrote: yes or no, JSON, or plain text.

    Raises:
        InvalidInput: it is no answer to what is asked.
    """
    gate = signals.gate_of(node)
    if gate.type is None:
        answer = {"yes": Answer.APPROVED, "y": Answer.APPROVED, "no": Answer.REJECTED, "n": Answer.REJECTED}
        if text.lower() not in answer:
            raise InvalidInput(f"Expected yes or no; got {text!r}.")
        return signals.command(node, answer[text.lower()])
    readings: list[Any] = [text]
    with contextlib.suppress(ValueError):
        readings.insert(0, json.loads(text))
    faults: list[str] = []
    for value in readings:
        try:
            return signals.command(node, Answer.VALUE, from_json(value, gate.type))
        except JsonValueError as error:
            faults.append(f"Expected {error.expected}; got {error.came}. {error.hint}".rstrip())
    raise InvalidInput(faults[0])


def _share_main_module() -> None:
    """Have the script that Python was started with found under the name that runners import it by.

    Its tasks run in this process; imported a second time, the script would be run again, and its classes be others.
    """
    main = sys.modules["__main__"]
    file = getattr(main, "__file__", None)
    if file and file.endswith(".py"):
        path = Path(file)
        sys.modules.setdefault(module_name(path, import_folder(path)), main)


def _named_inputs(workflow: Launchable, positional: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
    names = [parameter.name for parameter in workflow.signature.parameters]
    faults = [f"there is no input {name}.{near(name, names)}" for name in named if name not in names]
    if len(positional) > len(names):
        faults.append(f"it has {len(names)} inputs, and is given {len(positional)} without names.")
    values = dict(zip(names, positional, strict=False))
    faults += [f"input {name} is given twice." for name in values if name in named]
    if faults:
        raise InvalidInput(f"{_capital(workflow)}: " + " ".join(faults), code="UNKNOWN_INPUT")
    return {**values, **named}


def _input_literals(
    signature: Signature, values: Mapping[str, Any], types: TypeRegistry, data: DataAccess
) -> dict[str, Literal]:
    literals: dict[str, Literal] = {}
    faults: list[GodwitError] = []
    for parameter in signature.parameters:
        if parameter.name not in values:
            continue
        try:
            literals[parameter.name] = types.to_literal(values[parameter.name], parameter.annotation, data)
        except GodwitError as error:
            fault = InvalidInput(f"Input {parameter.name}: {error.message}.", hint=error.hint, code=error.code)
            fault.__cause__ = error
            faults.append(fault)
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise InvalidInput("\n".join(str(fault) for fault in faults), code=faults[0].code)
    return literals


def _outputs(workflow: Launchable, outcome: Outcome, types: TypeRegistry, data: DataAccess) -> Any:
    if outcome.phase.name != "SUCCEEDED":
        raise _failure(workflow, outcome)
    kept = _KeptBlobs()
    values = []
    for output in workflow.signature.outputs:
        literal = Literal.FromString(outcome.outputs[output.name][0])
        kept.take(literal)
        values.append(types.from_literal(literal, output.annotation, data))
    return workflow.signature.pack(values)


def _failure(workflow: Launchable, outcome: Outcome) -> ExecutionFailed:
    error = outcome.error
    if error is None:
        return ExecutionFailed(f"{_capital(workflow)} ended as {outcome.phase.name}.")
    place = f" in node {error.node_path}" if error.node_path else ""
    text = f"{_capital(workflow)} failed{place}: {error.message}{_stack(error)}"
    return ExecutionFailed(text, error=error, code=error.code)


def _capital(workflow: Launchable) -> str:
    return f"{workflow.kind.replace('_', ' ').capitalize()} {workflow.short_name}"


def _stack(error: ExecutionError) -> str:
    if not error.exceptions:
        return ""
    frames = (
        f'\n  File "{frame.file}", line {frame.line}, in {frame.function}\n    {frame.source}'
        for frame in error.exceptions[0].frames
    )
    return "".join(frames)


class _KeptBlobs:
    """Keeps the files and folders among the outputs, whose engine is about to go, until the interpreter ends."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._count = 0

    def take(self, literal: Literal) -> None:
        """Copy the blobs that *literal* refers to, and have it refer to the copies."""
        match literal.WhichOneof("kind"):
            case "file":
                literal.file.uri = self._kept(literal.file.uri)
            case "directory":
                literal.directory.uri = self._kept(literal.directory.uri)
            case "list":
                for item in literal.list.items:
                    self.take(item)
            case "map":
                for entry in literal.map.entries:
                    self.take(entry.value)
            case "record":
                for field in literal.record.fields:
                    self.take(field.value)
            case "union":
                self.take(literal.union.value)
            case _:
                pass

    def _kept(self, uri: str) -> str:
        parts = urlsplit(uri)
        if parts.scheme != "file":
            return uri
        source = Path(unquote(parts.path))
        self._count += 1
        target = self._made_folder() / str(self._count) / source.name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            target.parent.mkdir()
            shutil.copyfile(source, target)
        return target.as_uri()

    def _made_folder(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="godwit-"))
            atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder
