"""The golden vectors, against the implementation in Python. No test writes them."""

import json
from pathlib import Path

import pytest
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules import digest
from godwitidl.rules.castability import castability
from godwitidl.rules.type_encoding import encode_type
from google.protobuf import json_format

VECTORS = Path(__file__).parents[1] / "vectors"


def load(name, part=None):
    data = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    return [pytest.param(vector, id=vector["name"]) for vector in (data[part] if part else data)]


def parse_type(of):
    return json_format.ParseDict(of, Type())


def check(vector, expected, compute):
    """Compare what *compute* returns with *expected*, names of the vector's results; or expect no digest at all."""
    if vector.get("error"):
        with pytest.raises(digest.DigestError):
            compute()
    else:
        came = [part.hex() if isinstance(part, bytes) else part for part in compute()]
        assert came == [vector[name] for name in expected]


@pytest.mark.parametrize("vector", load("digest.json"))
def test_digest_of_a_literal(vector):
    literal = json_format.ParseDict(vector["literal"], Literal())

    def compute():
        has_encoding = vector.get("error") or vector["encoding"] is not None
        encoding = digest.encode_literal(literal) if has_encoding else None
        return encoding, digest.literal_token(literal), digest.literal_digest(literal)

    check(vector, ["encoding", "token", "digest"], compute)


@pytest.mark.parametrize("vector", load("types.json", "types"))
def test_digest_of_a_type(vector):
    of = parse_type(vector["type"])
    check(vector, ["encoding", "digest"], lambda: (encode_type(of), digest.type_digest(of)))


@pytest.mark.parametrize("vector", load("types.json", "interfaces"))
def test_digest_of_an_interface(vector):
    interface = json_format.ParseDict(vector["interface"], Interface())
    check(vector, ["digest"], lambda: [digest.interface_digest(interface)])


@pytest.mark.parametrize("vector", load("cache_key.json", "inputs"))
def test_digest_of_inputs(vector):
    inputs = [(item["name"], bytes.fromhex(item["digest"])) for item in vector["inputs"]]
    check(vector, ["digest"], lambda: [digest.inputs_digest(inputs)])


@pytest.mark.parametrize("vector", load("cache_key.json", "keys"))
def test_cache_key(vector):
    texts = {name: vector[name] for name in ("project", "domain", "task", "version", "salt")}
    digests = {name: bytes.fromhex(vector[name]) for name in ("interface", "inputs")}
    check(vector, ["key"], lambda: [digest.cache_key(**texts, **digests)])


@pytest.mark.parametrize("vector", load("cache_key.json", "casts"))
def test_digest_of_a_cast(vector):
    source, target = parse_type(vector["source"]), parse_type(vector["target"])
    check(vector, ["cast"], lambda: [digest.cast_digest(bytes.fromhex(vector["digest"]), source, target)])


@pytest.mark.parametrize("vector", load("cache_key.json", "trees"))
def test_digest_of_a_folder(vector):
    entries = [(entry["path"], entry["digest"]) for entry in vector["entries"]]
    check(vector, ["digest"], lambda: [digest.tree_digest(entries)])


@pytest.mark.parametrize("vector", load("castability.json", "pairs"))
def test_castability_of_a_pair(vector):
    assert castability(parse_type(vector["source"]), parse_type(vector["target"])).name.lower() == vector["level"]
