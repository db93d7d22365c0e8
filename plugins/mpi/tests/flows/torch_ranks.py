"""Workflows of processes of torchrun, some of which fail."""

import json
import os
import time
from pathlib import Path

import godwit as gw
from godwit_mpi import TorchElastic

WHERE = json.loads(os.environ.get("GODWIT_TEST_MACHINES", "{}"))


@gw.task(task_config=TorchElastic(nproc_per_node=2, max_restarts=1))
def restarting(steps: int) -> dict[str, int]:
    """Fail on one rank after half of the steps; all are started anew, and go on from the checkpoint."""
    import torch  # noqa: PLC0415 - only where tasks run

    ranks = gw.current_context().torch
    distributed = ranks.init()
    kept = gw.current_context().checkpoint.path / "step"
    first = int(kept.read_text()) if kept.exists() else 0
    distributed.barrier()
    for step in range(first, steps):
        present = torch.ones(1)
        distributed.all_reduce(present)
        if ranks.rank == 0:
            kept.write_text(str(step + 1))
        distributed.barrier()
        if ranks.restart == 0 and ranks.rank == 1 and step + 1 == steps // 2:
            raise ValueError("the tide is out")
    return {"first": first, "restart": ranks.restart, "size": distributed.get_world_size()}


@gw.workflow
def restarts(steps: int = 6) -> dict[str, int]:
    return restarting(steps=steps)


@gw.task(task_config=TorchElastic(nproc_per_node=2, max_restarts=1))
def failing() -> int:
    """Fail on one rank in every generation, while the other waits for it."""
    ranks = gw.current_context().torch
    distributed = ranks.init()
    if ranks.rank == 1:
        raise ValueError(f"the tide is out, restart {ranks.restart}")
    distributed.barrier()
    return 1


@gw.workflow
def fails() -> int:
    return failing()


@gw.task(task_config=TorchElastic(nnodes="1:2", max_restarts=3, **WHERE))
def counting(folder: str, steps: int) -> dict[str, int]:
    """Count steps together; those that are left go on when a node is lost."""
    import torch  # noqa: PLC0415 - only where tasks run

    ranks = gw.current_context().torch
    distributed = ranks.init()
    kept = Path(folder, "step")
    told = [kept.read_text() if kept.exists() and ranks.rank == 0 else "0"]
    distributed.broadcast_object_list(told)
    first = int(told[0] or 0)
    for step in range(first, steps):
        present = torch.ones(1)
        distributed.all_reduce(present)
        if ranks.rank == 0:
            kept.with_suffix(".new").write_text(str(step + 1))
            kept.with_suffix(".new").replace(kept)
        time.sleep(0.2)
    return {"restarted": int(first > 0), "size": distributed.get_world_size()}


@gw.workflow
def counts(folder: str, steps: int) -> dict[str, int]:
    return counting(folder=folder, steps=steps)
