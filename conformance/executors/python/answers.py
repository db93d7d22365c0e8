"""What the Python SDK answers to each request."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from annotations import NoAnnotationError, annotation_of
from authoring import source_of
from godwit.runner.session import Session
from godwit.serialization import RUNNER_COMMAND
from godwit.types.contract_codecs import codec_of_type
from godwit.types.errors import ValueMismatch
from godwit.types.offloading import INLINE_LIMIT_BYTES, offload
from godwit.version import VERSION
from godwit_plugin_api.errors import DataError, GodwitError
from godwitidl.conformance.v1 import conformance_pb2 as pb
from godwitidl.core.v1.bundle_pb2 import Bundle
from godwitidl.core.v1.interface_pb2 import Interface
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules import digest
from godwitidl.rules.castability import CastError, castability, coerce
from godwitidl.rules.validation import check_literal, check_type
from google.protobuf.message import DecodeError
from scenario_files import NO_SCENARIO, ScenarioFiles

LEVELS = tuple(number for number in pb.Level.values() if number != pb.LEVEL_UNSPECIFIED)


class RefusedError(Exception):
    """What came is refused; the code says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Answers:
    """Answers requests.

    Args:
        folder: where the scenarios and tasks of the Python SDK lie.
    """

    def __init__(self, folder: Path) -> None:
        self._session = Session()
        self._scenarios = ScenarioFiles(folder, self._session.types)
        self._kinds: dict[str, Callable[[Any], pb.Response]] = {
            "hello": self._hello,
            "serialize_scenario": self._serialize_scenario,
            "round_trip_literal": self._round_trip_literal,
            "round_trip_type": self._round_trip_type,
            "digest": self._digest,
            "cache_key": self._cache_key,
            "castable": self._castable,
            "convert": self._convert,
            "describe_task": self._describe_task,
            "author_workflow": self._author_workflow,
        }

    def to(self, request: pb.Request) -> pb.Response:
        """Return the answer to *request*, without its id."""
        kind = request.WhichOneof("kind")
        answer = self._kinds.get(kind or "")
        if answer is None:
            return _unsupported(f"requests of kind {kind}")
        try:
            return answer(getattr(request, kind or ""))
        except RefusedError as error:
            return _refusal(error.code, str(error))
        except GodwitError as error:
            return _refusal(error.code, error.message)
        except (CastError, digest.DigestError, DecodeError, UnicodeDecodeError) as error:
            return _refusal(_code_of(error), str(error))

    def _hello(self, request: pb.Hello) -> pb.Response:
        if request.protocol_version != 1:
            raise RefusedError("PROTOCOL_VERSION", f"version 1 is spoken, not {request.protocol_version}")
        version = ".".join(map(str, sys.version_info[:3]))
        return pb.Response(
            sdk=pb.SdkInfo(name="godwit", version=VERSION, languages=[f"python {version}"], levels=LEVELS)
        )

    def _serialize_scenario(self, request: pb.SerializeScenario) -> pb.Response:
        bundle = self._scenarios.bundle(request.name)
        if bundle is None:
            return _unsupported(NO_SCENARIO.format(request.name))
        return pb.Response(bundle=bundle.SerializeToString(deterministic=True))

    def _round_trip_literal(self, request: pb.RoundTripLiteral) -> pb.Response:
        of = _checked_type(request.type)
        literal = _checked_literal(request.literal, of)
        data = self._session.data(request.output_prefix)
        types = self._session.types
        try:
            annotation = annotation_of(of, types, reads=True)
        except NoAnnotationError:
            value = types.value_of_type(literal, of, data)
            written = types.literal_of_type(value, of, data)
            if written.ByteSize() > INLINE_LIMIT_BYTES:
                written = offload(written, of, digest.literal_digest(written), data)
        else:
            value = types.from_literal(literal, annotation, data)
            written = types.to_literal(value, annotation, data)
        return pb.Response(literal=written.SerializeToString())

    def _round_trip_type(self, request: pb.RoundTripType) -> pb.Response:
        of = _checked_type(request.type)
        types = self._session.types
        try:
            own = types.type_of(annotation_of(of, types))
        except NoAnnotationError:
            own = codec_of_type(of, types.codec).type
        return pb.Response(type=own.SerializeToString())

    def _author_workflow(self, request: pb.AuthorWorkflow) -> pb.Response:
        try:
            source = source_of(Bundle.FromString(request.bundle))
        except KeyError as missing:
            return _unsupported(f"made-up workflows with {missing}")
        return pb.Response(bundle=self._scenarios.authored(source).SerializeToString(deterministic=True))

    def _digest(self, request: pb.Digest) -> pb.Response:
        match request.WhichOneof("of"):
            case "literal":
                made = digest.literal_digest(Literal.FromString(request.literal))
            case "type":
                made = digest.type_digest(Type.FromString(request.type))
            case "interface":
                made = digest.interface_digest(Interface.FromString(request.interface))
            case "inputs":
                made = digest.inputs_digest((item.name, item.digest) for item in request.inputs.inputs)
            case "folder":
                made = digest.tree_digest((file.path, file.digest) for file in request.folder.files).encode()
            case "cast":
                types = Type.FromString(request.cast.source), Type.FromString(request.cast.target)
                made = digest.cast_digest(request.cast.digest, *types)
            case other:
                return _unsupported(f"digests of {other}")
        return pb.Response(digest=made)

    def _cache_key(self, request: pb.CacheKey) -> pb.Response:
        key = digest.cache_key(
            project=request.project,
            domain=request.domain,
            task=request.task,
            version=request.version,
            salt=request.salt,
            interface=request.interface_digest,
            inputs=request.inputs_digest,
        )
        return pb.Response(digest=key)

    def _castable(self, request: pb.Castable) -> pb.Response:
        level = castability(Type.FromString(request.source), Type.FromString(request.target))
        return pb.Response(cast_level=pb.CastLevel.Value(f"CAST_LEVEL_{level.name}"))

    def _convert(self, request: pb.Convert) -> pb.Response:
        source, target = Type.FromString(request.source), Type.FromString(request.target)
        converted = coerce(Literal.FromString(request.literal), source, target)
        return pb.Response(literal=converted.SerializeToString())

    def _describe_task(self, request: pb.DescribeTask) -> pb.Response:
        found = self._scenarios.runtime_task(request.name)
        if found is None:
            return _unsupported(f"a task {request.name}")
        command = [part.replace("{python}", sys.executable) for part in RUNNER_COMMAND]
        spec = found.SerializeToString(deterministic=True)
        root = str(self._scenarios.root)
        return pb.Response(task=pb.TaskDescription(task_spec=spec, command=command, source_root=root))


def _checked_type(data: bytes) -> Type:
    of = Type.FromString(data)
    problems = check_type(of)
    if problems:
        raise RefusedError(
            "INVALID_TYPE", f"{problems[0].path}: expected {problems[0].expected}, came {problems[0].came}"
        )
    return of


def _checked_literal(data: bytes, of: Type) -> Literal:
    literal = Literal.FromString(data)
    problems = check_literal(literal, of)
    if problems:
        raise RefusedError(
            "VALUE_MISMATCH", f"{problems[0].path}: expected {problems[0].expected}, came {problems[0].came}"
        )
    return literal


def _code_of(error: Exception) -> str:
    names = {
        CastError: "CAST_FAILED",
        digest.DigestError: "NO_DIGEST",
        ValueMismatch: "VALUE_MISMATCH",
        DataError: "DATA",
    }
    return names.get(type(error), "UNREADABLE")


def _refusal(code: str, message: str) -> pb.Response:
    return pb.Response(refusal=pb.Refusal(code=code, message=message or code))


def _unsupported(what: str) -> pb.Response:
    return pb.Response(unsupported=pb.Unsupported(message=f"The Python SDK does not have {what}."))
