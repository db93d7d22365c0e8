"""What Godwit's own plugins are called, so that errors can say which of them is missing."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

BACKENDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "container": "godwit-container",
        "spark": "godwit-spark",
        "mpi": "godwit-mpi",
        "horovod": "godwit-mpi",
        "torch": "godwit-mpi",
        "ray": "godwit-ray",
        "http": "godwit-webapi",
        "databricks": "godwit-webapi",
        "snowflake": "godwit-webapi",
        "bigquery": "godwit-webapi",
        "aws-batch": "godwit-webapi",
        "athena": "godwit-webapi",
        "openai-batch": "godwit-webapi",
        "sensor": "godwit-webapi",
    }
)
"""Distribution of each backend, by the key that tasks say."""

PROGRAMS: Final[Mapping[str, str]] = MappingProxyType({"jvm": "godwit-jvm"})
"""Distribution of each program, by the name that commands of runners say in braces."""

LOADERS: Final[Mapping[str, str]] = MappingProxyType({".jar": "godwit-jvm"})
"""Distribution of each entity loader, by the extension of its files."""

PAYLOADS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "godwitidl.plugins.container.": "godwit-container",
        "godwitidl.plugins.spark.": "godwit-spark",
        "godwitidl.plugins.mpi.": "godwit-mpi",
        "godwitidl.plugins.ray.": "godwit-ray",
        "godwitidl.plugins.webapi.": "godwit-webapi",
    }
)
"""Distribution of the payloads of each package, by how their full names begin."""

CONTEXT_ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "spark": "godwit_spark.Spark",
        "mpi": "godwit_mpi.MPIJob",
        "horovod": "godwit_mpi.HorovodJob",
        "torch": "godwit_mpi.TorchElastic",
        "ray": "godwit_ray.RayJob",
    }
)
"""Class of the config that gives a task's context an attribute, by its name."""


def distribution_of_module(name: str) -> str:
    """Return the distribution that a module is of: `godwit-spark` of `godwit_spark.job`; empty: it is none of ours."""
    package = name.partition(".")[0].replace("_", "-")
    return package if package in {*BACKENDS.values(), *LOADERS.values()} else ""


def distribution_of_payload(name: str) -> str:
    """Return the distribution that knows payloads of a message's full name; empty when it is none of ours."""
    return next((distribution for start, distribution in PAYLOADS.items() if name.startswith(start)), "")
