"""The files of a plugin to begin with."""

import importlib.resources
import importlib.util
import keyword
import re
import shutil
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from godwit_plugin_api.errors import InvalidInput
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

KINDS: Final = ("backend", "transformer", "secret-provider")

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_END: Final = ".txt"
"""Ends the names of templates, so that no tool takes them for sources."""

_MESSAGES: Final = '''\
"""Made of {package}/job.proto: do not edit; make it again with protoc."""
# ruff: noqa
# type: ignore

from google.protobuf import descriptor_pool as _descriptor_pool
from google.protobuf.internal import builder as _builder

DESCRIPTOR = _descriptor_pool.Default().AddSerializedFile(
    {descriptor!r}
)

_globals = globals()
_builder.BuildMessageAndEnumDescriptors(DESCRIPTOR, _globals)
_builder.BuildTopDescriptorsAndMessages(DESCRIPTOR, "{package}.job_pb2", _globals)
'''


def plugin_files(name: str, kind: str) -> dict[str, str]:
    """Return the files of a plugin called *name*, by their paths in its folder.

    Raises:
        InvalidInput: it cannot be called so.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"A plugin's name is lower-case letters, digits and hyphens, a letter first; got {name!r}.",
            hint="Try my-backend.",
        )
    package = name.replace("-", "_")
    if keyword.iskeyword(package) or importlib.util.find_spec(package) is not None:
        raise InvalidInput(
            f"The plugin {name} would have the package {package}, and Python has something of that name already.",
            hint=f"Try godwit-{name}.",
        )
    words = _words(name, kind)
    files = {path: _with(words, text) for path, text in _templates(kind)}
    files = {_with(words, path): text for path, text in files.items()}
    files[f"src/{package}/py.typed"] = ""
    if kind == "backend":
        files[f"src/{package}/job_pb2.py"] = _messages(package)
    return files


def write_plugin(folder: Path, files: Mapping[str, str]) -> Path:
    """Write *files* into *folder*, which is made, as a whole or not at all, and return it.

    Raises:
        InvalidInput: the folder is there already, or cannot be made.
    """
    if folder.exists():
        raise InvalidInput(f"{folder} is there already.", hint="Choose another name, or another folder with --into.")
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    try:
        for name, text in files.items():
            path = unfinished / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        unfinished.rename(folder)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise InvalidInput(f"{folder} cannot be written: {error.strerror or error}.") from error
    return folder


def _words(name: str, kind: str) -> list[tuple[str, str]]:
    """Return what stands in the templates, the longer first, each with what takes its place."""
    title = "".join(part.capitalize() for part in name.removeprefix("godwit-").split("-"))
    plain = title if kind != "backend" or title.endswith("Backend") else f"{title}Backend"
    package = name.replace("-", "_")
    return [
        ("MyBackendJob", f"{title}Job"),
        ("MyBackend", plain),
        ("MY_BACKEND", package.upper()),
        ("my_backend", package),
        ("my-backend", name),
    ]


def _with(words: list[tuple[str, str]], text: str) -> str:
    known = dict(words)
    return re.sub("|".join(re.escape(word) for word, _ in words), lambda match: known[match[0]], text)


def _templates(kind: str) -> Iterator[tuple[str, str]]:
    """Yield the templates of a kind: path without the end that marks a template, and text."""
    root = importlib.resources.files("godwit_core.cli") / "plugin_templates" / kind
    waiting: list[tuple[str, Traversable]] = [("", root)]
    while waiting:
        prefix, at = waiting.pop()
        for entry in at.iterdir():
            if entry.is_dir():
                waiting.append((f"{prefix}{entry.name}/", entry))
            elif entry.name.endswith(_END):
                yield prefix + entry.name.removesuffix(_END), entry.read_text(encoding="utf-8")


def _messages(package: str) -> str:
    """Return what protoc makes of the template's `job.proto`."""
    file = FileDescriptorProto(name=f"{package}/job.proto", package=f"{package}.v1", syntax="proto3")
    message = file.message_type.add(name="Job")
    message.field.add(
        name="niceness",
        json_name="niceness",
        number=1,
        type=FieldDescriptorProto.TYPE_INT32,
        label=FieldDescriptorProto.LABEL_OPTIONAL,
    )
    return _MESSAGES.format(package=package, descriptor=file.SerializeToString(deterministic=True))
