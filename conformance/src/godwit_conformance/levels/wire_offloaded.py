"""Offloaded literals: whole, item by item, inside others; and such as are not what their reference says."""

import sys
from array import array
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules.digest import literal_digest

from godwit_conformance.cases import Bench, Case, Level
from godwit_conformance.levels.questions import refusal, round_trip_request
from godwit_conformance.levels.wire_literals import Sample
from godwit_conformance.samples import (
    FLOAT,
    INT,
    STRING,
    list_of,
    literal,
    map_of,
    nullable,
    record,
    record_value,
)

Check = Callable[[Sample, Bench], None]
Maker = Callable[[Path], Sample]


def store_whole(value: Literal, of: Type | None, path: Path) -> Literal:
    """Write *value* to *path* as one literal, and return the reference to it."""
    data = value.SerializeToString()
    path.write_bytes(data)
    made = Literal(hash=value.hash)
    made.reference.uri, made.reference.size_bytes = path.as_uri(), len(data)
    made.reference.digest = literal_digest(value)
    if of is not None:
        made.reference.type.CopyFrom(of)
    return made


def store_items(value: Literal, of: Type | None, path: Path) -> Literal:
    """Write *value*, a list, to *path* item by item, and return the reference to it."""
    items = [item.SerializeToString() for item in value.list.items]
    offsets = array("Q", [0])
    for item in items:
        offsets.append(offsets[-1] + len(item))
    footer_offset = offsets[-1]
    if sys.byteorder == "little":
        offsets.byteswap()
    data = b"".join(items) + offsets.tobytes()
    path.write_bytes(data)
    made = Literal()
    made.reference.uri, made.reference.size_bytes = path.as_uri(), len(data)
    made.reference.digest = literal_digest(value)
    made.reference.item_count = len(items)
    made.reference.index.footer_offset = footer_offset
    if of is not None:
        made.reference.type.CopyFrom(of)
    return made


def offloaded_cases(check: Check) -> Iterator[Case]:
    """Yield the cases; *check* has a literal read and written."""
    for name, make in _good().items():
        yield Case(f"wire/offloaded/{name}", Level.WIRE, "a stored value is read", partial(_check_good, check, make))
    for name, make in _bad().items():
        purpose = "a stored value that is not what its reference says is refused"
        yield Case(f"wire/offloaded/{name}", Level.WIRE, purpose, partial(_check_bad, make))


def _check_good(check: Check, make: Maker, bench: Bench) -> None:
    check(make(bench.folder), bench)


def _check_bad(make: Maker, bench: Bench) -> None:
    sample = make(bench.folder)
    refusal(bench, round_trip_request(bench, sample.type.SerializeToString(), sample.literal.SerializeToString()))


def _good() -> dict[str, Maker]:  # noqa: C901 - one maker for each case
    text, numbers = literal("x" * 70_000), literal([1, 2, 3])
    texts = literal(["a" * 40_000, "", "b" * 40_000])

    def whole(folder: Path) -> Sample:
        return Sample.of("", STRING, store_whole(text, STRING, folder / "value"), text)

    def items(folder: Path) -> Sample:
        return Sample.of("", list_of(STRING), store_items(texts, list_of(STRING), folder / "value"), texts)

    def whole_list(folder: Path) -> Sample:
        return Sample.of("", list_of(INT), store_whole(numbers, list_of(INT), folder / "value"), numbers)

    def empty(folder: Path) -> Sample:
        return Sample.of("", list_of(INT), store_items(literal([]), list_of(INT), folder / "value"), literal([]))

    def packed(folder: Path) -> Sample:
        value = Literal()
        value.floats.items.extend([0.5, -0.0, float("nan")])
        return Sample.of("", list_of(FLOAT), store_whole(value, list_of(FLOAT), folder / "value"), value)

    def in_list(folder: Path) -> Sample:
        sent, meaning = Literal(), literal(["a", "x" * 70_000])
        sent.list.items.extend([literal("a"), store_whole(text, None, folder / "value")])
        return Sample.of("", list_of(STRING), sent, meaning)

    def in_record(folder: Path) -> Sample:
        of = record("Page", title=STRING, text=STRING)
        sent = record_value(title=literal("a"), text=store_whole(text, STRING, folder / "value"))
        return Sample.of("", of, sent, record_value(title=literal("a"), text=text))

    def in_map(folder: Path) -> Sample:
        sent, meaning = Literal(), Literal()
        sent.map.entries.add(key=literal("a"), value=store_whole(text, None, folder / "value"))
        meaning.map.entries.add(key=literal("a"), value=text)
        return Sample.of("", map_of(STRING, STRING), sent, meaning)

    def inside_another(folder: Path) -> Sample:
        outer = Literal()
        outer.list.items.extend([store_whole(text, STRING, folder / "inner")])
        return Sample.of(
            "", list_of(STRING), store_items(outer, list_of(STRING), folder / "outer"), literal(["x" * 70_000])
        )

    def of_nullable(folder: Path) -> Sample:
        return Sample.of("", nullable(STRING), store_whole(text, STRING, folder / "value"), text)

    def of_ints_for_floats(folder: Path) -> Sample:
        stored = store_items(numbers, list_of(INT), folder / "value")
        return Sample.of("", list_of(FLOAT), stored, literal([1.0, 2.0, 3.0]))

    return {
        "whole": whole,
        "list item by item": items,
        "list as a whole": whole_list,
        "empty list item by item": empty,
        "packed list": packed,
        "item of a list": in_list,
        "field of a record": in_record,
        "value of a map": in_map,
        "reference inside of what is stored": inside_another,
        "for a nullable type": of_nullable,
        "of a type that casts": of_ints_for_floats,
    }


def _bad() -> dict[str, Maker]:
    text = literal("x" * 100)

    def stored(folder: Path) -> Literal:
        return store_whole(text, STRING, folder / "value")

    def missing(folder: Path) -> Sample:
        sent = stored(folder)
        (folder / "value").unlink()
        return Sample.of("", STRING, sent)

    def other_content(folder: Path) -> Sample:
        sent = stored(folder)
        (folder / "value").write_bytes(literal("y" * 100).SerializeToString())
        return Sample.of("", STRING, sent)

    def too_long(folder: Path) -> Sample:
        sent = stored(folder)
        (folder / "value").write_bytes((folder / "value").read_bytes() + b"\0")
        return Sample.of("", STRING, sent)

    def cut(folder: Path) -> Sample:
        sent = stored(folder)
        (folder / "value").write_bytes((folder / "value").read_bytes()[:50])
        return Sample.of("", STRING, sent)

    def other_type(folder: Path) -> Sample:
        return Sample.of("", INT, stored(folder))

    def bad_footer(folder: Path) -> Sample:
        sent = store_items(literal(["a" * 100, "b"]), list_of(STRING), folder / "value")
        sent.reference.index.footer_offset -= 3
        return Sample.of("", list_of(STRING), sent)

    def inexact(folder: Path) -> Sample:
        return Sample.of("", list_of(FLOAT), store_items(literal([2**53 + 1]), list_of(INT), folder / "value"))

    return {
        "missing is refused": missing,
        "of another value is refused": other_content,
        "longer than it says is refused": too_long,
        "cut is refused": cut,
        "of a type that does not cast is refused": other_type,
        "with a footer elsewhere is refused": bad_footer,
        "of ints that are no floats is refused": inexact,
    }
