"""Tasks that have a Ray cluster of their own, or are submitted to one: programs under supervisors.

A task with a cluster that is started, or joined, is the runner's own program; the runtime beside it sees to the
cluster. A task for a cluster's Jobs API is a program that submits it, follows it and fetches what came of it:
`submission`.
"""

import os
import sys
from collections.abc import Sequence
from typing import Final

from godwit_plugin_api import attempt_errors
from godwit_plugin_api.backend import AttemptRequest, TaskReference
from godwit_plugin_api.loading import load_plugins
from godwit_plugin_api.manifest import Kind
from godwit_plugin_api.service_jobs import JobRejected
from godwit_plugin_api.supervision.backend import SupervisedBackend
from godwit_plugin_api.supervision.jobs import JobFolder, Launch, once_command
from godwitidl.core.v1.task_pb2 import TaskSpec
from godwitidl.plugins.ray.v1.ray_pb2 import RayJob

from godwit_ray.clusters import environment

PATIENCE_S: Final = 300.0
"""So long a cluster to which a job was submitted may not answer before it is given up."""
_STOPPING_S: Final = PATIENCE_S + 10.0
"""Seconds within which a submitted job is ended there."""


class JobBackend(SupervisedBackend):
    """Starts the programs of tasks with a `RayJob`."""

    def check(self, task: TaskReference) -> Sequence[str]:
        """Return what is wrong with *task*."""
        return [] if task.command else ["It has no program to run on a Ray cluster."]

    def launch(self, request: AttemptRequest, job: JobFolder) -> Launch:
        """Return the runner's command, or that which submits it."""
        told = payload_of(request.task.spec)
        command = once_command(request, job)
        address = told.address if told is not None else ""
        grace_s = None
        if is_submitted(address):
            grace_s = _STOPPING_S
            command = [sys.executable, "-P", "-m", "godwit_ray.submission", str(job.path), *command]
        token = self._token(told.token_secret) if told is not None and told.token_secret else ""
        variables: dict[str, str | None] = {**environment(address, token, os.environ)}
        # Ray's own variable would have the task join what it does not name.
        variables["RAY_ADDRESS"] = None
        return Launch(command, variables, grace_s=grace_s)

    def _token(self, name: str) -> str:
        """Return the token that a secret provider has.

        Raises:
            JobRejected: none has it.
        """
        registry = load_plugins(disabled=self.host.settings.options.get("disabled_plugins", "").split())
        for record in registry.records(Kind.SECRET_PROVIDER):
            value: str | None = registry.create(Kind.SECRET_PROVIDER, record.key).get(name, None)
            if value is not None:
                return value
        message = f"No secret provider has {name!r}, which is to hold the token of the task's Ray cluster."
        raise JobRejected(attempt_errors.failed("RAY_TOKEN_MISSING", message))


def payload_of(spec: bytes) -> RayJob | None:
    """Return the `RayJob` of an encoded spec; None when it has none."""
    told = RayJob()
    return told if TaskSpec.FromString(spec).payload.Unpack(told) else None


def is_submitted(address: str) -> bool:
    """Return whether a task for *address* is submitted through the Jobs API."""
    return address.startswith(("http://", "https://"))
