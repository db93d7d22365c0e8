"""The executor of the Python SDK with one planted defect: `defective_executor.py DEFECT`."""

import hashlib
import os
import random
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "executors" / "python"))

import executor
from answers import Answers
from godwitidl.conformance.v1 import conformance_pb2 as pb
from godwitidl.core.v1.bundle_pb2 import Bundle
from godwitidl.core.v1.values_pb2 import Literal, Type
from godwitidl.rules import digest
from godwitidl.rules.framing import frame
from google.protobuf.message import Message

RUNNER = Path(__file__).with_name("defective_runner.py")


def literals(change):
    """Change every literal that was read and written; *change* is given one after the other, the outer ones first."""

    def answer(request, response):
        if request.HasField("round_trip_literal") and response.HasField("literal"):
            of = Type.FromString(request.round_trip_literal.type)
            literal = Literal.FromString(response.literal)
            response.literal = (change(literal, of) or literal).SerializeToString()

    return answer


def bundles(change):
    def answer(request, response):
        if response.HasField("bundle"):
            bundle = Bundle.FromString(response.bundle)
            change(bundle)
            response.bundle = bundle.SerializeToString(deterministic=True)

    return answer


def runners(request, response):
    """Run tasks by a runner with the defect."""
    if response.HasField("task"):
        response.task.command[:] = [sys.executable, str(RUNNER), sys.argv[1], *response.task.command]


def fields_sorted(literal, _):
    if literal.HasField("record"):
        fields = sorted(literal.record.fields, key=lambda field: field.name)
        del literal.record.fields[:]
        literal.record.fields.extend(fields)


def ints_as_floats(literal, _):
    if literal.HasField("int_value"):
        literal.int_value = max(min(int(float(literal.int_value)), 2**63 - 1), -(2**63))


def first_tag(literal, of):
    if literal.HasField("union"):
        literal.union.tag = of.union.members[0].tag


def none_as_zero(literal, of):
    return Literal(int_value=0) if literal.HasField("none") and of.simple else None


def empty_as_none(literal, of):
    if of.nullable and literal.WhichOneof("kind") == "string_value" and not literal.string_value:
        literal.none.SetInParent()


def zero_without_sign(literal, _):
    if literal.HasField("float_value"):
        literal.float_value += 0.0


def without_offset(literal, _):
    if literal.datetime.HasField("offset_seconds"):
        literal.datetime.offset_seconds = 0
        literal.datetime.zone = ""


def short_decimals(literal, _):
    if "." in literal.decimal:
        literal.decimal = literal.decimal.rstrip("0").rstrip(".")


def sets_as_lists(literal, _):
    if literal.HasField("set"):
        items = list(literal.set.items)
        literal.list.SetInParent()
        literal.list.items.extend(items)


def takes_all(request, response):
    """Take what was refused for none."""
    if request.HasField("round_trip_literal") and response.HasField("refusal"):
        response.literal = Literal(none={}).SerializeToString()


def takes_damaged_data(request, response):
    if response.refusal.code == "DATA_CORRUPT":
        response.literal = Literal(string_value="y" * 100).SerializeToString()


def inlines_all(request, response):
    literal = Literal.FromString(response.literal)
    if literal.HasField("reference"):
        response.literal = request.round_trip_literal.literal


def sorted_symbols(request, response):
    if response.HasField("type"):
        of = Type.FromString(response.type)
        of.enum.symbols.sort()
        response.type = of.SerializeToString()


def each(message, of, change):
    if isinstance(message, of):
        change(message)
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in (value,) if isinstance(value, Message) else value:
                each(part, of, change)


def random_ids(bundle):
    names = {}
    each(bundle, object, lambda part: rename(part, names))


def rename(part, names):
    for name in ("id", "node_id"):
        value = getattr(part, name, None)
        if isinstance(value, str) and value:
            setattr(part, name, names.setdefault(value, f"n{random.getrandbits(40):x}"))
    if hasattr(part, "after"):
        part.after[:] = [names.setdefault(value, f"n{random.getrandbits(40):x}") for value in part.after]


def defaults_lost(bundle):
    for task in bundle.tasks:
        for entry in task.interface.inputs:
            entry.ClearField("default_value")


def inputs_sorted(bundle):
    for entity in (*bundle.tasks, *bundle.workflows):
        entity.interface.inputs.sort(key=lambda entry: entry.name)


def order_lost(bundle):
    for workflow in bundle.workflows:
        for node in workflow.body.nodes:
            del node.after[:]


def retries_counted_as_attempts(bundle):
    for task in bundle.tasks:
        if task.HasField("retries"):
            task.retries.max_retries += 1


def handlers_lost(bundle):
    for workflow in bundle.workflows:
        workflow.ClearField("on_failure")


def one_entity_more(bundle):
    bundle.tasks.add().id.name = "left.over"


def maps_in_insertion_order(request, response):
    literal = Literal.FromString(request.digest.literal)
    if literal.HasField("map") and not literal.hash and response.HasField("digest"):
        encoded = b"m" + struct.pack(">Q", len(literal.map.entries))
        for entry in literal.map.entries:
            encoded += digest.literal_token(entry.key) + digest.literal_token(entry.value)
        response.digest = hashlib.sha256(b"godwit.literal.v1\0" + encoded).digest()


def whole_floats_as_ints(request, response):
    literal = Literal.FromString(request.digest.literal)
    if literal.HasField("float_value") and literal.float_value == 1.0:
        response.digest = digest.literal_digest(Literal(int_value=1))


def hashes_ignored(request, response):
    literal = Literal.FromString(request.digest.literal)
    if literal.hash and response.HasField("digest"):
        literal.hash = ""
        try:
            response.digest = digest.literal_digest(literal)
        except digest.DigestError:
            return


def salt_ignored(request, response):
    if request.cache_key.salt:
        request.cache_key.salt = ""
        response.CopyFrom(Answers.to(ANSWERS, request))


def everything_casts(request, response):
    if response.cast_level == pb.CAST_LEVEL_NO:
        response.cast_level = pb.CAST_LEVEL_CHECKED


def rounding(request, response):
    if request.HasField("convert") and response.HasField("refusal"):
        number = Literal.FromString(request.convert.literal).int_value
        response.literal = Literal(float_value=float(number)).SerializeToString()


def hangs(request, response):
    if request.HasField("round_trip_type"):
        time.sleep(600)


def dies(request, response):
    if request.HasField("round_trip_type"):
        print("out of memory", file=sys.stderr)
        os._exit(9)


def prints_garbage(request, response):
    if request.HasField("round_trip_type"):
        os.write(OUTPUT, b"\xff\xff\xff\xff\xff\xff\xff\xff")


def prints_text(request, response):
    if request.HasField("round_trip_type"):
        os.write(OUTPUT, b"INFO starting\n")
        time.sleep(600)


def answers_twice(request, response):
    if request.HasField("round_trip_type"):
        # Both in one piece, or the second may be read together with the next answer.
        executor._write = lambda output, answer: os.write(output, frame(answer.SerializeToString()) * 2)


def answers_another(request, response):
    if request.HasField("round_trip_type"):
        request.id += 1


def answers_in_part(request, response):
    if request.HasField("round_trip_type"):
        os.write(OUTPUT, b"\x7f\x08")
        time.sleep(600)


def closes_its_output(request, response):
    if request.HasField("round_trip_type"):
        os.closerange(3, 32)  # the executor's own copy, too
        time.sleep(600)


DEFECTS = {
    **{name: literals(globals()[name]) for name in (
        "fields_sorted", "ints_as_floats", "first_tag", "none_as_zero", "empty_as_none", "zero_without_sign",
        "without_offset", "short_decimals", "sets_as_lists",
    )},
    **{name: bundles(globals()[name]) for name in (
        "random_ids", "defaults_lost", "inputs_sorted", "order_lost", "retries_counted_as_attempts", "handlers_lost",
        "one_entity_more",
    )},
    **{name: globals()[name] for name in (
        "takes_all", "takes_damaged_data", "inlines_all", "sorted_symbols", "maps_in_insertion_order",
        "whole_floats_as_ints", "hashes_ignored", "salt_ignored", "everything_casts", "rounding", "hangs", "dies",
        "prints_garbage", "prints_text", "answers_twice", "answers_another", "answers_in_part", "closes_its_output",
    )},
}  # fmt: skip
OUTPUT = os.dup(1)
ANSWERS = Answers(executor.FOLDER)


class Defective(Answers):
    def to(self, request):
        response = super().to(request)
        DEFECTS.get(sys.argv[1], runners)(request, response)
        return response


if __name__ == "__main__":
    executor.Answers = Defective
    sys.exit(executor.main())
