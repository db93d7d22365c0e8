"""What the engine level runs."""

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


@gw.task
def total(numbers: list[int]) -> int:
    return sum(numbers)


@gw.task(cache=gw.Cache(version="1"))
def cached(n: int) -> int:
    return n + 1


@gw.task(outputs=["point", "choice", "note"])
def pass_on(point: Point, choice: int | str, note: str | None) -> tuple[Point, int | str, str | None]:
    return point, choice, note


@gw.task
def repeat(text: str, times: int) -> str:
    return text * times


@gw.task
def length(text: str) -> int:
    return len(text)


@gw.task
def write_file(text: str) -> gw.File:
    file = gw.File.new("note.txt")
    file.path.write_text(text, encoding="utf-8", newline="")
    return file


@gw.task
def read_file(file: gw.File) -> str:
    return file.read_bytes().decode()


@gw.task(retries=3)
def succeed_at(n: int) -> int:
    attempt = gw.current_context().attempt
    if attempt < n:
        raise ValueError(f"attempt {attempt} is not yet {n}")
    return attempt


@gw.task
def fail(message: str) -> int:
    raise ValueError(message)


@gw.task(retries=3)
def fail_for_good(message: str) -> int:
    raise gw.NonRecoverableError(message)


@gw.task(timeout=2)
def wait() -> int:
    time.sleep(600)
    return 0


@gw.workflow
def mapped(numbers: list[int]) -> int:
    return total(numbers=gw.map_task(add)(a=numbers, b=10))


@gw.workflow(outputs=["point", "choice", "note"])
def passed(point: Point, choice: int | str, note: str | None = None) -> tuple[Point, int | str, str | None]:
    first, chosen_first, note_first = pass_on(point=point, choice=choice, note=note)
    return pass_on(point=first, choice=chosen_first, note=note_first)


@gw.workflow
def large(times: int) -> int:
    return length(text=repeat(text="ab", times=times))


@gw.workflow
def files(text: str) -> str:
    return read_file(file=write_file(text=text))


@gw.workflow
def chosen(n: int) -> int:
    return gw.conditional(n > 10, then=lambda: add(a=n), otherwise=lambda: large(times=n))


chosen_for_five = gw.LaunchPlan(chosen, fixed_inputs={"n": 5})


@gw.workflow
def retried() -> int:
    return succeed_at(n=3)


@gw.workflow
def failed(message: str) -> int:
    first = add(a=1)
    second = fail(message=message)
    return add(a=second, b=first)


@gw.workflow
def given_up() -> int:
    return fail_for_good(message="never")


@gw.workflow
def slow() -> int:
    return wait()
