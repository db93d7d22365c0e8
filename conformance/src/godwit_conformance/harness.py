"""Runs cases, one after the other; what becomes of one is no concern of the next."""

import time
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase

from godwitidl.conformance.v1 import conformance_pb2 as pb

from godwit_conformance.bench import Workbench
from godwit_conformance.cases import Case, CaseFailedError, CaseUnsupportedError, Level, Outcome, Result
from godwit_conformance.executor import ExecutorError
from godwit_conformance.levels import castability, digest, engine, runtime, spec, wire

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
    chosen, wanted = set(levels), list(patterns)
    cases = [case for level, give in LEVELS.items() if not chosen or level in chosen for case in give()]
    return [case for case in cases if not wanted or any(matches(case.name, pattern) for pattern in wanted)]


def matches(name: str, pattern: str) -> bool:
    """Return whether *pattern* is the name of a case, a path above it, or a glob of either."""
    return name == pattern or name.startswith(f"{pattern.rstrip('/')}/") or fnmatchcase(name, pattern)


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
