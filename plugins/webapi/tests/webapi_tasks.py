"""Tasks of web services as a backend gets them, made without an engine."""

from datetime import timedelta

from godwit_plugin_api.backend import AttemptRequest, Finished, TaskReference
from godwit_webapi import Limits
from godwitidl.core.v1.interface_pb2 import Input, Interface, Output
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.core.v1.values_pb2 import ListType, Literal, NamedLiteral, NamedLiterals, SimpleType, Type
from godwitidl.rules.value_json import from_json, to_json

FAST = Limits(
    reads_per_s=2000, writes_per_s=2000, burst=500, poll_interval=timedelta(milliseconds=10), shared_jobs=1000
)
INT, FLOAT, TEXT = (Type(simple=SimpleType.Value(f"SIMPLE_TYPE_{name}")) for name in ("INT", "FLOAT", "STRING"))
JSON, DATE, BOOL = (Type(simple=SimpleType.Value(f"SIMPLE_TYPE_{name}")) for name in ("JSON", "DATE", "BOOL"))


def list_of(item):
    return Type(list=ListType(item=item))


def task_of(config, inputs=None, outputs=None, key=1, name="task"):
    """Return a task with *config*; inputs and outputs are types by name."""
    spec = TaskSpec(
        backend=config.backend,
        interface=Interface(
            inputs=[Input(name=name, type=of) for name, of in (inputs or {}).items()],
            outputs=[Output(name=name, type=of) for name, of in (outputs or {}).items()],
        ),
    )
    spec.payload.Pack(config.payload())
    return TaskReference(key, name, spec.SerializeToString(), "", ())


def request_of(task, home, values=None, number=1):
    """Return an attempt of *task* with JSON *values*, below the folder *home*."""
    interface = TaskSpec.FromString(task.spec).interface
    literals = [
        NamedLiteral(
            name=item.name,
            value=values[item.name]
            if isinstance(values[item.name], Literal)
            else from_json(values[item.name], item.type),
        )
        for item in interface.inputs
    ]
    prefix = home.as_uri()
    return AttemptRequest(
        id=f"project/development/e/n{number}/1",
        task=task,
        inputs=NamedLiterals(values=literals).SerializeToString(),
        output_prefix=f"{prefix}/outputs/n{number}",
        checkpoint_prefix=f"{prefix}/checkpoints/n{number}",
        number=1,
        execution="project/development/e",
        node_path=f"n{number}",
    )


def run(backend, host, request, timeout_s=20):
    """Submit an attempt to an open backend, and return its end."""
    backend.submit([request])
    return host.end_of(request.id, timeout_s=timeout_s)


def values_of(end, request):
    """Return the outputs of an attempt that ended well, as JSON by name."""
    assert isinstance(end, Finished), end
    assert end.error == b"", end
    types = {item.name: item.type for item in TaskSpec.FromString(request.task.spec).interface.outputs}
    return {output.name: to_json(Literal.FromString(output.value), types[output.name]) for output in end.outputs}
