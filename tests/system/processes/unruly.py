"""Tasks that hang, crash, start children, or refuse to go."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import godwit as gw


def announce(place: str, name: str) -> None:
    """Leave the id of this process in *place* under *name*, all of it at once."""
    waiting = Path(place) / f".{name}.{os.getpid()}"
    waiting.write_text(str(os.getpid()))
    waiting.rename(Path(place) / f"{name}.{os.getpid()}")


@gw.task
def quick(x: int) -> int:
    return x + 1


@gw.task
def hang(place: str) -> int:
    announce(place, "hang")
    while True:
        time.sleep(60)


@gw.task(timeout=timedelta(seconds=3))
def too_long(place: str) -> int:
    """Start a child that starts another, all deaf to the polite signal."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    code = (
        "import os, signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "open(sys.argv[1] + '/.c', 'w').write(str(os.getpid()));"
        "os.rename(sys.argv[1] + '/.c', sys.argv[1] + '/child');"
        "time.sleep(600)"
    )
    subprocess.Popen([sys.executable, "-c", code, place])
    announce(place, "too_long")
    while True:
        time.sleep(60)


@gw.task
def hang_with_a_child(place: str) -> int:
    """Start a child, in the same group, that is deaf to all that can be ignored."""
    if os.fork() == 0:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        announce(place, "hang")
        while True:
            time.sleep(60)
    announce(place, "hang")
    while True:
        time.sleep(60)


@gw.task(resources=gw.Resources(mem="100Mi"), on_oom=gw.grow(2, max="1Gi"))
def take_memory(mebibytes: int) -> int:
    """Hold so much, long enough to be seen."""
    taken = bytearray(mebibytes << 20)
    time.sleep(0.3)
    return len(taken) >> 20


@gw.task(timeout=timedelta(seconds=3))
def cleans_up(place: str) -> int:
    announce(place, "cleans_up")
    try:
        time.sleep(600)
    finally:
        (Path(place) / "cleaned").touch()
    return 1


@gw.task
def crash_once(place: str) -> int:
    announce(place, "crash")
    if len(list(Path(place).glob("crash.*"))) == 1:
        os.kill(os.getpid(), signal.SIGSEGV)
    return 5


@gw.task
def crash_always(place: str) -> int:
    announce(place, "crash")
    print("going down")  # noqa: T201 - what is tested
    sys.stdout.flush()
    os._exit(3)


@gw.task
def talk(text: str) -> str:
    print("said:", text)  # noqa: T201 - what is tested
    sys.stderr.write("aside\n")
    os.write(1, b"raw\n")
    return text


@gw.workflow
def two_hang(place: str) -> int:
    first = hang(place=place)
    second = hang(place=place)
    return sum_of(a=first, b=second)


@gw.task
def sum_of(a: int, b: int) -> int:
    return a + b


@gw.workflow
def wide(n: int = 0) -> list[int]:
    return [quick(x=n) for _ in range(100)]


@gw.task
def steps_with_checkpoint(place: str) -> list[str]:
    """Do three steps, each once; go down with the process after the first, and wait for its end after the second."""
    checkpoint = gw.current_context().checkpoint
    done = checkpoint.path / "done"
    steps = done.read_text().split() if done.exists() else []
    for name in ("one", "two", "three"):
        if name in steps:
            continue
        announce(place, name)
        steps.append(name)
        waiting = checkpoint.path / ".done"
        waiting.write_text(" ".join(steps))
        waiting.rename(done)
        checkpoint.save()
        if name == "one":
            os.kill(os.getpid(), signal.SIGKILL)
        if name == "two":
            announce(place, "waits")
            time.sleep(600)
    return steps
