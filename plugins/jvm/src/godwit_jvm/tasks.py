"""Tasks of jars as nodes of Python workflows: what authors call. What reads jars is loaded at the first call."""

import importlib
import os
from pathlib import Path
from typing import Any

from godwit.places import place_of_caller
from godwit.tasks import Task


def task(name: str, *, jar: str | os.PathLike[str]) -> Task[..., Any]:
    """Return a task of a jar: `greet = godwit_jvm.task("dev.example.greet", jar="greetings.jar")`.

    It is called in workflows as any other task: its inputs and outputs are read from the jar, without a Java virtual
    machine where the jar holds its specs, and the compiler checks their types. What it gives is a promise of its one
    output, or a tuple with a field for each of several.

    Args:
        name: full name of the task; its last part, or the name of the class that declares it alone, will do.
        jar: path of the jar; a relative one is relative to the file of the caller.

    Raises:
        GodwitError: the jar cannot be read, or has no such task.
    """
    place = place_of_caller()
    file = place.namespace.get("__file__")
    folder = Path(file).resolve().parent if file else Path.cwd()
    made: Task[..., Any] = importlib.import_module("godwit_jvm.jar_tasks").task_of(
        name, (folder / jar).resolve(), place
    )
    return made
