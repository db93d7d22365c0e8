"""A program that keeps the file contract without any SDK, standard library only; what it does is in its arguments."""

import os
import signal
import struct
import sys
import time
from pathlib import Path


def main() -> int:
    options = dict(word.split("=", 1) for word in sys.argv if word.startswith("--") and "=" in word)
    task = (Path(options["--inputs"]) / "task.pb").read_bytes()
    outputs = Path(options["--outputs"])
    behaviour = next(word for word in ("succeed", "fail", "sleep", "crash") if f"behave-{word}".encode() in task)
    print("behaves:", behaviour, flush=True)  # noqa: T201 - a program, whose log is read
    if behaviour == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    if behaviour == "sleep":
        time.sleep(120)
    if behaviour == "fail":
        # ExecutionError: code = 1, message = 2, blame = 3, retry = 4.
        write(outputs / "error.pb", text(1, "NO_WIND") + text(2, "No wind today.") + b"\x18\x01\x20\x01")
        return 1
    literal = b"\x18\x07"  # int_value = 7
    value = text(1, "result") + b"\x12" + struct.pack("B", len(literal)) + literal
    write(outputs / "outputs.pb", b"\x0a" + struct.pack("B", len(value)) + value)
    return 0


def text(number: int, words: str) -> bytes:
    return struct.pack("BB", number << 3 | 2, len(words)) + words.encode()


def write(path: Path, content: bytes) -> None:
    partial = path.with_suffix(".unfinished")
    partial.write_bytes(content)
    partial.replace(path)


if __name__ == "__main__":
    sys.exit(main())
