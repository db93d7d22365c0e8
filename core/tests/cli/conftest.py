"""A command line in a process of its own, with a home folder and source files of its own."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest

DEADLINE_S = 60.0

SOURCE = '''
    import dataclasses
    import enum
    import os
    import time
    from pathlib import Path

    import godwit as gw


    class Colour(enum.Enum):
        RED = 1
        BLUE = 2


    @dataclasses.dataclass
    class Settings:
        rate: float = 0.1
        layers: list[int] = dataclasses.field(default_factory=list)


    @gw.task
    def shape(
        count: int,
        flag: bool = False,
        colour: Colour = Colour.RED,
        settings: Settings = Settings(),
        note: str | None = None,
        learning_rate: float = 0.5,
        items: list[int] = [1],
    ) -> str:
        """Say what came.

        Args:
            count: How many.
        """
        print("shaping", count)
        return f"{count} {flag} {colour.name} {settings} {note!r} {learning_rate} {items}"


    @gw.task
    def size(file: gw.File) -> int:
        return os.path.getsize(file)


    @gw.task(cache=gw.Cache(version="1"))
    def add(a: int, b: int) -> int:
        print("adding")
        return a + b


    @gw.task(retries=1)
    def fail(x: int) -> int:
        print("failing")
        raise ValueError(f"boom {x}")


    @gw.task
    def hold(folder: str) -> int:
        """Say that it runs, and wait until it may end."""
        with open(f"{folder}/started", "a") as file:
            file.write("x")
        while not os.path.exists(f"{folder}/go"):
            time.sleep(0.01)
        return 1


    @gw.workflow
    def inner(x: int) -> int:
        return fail(x=x)


    @gw.workflow
    def failing(x: int = 3) -> int:
        return inner(x=add(a=x, b=1))


    @gw.workflow
    def summing(a: int = 1, b: int = 2) -> int:
        return add(a=add(a=a, b=b), b=10)


    @gw.workflow
    def holding(folder: str) -> int:
        return add(a=hold(folder=folder), b=add(a=1, b=1))
'''


class CommandLine:
    """Calls `godwit` with a home folder, in the folder of its sources."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GODWIT_")},
            "GODWIT_HOME": str(self.home),
        }
        self.write("flows.py", SOURCE)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(dedent(text))
        return path

    def start(self, *arguments: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "godwit_core", *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def __call__(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=DEADLINE_S)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def json(self, *arguments: object, status: int = 0) -> dict:
        done = self(*arguments, "--json")
        assert done.returncode == status, done
        return json.loads(done.stdout)

    def names(self) -> list[str]:
        return [one["execution"] for one in self.json("executions", "list")["executions"]]

    def count(self) -> int:
        """Return how many executions the database has, past the command line."""
        database = self.home / "godwit.db"
        if not database.exists():
            return 0
        with closing(sqlite3.connect(database)) as connection:
            return connection.execute("SELECT count(*) FROM executions").fetchone()[0]

    def hold(self) -> subprocess.Popen[str]:
        """Start an execution whose first node runs until `release`, and return once it runs."""
        process = self.start("run", "flows.py", "holding", "--folder", self.folder, "--workers", "2")
        self.wait(lambda: (self.folder / "started").exists() or process.poll() is not None)
        assert process.poll() is None, process.communicate()
        return process

    def release(self) -> None:
        (self.folder / "go").touch()

    @staticmethod
    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < deadline, "what was waited for did not come"
            time.sleep(0.01)


@pytest.fixture
def godwit(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


@pytest.fixture
def command_line_in() -> type[CommandLine]:
    """Makes a command line in a folder of the test's choice."""
    return CommandLine
