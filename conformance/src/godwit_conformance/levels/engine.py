"""Level *engine*: the SDK's specs, with its tasks, run by the engine to the end that they are to have."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from typing import Any

from godwitidl.core.v1.bundle_pb2 import Registration

from godwit_conformance.cases import Bench, Case, CaseFailedError, CaseUnsupportedError, Level
from godwit_conformance.levels.questions import bundle_of, describe_task, scenario_bytes

SCENARIO = "running"
Check = Callable[[dict[str, Any]], str]
"""Returns what is wrong with what the engine told; empty where nothing is."""


def cases() -> Iterator[Case]:
    """Yield the cases of the level."""
    for name, (purpose, entity, inputs, check) in _runs().items():
        yield Case(f"engine/{name}", Level.ENGINE, purpose, partial(_run_and_check, entity, inputs, check))
    purpose = "the second run of a cached task takes what the first one gave"
    yield Case("engine/cache", Level.ENGINE, purpose, _cache)


def _runs() -> dict[str, tuple[str, str, dict[str, Any], Check]]:
    point = {"y": 1, "x": -3}
    passed = {"point": point, "choice": "1", "note": "é"}
    return {
        "task": ("a task alone", "add", {"a": 40}, _gives({"result": 42})),
        "map": ("a map and a sum", "mapped", {"numbers": [1, 2, 3]}, _gives({"result": 36})),
        "map of nothing": ("a map over no items", "mapped", {"numbers": []}, _gives({"result": 0})),
        "values": ("a record, a union and a text pass two tasks", "passed", passed, _passes("1", "é")),
        "values that are none": (
            "a default, and another member of the union",
            "passed",
            {"point": point, "choice": 1},
            _passes(1, None),
        ),
        "large value": ("a large value goes from task to task", "large", {"times": 500_000}, _gives({"result": 10**6})),
        "file": ("a file goes from task to task", "files", {"text": "a\r\nb é"}, _gives({"result": "a\r\nb é"})),
        "branch": ("the chosen case of a branch", "chosen", {"n": 40}, _gives({"result": 42})),
        "sub-workflow": ("a sub-workflow in a branch", "chosen", {"n": 4}, _gives({"result": 8})),
        "launch plan": ("a launch plan with a fixed input", "chosen_for_five", {}, _gives({"result": 10})),
        "retry": ("a task succeeds at its third attempt", "retried", {}, _gives({"result": 3})),
        "failure": (
            "an exception fails the workflow",
            "failed",
            {"message": "no such thing"},
            _fails("no such thing", 1),
        ),
        "no retry": ("an error that must not be retried is not", "given_up", {}, _fails("never", 1)),
        "timeout": ("an attempt that takes too long is ended", "slow", {}, _times_out),
    }


def run(bench: Bench, entity: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Run an entity of the scenario on the engine, in a home of the case's own; return what the engine told."""
    if not bench.godwit:
        raise CaseUnsupportedError("there is no engine here: install godwit-core, or name its command by --godwit")
    path = bench.folder / "running.pb"
    if not path.exists():
        path.write_bytes(_registration(bench).SerializeToString(deterministic=True))
    command = [*bench.godwit, "--home", str(bench.folder / "home"), "--json", "run", str(path), f"{SCENARIO}.{entity}"]
    for name, value in inputs.items():
        command += ["-i", f"{name}:={json.dumps(value)}"]
    finished = bench.start_engine(command).finish()
    for line in reversed(finished.output.splitlines()):
        if line.startswith("{"):
            told: dict[str, Any] = json.loads(line)
            return told
    raise CaseFailedError(f"the engine ended with status {finished.status} and said nothing:\n{finished.output}")


def _registration(bench: Bench) -> Registration:
    data = scenario_bytes(bench, SCENARIO)
    bundle = bundle_of(data)
    if bench.image:
        for task in bundle.tasks:
            task.backend, task.container.image = "container", bench.image
    source = describe_task(bench, "add").source_root
    return Registration(
        bundle=bundle,
        project="conformance",
        domain="development",
        version=sha256(data).hexdigest(),
        source_root=bench.fetch(source) if source else "",
        sdk=f"{bench.sdk.name}/{bench.sdk.version}",
    )


def _run_and_check(entity: str, inputs: dict[str, Any], check: Check, bench: Bench) -> None:
    told = run(bench, entity, inputs)
    wrong = check(told)
    if wrong:
        raise CaseFailedError(f"{wrong}\nThe engine told: {json.dumps(told)[:2000]}")


def _gives(outputs: dict[str, Any]) -> Check:
    def check(told: dict[str, Any]) -> str:
        if told.get("phase") != "SUCCEEDED":
            return f"SUCCEEDED was expected, came {told.get('phase')}"
        return "" if told.get("outputs") == outputs else f"{outputs} was expected, came {told.get('outputs')}"

    return check


def _passes(choice: object, note: object) -> Check:
    def check(told: dict[str, Any]) -> str:
        outputs = dict(told.get("outputs") or {})
        came = outputs.get("choice")
        outputs["choice"] = came.get("value") if isinstance(came, dict) else came
        return _gives({"point": {"y": 1, "x": -3}, "choice": choice, "note": note})(told | {"outputs": outputs})

    return check


def _fails(message: str, attempts: int) -> Check:
    def check(told: dict[str, Any]) -> str:
        error = told.get("error") or {}
        if told.get("phase") != "FAILED" or message not in error.get("message", ""):
            return f"a failure with {message!r} was expected, came {told.get('phase')}"
        if error.get("blame") != "BLAME_USER":
            return f"BLAME_USER was expected, came {error.get('blame')}"
        if not error.get("exceptions"):
            return "the exception was expected in the error"
        failed = [node for node in told.get("nodes", []) if node.get("phase") == "FAILED"]
        if len(failed) != 1 or failed[0].get("attempts") != attempts:
            return f"one failed node with {attempts} attempts was expected"
        return ""

    return check


def _times_out(told: dict[str, Any]) -> str:
    code = (told.get("error") or {}).get("code")
    return "" if code == "TIMEOUT_ATTEMPT" else f"TIMEOUT_ATTEMPT was expected, came {code or told.get('phase')}"


def _cache(bench: Bench) -> None:
    for expected in ("MISS", "HIT"):
        told = run(bench, "cached", {"n": 1})
        came = [node.get("cache") for node in told.get("nodes", [])]
        if told.get("outputs") != {"result": 2} or came != [expected]:
            raise CaseFailedError(f"the result 2 and {expected} were expected, came {told.get('outputs')} and {came}")
