"""Level *runtime*: the file contract as a black box."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from godwitidl.core.v1.bundle_pb2 import Bundle
from godwitidl.core.v1.errors_pb2 import BLAME_USER, RETRY_ALLOWED, RETRY_FORBIDDEN
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal
from google.protobuf import text_format

from godwit_conformance.cases import Bench, Case, CaseFailedError, Level
from godwit_conformance.folders import folder
from godwit_conformance.levels.attempts import (
    ERROR_TEXT_BYTES,
    Setting,
    attempt,
    begin,
    error_of,
    outputs_of,
    spec_of,
    variables,
)
from godwit_conformance.levels.questions import describe_task
from godwit_conformance.levels.wire import check_meaning
from godwit_conformance.levels.wire_offloaded import store_items, store_whole
from godwit_conformance.meaning import message_differences, plain
from godwit_conformance.samples import FLOAT, INT, STRING, list_of, literal, record_value, union_value

_CODE = re.compile(r"^[A-Z][A-Z0-9_]{0,62}$")
_RANKS = ("GODWIT_WORKER_RANK", "RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK")


def cases() -> Iterator[Case]:
    """Yield the cases of the level."""
    for task in declared_tasks():
        purpose = f"the task {task.id.name} has the interface that it is to have"
        yield Case(f"runtime/interface/{task.id.name}", Level.RUNTIME, purpose, partial(_interface, task))
    for name, (purpose, check) in (_outputs() | _inputs() | _errors() | _processes() | _ranks() | _rest()).items():
        yield Case(f"runtime/{name}", Level.RUNTIME, purpose, check)


def declared_tasks() -> list[TaskSpec]:
    """Return the tasks that every SDK writes: names and interfaces."""
    text = (folder("runtime") / "tasks.txtpb").read_text(encoding="utf-8")
    return list(text_format.Parse(text, Bundle()).tasks)


Checks = dict[str, tuple[str, Callable[[Bench], None]]]


def _interface(task: TaskSpec, bench: Bench) -> None:
    came = spec_of(describe_task(bench, task.id.name))
    differences = list(message_differences(task.interface, came.interface, "interface"))
    if differences:
        raise CaseFailedError("\n".join(str(difference) for difference in differences))


def _expect(bench: Bench, task: str, inputs: dict[str, Literal], expected: dict[str, Literal]) -> None:
    """Run a task, and compare its outputs with those that are expected."""
    came = outputs_of(attempt(bench, task, inputs))
    declared = next(item for item in declared_tasks() if item.id.name == task)
    for output in declared.interface.outputs:
        check_meaning(plain(expected[output.name]), came[output.name], output.type)


def _result(value: Literal) -> dict[str, Literal]:
    return {"result": value}


def _outputs() -> Checks:
    point = record_value(y=literal(1), x=literal(-(2**63)))
    echoed = {"point": point, "tags": literal(["b", "", "a"]), "note": literal(None)}
    echoed["choice"] = union_value("int", literal(1))
    texts = echoed | {"choice": union_value("string", literal("1")), "note": literal("")}

    def echo(values: dict[str, Literal]) -> Callable[[Bench], None]:
        inputs = {name: values[name] for name in ("point", "tags", "choice", "note")}
        return lambda bench: _expect(bench, "echo", inputs, values)

    def shuffled(bench: Bench) -> None:
        inputs = {"point": record_value(x=literal(-(2**63)), y=literal(1))}
        inputs |= {name: echoed[name] for name in ("tags", "choice", "note")}
        _expect(bench, "echo", inputs, echoed)

    def add(bench: Bench) -> None:
        _expect(bench, "add", {"a": literal(2**62), "b": literal(-1)}, _result(literal(2**62 - 1)))

    def nothing(bench: Bench) -> None:
        ended = attempt(bench, "nothing", {"text": literal("\0\x01\x02 no protobuf")})
        if ended.outputs is None:
            raise CaseFailedError("an empty outputs.pb was expected, came none")

    return {
        "outputs/one": ("one output is written, and the status is 0", add),
        "outputs/several": ("outputs are written in the order of the interface", echo(echoed)),
        "outputs/union and text": ("a union keeps its tag, and an empty text is not none", echo(texts)),
        "outputs/record in another order": ("the fields of a record may come in any order", shuffled),
        "outputs/none": ("a task without outputs writes an empty message, whatever it prints", nothing),
        "outputs/large": ("an output above the limit is offloaded under the folder of outputs", _large),
        "outputs/large elsewhere": ("an output above the limit is offloaded under --output-prefix", _large_elsewhere),
        "outputs/below the limit": ("an output below the limit need not be offloaded", _below),
    }


def _large(bench: Bench) -> None:
    ended = attempt(bench, "repeat", {"text": literal("ab"), "times": literal(50_000)})
    came = outputs_of(ended)["result"]
    if not came.HasField("reference"):
        raise CaseFailedError("a text of 100,000 bytes was to be offloaded, and came inline")
    place = (ended.folder / "data").as_uri()
    if not came.reference.uri.startswith(place):
        raise CaseFailedError(f"a uri below {place} was expected, came {came.reference.uri}")
    check_meaning(literal("ab" * 50_000), came, STRING)


def _large_elsewhere(bench: Bench) -> None:
    place = (bench.folder / "else where").as_uri()
    inputs = {"text": literal("ab"), "times": literal(50_000)}
    came = outputs_of(attempt(bench, "repeat", inputs, Setting(output_prefix=place)))["result"]
    if not came.reference.uri.startswith(place):
        raise CaseFailedError(f"a uri below {place} was expected, came {came.reference.uri or 'none'}")
    check_meaning(literal("ab" * 50_000), came, STRING)


def _below(bench: Bench) -> None:
    _expect(bench, "repeat", {"text": literal("é"), "times": literal(30_000)}, _result(literal("é" * 30_000)))


def _inputs() -> Checks:
    def length(bench: Bench) -> None:
        stored = store_whole(literal("\U0001f600" * 30_000), STRING, bench.folder / "text")
        _expect(bench, "length", {"text": stored}, _result(literal(30_000)))

    def items(bench: Bench) -> None:
        stored = store_items(literal([0.5] * 1000), list_of(FLOAT), bench.folder / "numbers")
        _expect(bench, "total", {"numbers": stored}, _result(literal(500.0)))

    def ints(bench: Bench) -> None:
        stored = store_items(literal([1, 2, 3]), list_of(INT), bench.folder / "numbers")
        _expect(bench, "total", {"numbers": stored}, _result(literal(6.0)))

    def packed(bench: Bench) -> None:
        numbers = Literal()
        numbers.floats.items.extend([0.25, 0.5])
        _expect(bench, "total", {"numbers": numbers}, _result(literal(0.75)))

    def part(bench: Bench) -> None:
        tags = Literal()
        tags.list.items.extend([literal("a"), store_whole(literal("b" * 70_000), STRING, bench.folder / "tag")])
        inputs = {"point": record_value(y=literal(1), x=literal(2)), "tags": tags}
        inputs |= {"choice": union_value("int", literal(1)), "note": literal(None)}
        expected = inputs | {"tags": literal(["a", "b" * 70_000])}
        _expect(bench, "echo", inputs, expected)

    def damaged(bench: Bench) -> None:
        stored = store_whole(literal("a" * 70_000), STRING, bench.folder / "text")
        (bench.folder / "text").write_bytes(literal("b" * 70_000).SerializeToString())
        error_of(attempt(bench, "length", {"text": stored}))

    def missing(bench: Bench) -> None:
        stored = store_whole(literal("a" * 70_000), STRING, bench.folder / "text")
        (bench.folder / "text").unlink()
        error_of(attempt(bench, "length", {"text": stored}))

    return {
        "inputs/offloaded": ("an input may be a reference", length),
        "inputs/offloaded item by item": ("an input may be a reference to a list that is stored item by item", items),
        "inputs/offloaded and cast": ("a reference may be to a value of a type that casts", ints),
        "inputs/packed": ("a list of numbers may be packed", packed),
        "inputs/offloaded in part": ("a part of an input may be a reference", part),
        "inputs/of another digest": ("what is not what its reference says is an error", damaged),
        "inputs/missing data": ("a reference to what is not there is an error", missing),
    }


def _errors() -> Checks:
    return {
        "errors/exception": (
            "an exception is an error of the user that may be retried, with class and stack",
            _exception,
        ),
        "errors/for good": ("an error that must not be retried says so", _for_good),
        "errors/empty message": ("an exception without a message makes an error with one", _empty_message),
        "errors/long message": ("long texts are cut", _long_message),
        "errors/message with any characters": ("a message may hold any characters", _odd_message),
        "errors/no such task": ("a task that cannot be loaded is an error", _no_such_task),
        "errors/value of another type": ("an input of another type is an error", _other_type),
        "errors/no inputs": ("an attempt without its inputs.pb fails", _no_inputs),
        "errors/unreadable inputs": ("an attempt whose inputs.pb is no message fails", _unreadable_inputs),
    }


def _exception(bench: Bench) -> None:
    error = error_of(attempt(bench, "fail", {"message": literal("no such thing")}))
    if not _CODE.match(error.code):
        raise CaseFailedError(f"a code in UPPER_SNAKE_CASE was expected, came {error.code!r}")
    if error.blame != BLAME_USER or error.retry != RETRY_ALLOWED:
        raise CaseFailedError(f"BLAME_USER and RETRY_ALLOWED were expected, came {error.blame} and {error.retry}")
    if "no such thing" not in error.message:
        raise CaseFailedError(f"the exception's message was expected in the error's, came {error.message!r}")
    if not error.exceptions or "no such thing" not in error.exceptions[0].message or not error.exceptions[0].type:
        raise CaseFailedError("the exception was expected, its class and message")
    if not any(frame.function for frame in error.exceptions[0].frames):
        raise CaseFailedError("the stack of the exception was expected, with the names of functions")
    if error.worker or error.node_path:
        raise CaseFailedError("work of one process has no worker, and the engine fills in the path of the node")


def _for_good(bench: Bench) -> None:
    error = error_of(attempt(bench, "fail_for_good", {"message": literal("never")}))
    if error.blame != BLAME_USER or error.retry != RETRY_FORBIDDEN:
        raise CaseFailedError(f"BLAME_USER and RETRY_FORBIDDEN were expected, came {error.blame} and {error.retry}")


def _empty_message(bench: Bench) -> None:
    error_of(attempt(bench, "fail", {"message": literal("")}))


def _long_message(bench: Bench) -> None:
    text = "begin " + "x" * 50_000 + " end"
    error = error_of(attempt(bench, "fail", {"message": literal(text)}))
    if len(error.message.encode()) > ERROR_TEXT_BYTES or not error.message.rstrip().endswith("end"):
        raise CaseFailedError("a long message was to be cut in the middle, so that its end is there")


def _odd_message(bench: Bench) -> None:
    text = "a\0b \U0001f600 é\nsecond line"
    error = error_of(attempt(bench, "fail", {"message": literal(text)}))
    if "\U0001f600" not in error.message:
        raise CaseFailedError(f"the message was expected, came {error.message!r}")


def _no_such_task(bench: Bench) -> None:
    spec = spec_of(describe_task(bench, "add"))
    spec.program.arguments[:] = [f"no_such_{text}" for text in spec.program.arguments] or ["no_such_task"]
    setting = Setting(spec=spec.SerializeToString())
    error = error_of(attempt(bench, "add", {"a": literal(1), "b": literal(2)}, setting))
    if error.code != "TASK_LOAD_FAILED":
        raise CaseFailedError(f"the code TASK_LOAD_FAILED was expected, came {error.code}")


def _other_type(bench: Bench) -> None:
    error_of(attempt(bench, "add", {"a": literal("one"), "b": literal(2)}))


def _no_inputs(bench: Bench) -> None:
    described = describe_task(bench, "add")
    given = bench.folder / "given"
    given.mkdir()
    (given / "task.pb").write_bytes(described.task_spec)
    command = [*described.command, "--once", "--inputs", str(given), "--outputs", str(bench.folder / "out")]
    finished = bench.start(command, variables(described)).finish()
    _check_no_outputs(bench.folder / "out", finished.status)


def _unreadable_inputs(bench: Bench) -> None:
    setting = Setting(inputs=b"\xff\xff\xff\xff")
    ended = attempt(bench, "add", {}, setting)
    _check_no_outputs(ended.folder, ended.finished.status)


def _check_no_outputs(place: Path, status: int) -> None:
    if status == 0 or (place / "outputs.pb").exists():
        raise CaseFailedError(f"a failure without outputs was expected, came the status {status}")


def _processes() -> Checks:
    return {
        "process/crash": ("a process that ends on its own leaves no file", partial(_crash, 3)),
        "process/end with status 0": (
            "a process that ends on its own with status 0 leaves no file",
            partial(_crash, 0),
        ),
        "process/terminated": ("an attempt that is told to end leaves no file, and its status is 143", _terminated),
        "process/without arguments": (
            "without its folders the status is 2, and nothing is written",
            _without_arguments,
        ),
        "process/garbage in the log": ("what a task prints is not interpreted", _garbage),
    }


def _crash(status: int, bench: Bench) -> None:
    ended = attempt(bench, "crash", {"status": literal(status)})
    if ended.outputs is not None or ended.errors:
        raise CaseFailedError("no file was expected of a process that ended on its own")
    if ended.finished.status != status:
        raise CaseFailedError(f"the status {status} was expected, came {ended.finished.status}")


def _terminated(bench: Bench) -> None:
    running = begin(bench, "wait", {})
    running.process.wait_for("waiting")
    running.process.terminate()
    ended = running.end()
    if ended.outputs is not None or ended.errors:
        raise CaseFailedError("no file was expected of an attempt that was told to end")
    if ended.finished.status != 143:
        raise CaseFailedError(f"the status 143 was expected, came {ended.finished.status}")


def _without_arguments(bench: Bench) -> None:
    described = describe_task(bench, "add")
    finished = bench.start([*described.command, "--once"], variables(described)).finish()
    if finished.status != 2:
        raise CaseFailedError(f"the status 2 was expected, came {finished.status}")
    left = [path.name for path in bench.folder.iterdir()]
    if left:
        raise CaseFailedError(f"nothing was to be written, came {', '.join(left)}")


def _garbage(bench: Bench) -> None:
    ended = attempt(bench, "nothing", {"text": literal("\x08\xff\xff outputs.pb error.pb\n" * 500)})
    outputs_of(ended)


def _ranks() -> Checks:
    checks: Checks = {}
    for variable in _RANKS:
        purpose = f"of several workers, known by {variable}, the first writes the outputs"
        checks[f"ranks/first by {variable}"] = (purpose, partial(_first_rank, variable))
        purpose = f"of several workers, known by {variable}, the others write none"
        checks[f"ranks/second by {variable}"] = (purpose, partial(_second_rank, variable))
    checks["ranks/error of the first"] = ("each worker's error has a file of its own", partial(_rank_error, 0))
    checks["ranks/error of the third"] = ("each worker's error has a file of its own", partial(_rank_error, 2))
    checks["ranks/the first variable counts"] = ("GODWIT_WORKER_RANK goes before the others", _precedence)
    return checks


def _first_rank(variable: str, bench: Bench) -> None:
    came = outputs_of(attempt(bench, "rank", {}, Setting(environment={variable: "0"})))
    check_meaning(literal(0), came["result"], INT)


def _second_rank(variable: str, bench: Bench) -> None:
    ended = attempt(bench, "rank", {}, Setting(environment={variable: "1"}))
    if ended.outputs is not None or ended.errors or ended.finished.status != 0:
        raise CaseFailedError(f"no file and status 0 were expected of rank 1, came status {ended.finished.status}")


def _rank_error(rank: int, bench: Bench) -> None:
    setting = Setting(environment={"GODWIT_WORKER_RANK": str(rank)})
    error = error_of(attempt(bench, "fail", {"message": literal("x")}, setting), f"error-{rank}.pb")
    if error.worker != str(rank):
        raise CaseFailedError(f"the worker {rank} was expected in the error, came {error.worker!r}")


def _precedence(bench: Bench) -> None:
    setting = Setting(environment={"GODWIT_WORKER_RANK": "0", "RANK": "1", "PMI_RANK": "2"})
    outputs_of(attempt(bench, "rank", {}, setting))


def _rest() -> Checks:
    return {
        "checkpoint/found again": ("what a failed attempt left in the checkpoint, the next one finds", _checkpoint),
        "files/written": ("a file is stored with its name, its size and its digest", _file_written),
        "files/read": ("a file is read by its uri", _file_read),
    }


def _checkpoint(bench: Bench) -> None:
    kept = bench.folder / "checkpoint"
    kept.mkdir()
    error_of(attempt(bench, "count", {"fail": literal(value=True)}, Setting(checkpoint=kept, attempt=1)))
    came = outputs_of(attempt(bench, "count", {"fail": literal(value=False)}, Setting(checkpoint=kept, attempt=2)))
    check_meaning(literal(2), came["result"], INT)


def _file_written(bench: Bench) -> None:
    text = "first\r\nsecond \U0001f600"
    came = outputs_of(attempt(bench, "write_file", {"text": literal(text)}))["result"].file
    data = Path(unquote(urlsplit(came.uri).path)).read_bytes() if came.uri.startswith("file:") else None
    if data != text.encode():
        raise CaseFailedError(f"the text was expected in a file, came {came.uri or 'no uri'}")
    if came.name != "note.txt" or came.size_bytes != len(data):
        raise CaseFailedError(f"note.txt of {len(data)} bytes was expected, came {came.name} of {came.size_bytes}")
    digest = f"sha256:{sha256(data).hexdigest()}"
    if came.digest != digest:
        raise CaseFailedError(f"the digest {digest} was expected, came {came.digest or 'none'}")


def _file_read(bench: Bench) -> None:
    path = bench.folder / "some note.txt"
    path.write_bytes("text é".encode())
    given = Literal()
    given.file.uri, given.file.name = path.as_uri(), "note.txt"
    _expect(bench, "read_file", {"file": given}, _result(literal("text é")))
