"""Godwit's engine as the benchmarks call it: open, with warm runners, on a home folder of its own."""

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from godwit_core.runtime.engine import Engine
from godwit_core.runtime.settings import EngineSettings
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwitidl.core.v1.bundle_pb2 import Registration
from godwitidl.core.v1.values_pb2 import Literal
from limits import Durability, work_folder
from measurement import FOLDER

FLOWS = FOLDER / "flows.py"
FRAMES = FOLDER / "frames.py"
DURABILITIES: tuple[Durability, ...] = ("process", "disk")


class WarmEngine:
    """An open engine, and the workflows of one file as it is given them.

    Attributes:
        on_call: called right before each call that is timed.
    """

    def __init__(self, engine: Engine, source: Any) -> None:
        self._engine = engine
        self._source = source
        self._names = {entity.name: entity.full_name for entity in source.entities()}
        self._registrations: dict[str, Registration] = {}
        self.on_call: Callable[[], None] = _nothing

    def prepare(self, workflow: str, times: int = 1, **inputs: int) -> None:
        """Trace and serialize a workflow, and run it *times* times, so that runners know its tasks."""
        self._registrations[workflow] = self._source.registration(workflow)
        for _ in range(times):
            self.call(workflow, **inputs)

    def call(self, workflow: str, **inputs: int) -> float:
        """Run a workflow; return the seconds from before it is accepted until its outcome is there.

        Raises:
            RuntimeError: it did not succeed.
        """
        registration = self._registrations[workflow]
        literals = {name: Literal(int_value=value) for name, value in inputs.items()}
        gc.collect()
        self.on_call()
        begun = time.perf_counter()
        name = self._engine.accept(registration, self._names[workflow], literals)
        outcome = self._engine.run(name)
        taken = time.perf_counter() - begun
        if outcome.phase.name != "SUCCEEDED":
            raise RuntimeError(f"{workflow} is {outcome.phase.name}: {outcome.error}")
        return taken

    def registration_s(self, workflow: str) -> float:
        """Return the seconds that tracing and serializing a workflow take."""
        begun = time.perf_counter()
        self._source.registration(workflow)
        return time.perf_counter() - begun


def _nothing() -> None:
    """Do nothing."""


@contextmanager
def warm_engine(durability: Durability, file: Path = FLOWS) -> Iterator[WarmEngine]:
    """Open an engine on a new home folder, for the workflows of *file*."""
    registry = load_plugins()
    source = registry.create(Kind.ENTITY_LOADER, ".py").load(file, project=None, domain=None)
    with (
        work_folder("home") as home,
        Engine(EngineSettings(home=home, durability=durability), registry) as engine,
    ):
        engine.open_backend()
        yield WarmEngine(engine, source)


def command_s(home: Path, workflow: str, durability: Durability = "process") -> float:
    """Return the seconds of the whole command `godwit run` for a workflow of `flows.py`."""
    command = [sys.executable, "-m", "godwit_core", "--home", str(home), "--json", "run", str(FLOWS), workflow]
    command += ["--durability", durability]
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun
