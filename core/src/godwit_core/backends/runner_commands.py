"""What the local backend tells runners: encoded commands of `runner/v1`."""

from collections.abc import Iterable

from godwit_plugin_api.backend import AttemptRequest, TaskReference
from godwitidl.runner.v1.runner_pb2 import Command


def prepare(task: TaskReference) -> bytes:
    """Return the command that makes *task* known."""
    command = Command()
    command.prepare.task = task.key
    command.prepare.spec.ParseFromString(task.spec)
    command.prepare.source_root = task.source_root
    return command.SerializeToString()


def run(requests: Iterable[AttemptRequest]) -> bytes:
    """Return the command that sends attempts, in their order."""
    command = Command()
    for request in requests:
        attempt = command.run.attempts.add()
        attempt.id = request.id
        attempt.task = request.task.key
        attempt.inputs = request.inputs
        attempt.output_prefix = request.output_prefix
        attempt.attempt = request.number
        attempt.execution = request.execution
        attempt.node_path = request.node_path
        attempt.checkpoint_prefix = request.checkpoint_prefix
    return command.SerializeToString()


def drop(identifier: str) -> bytes:
    """Return the command that takes back an attempt that has not begun."""
    command = Command()
    command.cancel.ids.append(identifier)
    return command.SerializeToString()


def interleave(path: str, log_name: str) -> bytes:
    """Return the command that has a runner run all attempts at a time; what they print goes to the file at *path*."""
    command = Command()
    command.interleave.path, command.interleave.log_name = path, log_name
    return command.SerializeToString()


def cancel(ids: Iterable[str]) -> bytes:
    """Return the command that cancels interleaved attempts."""
    command = Command()
    command.cancel.ids.extend(ids)
    return command.SerializeToString()
