"""Write the generated Python of the IDL, and the descriptor set with its validation rules.

Run by `make gen`, and with `--check` by `make lint`, in an environment of its own with an old protoc: gencode made by
protobuf 5.29 runs on every runtime since, while newer gencode refuses older runtimes. The validation annotations are
stripped from the Python code, because they would need a top-level `buf` package that collides with other
distributions' copies; the descriptor set that ships as `descriptor.binpb` keeps them.
"""

import filecmp
import importlib.resources
import shutil
import sys
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2
from grpc_tools import protoc

ROOT = Path(__file__).parent
PROTO = ROOT / "proto"
TARGET = ROOT / "src"


def run_protoc(*arguments: str) -> None:
    """Run protoc in this process.

    Raises:
        SystemExit: protoc found an error; it printed it.
    """
    status = protoc.main(["protoc", *arguments])
    if status:
        raise SystemExit(status)


def describe(files: list[str], target: Path) -> descriptor_pb2.FileDescriptorSet:
    """Return the descriptors of *files*, with their comments, and leave them encoded at *target*."""
    well_known = importlib.resources.files("grpc_tools") / "_proto"
    run_protoc(
        f"-I{PROTO}",
        f"-I{ROOT / 'third_party'}",
        f"-I{well_known}",
        "--include_imports",
        "--include_source_info",
        f"--descriptor_set_out={target}",
        *files,
    )
    return descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes())


def strip(described: descriptor_pb2.FileDescriptorSet) -> descriptor_pb2.FileDescriptorSet:
    """Return *described* without the validation rules."""
    stripped = descriptor_pb2.FileDescriptorSet()
    for file in described.file:
        if file.name.startswith("buf/"):
            continue
        kept = stripped.file.add()
        kept.CopyFrom(file)
        kept.dependency[:] = [name for name in file.dependency if not name.startswith("buf/")]
        for message in kept.message_type:
            strip_message(message)
    return stripped


def strip_message(message: descriptor_pb2.DescriptorProto) -> None:
    """Remove the rules of *message* and of the messages inside it."""
    message.options.DiscardUnknownFields()
    for field in message.field:
        packed, deprecated = field.options.packed, field.options.deprecated
        had_packed = field.options.HasField("packed")
        field.ClearField("options")
        if had_packed:
            field.options.packed = packed
        if deprecated:
            field.options.deprecated = deprecated
    for oneof in message.oneof_decl:
        oneof.ClearField("options")
    for nested in message.nested_type:
        strip_message(nested)


def without_comments(described: descriptor_pb2.FileDescriptorSet) -> bytes:
    """Return *described*, encoded, without comments and positions, which no reader of rules needs."""
    bare = descriptor_pb2.FileDescriptorSet()
    bare.CopyFrom(described)
    for file in bare.file:
        file.ClearField("source_code_info")
    return bare.SerializeToString(deterministic=True)


def write(target: Path) -> None:
    """Write everything that is generated below *target*."""
    files = sorted(path.relative_to(PROTO).as_posix() for path in PROTO.rglob("*.proto"))
    package = target / "godwitidl"
    package.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        described = describe(files, Path(folder) / "full.binpb")
        (package / "descriptor.binpb").write_bytes(without_comments(described))
        stripped = Path(folder) / "stripped.binpb"
        stripped.write_bytes(strip(described).SerializeToString(deterministic=True))
        plugin = shutil.which("protoc-gen-mypy", path=str(Path(sys.executable).parent))
        run_protoc(
            f"--descriptor_set_in={stripped}",
            f"--plugin=protoc-gen-mypy={plugin}",
            f"--python_out={target}",
            f"--mypy_out=quiet:{target}",
            *files,
        )
    for name in files:
        for folder_of_package in (target / name).relative_to(target).parents[:-1]:
            (target / folder_of_package / "__init__.py").touch()


def generated(target: Path) -> set[str]:
    """Return what below *target* is generated: names relative to it."""
    found = {path.relative_to(target).as_posix() for path in (target / "godwitidl").rglob("*_pb2.py*")}
    return {name for name in found if "__pycache__" not in name} | {"godwitidl/descriptor.binpb"}


def replace() -> None:
    """Write everything that is generated below `src/`, and remove what no longer belongs there."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        write(fresh)
        for path in sorted(fresh.rglob("*.*")):
            target = TARGET / path.relative_to(fresh)
            if target.name != "__init__.py" or not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        for stale in generated(TARGET) - generated(fresh):
            (TARGET / stale).unlink()


def check() -> None:
    """Compare what is below `src/` with what would be generated, and change nothing.

    Raises:
        SystemExit: they differ; the message names the files.
    """
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        write(fresh)
        names = sorted(generated(fresh) | generated(TARGET))
        _, differing, missing = filecmp.cmpfiles(fresh, TARGET, names, shallow=False)
    if differing or missing:
        raise SystemExit(f"Generated code is stale: {', '.join(differing + missing)}. Run `make gen`, and commit it.")


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
    else:
        replace()
