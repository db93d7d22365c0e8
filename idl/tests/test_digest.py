import json
import math
import struct
from hashlib import sha256

import pytest
from godwitidl.core.v1.interface_pb2 import Input, Interface, Output
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules import digest
from google.protobuf import json_format


def literal(**fields):
    return json_format.ParseDict(fields, Literal())


def simple(name):
    return json_format.ParseDict({"simple": f"SIMPLE_TYPE_{name}"}, Type())


def test_an_integer_is_its_tag_and_eight_bytes():
    assert digest.encode_literal(literal(intValue="-1")).hex() == "69" + "ff" * 8


def test_the_digest_is_of_the_prefix_and_the_encoding():
    value = literal(stringValue="e\u0301")
    encoded = digest.encode_literal(value)
    assert encoded.hex() == "73000000000000000365cc81"
    assert digest.literal_digest(value) == sha256(b"godwit.literal.v1\0" + encoded).digest()


@pytest.mark.parametrize("bits", [0x7FF8000000000000, 0xFFF8000000000001, 0x7FF0000000000001])
def test_every_nan_is_one(bits):
    value = Literal(float_value=struct.unpack(">d", struct.pack(">Q", bits))[0])
    assert digest.encode_literal(value).hex() == "667ff8000000000000"


def test_zeros_of_both_signs_differ():
    assert digest.literal_digest(Literal(float_value=0.0)) != digest.literal_digest(Literal(float_value=-0.0))


@pytest.mark.parametrize(
    ("text", "encoded"), [("-0", "0"), ("-0.00", "0.00"), ("-0E+3", "0E+3"), ("-0.01", "-0.01"), ("1.00", "1.00")]
)
def test_a_decimal_keeps_its_scale_and_loses_a_negative_zero(text, encoded):
    assert digest.encode_literal(Literal(decimal=text)) == b"d" + struct.pack(">Q", len(encoded)) + encoded.encode()


@pytest.mark.parametrize(
    "numbers", [[], [0], [1, -1, 2**63 - 1, -(2**63)], list(range(1000))], ids=["none", "one", "limits", "many"]
)
def test_packed_integers_are_a_list(numbers):
    packed, listed = Literal(), Literal()
    packed.ints.items.extend(numbers)
    listed.list.SetInParent()
    for number in numbers:
        listed.list.items.add().int_value = number
    assert digest.encode_literal(packed) == digest.encode_literal(listed)


@pytest.mark.parametrize("numbers", [[], [1.5, -0.0], [math.nan, 1.0], [math.inf, -math.inf]])
def test_packed_floats_are_a_list(numbers):
    packed, listed = Literal(), Literal()
    packed.floats.items.extend(numbers)
    listed.list.SetInParent()
    for number in numbers:
        listed.list.items.add().float_value = number
    assert digest.encode_literal(packed) == digest.encode_literal(listed)


def test_a_reference_has_the_digest_of_what_it_stands_for_also_inside_another():
    big = literal(list={"items": [{"intValue": str(n)} for n in range(20)]})
    reference = Literal()
    reference.reference.uri = "s3://x"
    reference.reference.digest = digest.literal_digest(big)
    assert digest.literal_digest(reference) == digest.literal_digest(big)
    assert digest.literal_token(reference) == digest.literal_token(big)
    with pytest.raises(digest.DigestError, match="no encoding"):
        digest.encode_literal(reference)


def test_the_authors_hash_takes_the_place_of_the_value():
    reference = Literal(hash="v1")
    reference.reference.digest = b"\0" * 32
    assert digest.literal_digest(reference) == digest.literal_digest(literal(intValue="3", hash="v1"))


def test_order_of_entries_elements_and_fields_does_not_count():
    one = literal(map={"entries": [{"key": {"stringValue": k}, "value": {"intValue": "1"}} for k in "ab"]})
    two = literal(map={"entries": [{"key": {"stringValue": k}, "value": {"intValue": "1"}} for k in "ba"]})
    assert digest.literal_digest(one) == digest.literal_digest(two)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"decimal": "1e5"},
        {"decimal": "01"},
        {"decimal": "NaN"},
        {"decimal": "1E+1234567890"},
        {"date": "2024-02-30"},
        {"date": "2024-1-01"},
        {"date": "20240101"},
        {"uuid": "80000000-0000-0000-0000-00000000000A"},
        {"json": '{"a":1,"a":2}'},
        {"json": "NaN"},
        {"json": "1e400"},
        {"json": '"\\ud800"'},
        {"json": "[" * 200 + "]" * 200},
        {"json": ""},
        {"set": {"items": [{"intValue": "1"}, {"intValue": "1"}]}},
        {"map": {"entries": [{"key": {"intValue": "1"}, "value": {"none": {}}}] * 2}},
        {"record": {"fields": [{"name": "a", "value": {"none": {}}}] * 2}},
        {"list": {"items": [{}]}},
        {"file": {"uri": "x", "digest": "sha256:00"}},
        {"file": {}},
        {"reference": {"uri": "x", "digest": "AA=="}},
        {"error": {"code": "A", "message": "b"}},
        {"datetime": {"time": "2024-01-01T00:00:00Z", "zone": "Europe/Berlin"}},
        {"datetime": {"time": "0001-01-01T00:00:00Z", "offsetSeconds": -3600}},
        {"datetime": {"time": "2024-01-01T00:00:00Z", "offsetSeconds": 64801}},
    ],
    ids=json.dumps,
)
def test_what_is_no_value_has_no_digest(fields):
    with pytest.raises(digest.DigestError):
        digest.literal_digest(literal(**fields))


def test_types_ignore_names_and_order_but_not_nullability():
    one = json_format.ParseDict(
        {
            "record": {
                "name": "A",
                "fields": [
                    {"name": "x", "type": {"simple": "SIMPLE_TYPE_INT"}, "defaultValue": {"intValue": "1"}},
                    {"name": "y", "type": {"simple": "SIMPLE_TYPE_FLOAT"}},
                ],
            }
        },
        Type(),
    )
    two = Type()
    two.CopyFrom(one)
    two.record.name = "B"
    two.record.fields[0].ClearField("default_value")
    first = two.record.fields.pop(0)
    two.record.fields.append(first)
    assert digest.type_digest(one) == digest.type_digest(two)
    two.nullable = True
    assert digest.type_digest(one) != digest.type_digest(two)
    with pytest.raises(digest.DigestError):
        digest.type_digest(Type())


def test_interfaces_keep_inputs_and_outputs_apart():
    x = Input(name="x", type=simple("INT"))
    y = Output(name="x", type=simple("INT"))
    both = {
        digest.interface_digest(Interface(inputs=[x])),
        digest.interface_digest(Interface(outputs=[y])),
        digest.interface_digest(Interface(inputs=[x], outputs=[y])),
        digest.interface_digest(Interface()),
    }
    assert len(both) == 4
    with pytest.raises(digest.DigestError, match="input stands twice"):
        digest.interface_digest(Interface(inputs=[x, x]))


def test_each_part_of_the_cache_key_counts():
    parts = {"project": "p", "domain": "d", "task": "t", "version": "1", "interface": b"i" * 32, "inputs": b"j" * 32}
    keys = {digest.cache_key(**parts), digest.cache_key(**parts, salt="s")}
    for name, value in parts.items():
        changed = b"k" * 32 if isinstance(value, bytes) else value + "x"
        keys.add(digest.cache_key(**{**parts, name: changed}))
    assert len(keys) == 8


def test_inputs_are_named_and_without_order():
    one, two = b"1" * 32, b"2" * 32
    assert digest.inputs_digest([("a", one), ("b", two)]) == digest.inputs_digest([("b", two), ("a", one)])
    assert digest.inputs_digest([("a", one), ("b", two)]) != digest.inputs_digest([("a", two), ("b", one)])
    with pytest.raises(digest.DigestError):
        digest.inputs_digest([("a", one), ("a", one)])
    with pytest.raises(digest.DigestError):
        digest.inputs_digest([("a", b"short")])


def test_a_cast_depends_on_both_types():
    digests = {
        digest.cast_digest(b"1" * 32, simple(source), simple(target))
        for source in ("INT", "FLOAT")
        for target in ("INT", "FLOAT")
    }
    assert len(digests) == 4


def test_a_tree_is_its_paths_and_contents():
    one, two = digest.content_digest(b"1"), digest.content_digest(b"2")
    assert digest.tree_digest([("a/b", one), ("c", two)]) == digest.tree_digest([("c", two), ("a/b", one)])
    assert digest.tree_digest([("a", one)]) != digest.tree_digest([("b", one)])
    for paths in (["/a"], ["a//b"], ["../a"], ["a", "a"], ["a", "a/b", "a-"], [""], ["a\0"]):
        with pytest.raises(digest.DigestError):
            digest.tree_digest([(path, one) for path in paths])
    with pytest.raises(digest.DigestError):
        digest.tree_digest([("a", "sha256:XX")])
