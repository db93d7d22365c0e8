"""Tasks of Godwit that are jobs of web services, and sensors, which wait until something is there.

    count = gw.declare_task(
        "count", inputs={"day": date}, outputs=int,
        task_config=AthenaQuery("SELECT count(*) FROM sightings WHERE day = :day", output_location="s3://birds/athena/"),
    )

The names are loaded when they are asked for, so that a program that only looks for plugins need not load the SDK.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from godwit_webapi.http_config import Call, HttpJob
    from godwit_webapi.openapi import http_job_of
    from godwit_webapi.query_configs import AthenaQuery, BigQueryQuery, SnowflakeQuery
    from godwit_webapi.sensor_configs import FileSensor, HttpSensor, SqlSensor
    from godwit_webapi.service_configs import AwsBatchJob, DatabricksJob, OpenAIBatch
    from godwit_webapi.services import Aws, Limits, Service

_MODULES = {
    "AthenaQuery": "query_configs",
    "Aws": "services",
    "AwsBatchJob": "service_configs",
    "BigQueryQuery": "query_configs",
    "Call": "http_config",
    "DatabricksJob": "service_configs",
    "FileSensor": "sensor_configs",
    "HttpJob": "http_config",
    "HttpSensor": "sensor_configs",
    "Limits": "services",
    "OpenAIBatch": "service_configs",
    "Service": "services",
    "SnowflakeQuery": "query_configs",
    "SqlSensor": "sensor_configs",
    "http_job_of": "openapi",
}

__all__ = [
    "AthenaQuery",
    "Aws",
    "AwsBatchJob",
    "BigQueryQuery",
    "Call",
    "DatabricksJob",
    "FileSensor",
    "HttpJob",
    "HttpSensor",
    "Limits",
    "OpenAIBatch",
    "Service",
    "SnowflakeQuery",
    "SqlSensor",
    "http_job_of",
]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return getattr(importlib.import_module(f"godwit_webapi.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
