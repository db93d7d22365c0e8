"""Distributed tasks of Godwit: the ranks of MPI, Horovod and torchrun jobs.

    @gw.task(task_config=MPIJob(num_workers=2, slots=4))
    def solve(mesh: gw.File) -> float:
        ranks = gw.current_context().mpi
        return ranks.comm.allreduce(part_of(mesh, ranks.rank, ranks.size))

Every rank runs the task; what rank 0 returns is its result. The names are loaded when they are asked for, so that a
program that only looks for plugins need not load the SDK.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from godwit_mpi.configs import Elastic, HorovodJob, Host, MPIJob, TorchElastic

__all__ = ["Elastic", "HorovodJob", "Host", "MPIJob", "TorchElastic"]


def __getattr__(name: str) -> object:
    if name in __all__:
        return getattr(importlib.import_module("godwit_mpi.configs"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
