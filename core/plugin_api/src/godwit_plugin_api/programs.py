"""What names in braces stand for in the commands of runners, on this host: `{python}`, and what plugins offer.

A spec holds the command of its runner as a template, so that it says nothing of where things lie on a machine.
"""

import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from godwit_plugin_api.errors import GodwitError, InvalidInput
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.registry import PluginRegistry

_PYTHON: Final = "{python}"
_NAME: Final = re.compile(r"\{([a-z][a-z0-9_-]*)\}")


class Program(Protocol):
    """A program that runs tasks, such as a virtual machine. Its key is the name that commands say in braces: `jvm`."""

    def arguments(self) -> Sequence[str]:
        """Return what the name stands for on this host: program and arguments, one at least.

        Must be cheap, and the same each time: it is asked for when work is submitted.

        Raises:
            GodwitError: it is not to be had; the hint says how to get it.
        """


class Programs:
    """Fills in the templates of commands; each is looked up once.

    Args:
        plugins: gives the plugins; called once at most, at the first name that is not `python`.
    """

    def __init__(self, plugins: Callable[[], PluginRegistry] = load_plugins) -> None:
        self._load_plugins = plugins
        self._registry: PluginRegistry | None = None
        self._filled: dict[tuple[str, ...], list[str]] = {}

    def fill(self, command: Sequence[str]) -> list[str]:
        """Return the arguments that *command* stands for.

        A part that is nothing but a name in braces may become several arguments.

        Raises:
            GodwitError: a part is a name that nobody offers, or that is not to be had on this host.
        """
        key = tuple(command)
        filled = self._filled.get(key)
        if filled is None:
            filled = self._filled[key] = [argument for part in key for argument in self._fill(part)]
        return list(filled)

    def problems(self, command: Sequence[str]) -> list[str]:
        """Return what keeps *command* from being started on this host, each a sentence or two; empty when it can be."""
        try:
            filled = self.fill(command)
        except GodwitError as error:
            return [str(error)]
        if filled and not _can_be_executed(filled[0]):
            return [
                f"Its program {filled[0]} is not to be had: no such file can be executed. Install it, or mend PATH."
            ]
        return []

    def _fill(self, part: str) -> Sequence[str]:
        name = _NAME.fullmatch(part)
        if name is not None and part != _PYTHON:
            return self._arguments(name[1])
        part = part.replace(_PYTHON, sys.executable)
        for inner in _NAME.findall(part):
            if self._offers(inner):
                arguments = self._arguments(inner)
                if len(arguments) != 1:
                    raise InvalidInput(
                        f"{{{inner}}} stands for {len(arguments)} arguments, so it cannot be a part of {part!r}.",
                        hint="Write it as an argument of its own.",
                        code="PROGRAM_NOT_ALONE",
                    )
                part = part.replace(f"{{{inner}}}", arguments[0])
        return [part]

    def _offers(self, name: str) -> bool:
        return self._plugins().find(Kind.PROGRAM, name) is not None

    def _arguments(self, name: str) -> Sequence[str]:
        program: Program = self._plugins().create(Kind.PROGRAM, name)
        return program.arguments()

    def _plugins(self) -> PluginRegistry:
        if self._registry is None:
            self._registry = self._load_plugins()
        return self._registry


def _can_be_executed(program: str) -> bool:
    """Return whether *program*, a path or a name to be looked up in PATH, is there."""
    folders = [""] if os.sep in program else os.get_exec_path()
    return any(os.access(os.path.join(folder, program), os.X_OK) for folder in folders)  # noqa: PTH118 - at every start
