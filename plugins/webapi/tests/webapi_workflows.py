"""Workflows of tasks of web services, run by real engines in tests. Where the services are, the environment says."""

import os
from datetime import timedelta

import godwit as gw
from godwit_webapi import Call, DatabricksJob, HttpJob, Limits, Service

URL = os.environ["QUARRY_URL"]
LIMITS = Limits(reads_per_s=500, writes_per_s=500, burst=100, poll_interval=timedelta(milliseconds=50))


FOUND = {
    "find": {"find": Call("GET", "/jobs?name={job_name}"), "found_id": "/jobs/0/id"},
    "idempotent": {"idempotent": True},
    "may_repeat": {"may_repeat": True},
}[os.environ.get("QUARRY_FINDS", "find")]


def quarry(name: str, does: str = "{does}") -> gw.Task[..., int]:
    return gw.declare_task(
        name,
        inputs={"does": str, "value": int},
        outputs=int,
        task_config=HttpJob(
            service=Service(f"{URL}/v1", "quarry", limits=LIMITS),
            create=Call("POST", "/jobs", {"does": does, "value": "{value}"}),
            get=Call("GET", "/jobs/{job_id}"),
            cancel=Call("DELETE", "/jobs/{job_id}"),
            **FOUND,
            logs=Call("GET", "/jobs/{job_id}/log"),
            succeeded=("done",),
            failed=("failed", "cancelled"),
            outputs={"result": "/answer/value"},
            error="/why",
        ),
        stack_level=2,
    )


dig = quarry("dig")


notebook = gw.declare_task(
    "notebook",
    inputs={"does": str},
    outputs=int,
    task_config=DatabricksJob(
        service=Service(URL, "databricks", limits=LIMITS),
        task={"notebook_task": {"notebook_path": "/birds", "base_parameters": {"does": "{does}"}}},
    ),
)


@gw.task
def double(number: int) -> int:
    return 2 * number


@gw.workflow
def digging(does: str, value: int = 7) -> int:
    return double(number=dig(does=does, value=double(number=value)))
