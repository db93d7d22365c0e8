"""Scale: maps of many items, many sleeps at once, many held timers, and the restart of an engine that holds them.

Each case runs in a process of its own, so that its memory is its own.
"""

import json
import resource
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
from measurement import FOLDER, Measure, Result, options

MAPS = (1_000, 10_000, 100_000)
MAP_BUDGET_S = {"process": 5.0, "disk": 8.0}
SLEEPS_BUDGET_S = {"process": 20.0, "disk": 40.0}
EXECUTIONS, SLEEPS_EACH = 100, 2_000
HOLDERS, HELD_EACH = 10, 10_000


def open_engine(home: Path, durability: Durability) -> tuple[Engine, Any]:
    """Return an engine that is not entered yet, and the source of the workflows."""
    registry = load_plugins()
    source = registry.create(Kind.ENTITY_LOADER, ".py").load(FOLDER / "scale_flows.py", project=None, domain=None)
    return Engine(EngineSettings(home=home, durability=durability), registry), source


def memory_mb() -> float:
    """Return the highest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


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
    size_mb = sum(file.stat().st_size for file in home.glob("godwit.db*")) / 1e6
    return {"call_s": taken, "map_s": node.duration_s, "memory_mb": memory_mb(), "database_mb": size_mb}


def run_sleeps(home: Path, durability: Durability, _: int) -> dict[str, float]:
    """Run many executions of many sleeps of one second, all at once."""
    engine, source = open_engine(home, durability)
    registration, name = named(source, "sleepers")
    with engine as one:
        begun = time.perf_counter()
        names = [one.accept(registration, name, {}) for _ in range(EXECUTIONS)]
        for execution in names:
            assert one.run(execution).phase.name == "SUCCEEDED"
        return {"call_s": time.perf_counter() - begun, "memory_mb": memory_mb()}


def run_holders(home: Path, durability: Durability, _: int) -> dict[str, float]:
    """Hold many timers; then leave, and take them all up again."""
    engine, source = open_engine(home, durability)
    registration, name = named(source, "holders")
    with engine as one:
        before = memory_mb()
        names = [one.accept(registration, name, {}) for _ in range(HOLDERS)]
        for _ in range(3):
            one.turn(0)
        held_mb = memory_mb() - before
    again, _ = open_engine(home, durability)
    begun = time.perf_counter()
    with again as two:
        for execution in names:
            two.resume(execution)
        two.turn(0)
        taken = time.perf_counter() - begun
    return {"restart_s": taken, "timers_mb": held_mb, "memory_mb": memory_mb()}


CASES = {"map": run_map, "sleeps": run_sleeps, "holders": run_holders}


def in_child(case: str, durability: Durability, size: int = 0) -> dict[str, float]:
    """Run a case in a process of its own."""
    with work_folder("scale") as home:
        command = [sys.executable, __file__, "--case", case, "--home", str(home), "--durability", durability]
        done = subprocess.run([*command, "--size", str(size)], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(runs: int) -> Result:
    """Measure every case."""
    result = Result("scale", {"items": list(MAPS), "sleeps": EXECUTIONS * SLEEPS_EACH, "timers": HOLDERS * HELD_EACH})
    for durability in ("process", "disk"):
        for items in MAPS if durability == "process" else MAPS[-1:]:
            found = [in_child("map", durability, items) for _ in range(runs)]
            largest = items == MAPS[-1]
            budget_s = MAP_BUDGET_S[durability] if largest else None
            add(result, f"map of {items:,} items, {durability}", "s", found, "map_s", budget_s)
            if durability == "process":
                add(result, f"engine's memory, map of {items:,}", "MB", found, "memory_mb", 120.0 if largest else None)
                add(result, f"database, map of {items:,}", "MB", found, "database_mb", 30.0 if largest else None)
        slept = [in_child("sleeps", durability)]
        name = f"200,000 sleeps of 1 s in 100 executions, {durability}"
        add(result, name, "s", slept, "call_s", SLEEPS_BUDGET_S[durability])
        if durability == "process":
            add(result, "engine's memory, 200,000 sleeps", "MB", slept, "memory_mb", 300.0)
    held = [in_child("holders", "process") for _ in range(runs)]
    add(result, "restart with 100,000 live nodes", "s", held, "restart_s", 1.0)
    add(result, "100,000 held timers", "MB", held, "timers_mb", 60.0)
    return result


def add(result: Result, name: str, unit: str, found: list[dict[str, float]], key: str, budget: float | None) -> None:
    """Add one measure of what the cases found."""
    result.measures.append(Measure(name, unit, [one[key] for one in found], budget))


def main() -> int:
    """Measure the row and print it; with `--case`, run one case and print what it found."""
    parser = options(__doc__, runs=3)
    parser.add_argument("--case", choices=CASES)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--durability", choices=("process", "disk"), default="process")
    parser.add_argument("--size", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.case:
        print(json.dumps(CASES[arguments.case](arguments.home, arguments.durability, arguments.size)))
        return 0
    measure(arguments.runs).deliver(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
