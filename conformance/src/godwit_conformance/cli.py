"""The command `godwit-conformance`."""

import argparse
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from godwitidl.conformance.v1.conformance_pb2 import SdkInfo

from godwit_conformance import reports
from godwit_conformance.bench import EXAMPLES, LocalPlace, Place, Workbench, command_of
from godwit_conformance.cases import Case, Level
from godwit_conformance.containers import ContainerPlace
from godwit_conformance.executor import ExecutorError
from godwit_conformance.expectations import Expectations, ExpectationsError, Judged
from godwit_conformance.harness import all_cases, run

USAGE_STATUS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status: 0, 1 where something is unexpected, 2 where it cannot be run."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.function(options)
    except (ExpectationsError, ExecutorError, FileNotFoundError) as error:
        print(f"godwit-conformance: {error}", file=sys.stderr)  # noqa: T201 - a command line
        return USAGE_STATUS
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="godwit-conformance", description="Run the conformance suite of Godwit's contract against an SDK."
    )
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = verbs.add_parser("list", help="list the cases")
    _add_choice(listing)
    listing.set_defaults(function=_list)
    running = verbs.add_parser("run", help="run cases against an SDK")
    sdk = running.add_mutually_exclusive_group(required=True)
    sdk.add_argument("--sdk", metavar="COMMAND", help="command line of the SDK's executor")
    sdk.add_argument("--image", help="container image whose entry point is the SDK's executor")
    running.add_argument("--engine-image", default="", metavar="IMAGE", help="image with the engine, beside --image")
    _add_choice(running)
    running.add_argument("--expected-failures", type=Path, metavar="FILE", help="lines: PATTERN  # REASON")
    running.add_argument("--junit", type=Path, metavar="FILE", help="write JUnit XML")
    running.add_argument("--json", type=Path, metavar="FILE", help="write JSON")
    running.add_argument("--badge", type=Path, metavar="FILE", help="write a badge, SVG")
    running.add_argument("--timeout", type=float, default=30.0, metavar="S", help="longest wait for an answer [30]")
    running.add_argument(
        "--process-timeout", type=float, default=120.0, metavar="S", help="longest run of a task [120]"
    )
    running.add_argument("--godwit", metavar="COMMAND", default="", help="command line of the engine [godwit]")
    running.add_argument(
        "--examples", type=int, default=EXAMPLES, metavar="N", help="subjects that drawn cases draw [100]"
    )
    running.add_argument("--seed", type=int, default=0, metavar="N", help="what they are drawn from [0]")
    running.set_defaults(function=_run)
    return parser


def _add_choice(parser: argparse.ArgumentParser) -> None:
    levels = [level.value for level in Level]
    parser.add_argument("--level", action="append", default=[], choices=levels, help="only this level; repeatable")
    parser.add_argument(
        "--case",
        action="append",
        default=[],
        metavar="PATTERN",
        help="only cases of this name, path or glob; repeatable",
    )


def _chosen(options: argparse.Namespace) -> list[Case]:
    return all_cases([Level(level) for level in options.level], options.case)


def _list(options: argparse.Namespace) -> int:
    for case in _chosen(options):
        sys.stdout.write(f"{case.name}\t{case.purpose}\n")
    return 0


def _run(options: argparse.Namespace) -> int:
    cases = _chosen(options)
    if not cases:
        raise ExpectationsError("no case is of that name: `godwit-conformance list` names all")
    file: Path | None = options.expected_failures
    expectations = Expectations.read(file) if file else Expectations()
    with tempfile.TemporaryDirectory(prefix="godwit-conformance-") as folder:
        godwit = command_of(options.godwit) or (("godwit",) if options.engine_image else _engine())
        drawing = {"examples": options.examples, "seed": options.seed}
        with Workbench(_place(options, Path(folder)), Path(folder), godwit=godwit, **drawing) as bench:
            judged = [Judged(result, expectations.reason(result.case.name)) for result in run(cases, bench)]
            sdk = bench.sdk
    _write_reports(options, judged, sdk)
    names = [case.name for case in cases] if options.level or options.case else [case.name for case in all_cases()]
    unused = [] if options.level or options.case else expectations.unused(names)
    _tell(judged, sdk, unused, _reproducing(options), sys.stdout)
    return 1 if unused or any(item.is_unexpected for item in judged) else 0


def _place(options: argparse.Namespace, root: Path) -> Place:
    if options.image:
        place = ContainerPlace(
            options.image,
            root,
            timeout_s=options.timeout,
            process_timeout_s=options.process_timeout,
            engine_image=options.engine_image,
        )
        place.check()
        return place
    command = command_of(options.sdk)
    return LocalPlace(command, timeout_s=options.timeout, process_timeout_s=options.process_timeout)


def _engine() -> tuple[str, ...]:
    """Return the command of the engine that is installed beside this program, or on PATH; empty where none is."""
    import shutil  # noqa: PLC0415 - of this function alone

    beside = Path(sys.executable).parent / "godwit"
    found = str(beside) if beside.is_file() else shutil.which("godwit")
    return (found,) if found else ()


def _reproducing(options: argparse.Namespace) -> str:
    sdk = f"--sdk {shlex.quote(options.sdk)}" if options.sdk else f"--image {shlex.quote(options.image)}"
    return f"godwit-conformance run {sdk} --case "


def _write_reports(options: argparse.Namespace, judged: Sequence[Judged], sdk: SdkInfo) -> None:
    for path, text in (
        (options.junit, reports.junit(judged, sdk)),
        (options.json, reports.as_json(judged, sdk)),
        (options.badge, reports.badge(judged)),
    ):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _tell(judged: Sequence[Judged], sdk: SdkInfo, unused: Sequence[str], command: str, to: TextIO) -> None:
    to.write(f"{sdk.name} {sdk.version} ({', '.join(sdk.languages) or 'no language said'})\n\n")
    for item in judged:
        if not item.is_unexpected:
            continue
        result = item.result
        to.write(f"{item.verdict.upper()} {result.case.name}: {result.case.purpose}\n")
        text = result.message or f"It was expected to fail: {item.reason}. Take it off the list."
        to.writelines(f"    {line}\n" for line in text.splitlines())
        to.write(f"    Again: {command}{shlex.quote(result.case.name)}\n\n")
    to.writelines(
        f"UNUSED {pattern}: no case is of the name that the file of expected failures has\n\n" for pattern in unused
    )
    to.write(reports.table(judged) + "\n")
