"""What runners report, as events of backends."""

from godwit_plugin_api.backend import Finished, Link, OutputValue, Progress
from godwitidl.runner.v1.runner_pb2 import Linked, Result


def finished(result: Result) -> Finished:
    """Return the end of an attempt as its runner tells it."""
    outputs = tuple(OutputValue(one.name, one.value, one.digest) for one in result.outputs)
    error = result.error.SerializeToString() if result.HasField("error") else b""
    log = result.log.SerializeToString() if result.HasField("log") else b""
    return Finished(result.id, outputs, error, result.usage.SerializeToString(), log, result.report)


def linked(linked: Linked) -> Progress:
    """Return what an attempt tells of itself while it runs."""
    return Progress(linked.id, links=(Link(linked.link.name, linked.link.url),))
