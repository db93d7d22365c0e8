"""Level *wire*: literals are read into values of the language and written again; types likewise."""

from collections.abc import Iterator
from functools import partial

from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules.rendering import render_type
from godwitidl.rules.validation import INLINE_LIMIT_BYTES, check_literal
from godwitidl.rules.validation import check_type as problems_of_type
from google.protobuf import json_format

from godwit_conformance.cases import Bench, Case, CaseFailedError, Level
from godwit_conformance.levels.digest import vectors
from godwit_conformance.levels.questions import (
    refusal,
    round_trip,
    round_trip_request,
    round_trip_type,
    round_trip_type_request,
)
from godwit_conformance.levels.wire_bytes import malformed, unknown_fields
from godwit_conformance.levels.wire_literals import Sample, samples
from godwit_conformance.levels.wire_offloaded import offloaded_cases
from godwit_conformance.levels.wire_types import bad_types, good_types
from godwit_conformance.levels.wire_wrong import wrong_values
from godwit_conformance.meaning import in_order_of, literal_differences, message_differences, plain
from godwit_conformance.naming import distinct


def cases() -> Iterator[Case]:
    """Yield the cases of the level."""
    for sample in samples():
        purpose = f"a value of {render_type(sample.type)} is read and written"
        yield Case(f"wire/literal/{sample.name}", Level.WIRE, purpose, partial(check_round_trip, sample))
    for sample in unknown_fields():
        yield Case(
            f"wire/unknown-fields/{sample.name}",
            Level.WIRE,
            "fields of a newer writer change nothing",
            partial(check_round_trip, sample),
        )
    yield from offloaded_cases(check_round_trip)
    for sample in wrong_values():
        purpose = f"refused as {render_type(sample.type)}"
        yield Case(f"wire/wrong/{sample.name}", Level.WIRE, purpose, partial(check_refused, sample))
    for name, of, data in malformed():
        purpose = "bytes that are no literal are refused"
        yield Case(f"wire/malformed/{name}", Level.WIRE, purpose, partial(_check_malformed, of, data))
    for name, of in good_types():
        yield Case(f"wire/type/{name}", Level.WIRE, f"{name} is read and written", partial(check_type, of))
    golden = [vector for vector in vectors("types.json")["types"] if not vector.get("error")]
    for name, vector in zip(distinct(vector["name"] for vector in golden), golden, strict=True):
        golden_type = json_format.ParseDict(vector["type"], Type())
        if not problems_of_type(golden_type):  # some have a digest, and are nested too deep to travel
            purpose = f"{name} is read and written"
            yield Case(f"wire/golden-type/{name}", Level.WIRE, purpose, partial(check_type, golden_type))
    for name, type_bytes in bad_types():
        yield Case(
            f"wire/wrong-type/{name}", Level.WIRE, "what is no type is refused", partial(_check_bad_type, type_bytes)
        )


def check_round_trip(sample: Sample, bench: Bench) -> None:
    """Have a literal read and written; the answer is a valid literal of the type that means the same."""
    came = round_trip(bench, sample.type, sample.literal)
    check_meaning(in_order_of(plain(sample.meaning), sample.type), came, sample.type)


def check_meaning(expected: Literal, came: Literal, of: Type) -> None:
    """Check that *came* is a literal of type *of*, short enough, and means *expected*, which is in plain form.

    Raises:
        CaseFailedError: it is not.
    """
    if came.ByteSize() > INLINE_LIMIT_BYTES:
        raise CaseFailedError(
            f"a literal of {came.ByteSize()} bytes came inline: above {INLINE_LIMIT_BYTES} it is offloaded"
        )
    problems = check_literal(came, of)
    if problems:
        raise CaseFailedError(
            "\n".join(f"{item.path or 'the whole'}: expected {item.expected}, came {item.came}" for item in problems)
        )
    differences = literal_differences(expected, plain(came))
    if differences:
        raise CaseFailedError("\n".join(str(difference) for difference in differences[:10]))


def check_refused(sample: Sample, bench: Bench) -> None:
    """Have a literal read that is none of the type; the answer is a refusal."""
    refusal(bench, round_trip_request(bench, sample.type.SerializeToString(), sample.literal.SerializeToString()))


def check_type(of: Type, bench: Bench) -> None:
    """Have a type read and written; the answer is the same type."""
    differences = list(message_differences(of, round_trip_type(bench, of)))
    if differences:
        raise CaseFailedError("\n".join(str(difference) for difference in differences[:10]))


def _check_malformed(of: Type, data: bytes, bench: Bench) -> None:
    refusal(bench, round_trip_request(bench, of.SerializeToString(), data))


def _check_bad_type(data: bytes, bench: Bench) -> None:
    refusal(bench, round_trip_type_request(data))
