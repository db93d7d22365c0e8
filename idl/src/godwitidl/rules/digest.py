"""Digests of values, types, interfaces and cache keys, as `docs/contract/digest.md` says byte for byte.

Two values have one digest if, and only if, the task that receives them cannot tell them apart, but for the order of map
entries and set elements. A value has the same digest inline, packed, and offloaded in any part.
"""

from collections.abc import Iterable
from hashlib import sha256
from itertools import pairwise
from typing import Final

from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.values_pb2 import Type
from godwitidl.rules.literal_encoding import INLINE_TOKEN_BYTES, encode_literal, literal_digest, literal_token
from godwitidl.rules.type_encoding import (
    DIGEST_BYTES,
    DigestError,
    checked_content_digest,
    checked_digest,
    encode_text,
    encode_type,
    join_sorted,
)

_TYPE_PREFIX: Final = b"godwit.type.v1\0"
_INTERFACE_PREFIX: Final = b"godwit.interface.v1\0"
_INPUTS_PREFIX: Final = b"godwit.inputs.v1\0"
_CACHE_PREFIX: Final = b"godwit.cache.v1\0"
_CAST_PREFIX: Final = b"godwit.cast.v1\0"
_TREE_PREFIX: Final = b"godwit.tree.v1\0"

__all__ = [
    "DIGEST_BYTES",
    "INLINE_TOKEN_BYTES",
    "DigestError",
    "cache_key",
    "cast_digest",
    "content_digest",
    "encode_literal",
    "inputs_digest",
    "interface_digest",
    "literal_digest",
    "literal_token",
    "tree_digest",
    "type_digest",
]


def type_digest(of: Type) -> bytes:
    """Return the digest of a type, 32 bytes.

    Names of records and enums, descriptions, defaults, and the order of fields, symbols and members do not count.

    Raises:
        DigestError: the type is none: no kind, or a name twice.
    """
    return sha256(_TYPE_PREFIX + encode_type(of)).digest()


def interface_digest(of: Interface) -> bytes:
    """Return the digest of an interface, 32 bytes. Order, defaults and descriptions do not count.

    Raises:
        DigestError: a type is none, or a name stands twice.
    """
    inputs = [(encode_text(item.name), type_digest(item.type)) for item in of.inputs]
    outputs = [(encode_text(item.name), type_digest(item.type)) for item in of.outputs]
    return sha256(_INTERFACE_PREFIX + join_sorted(inputs, what="input") + join_sorted(outputs, what="output")).digest()


def inputs_digest(inputs: Iterable[tuple[str, bytes]]) -> bytes:
    """Return the digest of named inputs, given the digest of each; their order does not count.

    Raises:
        DigestError: a name stands twice, or a digest is not 32 bytes long.
    """
    pairs = [(encode_text(name), checked_digest(digest)) for name, digest in inputs]
    return sha256(_INPUTS_PREFIX + join_sorted(pairs, what="input")).digest()


def cache_key(
    *, project: str, domain: str, task: str, version: str, interface: bytes, inputs: bytes, salt: str = ""
) -> bytes:
    """Return the key, 32 bytes, under which a result is cached.

    Args:
        project: Tenant.
        domain: Stage of the tenant.
        task: Name of the task.
        version: Cache version, `auto` already resolved.
        interface: Digest of the task's interface.
        inputs: Digest of the inputs that count, after defaults and coercion to the declared types.
        salt: Text that follows the version.

    Raises:
        DigestError: a digest is not 32 bytes long.
    """
    texts = b"".join(encode_text(text) for text in (project, domain, task, version, salt))
    return sha256(_CACHE_PREFIX + texts + checked_digest(interface) + checked_digest(inputs)).digest()


def cast_digest(source_digest: bytes, source_type: Type, target_type: Type) -> bytes:
    """Return the digest that stands for an offloaded value which its reader has yet to convert.

    Raises:
        DigestError: the digest is not 32 bytes long, or a type is none.
    """
    types = type_digest(source_type) + type_digest(target_type)
    return sha256(_CAST_PREFIX + checked_digest(source_digest) + types).digest()


def content_digest(content: bytes) -> str:
    """Return the digest of a file's bytes as files, directories and tables carry it: `sha256:` and 64 digits."""
    return "sha256:" + sha256(content).hexdigest()


def tree_digest(entries: Iterable[tuple[str, str]]) -> str:
    """Return the digest of a folder, `sha256:` and 64 digits, of its files: relative path and digest of the bytes.

    Paths have forward slashes. Folders without files, times and permissions are no part of the value.

    Raises:
        DigestError: a path is absolute, has an empty, `.` or `..` part, stands twice, or is the folder of another;
            or a digest is not `sha256:` and 64 hexadecimal digits.
    """
    files = [(_checked_path(path), checked_content_digest(digest)) for path, digest in entries]
    paths = sorted(path + "/" for path, _ in files)
    for folder, path in pairwise(paths):
        if folder != path and path.startswith(folder):
            raise DigestError(f"{folder[:-1]!r} is a file and the folder of {path[:-1]!r}")
    pairs = [(encode_text(path), encode_text(digest)) for path, digest in files]
    return "sha256:" + sha256(_TREE_PREFIX + join_sorted(pairs, what="path")).hexdigest()


def _checked_path(path: str) -> str:
    if "\0" in path or any(part in {"", ".", ".."} for part in path.split("/")):
        raise DigestError(f"a path in a folder is relative, its parts neither empty nor . nor .., not {path!r}")
    return path
