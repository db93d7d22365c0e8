"""The tasks of the runtime level."""

import os
import sys
import time
from dataclasses import dataclass

import godwit as gw


@dataclass
class Point:
    y: int
    x: int


@gw.task
def add(a: int, b: int = 2) -> int:
    return a + b


@gw.task(outputs=["point", "tags", "choice", "note"])
def echo(
    point: Point, tags: list[str], choice: int | str, note: str | None
) -> tuple[Point, list[str], int | str, str | None]:
    return point, tags, choice, note


@gw.task
def fail(message: str) -> int:
    raise ValueError(message)


@gw.task
def fail_for_good(message: str) -> int:
    raise gw.NonRecoverableError(message)


@gw.task
def crash(status: int) -> int:
    os._exit(status)


@gw.task
def rank() -> int:
    names = ("GODWIT_WORKER_RANK", "RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
    return int(next((os.environ[name] for name in names if name in os.environ), "0"))


@gw.task
def count(fail: bool) -> int:
    checkpoint = gw.current_context().checkpoint
    file = checkpoint.path / "count"
    number = int(file.read_text()) + 1 if file.exists() else 1
    file.write_text(str(number))
    checkpoint.save()
    if fail:
        raise ValueError(f"failed at {number}")
    return number


@gw.task
def repeat(text: str, times: int) -> str:
    return text * times


@gw.task
def length(text: str) -> int:
    return len(text)


@gw.task
def total(numbers: list[float]) -> float:
    return sum(numbers)


@gw.task
def nothing(text: str) -> None:
    print(text)
    print(text, file=sys.stderr)


@gw.task
def wait() -> int:
    print("waiting", flush=True)
    time.sleep(600)
    return 0


@gw.task
def write_file(text: str) -> gw.File:
    file = gw.File.new("note.txt")
    file.path.write_text(text, encoding="utf-8")
    return file


@gw.task
def read_file(file: gw.File) -> str:
    return file.read_text()
