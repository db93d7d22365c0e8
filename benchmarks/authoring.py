"""What an author's import of a plugin costs, above a bare interpreter: run by the Python of .venvs/together.

make test-backends
.venvs/together/bin/python benchmarks/authoring.py
"""

import subprocess
import sys
from functools import partial

from measurement import Measure, Result, options, parsed, repeated, seconds

BUDGET_MS = 50
LONGEST_S = 12
IMPORTS = {
    "godwit": "import godwit; godwit.task",
    "godwit-container": "from godwit_container import Container, container_task",
    "godwit-jvm": "import godwit_jvm; godwit_jvm.task",
    "godwit-mpi": "from godwit_mpi import HorovodJob, MPIJob, TorchElastic",
    "godwit-ray": "from godwit_ray import RayJob, RayNode",
    "godwit-spark": "from godwit_spark import Spark, SparkJar",
    "godwit-webapi": "from godwit_webapi import HttpJob, OpenAIBatch, Service",
}


def main() -> int:
    """Measure all and print them."""
    arguments = parsed(options(__doc__, runs=21))
    result = Result("authoring", {})
    for name, statement in IMPORTS.items():
        _taken_ms(statement)  # not counted: it writes what is byte-compiled
        pairs: list[tuple[float, float]] = []
        repeated(partial(_pair, statement, pairs), arguments.runs, LONGEST_S)
        above = [whole - bare for bare, whole in pairs]
        result.measures.append(Measure(f"{name}: {statement}", "ms", above, BUDGET_MS))
    result.deliver(arguments.out)
    return 0


def _pair(statement: str, pairs: list[tuple[float, float]]) -> float:
    pairs.append((_taken_ms("pass"), _taken_ms(statement)))
    return pairs[-1][1]


def _taken_ms(statement: str) -> float:
    return seconds(partial(subprocess.run, [sys.executable, "-P", "-c", statement], check=True)) * 1e3


if __name__ == "__main__":
    sys.exit(main())
