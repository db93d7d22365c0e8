"""Specs of the tasks of `dev.example.Behaviours`, as the JVM SDK writes them, and jars that hold them."""

import zipfile

from godwitidl.core.v1.bundle_pb2 import Bundle
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import Literal, SimpleType, Type

INT = Type(simple=SimpleType.SIMPLE_TYPE_INT)
STRING = Type(simple=SimpleType.SIMPLE_TYPE_STRING)
FLOAT = Type(simple=SimpleType.SIMPLE_TYPE_FLOAT)


def listed(item):
    of = Type()
    of.list.item.CopyFrom(item)
    return of


def record(name, **fields):
    of = Type()
    of.record.name = name
    for field, type_ in fields.items():
        of.record.fields.add(name=field, type=type_)
    return of


POINT = record("Point", x=INT, y=FLOAT)
FILE = Type()
FILE.file.SetInParent()
LINE = {"points": listed(POINT), "file": FILE}
TOLD = {"attempt": INT, "node": STRING, "secret": STRING, "colour": STRING, "input": INT}
MANY = {"numbers": listed(INT), "text": STRING}
RESULT = {"result": INT}


def task(name, member, inputs=None, outputs=RESULT, owner="dev.example.Behaviours", **settings):
    """A spec as the JVM SDK writes it."""
    spec = TaskSpec(**settings)
    spec.id.name = f"dev.example.{name}"
    spec.program.command.append("{jvm}")
    spec.program.arguments.extend([owner, member])
    spec.program.socket_on_standard_input = True
    spec.program.local_files_only = True
    for key, of in (inputs or {}).items():
        default = Literal(int_value=1) if key == "times" else None
        spec.interface.inputs.add(name=key, type=of, default_value=default)
    for key, of in outputs.items():
        spec.interface.outputs.add(name=key, type=of)
    return spec


def specs():
    told = task("tell", "TELL", outputs=TOLD)
    told.secrets.add(name="token")
    told.environment.add(name="COLOUR", value="green")
    told.retries.max_retries = 1
    greet = task("greet", "GREET", {"name": STRING, "times": INT}, {"greeting": STRING, "length": INT})
    greet.cache.version = "auto"
    return [
        greet,
        task("succeed", "SUCCEED"),
        task("fail", "FAIL"),
        task("give_up", "GIVE_UP"),
        task("sleep", "SLEEP"),
        task("wait", "WAIT"),
        task("crash", "CRASH"),
        task("exit", "EXIT"),
        task("too_large", "TOO_LARGE"),
        task("take_memory", "TAKE_MEMORY"),
        task("process", "PROCESS"),
        task("many", "MANY", {"count": INT}, MANY),
        task("sum", "SUM", {"numbers": listed(INT)}),
        task("draw", "DRAW", LINE, LINE),
        told,
        task("wrong", "WRONG", outputs={"greeting": STRING, "length": INT}),
        task("no_task", "NO_TASK"),
        task("no_member", "NOWHERE"),
        task("no_class", "TASK", owner="dev.example.Nowhere"),
        task("broken", "TASK", owner="dev.example.Behaviours$Broken"),
        task("unsupported", "UNSUPPORTED", {"thread": STRING}),
        task("changed", "GREET", {"name": STRING, "times": FLOAT}, {"greeting": STRING, "length": INT}),
        task("renamed", "GREET", {"who": STRING, "times": INT}, {"greeting": STRING, "length": INT}),
    ]


def bundle_of(tasks):
    return Bundle(tasks=sorted(tasks, key=lambda spec: spec.id.name))


def write_jar(path, entries):
    with zipfile.ZipFile(path, "w") as jar:
        for name, data in entries.items():
            jar.writestr(zipfile.ZipInfo(name), data)
    return path
