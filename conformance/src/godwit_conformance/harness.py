"""Runs cases, one after the other; what becomes of one is no concern of the next."""

import time
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase

from godwitidl.conformance.v1 import conformance_pb2 as pb

from godwit_conformance.bench import Workbench
from godwit_conformance.cases import Case, CaseFailedError, CaseUnsupportedError, Level, Outcome, Result
from godwit_conformance.drawing import DrawnFailedError
from godwit_conformance.executor import ExecutorError
from godwit_conformance.levels import castability, digest, engine, runtime, spec, wire
from godwit_conformance.levels.drawn import drawn

LEVELS: dict[Level, Callable[[], Iterator[Case]]] = {
    Level.WIRE: wire.cases,
    Level.SPEC: spec.cases,
    Level.DIGEST: digest.cases,
    Level.CASTABILITY: castability.cases,
    Level.RUNTIME: runtime.cases,
    Level.ENGINE: engine.cases,
}


def all_cases(levels: Iterable[Level] = (), patterns: Iterable[str] = ()) -> list[Case]:
    """Return the cases of *levels*, those whose name one of *patterns* matches; all, where nothing is said.

    A pattern is a name, a path above names (`wire/literal`), or has `*` and `?` in it.
    """
    chosen, wanted, kinds = set(levels), list(patterns), drawn()
    cases = [case for give in LEVELS.values() for case in give()]
    cases += [kind.case() for kind in kinds]
    shrunk = [case for pattern in wanted for kind in kinds if (case := kind.named(pattern)) is not None]
    found = [case for case in cases if not wanted or any(matches(case.name, pattern) for pattern in wanted)]
    order = list(LEVELS)
    found = [case for case in found + shrunk if not chosen or case.level in chosen]
    return sorted(found, key=lambda case: order.index(case.level))


def matches(name: str, pattern: str) -> bool:
    """Return whether *pattern* is the name of a case, a path above it, or a glob of either."""
    drawn = name.partition("=")[0]  # what was drawn stands behind it
    return pattern in {name, drawn} or name.startswith(f"{pattern.rstrip('/')}/") or fnmatchcase(name, pattern)


def run(cases: Iterable[Case], bench: Workbench) -> Iterator[Result]:
    """Run cases and yield what becomes of each. Those of levels that the SDK does not claim are skipped.

    Raises:
        ExecutorError: there is no executor at all: it cannot be started, or does not say who it is.
    """
    claimed = {pb.Level.Name(number).removeprefix("LEVEL_").lower() for number in bench.sdk.levels}
    for case in cases:
        if case.level.value not in claimed:
            yield Result(case, Outcome.SKIPPED, f"{bench.sdk.name} does not claim the level {case.level}", 0.0)
        else:
            yield run_case(case, bench)


def run_case(case: Case, bench: Workbench) -> Result:
    """Run one case. An executor that fails is started again for the next."""
    started = time.monotonic()
    outcome, message = Outcome.PASSED, ""
    bench.begin(case.name)
    try:
        case.check(bench)
    except DrawnFailedError as error:
        case, outcome, message = error.case, Outcome.FAILED, str(error)
    except CaseFailedError as error:
        outcome, message = Outcome.FAILED, str(error)
    except CaseUnsupportedError as error:
        outcome, message = Outcome.UNSUPPORTED, str(error)
    except ExecutorError as error:
        bench.stop()
        outcome, message = Outcome.FAILED, f"{case.name}: {error}"
    finally:
        bench.end()
    return Result(case, outcome, message, time.monotonic() - started)
