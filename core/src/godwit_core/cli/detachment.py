"""Executions that are stored for the engines that serve a home: `--detach`."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.values_pb2 import Literal

from godwit_core.cli import output
from godwit_core.cli.session import Session
from godwit_core.cli.store_access import is_served
from godwit_core.runtime.engine import Engine
from godwit_core.runtime.settings import EngineSettings, ExecutionOptions

_Function = TypeVar("_Function", bound=Callable[..., Any])

START = "godwit engine run"
"""What has executions run that nobody holds."""


def detach_option(function: _Function) -> _Function:
    """Give a command the option to store the execution only."""
    text = "Only store the execution; an engine runs it that shares the home."
    return click.option("--detach", is_flag=True, help=text)(function)


def run_detached(
    settings: EngineSettings,
    session: Session,
    registration: Registration,
    entity: str,
    inputs: Mapping[str, Literal],
    options: ExecutionOptions,
) -> int:
    """Check an execution and store it for an engine that serves the home; tell its name, and how to follow it.

    Raises:
        GodwitError: it does not compile, its inputs do not fit, or a backend cannot run it. Nothing is stored.
    """
    with Engine(settings._replace(runs=False, prestarted_runner=""), session.registry()) as engine:
        name = engine.submit(registration, entity, inputs, options)
        served = is_served(engine.connection)
    if session.json:
        stored: dict[str, Any] = {"phase": "QUEUED", "outputs": {}, "error": None, "duration_s": None, "nodes": []}
        output.write_json({"execution": name, **stored, "engine": "WAITING"})
        return 0
    output.write(f"Execution {name}: QUEUED")
    if not served:
        output.tell(f"It waits for an engine. Start one: {START}")
    output.tell(f"Watch it: godwit executions watch {name}")
    return 0
