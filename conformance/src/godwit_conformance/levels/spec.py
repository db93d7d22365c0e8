"""Level *spec*: scenarios become specs that compile, and mean what the reference, written by hand, means."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from godwitidl.core.v1.bundle_pb2 import Bundle
from google.protobuf import text_format

from godwit_conformance.cases import Bench, Case, CaseFailedError, CaseUnsupportedError, Level
from godwit_conformance.folders import folder
from godwit_conformance.levels.questions import bundle_of, scenario_bytes
from godwit_conformance.specs import bundle_differences

_SHOWN = 10


def cases() -> Iterator[Case]:
    """Yield the cases of the level: three for each scenario."""
    for name in scenarios():
        yield Case(
            f"spec/meaning/{name}", Level.SPEC, f"the scenario {name} means what it is to mean", partial(_equal, name)
        )
        yield Case(
            f"spec/repeatable/{name}",
            Level.SPEC,
            f"the scenario {name} gives the same bytes twice, also from another folder",
            partial(_repeatable, name),
        )
        yield Case(f"spec/compiles/{name}", Level.SPEC, f"the scenario {name} compiles", partial(_compiles, name))


def scenarios() -> list[str]:
    """Return the names of the scenarios, sorted."""
    return sorted(path.stem for path in folder("scenarios").glob("*.txtpb"))


def reference(name: str) -> Bundle:
    """Return the spec of a scenario as it was written by hand."""
    text = (folder("scenarios") / f"{name}.txtpb").read_text(encoding="utf-8")
    return text_format.Parse(text, Bundle())


def compile_errors(bench: Bench, bundle: Bundle) -> str:
    """Have a bundle compiled by the engine's command line; return what it says is wrong, empty where nothing is.

    Raises:
        CaseUnsupportedError: there is no such command line.
    """
    if not bench.godwit:
        raise CaseUnsupportedError("nothing compiles specs here: install godwit-core, or name its command by --godwit")
    path = bench.folder / "bundle.pb"
    path.write_bytes(bundle.SerializeToString(deterministic=True))
    home, output = str(bench.folder / "home"), str(bench.folder / "compiled.pb")
    command = [*bench.godwit, "--home", home, "serialize", str(path), "-o", output]
    finished = bench.start_engine(command).finish()
    return "" if finished.status == 0 else finished.output or f"status {finished.status}"


def _equal(name: str, bench: Bench) -> None:
    differences = bundle_differences(reference(name), bundle_of(scenario_bytes(bench, name)))
    if differences:
        text = "\n".join(str(difference) for difference in differences[:_SHOWN])
        place: Path = folder("scenarios") / f"{name}.md"
        raise CaseFailedError(f"{text}\n{place} says what the scenario is.")


def _repeatable(name: str, bench: Bench) -> None:
    first = scenario_bytes(bench, name)
    if scenario_bytes(bench, name) != first:
        raise CaseFailedError("asked twice, the executor gave other bytes")
    bench.restart()
    if scenario_bytes(bench, name) != first:
        raise CaseFailedError("started again in another folder, the executor gave other bytes")


def _compiles(name: str, bench: Bench) -> None:
    errors = compile_errors(bench, bundle_of(scenario_bytes(bench, name)))
    if errors:
        raise CaseFailedError(errors)
