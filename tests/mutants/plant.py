"""Plants named defects in a copy of the core, one at a time, and demands that the tests of the engine kill each.

`make mutants` runs it. A defect that survives is a hole in the tests: its name is printed, and the exit status is 1.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_S = 240
"""Tests that take longer hang."""
ENGINE_TESTS = ("core/tests/engine",)
RUNTIME_TESTS = ("core/tests/runtime",)
COMPILER_TESTS = ("core/tests/compiler",)
STORE_TESTS = ("core/tests/store",)


@dataclass(frozen=True)
class Defect:
    """One defect: somewhere in *package* of the core *before* becomes *after*; *tests* must notice."""

    name: str
    package: str
    before: str
    after: str
    tests: tuple[str, ...] = ENGINE_TESTS


DEFECTS = (
    Defect("late results are taken", "engine", "or event.attempt != node.attempt:", "or False:"),
    Defect("one retry too few", "engine", "node.failures <= task.retries", "node.failures < task.retries"),
    Defect("one retry too many", "engine", "return node.failures <= ", "return node.failures - 1 <= "),
    Defect("growing memory costs a retry", "engine", "node.growths += budget is Budget.MEMORY", "node.failures += 1"),
    Defect(
        "memory grows without end", "engine", "task.retries.memory_growth, task.retries.max_", "2 * task.retries.max_"
    ),
    Defect("a lost attempt gets more memory", "engine", "if error.retry != RETRY_WITH_MORE_MEMORY or ", "if "),
    Defect(
        "a limit is passed by one",
        "runtime",
        "claim.amount <= claim.limit",
        "claim.amount <= claim.limit + 1",
        RUNTIME_TESTS,
    ),
    Defect(
        "what ended keeps its claims",
        "runtime",
        "            self._limits.release(demand)",
        "            pass",
        RUNTIME_TESTS,
    ),
    Defect(
        "small ones pass a large one for ever",
        "runtime",
        "return bool(reserved) and any(",
        "return False and any(",
        RUNTIME_TESTS,
    ),
    Defect(
        "one execution takes all places",
        "runtime",
        "        if group.lanes:\n            turns.append(group)",
        "        if group.lanes:\n            turns.appendleft(group)",
        RUNTIME_TESTS,
    ),
    Defect(
        "priorities do not count",
        "runtime",
        "sorted(self._turns.items(), reverse=True)",
        "sorted(self._turns.items())",
        RUNTIME_TESTS,
    ),
    Defect(
        "a lost place is tried again on another that can be lost",
        "runtime",
        "node.infrastructure_failures < task.retries",
        "True or node.infrastructure_failures < task.retries",
        RUNTIME_TESTS,
    ),
    Defect("failures do not stop the others", "engine", "self.halt(scope, FAIL_FAST)", "pass"),
    Defect("what cannot run is not skipped", "engine", "            self.skip_downstream(node)", "            pass"),
    Defect(
        "a retry's timer is not set",
        "engine",
        "self.effects.append(WakeAt(node, node.due_us, TimerKind.RETRY))\n\n    def fail",
        "pass\n\n    def fail",
    ),
    Defect(
        "a hit is stored again",
        "engine",
        "if node.cache_key and trigger is Trigger.FINISHED:",
        "if node.cache_key:",
    ),
    Defect("the engine's death costs a retry", "engine", 'if error.code == "ENGINE_LOST":', "if False:"),
    Defect("forbidden retries happen", "engine", "if error.retry == RETRY_FORBIDDEN:", "if False:"),
    Defect(
        "infrastructure is paid by the user",
        "engine",
        "        return Budget.INFRASTRUCTURE",
        "        return Budget.USER",
    ),
    Defect(
        "the first cause is replaced",
        "engine",
        "scope.failed = scope.failed or node.error\n        if runs",
        "scope.failed = node.error\n        if runs",
    ),
    Defect(
        "an abort does not wait",
        "engine",
        "            if not node.cancelling:\n                self.effects.append(CancelAttempt(node))",
        "            if not node.cancelling:\n                self.end(node, Trigger.CANCELLED)\n                return",
    ),
    Defect("a timeout outweighs an abort", "engine", "FAIL_FAST: 3, ABORTED: 4}", "FAIL_FAST: 1, ABORTED: 1}"),
    Defect(
        "nodes start before all their inputs",
        "engine",
        "            if not waiting.waiting_for:",
        "            if True:",
    ),
    Defect(
        "running nodes are forgotten at a restart",
        "engine",
        "        elif node.phase is NodePhase.RUNNING and node.plan.task is not None:\n            found",
        "        elif False:\n            found",
    ),
    Defect(
        "queued nodes are forgotten at a restart",
        "engine",
        "        if node.phase is NodePhase.QUEUED:\n            self.effects.append(Enqueue(node))\n        elif",
        "        if False:\n            pass\n        elif",
    ),
    Defect(
        "outputs are dropped before they are read",
        "engine",
        "node.unread = len(node_plan.downstream) + (node_plan.index in returned)",
        "node.unread = 0",
    ),
    Defect(
        "a final phase has a way out",
        "engine",
        "    (_P.WAITING, _T.DUE): _P.QUEUED,",
        "    (_P.WAITING, _T.DUE): _P.QUEUED,\n    (_P.SUCCEEDED, _T.STARTED): _P.RUNNING,",
    ),
    Defect("the cap of the backoff is ignored", "engine", "min(wait, retries.backoff_cap_s)", "wait"),
    Defect("a result that is claimed is computed twice", "engine", "elif event.is_claimed:", "elif False:"),
    Defect("a claim outlives its node", "engine", "        work.effects.append(Release(node))", "        pass"),
    Defect(
        "hints multiply timers",
        "engine",
        "        return  # told before its time",
        "        pass  # told before its time",
    ),
    Defect(
        "a claim of the living is robbed",
        "runtime",
        "if claim is not None and self._is_alive(claim):",
        "if False:",
        RUNTIME_TESTS,
    ),
    Defect(
        "a claim of the dead holds",
        "runtime",
        "return row is not None and lease.is_alive(row, self._clock)",
        "return True",
        RUNTIME_TESTS,
    ),
    Defect(
        "claims are not let go in the store",
        "runtime",
        "        claims.delete(connection, execution.id, node.number, node.item)",
        "        pass",
        RUNTIME_TESTS,
    ),
    Defect("ignored inputs count", "engine", "if name not in ignored", "if True"),
    Defect(
        "a sleep is forgotten at a restart",
        "engine",
        "            else:\n                gates.go_on(self, node)",
        "            else:\n                pass",
    ),
    Defect(
        "a launch plan's inputs change places",
        "compiler",
        "    return tuple(by_name[item.name] for item in workflow.interface.inputs)",
        "    return tuple(by_name.values())",
        COMPILER_TESTS,
    ),
    Defect("a handler is not called", "engine", "    return bool(scope.failed)\n", "    return False\n"),
    Defect(
        "a handler is called on every abort",
        "engine",
        "        return on_failure.run_on_abort and not execution.ends_handlers\n",
        "        return True\n",
    ),
    Defect(
        "an abort at once calls handlers that run on abort",
        "engine",
        "return on_failure.run_on_abort and not execution.ends_handlers\n",
        "return on_failure.run_on_abort\n",
    ),
    Defect(
        "an abort at once waits for handlers",
        "engine",
        "(self.execution.ends_handlers or not on_failure.run_on_abort)",
        "(not on_failure.run_on_abort)",
    ),
    Defect(
        "a handler does not wait for the others",
        "engine",
        "        scope.failed = scope.failed or node.error\n        if runs",
        "        scope.failed = scope.failed or node.error\n        self.closable.append(scope)\n        if runs",
    ),
    Defect(
        "an abort stops what runs on abort", "engine", "        if node is node.scope.handler:\n", "        if False:\n"
    ),
    Defect(
        "after a restart the last cause counts",
        "engine",
        "min(failed, key=lambda node: node.finished_us)",
        "max(failed, key=lambda node: node.finished_us)",
    ),
    Defect(
        "a handler's error is forgotten at a restart",
        "engine",
        "    scope.handled = handled_error(execution, scope)\n\n\n",
        "\n\n",
    ),
    Defect(
        "an old answer stands for other values",
        "engine",
        "        if any(at.scope.nodes[index].phase is not NodePhase.RECOVERED",
        "        if False and any(at.scope.nodes[index].phase is not NodePhase.RECOVERED",
        RUNTIME_TESTS,
    ),
    Defect(
        "handlers are not counted among earlier nodes",
        "runtime",
        "    if workflow.on_failure is not None:\n        yield",
        "    if False:\n        yield",
        RUNTIME_TESTS,
    ),
    Defect(
        "a wait is armed once only",
        "runtime",
        "        if self._waits:\n            self._arm()",
        "        if False:\n            self._arm()",
        RUNTIME_TESTS,
    ),
    Defect("a second answer counts", "engine", "node is None or not waits_for_answer(node)", "node is None"),
    Defect("a no is a yes", "engine", "    if event.answer is Answer.REJECTED:", "    if False:"),
    Defect("a sleep can be answered", "engine", "gate.kind is not GateKind.SLEEP and node.phase", "node.phase"),
    Defect(
        "a gate's limit is forgotten at a restart",
        "engine",
        "            elif gates.waits(node):",
        "            elif False:",
    ),
    Defect(
        "a late timer ends what has ended",
        "engine",
        "    elif node.phase is NodePhase.WAITING:\n        work.succeed",
        "    else:\n        work.succeed",
    ),
    Defect(
        "answers of any type are taken",
        "runtime",
        '    encoded, _ = bind_inputs(interface, {"value": value})["value"]',
        "    encoded = value.SerializeToString()",
        RUNTIME_TESTS,
    ),
    Defect(
        "every condition is true",
        "engine",
        "if is_true(case.condition, values, work.execution.load):",
        "if True:",
        RUNTIME_TESTS,
    ),
    Defect(
        "a block has a failure policy of its own",
        "engine",
        "    while scope.plan.is_block and",
        "    while False and",
        RUNTIME_TESTS,
    ),
    Defect("a branch without a case succeeds", "engine", "    if branch.otherwise is None:\n", "    if False:\n"),
    Defect("a sleep ends at once", "engine", "    if not asks and node.due_us <= work.now_us:", "    if not asks:"),
    Defect(
        "a recovering execution asks the cache first",
        "engine",
        "elif self.execution.recovers and not node.attempt and not is_item and not handlers.is_inside(node):",
        "elif False:",
    ),
    Defect(
        "recovered nodes hold up what follows",
        "engine",
        "return self in {NodePhase.SUCCEEDED, NodePhase.RECOVERED}",
        "return self is NodePhase.SUCCEEDED",
    ),
    Defect(
        "a recovered sub-workflow passes for a computed one",
        "engine",
        "recovered = bool(self.execution.recovers) and is_recovered(scope)",
        "recovered = False",
    ),
    Defect(
        "other inputs are recovered",
        "engine",
        '(b"godwit reuse 1\\0", task.identity, inputs, version)',
        '(b"godwit reuse 1\\0", task.identity, version)',
    ),
    Defect("another cache version is recovered", "engine", "task.identity, inputs, version)", "task.identity, inputs)"),
    Defect("a changed task is recovered", "engine", "task.identity, inputs, version)", "inputs, version)"),
    Defect(
        "a result is recovered twice",
        "runtime",
        "            if number != own and number not in self._taken:",
        "            if number != own:",
        RUNTIME_TESTS,
    ),
    Defect(
        "a recovered result without its blob is taken",
        "runtime",
        "return values if blobs.are_sound(self._registry, values, 0) else None",
        "return values",
        RUNTIME_TESTS,
    ),
    Defect(
        "an execution under way is recovered",
        "runtime",
        '    if not row.phase.final:\n        raise InvalidInput(\n            f"Execution {row.name} has not ended',
        '    if False:\n        raise InvalidInput(\n            f"Execution {row.name} has not ended',
        RUNTIME_TESTS,
    ),
    Defect(
        "what has failed is recovered",
        "store",
        "_SUCCEEDED = (int(NodePhase.SUCCEEDED), int(NodePhase.RECOVERED))",
        "_SUCCEEDED = (int(NodePhase.SUCCEEDED), int(NodePhase.FAILED))",
        RUNTIME_TESTS,
    ),
    Defect(
        "a clock that is set back stops time",
        "runtime",
        "max(self._clock.now_us(), self._now_us + boot_us - self._boot_us)",
        "max(self._clock.now_us(), self._now_us)",
        RUNTIME_TESTS,
    ),
    Defect(
        "a clock that is set back turns time around",
        "runtime",
        "max(self._clock.now_us(), self._now_us + boot_us - self._boot_us)",
        "self._clock.now_us()",
        RUNTIME_TESTS,
    ),
    Defect(
        "history turns around between two engines",
        "runtime",
        "        self._time.go_on_from(histories.last_time_us(self._connection, row.id))\n",
        "",
        RUNTIME_TESTS,
    ),
    Defect("a lease is not renewed", "runtime", "            engines.renew(", "            (", RUNTIME_TESTS),
    Defect(
        "an engine of an earlier boot lives",
        "runtime",
        "        if row.boot != boot_id():",
        "        if False:",
        RUNTIME_TESTS,
    ),
    Defect(
        "engines of other hosts are judged by processes of this one",
        "runtime",
        "    if row.host == host_name():",
        "    if True:",
        RUNTIME_TESTS,
    ),
    Defect(
        "ids of engines are given twice",
        "store",
        "  id INTEGER PRIMARY KEY AUTOINCREMENT,\n  host",
        "  id INTEGER PRIMARY KEY,\n  host",
        RUNTIME_TESTS,
    ),
    Defect(
        "a dead engine's executions stay held",
        "store",
        '    connection.execute("UPDATE executions SET engine = NULL WHERE engine = ?", (engine,))',
        "    pass",
        RUNTIME_TESTS,
    ),
    Defect(
        "what one engine holds another claims",
        "store",
        "WHERE id = ? AND engine IS NULL AND finished_us = 0",
        "WHERE id = ? AND finished_us = 0",
        RUNTIME_TESTS,
    ),
    Defect(
        "a lost execution is written",
        "runtime",
        "        lease.check_held(connection, engine, [",
        "        list([",
        RUNTIME_TESTS,
    ),
    Defect(
        "executions are accepted without a lease",
        "runtime",
        "            lease.check(self._connection, self._engine)\n            holder",
        "            holder",
        RUNTIME_TESTS,
    ),
    Defect(
        "executions are resumed without a lease",
        "runtime",
        "            lease.check(self._connection, self._engine)\n            row",
        "            row",
        RUNTIME_TESTS,
    ),
    Defect(
        "executions are taken without a lease",
        "runtime",
        "                lease.check(self._connection, self._engine)\n                row",
        "                row",
        RUNTIME_TESTS,
    ),
    Defect(
        "attempts of a node have one id",
        "runtime",
        'return f"{execution.name}/{node_key(node)}/{number}"',
        'return f"{execution.name}/{node_key(node)}"',
        RUNTIME_TESTS,
    ),
    Defect(
        "commands are carried out twice",
        "runtime",
        "            commands.delete(connection, turn.commands)",
        "            pass",
        RUNTIME_TESTS,
    ),
    Defect(
        "events have one number twice",
        "runtime",
        "        execution.sequence += len(execution.history)",
        "        execution.sequence += 1",
        RUNTIME_TESTS,
    ),
    Defect(
        "one more engine may be lost",
        "engine",
        "node.engine_losses < MAX_ENGINE_LOSSES",
        "node.engine_losses <= MAX_ENGINE_LOSSES",
    ),
    Defect(
        "the project is no part of the key", "engine", "project=self.execution.project", 'project=""', RUNTIME_TESTS
    ),
    Defect("the domain is no part of the key", "engine", "domain=self.execution.domain", 'domain=""', RUNTIME_TESTS),
    Defect("the task is no part of the key", "engine", "task=task.name,", 'task="",', RUNTIME_TESTS),
    Defect("the version is no part of the key", "engine", "version=task.cache.version", 'version=""', RUNTIME_TESTS),
    Defect(
        "the interface is no part of the key",
        "engine",
        "interface=task.cache.interface_digest",
        'interface=b""',
        RUNTIME_TESTS,
    ),
    Defect("the inputs are no part of the key", "engine", "inputs=digest,", 'inputs=b"",', RUNTIME_TESTS),
    Defect(
        "overwriting takes what is there",
        "engine",
        "        elif self.execution.options.overwrite_cache:",
        "        elif False:",
        RUNTIME_TESTS,
    ),
    Defect(
        "a later result is not kept",
        "store",
        "DO UPDATE SET outputs = excluded.outputs, uris = excluded.uris,",
        "DO UPDATE SET outputs = outputs, uris = excluded.uris,",
        STORE_TESTS,
    ),
    Defect(
        "a failed transaction stays open",
        "store",
        '            connection.execute("ROLLBACK")',
        "            pass",
        STORE_TESTS,
    ),
    Defect(
        "the lowest priority is taken first",
        "store",
        "ORDER BY priority DESC, id LIMIT ?",
        "ORDER BY priority, id LIMIT ?",
        RUNTIME_TESTS,
    ),
    Defect(
        "what waits for a place leaves room for more",
        "runtime",
        "one.backend.capacity().immediate - one.waiting.groups()",
        "one.backend.capacity().immediate",
        RUNTIME_TESTS,
    ),
    Defect(
        "what an engine cannot run stays with it",
        "runtime",
        "                executions.release(self._connection, row.id, self._engine, row.backend)",
        "                pass",
        RUNTIME_TESTS,
    ),
    Defect("what an engine gives back is paid for", "engine", 'in {"ENGINE_LEFT", ', 'in {"ANOTHER", '),
    Defect("scopes of items stay in memory", "engine", "    if scope.of_item:\n", "    if False:\n"),
    Defect(
        "a restart forgets that items are cancelled",
        "engine",
        'item.cancelling = node.cancelling or "FAIL_FAST"',
        "pass",
    ),
    Defect(
        "a scope that was cancelled with its item is opened again",
        "engine",
        "owner.map is not None and _is_closed(scope)",
        "owner.map is None and _is_closed(scope)",
    ),
    Defect(
        "items that end at once all begin in one step",
        "engine",
        "while self.begun < LONGEST_STEP and",
        "while",
        RUNTIME_TESTS,
    ),
    Defect(
        "a scope forgets of which item it is",
        "store",
        "parent.item if parent else -1)",
        "-1)",
        RUNTIME_TESTS,
    ),
    Defect("the lease is not checked", "runtime", "        lease.check(connection, engine)\n", "", RUNTIME_TESTS),
    Defect(
        "a living engine is robbed",
        "runtime",
        "if lease.is_alive(holder, clock):",
        "if False:",
        RUNTIME_TESTS,
    ),
    Defect(
        "a dead process holds its lease",
        "runtime",
        "if process_start(row.process) != row.process_start:",
        "if False:",
        RUNTIME_TESTS,
    ),
    Defect(
        "an expired lease holds",
        "runtime",
        "return row.lease_until_us > clock.boot_us()",
        "return True",
        RUNTIME_TESTS,
    ),
    Defect(
        "a damaged blob is taken", "runtime", "return _has_digest(literal, path, files)", "return True", RUNTIME_TESTS
    ),
    Defect(
        "a damaged result stays in the cache",
        "engine",
        "            damage.noted(self, node, encoded)",
        "            pass",
    ),
    Defect(
        "a hit without its blob is taken",
        "runtime",
        "if row.uris and not all(",
        "if False and not all(",
        RUNTIME_TESTS,
    ),
    Defect(
        "an expired result is taken",
        "runtime",
        "row.created_us + lifetime * 1e6 <= node.ready_us",
        "False",
        RUNTIME_TESTS,
    ),
    Defect(
        "a finished execution keeps its holder",
        "store",
        "CASE WHEN ? THEN NULL ELSE engine END",
        "CASE WHEN ? THEN engine ELSE engine END",
        RUNTIME_TESTS,
    ),
    Defect(
        "damaged data is made again without end",
        "engine",
        "if node.phase.succeeded and node.reproductions:",
        "if False:",
    ),
    Defect(
        "what was damaged is asked for again",
        "engine",
        "        if node.reproductions:\n            damage.produce(self, node, task)\n        elif",
        "        if",
    ),
    Defect(
        "a reader goes on before its data is made again",
        "engine",
        "        if self.execution.reproducing and damage.is_blocked(node):",
        "        if False:",
    ),
    Defect(
        "items are taken over by their place",
        "runtime",
        "if is_there and new_key(item) == old_key(item):",
        "if is_there:",
        RUNTIME_TESTS,
    ),
    Defect(
        "results of edited code are taken over",
        "runtime",
        "versions.get(one.task, one.version) != one.version",
        "False",
        RUNTIME_TESTS,
    ),
)


def tests_of(defect: Defect) -> list[str]:
    """Return the files of the tests that must notice *defect*, those that take long last."""
    files = [file for folder in defect.tests for file in (ROOT / folder).glob("test_*.py")]
    return [str(file) for file in sorted(files, key=lambda file: ("machine" in file.name or "laws" in file.name, file))]


def survives(defect: Defect) -> bool:
    """Plant *defect* in a copy of the core, and return whether its tests pass all the same."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "src"
        shutil.copytree(ROOT / "core" / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
        files = sorted((copy / "godwit_core" / defect.package).glob("*.py"))
        places = [file for file in files if defect.before in file.read_text()]
        if len(places) != 1 or places[0].read_text().count(defect.before) != 1:
            raise SystemExit(f"{defect.name}: its text does not stand exactly once in {defect.package}")
        places[0].write_text(places[0].read_text().replace(defect.before, defect.after))
        environment = {**os.environ, "PYTHONPATH": str(copy), "GODWIT_MUTANT": "1"}
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests_of(defect)]
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, check=False, timeout=LONGEST_S
            )
        except subprocess.TimeoutExpired:
            return False  # tests that hang do not pass
        if done.returncode not in {0, 1}:
            raise SystemExit(f"{defect.name}: the tests did not run:\n{done.stdout.decode()[-3000:]}")
        return done.returncode == 0


def main() -> int:
    """Plant every defect, or those whose name contains the argument."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="", help="plant only defects whose name contains this")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="so many at a time [one for each processor]")
    options = parser.parse_args()
    chosen = [defect for defect in DEFECTS if options.name in defect.name]
    survivors = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for defect, survived in zip(chosen, pool.map(survives, chosen), strict=True):
            print(f"{'SURVIVED' if survived else 'killed  '}  {defect.name}", flush=True)
            survivors += [defect.name] * survived
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} defects killed")
    return 1 if survivors else 0


if __name__ == "__main__":
    raise SystemExit(main())
