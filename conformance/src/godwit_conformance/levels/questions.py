"""Requests as calls: each asks, and returns the answer of the kind that the request has, or fails the case."""

from godwitidl.conformance.v1.conformance_pb2 import (
    AuthorWorkflow,
    CacheKey,
    Castable,
    CastLevel,
    Convert,
    DescribeTask,
    Digest,
    Refusal,
    Request,
    Response,
    RoundTripLiteral,
    RoundTripType,
    SerializeScenario,
    TaskDescription,
)
from godwitidl.core.v1.bundle_pb2 import Bundle
from godwitidl.core.v1.values_pb2 import Literal, Type
from google.protobuf.message import DecodeError

from godwit_conformance.cases import Bench, CaseFailedError
from godwit_conformance.meaning import shown


def answer(bench: Bench, request: Request, kind: str) -> Response:
    """Ask, and return an answer of *kind*.

    Raises:
        CaseFailedError: it is of another kind, a refusal for one.
    """
    response = bench.ask(request)
    came = response.WhichOneof("kind")
    if came == "refusal":
        raise CaseFailedError(f"an answer was expected, came a refusal: {refusal_text(response.refusal)}")
    if came != kind:
        raise CaseFailedError(f"an answer of kind {kind} was expected, came {came}")
    return response


def refusal(bench: Bench, request: Request) -> Refusal:
    """Ask, and return the refusal that was expected.

    Raises:
        CaseFailedError: an answer came.
    """
    response = bench.ask(request)
    if response.WhichOneof("kind") != "refusal":
        kind = response.WhichOneof("kind") or ""
        raise CaseFailedError(f"a refusal was expected, came {kind}: {shown(getattr(response, kind))}")
    if not response.refusal.message:
        raise CaseFailedError(f"a refusal with a message was expected, came {response.refusal.code} alone")
    return response.refusal


def refusal_text(refused: Refusal) -> str:
    """Return a refusal in one line."""
    return f"{refused.code}: {refused.message}"


def round_trip_request(bench: Bench, of: bytes, literal: bytes) -> Request:
    """Return the request to read a literal and write it again; both may be no such messages."""
    prefix = (bench.folder / "data").as_uri()
    return Request(round_trip_literal=RoundTripLiteral(type=of, literal=literal, output_prefix=prefix))


def round_trip(bench: Bench, of: Type, literal: Literal) -> Literal:
    """Have a literal read and written again."""
    request = round_trip_request(bench, of.SerializeToString(), literal.SerializeToString())
    return _literal(answer(bench, request, "literal"))


def round_trip_type_request(of: bytes) -> Request:
    """Return the request to read a type and write it again."""
    return Request(round_trip_type=RoundTripType(type=of))


def round_trip_type(bench: Bench, of: Type) -> Type:
    """Have a type read and written again."""
    response = answer(bench, round_trip_type_request(of.SerializeToString()), "type")
    try:
        return Type.FromString(response.type)
    except DecodeError:
        raise CaseFailedError("the answer is no Type") from None


def digest_request(of: Digest) -> Request:
    """Return the request for a digest."""
    return Request(digest=of)


def digest(bench: Bench, of: Digest) -> bytes:
    """Ask for a digest."""
    return answer(bench, digest_request(of), "digest").digest


def cache_key(bench: Bench, of: CacheKey) -> bytes:
    """Ask for a cache key."""
    return answer(bench, Request(cache_key=of), "digest").digest


def cast_level(bench: Bench, source: Type, target: Type) -> str:
    """Ask how well a type feeds another: `same`, `convert`, `checked`, `no`."""
    request = Request(castable=Castable(source=source.SerializeToString(), target=target.SerializeToString()))
    level = answer(bench, request, "cast_level").cast_level
    if level not in CastLevel.values():
        raise CaseFailedError(f"a level was expected, came the number {level}")
    return CastLevel.Name(level).removeprefix("CAST_LEVEL_").lower()


def convert_request(literal: Literal, source: Type, target: Type) -> Request:
    """Return the request to convert a literal."""
    parts = literal.SerializeToString(), source.SerializeToString(), target.SerializeToString()
    return Request(convert=Convert(literal=parts[0], source=parts[1], target=parts[2]))


def convert(bench: Bench, literal: Literal, source: Type, target: Type) -> Literal:
    """Have a literal converted."""
    return _literal(answer(bench, convert_request(literal, source, target), "literal"))


def describe_task(bench: Bench, name: str) -> TaskDescription:
    """Ask how a task of the runtime level is run."""
    return answer(bench, Request(describe_task=DescribeTask(name=name)), "task").task


def scenario_bytes(bench: Bench, name: str) -> bytes:
    """Ask for the spec of a scenario, as it came."""
    return answer(bench, Request(serialize_scenario=SerializeScenario(name=name)), "bundle").bundle


def authored(bench: Bench, bundle: Bundle) -> Bundle:
    """Have a workflow authored."""
    request = Request(author_workflow=AuthorWorkflow(bundle=bundle.SerializeToString(deterministic=True)))
    return bundle_of(answer(bench, request, "bundle").bundle)


def bundle_of(data: bytes) -> Bundle:
    """Return *data*, an answer, as a bundle.

    Raises:
        CaseFailedError: it is none.
    """
    try:
        return Bundle.FromString(data)
    except DecodeError:
        raise CaseFailedError("the answer is no Bundle") from None


def _literal(response: Response) -> Literal:
    try:
        return Literal.FromString(response.literal)
    except DecodeError:
        raise CaseFailedError("the answer is no Literal") from None
