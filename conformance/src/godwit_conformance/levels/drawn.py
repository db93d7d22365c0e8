"""Cases that are drawn at random, of several levels."""

from typing import Any

from godwitidl.conformance.v1.conformance_pb2 import Castable, Digest, RoundTripLiteral
from godwitidl.core.v1.bundle_pb2 import Bundle
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules.castability import castability
from godwitidl.rules.digest import literal_digest, type_digest

from godwit_conformance import subjects
from godwit_conformance.cases import Bench, CaseFailedError, Level
from godwit_conformance.drawing import Drawn
from godwit_conformance.levels.questions import authored, cast_level, digest, round_trip
from godwit_conformance.levels.wire import check_meaning, check_type
from godwit_conformance.meaning import plain
from godwit_conformance.specs import bundle_differences
from godwit_conformance.workflows import workflows


def drawn() -> list[Drawn[Any]]:
    """Return the kinds of drawn cases."""
    return [
        Drawn(
            "wire/drawn/literal",
            Level.WIRE,
            "values of types, both drawn at random, are read and written",
            empty=RoundTripLiteral,
            subjects=subjects.literals(),
            check=_round_trip,
        ),
        Drawn(
            "wire/drawn/type",
            Level.WIRE,
            "types drawn at random are read and written",
            empty=Type,
            subjects=subjects.types(),
            check=check_type,
        ),
        Drawn(
            "digest/drawn/literal",
            Level.DIGEST,
            "digests of values and types drawn at random",
            empty=RoundTripLiteral,
            subjects=subjects.literals(),
            check=_digest,
        ),
        Drawn(
            "castability/drawn/pair",
            Level.CASTABILITY,
            "the levels of pairs of types drawn at random",
            empty=Castable,
            subjects=subjects.pairs(),
            check=_castable,
        ),
        Drawn(
            "spec/drawn/workflow",
            Level.SPEC,
            "workflows drawn at random are authored",
            empty=Bundle,
            subjects=workflows(),
            check=_authored,
        ),
    ]


def _authored(subject: Bundle, bench: Bench) -> None:
    differences = bundle_differences(subject, authored(bench, subject))
    if differences:
        raise CaseFailedError("\n".join(str(difference) for difference in differences[:10]))


def _round_trip(subject: RoundTripLiteral, bench: Bench) -> None:
    of, literal = Type.FromString(subject.type), Literal.FromString(subject.literal)
    check_meaning(plain(literal), round_trip(bench, of, literal), of)


def _digest(subject: RoundTripLiteral, bench: Bench) -> None:
    of, literal = Type.FromString(subject.type), Literal.FromString(subject.literal)
    _same(literal_digest(literal), digest(bench, Digest(literal=subject.literal)))
    _same(type_digest(of), digest(bench, Digest(type=subject.type)))


def _same(expected: bytes, came: bytes) -> None:
    if came != expected:
        raise CaseFailedError(f"the digest {expected.hex()} was expected, came {came.hex()}")


def _castable(subject: Castable, bench: Bench) -> None:
    source, target = Type.FromString(subject.source), Type.FromString(subject.target)
    expected, came = castability(source, target).name.lower(), cast_level(bench, source, target)
    if came != expected:
        raise CaseFailedError(f"the level {expected} was expected, came {came}")
