"""The cases of scale, each run in a process of its own, so that its memory is its own.

`python scale_cases.py CASE HOME DURABILITY SIZE` prints what it found as one JSON object.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from godwit_core.runtime.engine import Engine
from godwit_core.runtime.settings import EngineSettings
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwitidl.core.v1.values_pb2 import Literal
from limits import Durability, work_folder
from measurement import FOLDER, peak_memory_mb

EXECUTIONS, SLEEPS_EACH = 100, 2_000
HOLDERS, HELD_EACH = 10, 10_000


def open_engine(home: Path, durability: Durability, file: str = "scale_flows.py") -> tuple[Engine, Any]:
    """Return an engine that is not entered yet, and the source of the workflows."""
    registry = load_plugins()
    source = registry.create(Kind.ENTITY_LOADER, ".py").load(FOLDER / file, project=None, domain=None)
    return Engine(EngineSettings(home=home, durability=durability), registry), source


def named(source: Any, name: str) -> tuple[Any, str]:
    """Return the registration of a workflow, and its full name."""
    return source.registration(name), next(one.full_name for one in source.entities() if one.name == name)


def run_map(home: Path, durability: Durability, items: int) -> dict[str, float]:
    """Map a task that adds one over *items* integers."""
    engine, source = open_engine(home, durability)
    registration, name = named(source, "increments")
    with engine as one:
        one.run(one.accept(registration, name, {"n": Literal(int_value=100)}))
        begun = time.perf_counter()
        outcome = one.run(one.accept(registration, name, {"n": Literal(int_value=items)}))
        taken = time.perf_counter() - begun
        assert outcome.phase.name == "SUCCEEDED", outcome.error
        (node,) = [node for node in outcome.nodes if node.items]
    return {"call_s": taken, "map_s": node.duration_s} | sizes(home)


def run_nodes(home: Path, durability: Durability, nodes: int) -> dict[str, float]:
    """Run a workflow of *nodes* parallel nodes and a reduction."""
    engine, source = open_engine(home, durability, "flows.py")
    small, small_name = named(source, "fan_100")
    registration, name = named(source, f"fan_{nodes}")
    with engine as one:
        one.run(one.accept(small, small_name, {}))
        begun = time.perf_counter()
        outcome = one.run(one.accept(registration, name, {}))
        taken = time.perf_counter() - begun
        assert outcome.phase.name == "SUCCEEDED", outcome.error
    return {"call_s": taken} | sizes(home)


def run_sleeps(home: Path, durability: Durability, executions: int) -> dict[str, float]:
    """Run many executions of 2,000 sleeps of one second, all at once."""
    engine, source = open_engine(home, durability)
    registration, name = named(source, "sleepers")
    with engine as one:
        begun = time.perf_counter()
        names = [one.accept(registration, name, {}) for _ in range(executions)]
        for execution in names:
            assert one.run(execution).phase.name == "SUCCEEDED"
        taken = time.perf_counter() - begun
    return {"call_s": taken} | sizes(home)


def run_holders(home: Path, durability: Durability, holders: int) -> dict[str, float]:
    """Hold many timers in executions of 10,000; then leave, and take them all up again."""
    engine, source = open_engine(home, durability)
    registration, name = named(source, "holders")
    with engine as one:
        before = peak_memory_mb()
        names = [one.accept(registration, name, {}) for _ in range(holders)]
        for _ in range(3):
            one.turn(0)
        held_mb = peak_memory_mb() - before
    again, _ = open_engine(home, durability)
    begun = time.perf_counter()
    with again as two:
        for execution in names:
            two.resume(execution)
        two.turn(0)
        taken = time.perf_counter() - begun
    return {"restart_s": taken, "timers_mb": held_mb} | sizes(home)


def sizes(home: Path) -> dict[str, float]:
    """Return the most memory this process had in use, and the size of the database that it leaves."""
    database = sum(file.stat().st_size for file in home.glob("godwit.db*"))
    return {"memory_mb": peak_memory_mb(), "database_mb": database / 1e6}


CASES = {"map": run_map, "nodes": run_nodes, "sleeps": run_sleeps, "holders": run_holders}


def in_child(case: str, durability: Durability, size: int) -> dict[str, float]:
    """Run a case in a process of its own."""
    with work_folder("scale") as home:
        command = [sys.executable, __file__, case, str(home), durability, str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> int:
    """Run one case, and print what it found."""
    case, home, durability, size = sys.argv[1:]
    assert durability in ("process", "disk")
    print(json.dumps(CASES[case](Path(home), durability, int(size))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
