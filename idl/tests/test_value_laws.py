import json
import random

from godwitidl.core.v1.values_pb2 import Literal, SimpleType, Type
from godwitidl.rules.castability import CastError, Level, castability, coerce
from godwitidl.rules.digest import encode_literal, literal_digest, literal_token, type_digest
from godwitidl.rules.rendering import render_literal, render_type
from godwitidl.rules.validation import check_literal, check_type
from godwitidl.rules.value_json import from_json, to_json
from godwitidl.testing import literals_of, typed_literals, types
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

quick = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


@given(typed_literals())
@quick
def test_types_and_literals_that_are_drawn_are_valid(drawn):
    of, literal = drawn
    assert check_type(of) == []
    assert check_literal(literal, of) == []
    assert render_type(of)
    assert len(render_literal(literal)) <= 80


def disguise(literal, source):
    """Return the same value in another form: shuffled, unpacked, and offloaded in parts."""
    made = Literal()
    made.CopyFrom(literal)
    kind = literal.WhichOneof("kind")
    if kind in {"list", "set"}:
        items = [disguise(item, source) for item in getattr(literal, kind).items]
        if kind == "set":
            source.shuffle(items)
        made.ClearField(kind)
        getattr(made, kind).SetInParent()
        getattr(made, kind).items.extend(items)
    elif kind in {"ints", "floats"}:
        made.ClearField(kind)
        made.list.SetInParent()
        for item in getattr(literal, kind).items:
            made.list.items.add(**{"int_value" if kind == "ints" else "float_value": item})
    elif kind == "map":
        pairs = [(disguise(e.key, source), disguise(e.value, source)) for e in literal.map.entries]
        source.shuffle(pairs)
        made.ClearField("map")
        made.map.SetInParent()
        for key, value in pairs:
            made.map.entries.add(key=key, value=value)
    elif kind == "record":
        for field in made.record.fields:
            field.value.CopyFrom(disguise(field.value, source))
        fields = list(made.record.fields)
        source.shuffle(fields)
        made.ClearField("record")
        made.record.SetInParent()
        made.record.fields.extend(fields)
    elif kind == "union":
        made.union.value.CopyFrom(disguise(literal.union.value, source))
    return offload(made, source)


def offload(literal, source):
    if source.random() < 0.6 or (not literal.hash and len(literal_token(literal)) <= 33):
        return literal
    if not literal.HasField("reference") and len(encode_literal(literal)) <= 64:
        return literal
    made = Literal(hash=literal.hash)
    made.reference.uri = "memory://x"
    made.reference.digest = literal_digest(literal)
    return made


@given(typed_literals(), st.integers())
@quick
def test_the_form_of_a_value_does_not_change_its_digest(drawn, seed):
    _, literal = drawn
    other = disguise(literal, random.Random(seed))
    assert literal_digest(other) == literal_digest(literal)
    assert literal_token(other) == literal_token(literal)


@given(types(), st.integers())
@quick
def test_order_in_a_type_does_not_change_its_digest(of, seed):
    other = Type()
    other.CopyFrom(of)
    parts = {"record": "fields", "union": "members", "enum": "symbols"}
    kind = of.WhichOneof("kind")
    if kind in parts:
        items = getattr(getattr(other, kind), parts[kind])
        shuffled = list(items)
        random.Random(seed).shuffle(shuffled)
        del items[:]
        items.extend(shuffled)
    assert type_digest(other) == type_digest(of)


@given(typed_literals())
@quick
def test_json_and_back_is_the_same_value(drawn):
    of, literal = drawn
    text = json.dumps(to_json(literal, of), allow_nan=False)
    back = from_json(json.loads(text), of)
    assert check_literal(back, of) == []
    assert literal_digest(back) == literal_digest(literal)


@given(typed_literals(), st.text("abc", min_size=1, max_size=3), st.booleans())
@quick
def test_a_hash_and_a_reference_survive_json(drawn, text, offloaded):
    of, literal = drawn
    literal.hash = text
    if offloaded:
        reference = Literal(hash=text)
        reference.reference.uri = "memory://x"
        reference.reference.digest = literal_digest(literal)
        reference.reference.type.CopyFrom(of)
        literal = reference
    assert literal_digest(from_json(json.loads(json.dumps(to_json(literal, of))), of)) == literal_digest(literal)


@given(types())
@quick
def test_every_type_casts_to_itself_unchanged(of):
    assert castability(of, of) is Level.SAME
    nullable = Type()
    nullable.CopyFrom(of)
    nullable.nullable = True
    assert castability(of, nullable) is Level.SAME


@st.composite
def widened(draw, of):
    """Types near *of*, many of which it casts to."""
    made = Type()
    made.CopyFrom(of)
    kind = of.WhichOneof("kind")
    choice = draw(st.integers(0, 9))
    if choice == 0:
        return draw(types(2))
    if choice == 1 and kind != "union" and not of.nullable:
        union = Type()
        union.union.members.add(tag="it").type.CopyFrom(draw(widened(of).filter(is_plain)))
        union.union.members.add(tag="other").type.CopyFrom(draw(types(1).filter(is_plain)))
        return union
    if choice == 2:
        return Type(simple=SimpleType.SIMPLE_TYPE_JSON)
    change = {"list": _list, "tuple": _tuple, "map": _map, "record": _record, "union": _union}.get(kind)
    if change:
        change(draw, made)
    elif of.simple == SimpleType.SIMPLE_TYPE_INT:
        made.simple = draw(st.sampled_from([SimpleType.SIMPLE_TYPE_FLOAT, SimpleType.SIMPLE_TYPE_DECIMAL]))
    elif kind == "enum":
        made.enum.symbols.append("Extra")
    elif kind in {"file", "directory", "table"}:
        getattr(made, kind).format = draw(st.sampled_from(["", "csv"]))
    return made


def _list(draw, made):
    made.list.item.CopyFrom(draw(widened(made.list.item)))


def _tuple(draw, made):
    for item in made.tuple.items:
        item.CopyFrom(draw(widened(item)))
    if draw(st.booleans()) and made.tuple.items:
        item = draw(widened(made.tuple.items[0]))
        made.list.item.CopyFrom(item)


def _map(draw, made):
    made.map.value.CopyFrom(draw(widened(made.map.value)))


def _record(draw, made):
    for field in made.record.fields:
        if not field.HasField("default_value"):
            field.type.CopyFrom(draw(widened(field.type)))
    if draw(st.booleans()) and made.record.fields:
        del made.record.fields[0]
    elif draw(st.booleans()):
        extra = made.record.fields.add(name="Extra", default_value=Literal(int_value=3))
        extra.type.simple = SimpleType.SIMPLE_TYPE_INT


def _union(draw, made):
    for member in made.union.members:
        member.type.CopyFrom(draw(widened(member.type).filter(is_plain)))
    if draw(st.booleans()):
        made.union.members[0].tag = "renamed"


def is_plain(of):
    return not of.nullable and not of.HasField("union")


@given(st.data())
@settings(quick, max_examples=600)
def test_a_cast_gives_a_value_of_the_target_or_fails_only_where_it_is_checked(data):
    source, literal = data.draw(typed_literals())
    target = data.draw(widened(source))
    if check_type(target):
        return
    level = castability(source, target)
    if level is Level.NO:
        return
    try:
        came = coerce(literal, source, target)
    except CastError:
        assert level is Level.CHECKED
        return
    assert check_literal(came, target) == []
    if level is Level.SAME:
        assert literal_digest(came) == literal_digest(literal)


@given(typed_literals(), st.data())
@quick
def test_equal_digests_mean_equal_json(drawn, data):
    of, literal = drawn
    other = data.draw(literals_of(of))
    if literal_digest(other) == literal_digest(literal):
        assert canonical(to_json(other, of)) == canonical(to_json(literal, of))


def canonical(value):
    """Return JSON text in which the order of maps and sets does not show, nor the names that digests leave out."""
    if isinstance(value, dict):
        if "digest" in value or "uri" in value:
            return "place"
        return json.dumps({name: canonical(item) for name, item in value.items()}, sort_keys=True)
    if isinstance(value, list):
        return json.dumps(sorted(map(canonical, value)))
    return json.dumps(0.0 if value in ("-0", 0.0) and isinstance(value, str) else value)
