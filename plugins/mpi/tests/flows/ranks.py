"""Workflows of distributed tasks, for tests that run them by the command line."""

import os
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import godwit as gw
from godwit_mpi import MPIJob

PATIENT = MPIJob(num_workers=2, hang_timeout=timedelta(seconds=60))


@gw.task(task_config=PATIENT)
def total(numbers: list[int]) -> dict[str, int]:
    ranks = gw.current_context().mpi
    part = sum(numbers[ranks.rank :: ranks.size])
    return {"total": ranks.comm.allreduce(part), "size": ranks.size, "last": ranks.comm.bcast(ranks.rank, root=1)}


@gw.workflow
def sums() -> dict[str, int]:
    return total(numbers=[1, 2, 3, 4])


@gw.task(task_config=PATIENT)
def waiting(folder: str) -> int:
    """Tell that this rank began, and wait until the file `go` is there."""
    ranks = gw.current_context().mpi
    with Path(folder, f"begun-{ranks.rank}").open("a") as begun:
        begun.write(f"{os.getpid()}\n")
    while not Path(folder, "go").exists():
        time.sleep(0.05)
    return ranks.comm.allreduce(1)


@gw.workflow
def waits(folder: str) -> int:
    return waiting(folder=folder)


@gw.task(task_config=PATIENT, retries=1)
def resuming() -> int:
    """Fail on one rank in the first attempt; the second goes on from the checkpoint."""
    ranks = gw.current_context().mpi
    kept = gw.current_context().checkpoint.path / "step"
    first = int(kept.read_text()) if kept.exists() else 0
    ranks.comm.barrier()
    if ranks.rank == 0:
        kept.write_text("7")
    ranks.comm.barrier()
    if first == 0 and ranks.rank == 1:
        raise ValueError("the tide is out")
    ranks.comm.barrier()
    return first


@gw.workflow
def resumes() -> int:
    return resuming()


@gw.task(task_config=PATIENT)
def failing() -> int:
    """Fail on one rank, while the other waits for it."""
    ranks = gw.current_context().mpi
    if ranks.rank == 1:
        raise ValueError("the tide is out")
    return ranks.comm.allreduce(1)


@gw.workflow
def fails() -> int:
    return failing()


@gw.task(task_config=MPIJob(num_workers=2, hang_timeout=timedelta(seconds=2)))
def dreaming() -> int:
    """Sleep on one rank, while the other, whose function returned, waits for it in MPI_Finalize."""
    ranks = gw.current_context().mpi
    ranks.comm.barrier()
    while ranks.rank == 1:
        time.sleep(1)
    return 1


@gw.workflow
def hangs() -> int:
    return dreaming()


@gw.task(task_config=PATIENT)
def writing() -> tuple[str, gw.File]:
    """Return what differs between ranks, too large for a message, and a file; rank 1 does it last."""
    ranks = gw.current_context().mpi
    if ranks.rank == 1:
        time.sleep(0.5)
    path = Path(tempfile.mkdtemp(), "which.txt")
    path.write_text(f"of rank {ranks.rank}")
    return str(ranks.rank) * 200_000, gw.File(path)


@gw.task
def reading(text: str, file: gw.File) -> list[str]:
    return [text[:3], file.open().read().decode()]


@gw.workflow
def writes() -> list[str]:
    text, file = writing()
    return reading(text=text, file=file)


@gw.task(task_config=MPIJob(num_workers=2, gpus_per_slot=2))
def seeing() -> list[list[str]]:
    ranks = gw.current_context().mpi
    seen: list[list[str]] = ranks.comm.allgather(list(ranks.gpus))
    return seen


@gw.workflow
def sees() -> list[list[str]]:
    return seeing()
