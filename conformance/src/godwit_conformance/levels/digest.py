"""Level *digest*: the golden vectors of digests and cache keys."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from godwitidl.conformance.v1.conformance_pb2 import (
    CacheKey,
    CastToDigest,
    Digest,
    DigestedFile,
    DigestedInput,
    FolderToDigest,
    InputsToDigest,
    Request,
)
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.values_pb2 import Literal, Type
from google.protobuf import json_format

from godwit_conformance.cases import Bench, Case, CaseFailedError, Level
from godwit_conformance.folders import folder
from godwit_conformance.levels.questions import answer, refusal
from godwit_conformance.naming import distinct

Vector = dict[str, Any]


def cases() -> Iterator[Case]:
    """Yield the cases of the level: one for each golden vector of a digest."""
    yield from _of("literal", vectors("digest.json"), "digest", _literal_request)
    types = vectors("types.json")
    yield from _of("type", types["types"], "digest", _type_request)
    yield from _of("interface", types["interfaces"], "digest", _interface_request)
    keys = vectors("cache_key.json")
    yield from _of("inputs", keys["inputs"], "digest", _inputs_request)
    yield from _of("cache key", keys["keys"], "key", _key_request)
    yield from _of("cast", keys["casts"], "cast", _cast_request)
    yield from _of("folder", keys["trees"], "digest", _folder_request)


def vectors(name: str) -> Any:
    """Return a file of golden vectors, parsed."""
    return json.loads((folder("vectors") / name).read_text(encoding="utf-8"))


def _of(what: str, given: list[Vector], result: str, request: Callable[[Vector], Request]) -> Iterator[Case]:
    names = distinct(vector["name"] for vector in given)
    for name, vector in zip(names, given, strict=True):
        expected = "no digest" if vector.get("error") else "the golden digest"
        yield Case(
            f"digest/{what}/{name}",
            Level.DIGEST,
            f"{vector['name']}: {expected}",
            partial(_check, request, vector, result),
        )


def _check(request: Callable[[Vector], Request], vector: Vector, result: str, bench: Bench) -> None:
    if vector.get("error"):
        refusal(bench, request(vector))
        return
    came = answer(bench, request(vector), "digest").digest
    expected: str = vector[result]
    text = came.decode("utf-8", "replace") if expected.startswith("sha256:") else came.hex()
    if text != expected:
        raise CaseFailedError(f"the digest {expected} was expected, came {text}")


def _literal_request(vector: Vector) -> Request:
    literal = json_format.ParseDict(vector["literal"], Literal())
    return Request(digest=Digest(literal=literal.SerializeToString()))


def _type_request(vector: Vector) -> Request:
    return Request(digest=Digest(type=_type(vector["type"])))


def _interface_request(vector: Vector) -> Request:
    interface = json_format.ParseDict(vector["interface"], Interface())
    return Request(digest=Digest(interface=interface.SerializeToString()))


def _inputs_request(vector: Vector) -> Request:
    inputs = [DigestedInput(name=item["name"], digest=bytes.fromhex(item["digest"])) for item in vector["inputs"]]
    return Request(digest=Digest(inputs=InputsToDigest(inputs=inputs)))


def _key_request(vector: Vector) -> Request:
    key = CacheKey(interface_digest=bytes.fromhex(vector["interface"]), inputs_digest=bytes.fromhex(vector["inputs"]))
    for name in ("project", "domain", "task", "version", "salt"):
        setattr(key, name, vector[name])
    return Request(cache_key=key)


def _cast_request(vector: Vector) -> Request:
    digest = bytes.fromhex(vector["digest"])
    cast = CastToDigest(digest=digest, source=_type(vector["source"]), target=_type(vector["target"]))
    return Request(digest=Digest(cast=cast))


def _folder_request(vector: Vector) -> Request:
    files = [DigestedFile(path=entry["path"], digest=entry["digest"]) for entry in vector["entries"]]
    return Request(digest=Digest(folder=FolderToDigest(files=files)))


def _type(of: Vector) -> bytes:
    return json_format.ParseDict(of, Type()).SerializeToString()
