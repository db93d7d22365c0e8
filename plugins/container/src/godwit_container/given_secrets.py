"""The secrets of a task: as files that lie in memory, or as environment variables."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from godwit_plugin_api import Kind
from godwit_plugin_api.registry import PluginRegistry
from godwitidl.core.v1.task_pb2 import TaskSpec

_MEMORY = Path("/dev/shm")  # noqa: S108 - the place is what is wanted: memory, under a folder that only we may enter


class SecretMissing(Exception):  # noqa: N818 - names what is the case
    """No provider has a secret. *message*: which."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class GivenSecrets(NamedTuple):
    """What a task is given. *files*: text by path relative to the folder of secrets; *variables*: text by name."""

    files: Mapping[str, str]
    variables: Mapping[str, str]


def secrets_of(spec: TaskSpec, registry: PluginRegistry, *, all_as_files: bool) -> GivenSecrets:
    """Return the secrets that a task declares: those with a variable as such, the others as files.

    *all_as_files*: those with a variable, too, for a program that looks for the secrets itself.

    Raises:
        SecretMissing: no provider has one.
        GodwitError: a provider cannot read it.
    """
    files: dict[str, str] = {}
    variables: dict[str, str] = {}
    providers = [
        registry.create(Kind.SECRET_PROVIDER, record.key)
        for record in (registry.records(Kind.SECRET_PROVIDER) if spec.secrets else ())
    ]
    for secret in spec.secrets:
        found = (provider.get(secret.name, secret.group or None) for provider in providers)
        text = next((text for text in found if text is not None), None)
        name = f"{secret.group}/{secret.name}" if secret.group else secret.name
        if text is None:
            raise SecretMissing(f"No provider on the engine's host has the secret {name}.")
        if secret.environment_variable:
            variables[secret.environment_variable] = text
        if all_as_files or not secret.environment_variable:
            files[name] = text
    return GivenSecrets(files, variables)


def folder_of(name: str, otherwise: Path) -> Path:
    """Return the folder of the secrets of the container *name*: in memory, or *otherwise* where there is no such."""
    place = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else otherwise
    return place / f"{name}-secrets"


def write_files(files: Mapping[str, str], folder: Path) -> Path:
    """Write secrets below *folder*, which only this user may enter, and return the folder to mount."""
    folder.mkdir(mode=0o700, exist_ok=True)
    inside = folder / "files"
    for name, text in files.items():
        path = inside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o444)
    return inside


def remove_files(folder: Path) -> None:
    """Remove what `write_files` wrote. Idempotent."""
    shutil.rmtree(folder, ignore_errors=True)
